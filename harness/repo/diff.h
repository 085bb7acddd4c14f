/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which paths differ between two trees: ids only, no content is read. Fast enough for thousands. */
#pragma once

#include "repo/repo.h"

/** enum RepoChange - how a path differs; with @REPO_ODD where it is a symlink or a submodule in
 * one of the trees. A rename is a path removed and one added */
typedef enum {
	REPO_CHANGED, /* content, kind, or executable or not */
	REPO_ADDED,   /* only the new tree has it */
	REPO_REMOVED, /* only the old tree has it */
	REPO_ODD = 4,
} RepoChange;

/* What to do about a folder that differs. */
typedef enum {
	REPO_DIFF_GO,
	REPO_DIFF_SKIP, /* nothing of interest in it */
	REPO_DIFF_STOP, /* end the comparison */
} RepoDiffStep;

/**
 * struct RepoDiffEvents - told in the order of the paths
 * @file:  a path that differs (RepoChange); false ends the comparison. @path is borrowed
 * @enter: a folder that differs, before what is in it; may be NULL. @path ends in no slash, ""
 *         for the top; @id: raw id of the new tree's folder, NULL where that has none
 * @leave: after it, unless it was skipped; @stopped: the comparison was ended in it; may be NULL
 */
typedef struct {
	bool (*file)(const char *path, guint change, void *user);
	RepoDiffStep (*enter)(const char *path, const guint8 *id, void *user);
	void (*leave)(const char *path, const guint8 *id, bool stopped, void *user);
	void *user;
} RepoDiffEvents;

#define REPO_RAW_ID 20 /* bytes of a raw id */

/* Compares, and keeps trees that it has read, some ten MiB of them. */
typedef struct RepoDiff RepoDiff;

/** repo_diff_new() - @repo is borrowed and must outlive it */
RepoDiff *repo_diff_new(Repo *repo);
void repo_diff_free(RepoDiff *diff);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepoDiff, repo_diff_free)

/**
 * repo_diff_trees() - tell what differs
 * @old_tree, @new_tree: ids of trees (repo_tree_id()); NULL for an empty one
 * @ret_stopped: whether an event ended it; or NULL
 * @error: BOX_ERROR_HOST: a tree is damaged; BOX_ERROR_USAGE: one is missing (shallow, partial)
 */
bool repo_diff_trees(RepoDiff *diff, const RepoId *old_tree, const RepoId *new_tree,
		     const RepoDiffEvents *events, bool *ret_stopped, GError **error);
