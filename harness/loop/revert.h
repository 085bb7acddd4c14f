/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the newer end is mended where the culprit is taken out of it: what a maintainer asks
 * first, and a check of the answer from another side. */
#pragma once

#include "loop/driver.h"
#include "repo/worktree.h"

/**
 * struct RevertSpec - all borrowed
 * @tree:       makes the revert; whatever tests revisions must see its objects
 * @onto:       the newer end
 * @confidence: where answers were doubted: how sure it must be that the bad state would have shown
 */
typedef struct {
	const DriverSpec *driver;
	Worktree *tree;
	const RepoId *onto;
	double confidence;
} RevertSpec;

/**
 * revert_check() - after driver_run(): revert the culprit in memory on top of the newer end, and
 * test that
 *
 * The result's revert says what came out, also where it conflicts; without a culprit nothing is
 * done. A test that an interrupted run has done already is not done again.
 */
bool revert_check(const RevertSpec *spec, GCancellable *cancel, GError **error);
