/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking for a commit in a branch. */
#include "repo/branch.h"
#include "repo/internal.h"
#include "repo/picked.h"

#include "util/error.h"

#include <string.h>

/* A commit that only the branch has. */
typedef struct {
	RepoId id;
	char **picked;
	char **reverts;
} Own;

struct RepoBranch {
	Repo *repo;
	RepoId tip;
	GArray *own; /* Own */
};

const char *branch_how_name(BranchHow how)
{
	static const char *const names[] = { "no", "yes", "copy", "patch" };

	return names[how];
}

static void own_clear(gpointer data)
{
	g_strfreev(((Own *)data)->picked);
	g_strfreev(((Own *)data)->reverts);
}

static bool look_up(Repo *repo, const RepoId *id, git_commit **ret_commit, GError **error)
{
	git_oid oid;

	if (!oid_of(id, &oid, error))
		return false;
	return git_commit_lookup(ret_commit, repo->git, &oid) == 0 ||
	       git_trouble(error, "cannot read the commit %.12s", id->hex);
}

bool repo_branch_open(Repo *repo, const RepoId *tip, const RepoId *beside, RepoBranch **ret_branch,
		      GError **error)
{
	g_autofree char *words = g_strdup_printf("%s..%s", beside->hex, tip->hex);
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(RepoId));
	g_autoptr(RepoBranch) branch = g_new0(RepoBranch, 1);

	branch->repo = repo;
	branch->tip = *tip;
	branch->own = g_array_new(FALSE, TRUE, sizeof(Own));
	g_array_set_clear_func(branch->own, own_clear);
	if (!repo_list(repo, words, ids, error))
		return false;
	for (guint i = 0; i < ids->len; i++) {
		Own own = { .id = g_array_index(ids, RepoId, i) };
		git_commit *commit = NULL;

		if (!look_up(repo, &own.id, &commit, error))
			return false;
		own.picked = picked_ids(git_commit_message(commit));
		own.reverts = picked_reverts(git_commit_message(commit));
		git_commit_free(commit);
		g_array_append_val(branch->own, own);
	}
	repo_rest(repo);
	*ret_branch = g_steal_pointer(&branch);
	return true;
}

void repo_branch_close(RepoBranch *branch)
{
	if (!branch)
		return;
	g_array_unref(branch->own);
	g_free(branch);
}

static bool any_match(char **ids, char **names)
{
	for (; *ids; ids++)
		for (char **name = names; *name; name++)
			if (picked_match(*ids, *name))
				return true;
	return false;
}

/* ---- by what messages say ---- */

/* All names that a commit goes by: its own, and of what it says that it is a copy of. */
static bool names_of(Repo *repo, const RepoId *id, char ***ret_names, GError **error)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	git_commit *commit = NULL;
	char **picked;

	if (!look_up(repo, id, &commit, error))
		return false;
	picked = picked_ids(git_commit_message(commit));
	g_strv_builder_add(names, id->hex);
	g_strv_builder_addv(names, (const char **)picked);
	g_strfreev(picked);
	git_commit_free(commit);
	*ret_names = g_strv_builder_end(names);
	return true;
}

static bool by_name(const RepoBranch *branch, char **names, BranchAnswer *answer)
{
	for (char **name = names; *name; name++) {
		bool reached = false;
		RepoId id;

		if (strlen(*name) != REPO_ID_LEN)
			continue;
		g_strlcpy(id.hex, *name, sizeof(id.hex));
		if (!repo_is_ancestor(branch->repo, &id, &branch->tip, &reached, NULL) || !reached)
			continue;
		*answer = (BranchAnswer){ .how = name == names ? BRANCH_HAS : BRANCH_HAS_COPY,
					  .id = id };
		return true;
	}
	for (guint i = 0; i < branch->own->len; i++) {
		const Own *own = &g_array_index(branch->own, Own, i);

		if (any_match(own->picked, names)) {
			*answer = (BranchAnswer){ .how = BRANCH_HAS_COPY, .id = own->id };
			return true;
		}
	}
	return false;
}

/* ---- by the patch itself ---- */

static git_diff *diff_of(Repo *repo, git_commit *commit)
{
	git_tree *trees[2] = { NULL, NULL };
	git_commit *parent = NULL;
	git_diff *diff = NULL;

	if (git_commit_tree(&trees[1], commit) == 0 &&
	    (git_commit_parentcount(commit) == 0 || (git_commit_parent(&parent, commit, 0) == 0 &&
						     git_commit_tree(&trees[0], parent) == 0)))
		git_diff_tree_to_tree(&diff, repo->git, trees[0], trees[1], NULL);
	git_commit_free(parent);
	git_tree_free(trees[0]);
	git_tree_free(trees[1]);
	return diff;
}

