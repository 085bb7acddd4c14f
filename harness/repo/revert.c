/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A commit taken out of a later one in memory, as a commit of a work tree's own repository. */
#include "repo/own.h"

#include "util/error.h"

#include <string.h>

#define FILES_MAX 100 /* of a conflict, that are named */

/* Everything of a revert that has to be freed. */
typedef struct {
	git_repository *git;
	git_commit *onto;
	git_commit *commit;
	git_index *index;
	git_tree *tree;
	git_signature *by;
} Revert;

static void revert_clear(Revert *revert)
{
	git_signature_free(revert->by);
	git_tree_free(revert->tree);
	git_index_free(revert->index);
	git_commit_free(revert->commit);
	git_commit_free(revert->onto);
	git_repository_free(revert->git);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Revert, revert_clear)

static char **conflicts_of(git_index *index)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	const git_index_entry *base, *ours, *theirs;
	git_index_conflict_iterator *conflicts = NULL;

	if (git_index_conflict_iterator_new(&conflicts, index) == 0)
		for (guint n = 0; n < FILES_MAX &&
				  git_index_conflict_next(&base, &ours, &theirs, conflicts) == 0;
		     n++)
			g_strv_builder_add(list, ours   ? ours->path
						 : base ? base->path
							: theirs->path);
	git_index_conflict_iterator_free(conflicts);
	return g_strv_builder_end(list);
}

/* Names and dates are fixed, so that the same revert is the same commit in every run. */
static int write_commit(Revert *revert, git_oid *ret_id)
{
	const git_commit *parents[] = { revert->onto };
	g_autofree char *message = NULL;
	git_oid tree;
	int status = git_index_write_tree_to(&tree, revert->index, revert->git);

	message = g_strdup_printf("Revert \"%s\"\n\nThis reverts commit %s, in memory.\n",
				  git_commit_summary(revert->commit),
				  git_oid_tostr_s(git_commit_id(revert->commit)));
	if (status == 0)
		status = git_tree_lookup(&revert->tree, revert->git, &tree);
	if (status == 0)
		status = git_signature_new(&revert->by, "bisectbox", "bisectbox@localhost", 0, 0);
	if (status == 0)
		status = git_commit_create(ret_id, revert->git, NULL, revert->by, revert->by, NULL,
					   message, revert->tree, 1, parents);
	return status;
}

static int revert_in_index(Worktree *tree, const git_oid *onto, const git_oid *commit,
			   Revert *revert)
{
	int status = git_repository_open_bare(&revert->git, tree->git);

	if (status == 0)
		status = git_commit_lookup(&revert->onto, revert->git, onto);
	if (status == 0)
		status = git_commit_lookup(&revert->commit, revert->git, commit);
	if (status < 0)
		return status;
	/* Of a merge, what it brought to its first parent. */
	return git_revert_commit(&revert->index, revert->git, revert->commit, revert->onto,
				 git_commit_parentcount(revert->commit) > 1 ? 1 : 0, NULL);
}

bool worktree_revert(Worktree *tree, const RepoId *onto, const RepoId *commit, RepoId *ret_id,
		     char ***ret_conflicts, GError **error)
{
	g_auto(Revert) revert = { 0 };
	git_oid onto_id, commit_id, id;
	int status;

	if (!oid_of(onto, &onto_id, error) || !oid_of(commit, &commit_id, error))
		return false;
	status = revert_in_index(tree, &onto_id, &commit_id, &revert);
	if (status == 0 && git_index_has_conflicts(revert.index)) {
		*ret_conflicts = conflicts_of(revert.index);
		return true;
	}
	if (status == 0)
		status = write_commit(&revert, &id);
	if (status < 0)
		return git_trouble(error, "cannot revert %.12s on top of %.12s in memory",
				   commit->hex, onto->hex);
	*ret_conflicts = NULL;
	repo_id(&id, ret_id);
	worktree_lend(tree);
	return true;
}
