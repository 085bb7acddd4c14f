/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Merges in memory. Trees and commits go into a work tree's own repository, never the user's. */
#include "repo/own.h"

#include "util/error.h"

#include <string.h>

/* Everything of a merge that has to be freed. */
typedef struct {
	git_repository *git;
	git_commit *commits[2];
	git_index *index;
	git_tree *tree;
	git_signature *by;
} Merge;

static void merge_clear(Merge *merge)
{
	git_signature_free(merge->by);
	git_tree_free(merge->tree);
	git_index_free(merge->index);
	git_commit_free(merge->commits[0]);
	git_commit_free(merge->commits[1]);
	git_repository_free(merge->git);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Merge, merge_clear)

/* Names and dates are fixed, so that the same merge is the same commit in every run. */
static int write_commit(Merge *merge, git_oid *ret_id)
{
	const git_commit *parents[] = { merge->commits[0], merge->commits[1] };
	g_autofree char *message = NULL;
	char ids[2][GIT_OID_HEXSZ + 1];
	git_oid tree;
	int status = git_index_write_tree_to(&tree, merge->index, merge->git);

	for (guint i = 0; i < 2; i++)
		git_oid_tostr(ids[i], sizeof(ids[i]), git_commit_id(parents[i]));
	message = g_strdup_printf("%.12s and %.12s, merged in memory\n", ids[0], ids[1]);
	if (status == 0)
		status = git_tree_lookup(&merge->tree, merge->git, &tree);
	if (status == 0)
		status = git_signature_new(&merge->by, "bisectbox", "bisectbox@localhost", 0, 0);
	if (status == 0)
		status = git_commit_create(ret_id, merge->git, NULL, merge->by, merge->by, NULL,
					   message, merge->tree, 2, parents);
	return status;
}

void worktree_lend(Worktree *tree)
{
	if (!tree->repo->own)
		tree->repo->own = g_build_filename(tree->git, "objects", NULL);
	repo_rest(tree->repo);
}

bool worktree_merge(Worktree *tree, const RepoId *a, const RepoId *b, RepoId *ret_id,
		    bool *ret_conflict, GError **error)
{
	bool swap = strcmp(a->hex, b->hex) > 0;
	const RepoId *ids[] = { swap ? b : a, swap ? a : b };
	g_auto(Merge) merge = { 0 };
	git_oid oids[2];
	git_oid id;
	int status;

	if (!oid_of(ids[0], &oids[0], error) || !oid_of(ids[1], &oids[1], error))
		return false;
	status = repo_open_own(&merge.git, tree->git);
	for (guint i = 0; i < 2 && status == 0; i++)
		status = git_commit_lookup(&merge.commits[i], merge.git, &oids[i]);
	if (status == 0)
		status = git_merge_commits(&merge.index, merge.git, merge.commits[0],
					   merge.commits[1], NULL);
	*ret_conflict = status == GIT_ENOTFOUND || status == GIT_EMERGECONFLICT ||
			(status == 0 && git_index_has_conflicts(merge.index));
	if (*ret_conflict)
		return true;
	if (status == 0)
		status = write_commit(&merge, &id);
	if (status < 0)
		return git_trouble(error, "cannot merge %.12s and %.12s in memory", a->hex, b->hex);
	repo_id(&id, ret_id);
	worktree_lend(tree);
	return true;
}
