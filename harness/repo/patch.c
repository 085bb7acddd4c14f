/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a commit has, and what it changes, as text for others. */
#include "repo/internal.h"

#include <git2/email.h>
#include <string.h>

static bool look_up(Repo *repo, const RepoId *id, git_commit **ret_commit, GError **error)
{
	git_oid oid;

	return oid_of(id, &oid, error) &&
	       (git_commit_lookup(ret_commit, repo->git, &oid) == 0 ||
		git_trouble(error, "cannot read commit %s in %s", id->hex, repo->path));
}

static void take_blob(const git_blob *blob, char **ret_data, gsize *ret_len)
{
	gsize len = git_blob_rawsize(blob);
	char *data = g_malloc(len + 1);

	memcpy(data, git_blob_rawcontent(blob), len);
	data[len] = '\0';
	*ret_data = data;
	*ret_len = len;
}

bool repo_file(Repo *repo, const RepoId *id, const char *path, char **ret_data, gsize *ret_len,
	       GError **error)
{
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	git_tree_entry *entry = NULL;
	git_blob *blob = NULL;
	int status;

	if (!look_up(repo, id, &commit, error))
		return false;
	*ret_data = NULL;
	status = git_commit_tree(&tree, commit);
	if (status == 0)
		status = git_tree_entry_bypath(&entry, tree, path);
	if (status == 0 && git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
		status = git_blob_lookup(&blob, repo->git, git_tree_entry_id(entry));
		if (status == 0)
			take_blob(blob, ret_data, ret_len);
	}
	git_blob_free(blob);
	git_tree_entry_free(entry);
	git_tree_free(tree);
	git_commit_free(commit);
	if (status == 0 || status == GIT_ENOTFOUND)
		return true;
	return git_trouble(error, "cannot read %s of %.12s", path, id->hex);
}

bool repo_patch(Repo *repo, const RepoId *id, char **ret_patch, GError **error)
{
	git_commit *commit = NULL;
	git_buf patch = { 0 };
	int status = 0;

	if (!look_up(repo, id, &commit, error))
		return false;
	*ret_patch = NULL;
	if (git_commit_parentcount(commit) <= 1) {
		status = git_email_create_from_commit(&patch, commit, NULL);
		if (status == 0)
			*ret_patch = g_strndup(patch.ptr, patch.size);
		git_buf_dispose(&patch);
	}
	git_commit_free(commit);
	return status == 0 || git_trouble(error, "cannot make a patch of %.12s", id->hex);
}
