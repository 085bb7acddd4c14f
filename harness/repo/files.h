/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of one tree: paths and ids, no content is read. */
#pragma once

#include "repo/repo.h"

/**
 * struct RepoFilesEvents - told in git's order of entries
 * @enter: whether to look into a folder; @folder is borrowed, without a slash at its end
 * @file:  each file; @path is borrowed; @odd: a symlink or a submodule
 */
typedef struct {
	bool (*enter)(const char *folder, void *user);
	void (*file)(const char *path, const RepoId *id, bool odd, void *user);
	void *user;
} RepoFilesEvents;

/**
 * repo_files() - tell the files of a commit's tree
 * @error: BOX_ERROR_HOST: a tree is damaged, or missing (shallow, partial)
 */
bool repo_files(Repo *repo, const RepoId *commit, const RepoFilesEvents *events, GError **error);