static bool patch_id(Repo *repo, git_commit *commit, git_oid *ret_id)
{
	git_diff *diff = diff_of(repo, commit);
	bool ok = diff && git_diff_num_deltas(diff) && git_diff_patchid(ret_id, diff, NULL) == 0;

	git_diff_free(diff);
	return ok;
}

/* What a path is in a commit; zero where it is not there. */
static void entry_of(git_commit *commit, const char *path, git_oid *ret_id)
{
	git_tree *tree = NULL;
	git_tree_entry *entry = NULL;

	memset(ret_id, 0, sizeof(*ret_id));
	if (git_commit_tree(&tree, commit) == 0 && git_tree_entry_bypath(&entry, tree, path) == 0)
		git_oid_cpy(ret_id, git_tree_entry_id(entry));
	git_tree_entry_free(entry);
	git_tree_free(tree);
}

/* Cheaply: an equal patch changes this path, too. */
static bool touches(git_commit *commit, const char *path)
{
	git_commit *parent = NULL;
	git_oid before, after;

	if (git_commit_parentcount(commit) != 1 || git_commit_parent(&parent, commit, 0) < 0)
		return false;
	entry_of(parent, path, &before);
	entry_of(commit, path, &after);
	git_commit_free(parent);
	return !git_oid_equal(&before, &after);
}

static char *first_path(Repo *repo, git_commit *commit)
{
	git_diff *diff = diff_of(repo, commit);
	char *path = diff && git_diff_num_deltas(diff)
			     ? g_strdup(git_diff_get_delta(diff, 0)->new_file.path)
			     : NULL;

	git_diff_free(diff);
	return path;
}

static void by_patch(const RepoBranch *branch, git_commit *commit, BranchAnswer *answer)
{
	g_autofree char *path = first_path(branch->repo, commit);
	git_oid wanted, id;

	if (!path || !patch_id(branch->repo, commit, &wanted))
		return;
	for (guint i = 0; i < branch->own->len && answer->how == BRANCH_LACKS; i++) {
		const Own *own = &g_array_index(branch->own, Own, i);
		git_commit *other = NULL;

		if (!look_up(branch->repo, &own->id, &other, NULL))
			continue;
		if (touches(other, path) && patch_id(branch->repo, other, &id) &&
		    git_oid_equal(&id, &wanted))
			*answer = (BranchAnswer){ .how = BRANCH_HAS_PATCH, .id = own->id };
		git_commit_free(other);
	}
}

/* Only what came after it takes it back. */
static void find_revert(const RepoBranch *branch, char **names, BranchAnswer *answer)
{
	char *found[] = { answer->id.hex, NULL };

	for (guint i = 0; i < branch->own->len; i++) {
		const Own *own = &g_array_index(branch->own, Own, i);
		bool after = false;

		if (!any_match(own->reverts, found) && !any_match(own->reverts, names))
			continue;
		if (repo_is_ancestor(branch->repo, &answer->id, &own->id, &after, NULL) && after) {
			answer->reverted = own->id;
			return;
		}
	}
}

bool repo_branch_has(RepoBranch *branch, const RepoId *commit, BranchAnswer *ret_answer,
		     GError **error)
{
	g_auto(GStrv) names = NULL;
	git_commit *own = NULL;
	BranchAnswer answer = { 0 };

	if (!names_of(branch->repo, commit, &names, error) ||
	    !look_up(branch->repo, commit, &own, error))
		return false;
	if (!by_name(branch, names, &answer))
		by_patch(branch, own, &answer);
	git_commit_free(own);
	if (answer.how != BRANCH_LACKS)
		find_revert(branch, names, &answer);
	repo_rest(branch->repo);
	*ret_answer = answer;
	return true;
}

bool repo_said_fixes(Repo *repo, const RepoId *commit, GArray **ret_ids, char ***ret_unknown,
		     GError **error)
{
	g_autoptr(GStrvBuilder) unknown = g_strv_builder_new();
	g_auto(GStrv) names = NULL;
	git_commit *own = NULL;
	GArray *ids;

	if (!look_up(repo, commit, &own, error))
		return false;
	names = picked_fixes(git_commit_message(own));
	git_commit_free(own);
	ids = g_array_new(FALSE, FALSE, sizeof(RepoId));
	for (char **name = names; *name; name++) {
		RepoId id;

		if (repo_resolve(repo, *name, &id, NULL))
			g_array_append_val(ids, id);
		else
			g_strv_builder_add(unknown, *name);
	}
	*ret_ids = ids;
	*ret_unknown = g_strv_builder_end(unknown);
	return true;
}
