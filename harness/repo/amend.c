/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits with some files changed, in a work tree's own repository, never the user's. */
#include "repo/own.h"

#include "util/error.h"

#include <string.h>

/* Everything of an amendment that has to be freed. */
typedef struct {
	git_repository *git;
	git_commit *commit;
	git_tree *old;
	git_tree *tree;
	git_tree_entry *entry;
	git_blob *blob;
	git_signature *by;
} Amend;

static void amend_clear(Amend *amend)
{
	git_signature_free(amend->by);
	git_blob_free(amend->blob);
	git_tree_entry_free(amend->entry);
	git_tree_free(amend->tree);
	git_tree_free(amend->old);
	git_commit_free(amend->commit);
	git_repository_free(amend->git);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Amend, amend_clear)

/* The own repository borrows the user's objects. */
static bool open_commit(const Worktree *tree, const RepoId *id, Amend *amend, GError **error)
{
	git_oid oid;

	if (!oid_of(id, &oid, error))
		return false;
	if (repo_open_own(&amend->git, tree->git) < 0 ||
	    git_commit_lookup(&amend->commit, amend->git, &oid) < 0 ||
	    git_commit_tree(&amend->old, amend->commit) < 0)
		return git_trouble(error, "cannot read the tree of %.12s", id->hex);
	return true;
}

bool worktree_file(Worktree *tree, const RepoId *commit, WorktreeFile *file, GError **error)
{
	g_auto(Amend) amend = { 0 };
	int status;

	if (!open_commit(tree, commit, &amend, error))
		return false;
	file->data = NULL;
	file->len = 0;
	file->id.hex[0] = '\0';
	status = git_tree_entry_bypath(&amend.entry, amend.old, file->path);
	if (status == GIT_ENOTFOUND)
		return true;
	if (status == 0 && git_tree_entry_type(amend.entry) != GIT_OBJECT_BLOB)
		return true;
	if (status == 0)
		status = git_blob_lookup(&amend.blob, amend.git, git_tree_entry_id(amend.entry));
	if (status < 0)
		return git_trouble(error, "cannot read %s of %.12s", file->path, commit->hex);
	file->len = git_blob_rawsize(amend.blob);
	file->data = g_malloc(file->len + 1);
	memcpy(file->data, git_blob_rawcontent(amend.blob), file->len);
	file->data[file->len] = '\0';
	repo_id(git_blob_id(amend.blob), &file->id);
	return true;
}

/* An old file keeps its mode. */
static git_filemode_t mode_of(const Amend *amend, const char *path)
{
	git_tree_entry *entry = NULL;
	git_filemode_t mode = GIT_FILEMODE_BLOB;

	if (git_tree_entry_bypath(&entry, amend->old, path) == 0)
		mode = git_tree_entry_filemode(entry);
	git_tree_entry_free(entry);
	return mode;
}

static int write_tree(const Amend *amend, const WorktreeFile *files, guint n, git_oid *ret_id)
{
	g_autofree git_tree_update *updates = g_new0(git_tree_update, n);
	int status = 0;

	for (guint i = 0; i < n && status == 0; i++) {
		updates[i].path = files[i].path;
		updates[i].filemode = mode_of(amend, files[i].path);
		updates[i].action = files[i].data ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
		if (files[i].data)
			status = git_blob_create_from_buffer(&updates[i].id, amend->git,
							     files[i].data, files[i].len);
	}
	return status == 0 ? git_tree_create_updated(ret_id, amend->git, amend->old, n, updates)
			   : status;
}

/* Name and date are fixed, so that the same amendment is the same commit in every run. */
static int write_commit(Amend *amend, const git_oid *tree, git_oid *ret_id)
{
	const git_commit *parents[] = { amend->commit };
	int status = git_tree_lookup(&amend->tree, amend->git, tree);

	if (status == 0)
		status = git_signature_new(&amend->by, "bisectbox", "bisectbox@localhost", 0, 0);
	if (status == 0)
		status = git_commit_create(ret_id, amend->git, NULL, amend->by, amend->by, NULL,
					   "with fixups\n", amend->tree, 1, parents);
	return status;
}

bool worktree_amend(Worktree *tree, const RepoId *commit, const WorktreeFile *files, guint n,
		    RepoId *ret_id, GError **error)
{
	g_auto(Amend) amend = { 0 };
	git_oid id;
	git_oid new_tree;

	if (!open_commit(tree, commit, &amend, error))
		return false;
	if (write_tree(&amend, files, n, &new_tree) < 0 || write_commit(&amend, &new_tree, &id) < 0)
		return git_trouble(error, "cannot change files of %.12s in memory", commit->hex);
	repo_id(&id, ret_id);
	worktree_lend(tree);
	return true;
}
