/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `bisectbox backport`: one fix onto several branches: whether it is there, applies, builds, mends.
 */
#pragma once

#include "loop/matrix.h"
#include "record/backport.h"

/**
 * struct BackportSpec - all borrowed
 * @fix:      commit with one parent
 * @branches: names, NULL-terminated
 */
typedef struct {
	Workshop *shop;
	Repo *repo;
	RepoId fix;
	const char *const *branches;
	Run *run;
	MatrixEvents events;
} BackportSpec;

/**
 * backport_run() - look at all branches, then test those that need it
 * @ret_backport: judged; also on failure, as far as it got; NULL where nothing was tested
 * @error: a branch that is none, a fix that is a merge; host trouble; interrupted
 */
bool backport_run(const BackportSpec *spec, GCancellable *cancel, Backport **ret_backport,
		  GError **error);
