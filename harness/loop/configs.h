/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of `bisectbox config`: configurations of one revision, between a good one and a bad one.
 * Each goes through the tree's own kconfig first; what comes out the same is tested once.
 */
#pragma once

#include "loop/matrix.h"
#include "record/config.h"

/* What is told while it works; every member may be NULL. */
typedef struct {
	/* a configuration is built and tested; @left is about how many more are */
	void (*begin)(const MatrixRow *row, guint left, void *user);
	void (*end)(const Matrix *matrix, const MatrixRow *row, void *user);
	void (*note)(const char *text, void *user);
	void *user;
} ConfigsEvents;

/**
 * struct ConfigsSpec - all borrowed
 * @shop:     of one case
 * @revision: of its repository
 * @good:     path of a .config, or NULL for the smallest kernel that the case can run on
 * @bad:      path of a .config
 * @repeat:   tries of each configuration, one bad one is enough
 */
typedef struct {
	Workshop *shop;
	const RepoId *revision;
	const char *good;
	const char *bad;
	guint repeat;
	Run *run;
	ConfigsEvents events;
} ConfigsSpec;

/**
 * configs_run() - find the smallest set of symbols that turns the verdict
 * @ret_answer: also on failure, as far as it got
 * @error:      usage: the two come out the same in this tree, or cannot be configured; host
 *              trouble that stayed; or interrupted
 *
 * Leaves good.config, bad.config (complete, as compared), and where there is an answer found.config
 * (good.config with the answer's symbols) and found.fragment (these symbols alone) in the run's
 * folder.
 */
bool configs_run(const ConfigsSpec *spec, GCancellable *cancel, ConfigAnswer **ret_answer,
		 GError **error);
