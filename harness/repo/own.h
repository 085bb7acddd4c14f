/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files about bisectbox's own work trees share; of this room only. */
#pragma once

#include "repo/internal.h"
#include "repo/worktree.h"

struct Worktree {
	Repo *repo;
	WorktreeFlags flags;
	int lock;
	char *base;
	char *git;
	char *path;
	char *home;
	char *index_path;
	git_index *index;
	struct timespec stamp;
	bool swept; /* what other runs left has been removed */
};

/** worktree_lend() - the objects of its own repository are the user's repository's from here on,
 * for reading */
void worktree_lend(Worktree *tree);
