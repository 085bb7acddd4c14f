/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A quilt series as commits, in a repository of bisectbox's own: one commit a patch, on top of one
 * that is the tree it is for. harness/docs/SERIES.md.
 */
#pragma once

#include "repo/repo.h"

/**
 * struct QuiltSource - what the user named; all borrowed
 * @folder: with `series` and the patches
 * @base:   the tree that they are for: a folder of sources, or a revision of @repo
 * @repo:   path of a git repository; NULL for the one around here
 */
typedef struct {
	const char *folder;
	const char *base;
	const char *repo;
} QuiltSource;

/**
 * struct QuiltCommits - what became of it; release with quilt_commits_clear()
 * @path:  the repository, for repo_open(); its branches are `base` and `series`
 * @base:  a commit without parents
 * @tip:   with all patches
 * @count: of patches
 * @offsets: of them, those that applied with lines moved
 * @held, @lock: nobody removes the repository from the cache until this is cleared
 */
typedef struct {
	char *path;
	RepoId base;
	RepoId tip;
	guint count;
	guint offsets;
	bool held;
	int lock;
} QuiltCommits;

void quilt_commits_clear(QuiltCommits *commits);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QuiltCommits, quilt_commits_clear)

/**
 * quilt_plant() - make the commits; those of an earlier time are the same ones
 * @ret_hunk: where a hunk does not apply: its text; g_free(); else NULL
 * @error: BOX_ERROR_USAGE: no such folder, the series is empty, or names what is not there, a patch
 *         does not apply: which, which hunk, where it nearly would
 */
bool quilt_plant(const QuiltSource *source, GCancellable *cancel, QuiltCommits *ret_commits,
		 char **ret_hunk, GError **error);
