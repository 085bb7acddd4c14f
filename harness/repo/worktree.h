/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisectbox's own work tree: a bare repository in the cache whose objects/info/alternates
 * point at the user's, and a folder that holds one revision's tree at a time. Locked while in
 * use; a second run over the same repository gets another one.
 */
#pragma once

#include "repo/repo.h"

typedef struct Worktree Worktree;

/** enum WorktreeFlags - @WORKTREE_KEEP_UNTRACKED: leave what no revision tracks (an --exec
 * command's own build); @WORKTREE_KEEP_ALL: also what an earlier run left */
typedef enum {
	WORKTREE_CLEAN = 0,
	WORKTREE_KEEP_UNTRACKED = 1 << 0,
	WORKTREE_KEEP_ALL = 1 << 1,
} WorktreeFlags;

/**
 * worktree_open() - take a free work tree for this repository, or make one
 * @repo:  borrowed; must outlive the work tree
 * @cache: folder below which work trees are kept (paths_cache("trees"))
 * @error: BOX_ERROR_HOST: the cache cannot be written, or 64 runs use this repository already
 */
bool worktree_open(Repo *repo, const char *cache, WorktreeFlags flags, Worktree **ret_tree,
		   GError **error);
void worktree_close(Worktree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Worktree, worktree_close)

/** worktree_path() - the folder with the source files, absolute; borrowed */
const char *worktree_path(const Worktree *tree);
/** worktree_home() - a folder beside it that lasts as long as it (for build folders); borrowed */
const char *worktree_home(const Worktree *tree);

/**
 * worktree_checkout() - make the work tree hold exactly the commit's tree
 * @commit: which
 * @cancel: or NULL
 * @ret_changed: number of files written, removed, or made executable or not; or NULL
 * @error: BOX_ERROR_HOST; BOX_ERROR_USAGE where an object is missing (shallow, partial), named
 *
 * Touches only files whose content differs, with their new time. No filter, attribute, hook or
 * line-ending setting applies: the bytes are the repository's. Also right after a checkout that
 * was killed half-way, and where something else has changed a file in the work tree. The first
 * checkout after worktree_open() removes what is untracked with WORKTREE_KEEP_UNTRACKED too, but
 * not with WORKTREE_KEEP_ALL: it is what another run left. Submodules are left out. A tree with
 * entries such as ".." is refused.
 */
bool worktree_checkout(Worktree *tree, const RepoId *commit, GCancellable *cancel,
		       guint *ret_changed, GError **error);

/**
 * worktree_merge() - merge two commits in memory, as a commit of bisectbox's own repository
 * @ret_id: the merge; the same two commits give the same one, in either order. The repository of
 *          worktree_open() can read it from here on
 * @ret_conflict: set where they cannot be merged without a person (or an object is missing);
 *          *ret_id then is not
 * @error: BOX_ERROR_HOST
 *
 * The user's repository gets nothing.
 */
bool worktree_merge(Worktree *tree, const RepoId *a, const RepoId *b, RepoId *ret_id,
		    bool *ret_conflict, GError **error);

/**
 * worktree_apply() - put commits on top of another in memory (git cherry-pick)
 * @patches: in this order; each with one parent
 * @ret_id:  the revision with all of them, a commit of bisectbox's own repository; the same ones
 *           give the same one. Readable as that of worktree_merge()
 * @ret_conflict: set where one does not apply (or an object is missing); *ret_id then is not
 * @error: BOX_ERROR_HOST
 *
 * The user's repository gets nothing.
 */
bool worktree_apply(Worktree *tree, const RepoId *onto, const RepoId *patches, guint n_patches,
		    RepoId *ret_id, bool *ret_conflict, GError **error);

/**
 * worktree_revert() - take a commit out of a later one in memory (git revert)
 * @commit: of a merge, what it brought to its first parent is taken out
 * @ret_id: @onto without it, a commit of bisectbox's own repository; the same each time. Readable
 *          as that of worktree_merge()
 * @ret_conflicts: files that need a person, where there are any: *ret_id then is not set;
 *                 g_strfreev(); else NULL
 * @error: BOX_ERROR_HOST
 *
 * The user's repository gets nothing.
 */
bool worktree_revert(Worktree *tree, const RepoId *onto, const RepoId *commit, RepoId *ret_id,
		     char ***ret_conflicts, GError **error);

/**
 * worktree_pick() - put one commit on top of another in memory, as worktree_apply() does
 * @ret_conflicts: where it does not apply: the paths that a person would have to look at,
 *                 NULL-terminated, g_strfreev(), and *ret_id is not set; else NULL
 */
bool worktree_pick(Worktree *tree, const RepoId *onto, const RepoId *patch, RepoId *ret_id,
		   char ***ret_conflicts, GError **error);

/**
 * struct WorktreeFile - one file of a commit, for worktree_file() and worktree_amend()
 * @path: relative, borrowed
 * @data: content, @len bytes and a NUL; NULL where there is no such file
 * @id:   of its content; empty where there is none
 */
typedef struct {
	const char *path;
	char *data;
	gsize len;
	RepoId id;
} WorktreeFile;

/**
 * worktree_file() - read @file->path of a commit
 * @file: its other fields are set; g_free() @file->data
 * @error: BOX_ERROR_USAGE: the object is missing; BOX_ERROR_HOST
 */
bool worktree_file(Worktree *tree, const RepoId *commit, WorktreeFile *file, GError **error);

/**
 * worktree_amend() - a commit on top of @commit, in bisectbox's own repository, with other files
 * @files: as they shall be; those without @data go
 * @ret_id: the same for the same @commit and @files. Readable like worktree_merge()'s
 */
bool worktree_amend(Worktree *tree, const RepoId *commit, const WorktreeFile *files, guint n,
		    RepoId *ret_id, GError **error);
