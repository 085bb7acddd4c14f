/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits applied on top of another one in memory, as commits of a work tree's own repository. */
#include "repo/own.h"

#include "util/error.h"

/* Everything of one pick that has to be freed. */
typedef struct {
	git_commit *onto;
	git_commit *patch;
	git_index *index;
	git_tree *tree;
	git_signature *by;
} Pick;

static void pick_clear(Pick *pick)
{
	git_signature_free(pick->by);
	git_tree_free(pick->tree);
	git_index_free(pick->index);
	git_commit_free(pick->patch);
	git_commit_free(pick->onto);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pick, pick_clear)

/* Names and dates are fixed, so that the same pick is the same commit in every run. */
static int write_pick(git_repository *git, Pick *pick, git_oid *ret_id)
{
	const git_commit *parents[] = { pick->onto };
	g_autofree char *message = NULL;
	char hex[GIT_OID_HEXSZ + 1];
	git_oid tree;
	int status = git_index_write_tree_to(&tree, pick->index, git);

	git_oid_tostr(hex, sizeof(hex), git_commit_id(pick->patch));
	message = g_strdup_printf("%s, applied in memory\n", hex);
	if (status == 0)
		status = git_tree_lookup(&pick->tree, git, &tree);
	if (status == 0)
		status = git_signature_new(&pick->by, "bisectbox", "bisectbox@localhost", 0, 0);
	if (status == 0)
		status = git_commit_create(ret_id, git, NULL, pick->by, pick->by, NULL, message,
					   pick->tree, 1, parents);
	return status;
}

/* @id: what to apply it to, and what comes out. */
static int apply_one(git_repository *git, const git_oid *patch, git_oid *id, bool *ret_conflict)
{
	g_auto(Pick) pick = { 0 };
	int status = git_commit_lookup(&pick.onto, git, id);

	if (status == 0)
		status = git_commit_lookup(&pick.patch, git, patch);
	if (status == 0)
		status = git_cherrypick_commit(&pick.index, git, pick.patch, pick.onto, 0, NULL);
	*ret_conflict = status == GIT_ENOTFOUND || status == GIT_EMERGECONFLICT ||
			(status == 0 && git_index_has_conflicts(pick.index));
	if (*ret_conflict)
		return 0;
	return status == 0 ? write_pick(git, &pick, id) : status;
}

bool worktree_apply(Worktree *tree, const RepoId *onto, const RepoId *patches, guint n_patches,
		    RepoId *ret_id, bool *ret_conflict, GError **error)
{
	git_repository *git = NULL;
	git_oid id, patch;
	int status;

	*ret_conflict = false;
	if (!oid_of(onto, &id, error))
		return false;
	status = git_repository_open_bare(&git, tree->git);
	for (guint i = 0; i < n_patches && status == 0 && !*ret_conflict; i++) {
		status = git_oid_fromstr(&patch, patches[i].hex);
		if (status == 0)
			status = apply_one(git, &patch, &id, ret_conflict);
	}
	git_repository_free(git);
	if (status < 0)
		return git_trouble(error, "cannot apply a commit to %.12s in memory", onto->hex);
	if (*ret_conflict)
		return true;
	repo_id(&id, ret_id);
	worktree_lend(tree);
	return true;
}

static char **conflict_paths(git_index *index)
{
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
	const git_index_entry *base, *ours, *theirs;
	git_index_conflict_iterator *iterator = NULL;

	git_index_conflict_iterator_new(&iterator, index);
	while (iterator && git_index_conflict_next(&base, &ours, &theirs, iterator) == 0)
		g_strv_builder_add(paths, ours ? ours->path : theirs ? theirs->path : base->path);
	git_index_conflict_iterator_free(iterator);
	return g_strv_builder_end(paths);
}

bool worktree_pick(Worktree *tree, const RepoId *onto, const RepoId *patch, RepoId *ret_id,
		   char ***ret_conflicts, GError **error)
{
	git_repository *git = NULL;
	g_auto(Pick) pick = { 0 };
	git_oid ids[2], id;
	int status;

	*ret_conflicts = NULL;
	if (!oid_of(onto, &ids[0], error) || !oid_of(patch, &ids[1], error))
		return false;
	status = git_repository_open_bare(&git, tree->git);
	if (status == 0)
		status = git_commit_lookup(&pick.onto, git, &ids[0]);
	if (status == 0)
		status = git_commit_lookup(&pick.patch, git, &ids[1]);
	if (status == 0)
		status = git_cherrypick_commit(&pick.index, git, pick.patch, pick.onto, 0, NULL);
	if (status == 0 && git_index_has_conflicts(pick.index))
		*ret_conflicts = conflict_paths(pick.index);
	else if (status == 0)
		status = write_pick(git, &pick, &id);
	git_repository_free(git);
	if (status < 0)
		return git_trouble(error, "cannot apply %.12s to %.12s in memory", patch->hex,
				   onto->hex);
	if (*ret_conflicts)
		return true;
	repo_id(&id, ret_id);
	worktree_lend(tree);
	return true;
}
