/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people want to know of a commit. */
#include "repo/internal.h"

#include "util/error.h"

#include <string.h>

#define FILES_MAX 1000 /* of RepoCommit.files */

/* Commits say their encoding where it is not UTF-8; what still is none gets U+FFFD. */
static char *to_utf8(const git_commit *commit, const char *text)
{
	const char *encoding = git_commit_message_encoding(commit);
	char *converted = NULL;

	if (encoding && !g_utf8_validate(text, -1, NULL))
		converted = g_convert_with_fallback(text, -1, "UTF-8", encoding, NULL, NULL, NULL,
						    NULL);
	return converted ? converted : g_utf8_make_valid(text, -1);
}

static char *iso_date(const git_signature *author)
{
	g_autofree char *zone =
		g_strdup_printf("%c%02d:%02d", author->when.offset < 0 ? '-' : '+',
				ABS(author->when.offset) / 60, ABS(author->when.offset) % 60);
	g_autoptr(GTimeZone) tz = g_time_zone_new_identifier(zone);
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(author->when.time);
	g_autoptr(GDateTime) local = utc && tz ? g_date_time_to_timezone(utc, tz) : NULL;

	return local ? g_date_time_format(local, "%Y-%m-%dT%H:%M:%S%:z")
		     : g_strdup("1970-01-01T00:00:00+00:00");
}

static git_tree *look_up_tree(Repo *repo, const git_oid *commit, GError **error)
{
	g_auto(RawCommit) raw = { 0 };
	git_tree *tree = NULL;

	if (!repo_read_commit(repo, commit, &raw, error))
		return NULL;
	if (git_tree_lookup(&tree, repo->git, &raw.tree) < 0) {
		repo_missing(repo, &raw.tree, "tree", error);
		return NULL;
	}
	return tree;
}

static int stop_at_max(const git_diff *so_far, const git_diff_delta *delta, const char *pathspec,
		       void *user)
{
	(void)delta;
	(void)pathspec;
	(void)user;
	return git_diff_num_deltas(so_far) < FILES_MAX ? 0 : 1;
}

/* Paths that differ from the first parent. */
static bool list_files(Repo *repo, const git_oid *id, const RawCommit *raw, char ***ret_files,
		       GError **error)
{
	git_diff_options options;
	g_autoptr(GPtrArray) files = g_ptr_array_new();
	git_tree *old = NULL;
	git_tree *tree = look_up_tree(repo, id, error);
	git_diff *diff = NULL;
	int status;

	if (!tree)
		return false;
	if (raw->n_parents > 0) {
		old = look_up_tree(repo, &raw->parents[0], error);
		if (!old) {
			git_tree_free(tree);
			return false;
		}
	}
	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.notify_cb = stop_at_max;
	status = git_diff_tree_to_tree(&diff, repo->git, old, tree, &options);
	for (gsize i = 0; status == 0 && i < git_diff_num_deltas(diff); i++)
		g_ptr_array_add(files, g_strdup(git_diff_get_delta(diff, i)->new_file.path));
	git_diff_free(diff);
	git_tree_free(old);
	git_tree_free(tree);
	g_ptr_array_add(files, NULL);
	*ret_files = (char **)g_ptr_array_free(g_steal_pointer(&files), FALSE);
	if (status < 0)
		return git_trouble(error, "cannot compare commit %s with its parent in %s",
				   git_oid_tostr_s(id), repo->path);
	return true;
}

bool repo_parents(Repo *repo, const RepoId *commit, GArray **ret_parents, bool *ret_cut,
		  GError **error)
{
	g_auto(RawCommit) raw = { 0 };
	git_oid oid;

	if (!oid_of(commit, &oid, error) || !repo_read_commit(repo, &oid, &raw, error))
		return false;
	*ret_parents = g_array_new(FALSE, FALSE, sizeof(RepoId));
	*ret_cut = raw.cut;
	for (guint i = 0; i < raw.n_parents; i++) {
		RepoId parent;

		repo_id(&raw.parents[i], &parent);
		g_array_append_val(*ret_parents, parent);
	}
	return true;
}

static bool look_up_commit(Repo *repo, const git_oid *oid, git_commit **ret_commit, GError **error)
{
	const git_oid *instead = g_hash_table_lookup(repo->replaced, oid);

	return git_commit_lookup(ret_commit, repo->git, instead ? instead : oid) == 0 ||
	       git_trouble(error, "cannot read commit %s in %s", git_oid_tostr_s(oid), repo->path);
}

bool repo_subject(Repo *repo, const RepoId *id, char **ret_subject, GError **error)
{
	g_autofree char *message = NULL;
	git_commit *commit = NULL;
	git_oid oid;

	if (!oid_of(id, &oid, error) || !look_up_commit(repo, &oid, &commit, error))
		return false;
	message = to_utf8(commit, git_commit_message(commit));
	git_commit_free(commit);
	*ret_subject = g_strndup(message, strcspn(message, "\n"));
	return true;
}

bool repo_commit(Repo *repo, const RepoId *id, RepoCommit *ret_commit, GError **error)
{
	g_auto(RepoCommit) info = { .id = *id };
	g_auto(RawCommit) raw = { 0 };
	const git_signature *author;
	git_commit *commit = NULL;
	git_oid oid;
	g_autofree char *by = NULL;

	if (!oid_of(id, &oid, error) || !repo_read_commit(repo, &oid, &raw, error) ||
	    !list_files(repo, &oid, &raw, &info.files, error) ||
	    !look_up_commit(repo, &oid, &commit, error))
		return false;
	author = git_commit_author(commit);
	by = g_strdup_printf("%s <%s>", author->name, author->email);
	info.author = to_utf8(commit, by);
	info.date = iso_date(author);
	info.message = to_utf8(commit, git_commit_message(commit));
	info.subject = g_strndup(info.message, strcspn(info.message, "\n"));
	info.parents = g_array_new(FALSE, FALSE, sizeof(RepoId));
	for (guint i = 0; i < raw.n_parents; i++) {
		RepoId parent;

		repo_id(&raw.parents[i], &parent);
		g_array_append_val(info.parents, parent);
	}
	git_commit_free(commit);
	*ret_commit = info;
	memset(&info, 0, sizeof(info));
	return true;
}

void repo_commit_clear(RepoCommit *commit)
{
	g_clear_pointer(&commit->subject, g_free);
	g_clear_pointer(&commit->author, g_free);
	g_clear_pointer(&commit->date, g_free);
	g_clear_pointer(&commit->message, g_free);
	g_clear_pointer(&commit->parents, g_array_unref);
	g_clear_pointer(&commit->files, g_strfreev);
}
