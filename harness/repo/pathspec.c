/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two commits differ at some paths. Plain paths are looked up in each tree once, which
 * reads one tree a level; patterns take libgit2's diff.
 */
#include "repo/paint.h"

#include "util/error.h"

#include <fnmatch.h>
#include <string.h>

struct Paths {
	Repo *repo;
	GPtrArray *plain;    /* char *, none of them a pattern */
	GPtrArray *patterns; /* char * */
	GHashTable *seen;    /* hex id of a commit -> GBytes: what its tree has at the plain ones */
};

static bool is_pattern(const char *path)
{
	return strpbrk(path, "*?[\\");
}

/* Git's ":/" and ":(top)" say what holds here anyway: paths are from the top. */
static bool take_word(Paths *paths, const char *word, GError **error)
{
	g_autofree char *path = NULL;
	bool literal = false;
	GPtrArray *list;

	if (g_str_has_prefix(word, ":(literal)")) {
		word += strlen(":(literal)");
		literal = true;
	} else if (g_str_has_prefix(word, ":(top)")) {
		word += strlen(":(top)");
	} else if (g_str_has_prefix(word, ":/")) {
		word += strlen(":/");
	} else if (word[0] == ':') {
		return error_usage(error,
				   "path \"%s\": of git's magic only :(top), :/ and :(literal) are "
				   "known here",
				   word);
	}
	while (g_str_has_prefix(word, "./"))
		word += 2;
	path = g_strdup(g_str_equal(word, ".") ? "" : word);
	if (path[0] == '/' || strstr(path, "../") || g_str_equal(path, ".."))
		return error_usage(error, "path \"%s\": give it from the top of the repository",
				   word);
	for (gsize len = strlen(path); len > 0 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	list = !literal && is_pattern(path) ? paths->patterns : paths->plain;
	g_ptr_array_add(list, g_steal_pointer(&path));
	return true;
}

Paths *paths_new(Repo *repo, const char *const *words, GError **error)
{
	g_autoptr(Paths) paths = g_new0(Paths, 1);

	paths->repo = repo;
	paths->plain = g_ptr_array_new_with_free_func(g_free);
	paths->patterns = g_ptr_array_new_with_free_func(g_free);
	paths->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					    (GDestroyNotify)g_bytes_unref);
	for (guint i = 0; words[i]; i++)
		if (!take_word(paths, words[i], error))
			return NULL;
	return g_steal_pointer(&paths);
}

void paths_free(Paths *paths)
{
	if (!paths)
		return;
	g_ptr_array_unref(paths->plain);
	g_ptr_array_unref(paths->patterns);
	g_hash_table_unref(paths->seen);
	g_free(paths);
}

static bool look_up(Paths *paths, const git_oid *commit, git_tree **ret_tree, GError **error)
{
	g_auto(RawCommit) raw = { 0 };

	if (!repo_read_commit(paths->repo, commit, &raw, error))
		return false;
	if (git_tree_lookup(ret_tree, paths->repo->git, &raw.tree) < 0)
		return repo_missing(paths->repo, &raw.tree, "tree", error);
	return true;
}

/* Mode and id of a path in a tree; nothing where it is absent. */
static bool add_entry(Paths *paths, git_tree *tree, const char *path, GByteArray *into,
		      GError **error)
{
	git_tree_entry *entry = NULL;
	guint32 mode = 0;
	git_oid id = { { 0 } };
	int status = 0;

	if (path[0] == '\0') {
		id = *git_tree_id(tree);
	} else {
		status = git_tree_entry_bypath(&entry, tree, path);
		if (status == 0) {
			mode = git_tree_entry_filemode(entry);
			id = *git_tree_entry_id(entry);
		}
		git_tree_entry_free(entry);
	}
	if (status < 0 && status != GIT_ENOTFOUND)
		return git_trouble(error, "cannot look up %s in %s", path, paths->repo->path);
	g_byte_array_append(into, (const guint8 *)&mode, sizeof(mode));
	g_byte_array_append(into, id.id, sizeof(id.id));
	return true;
}

static GBytes *at_plain(Paths *paths, const git_oid *commit, GError **error)
{
	g_autofree char *hex = g_strdup(git_oid_tostr_s(commit));
	GBytes *known = g_hash_table_lookup(paths->seen, hex);
	GByteArray *entries;
	git_tree *tree = NULL;
	bool ok = true;

	if (known)
		return known;
	if (!look_up(paths, commit, &tree, error))
		return NULL;
	entries = g_byte_array_new();
	for (guint i = 0; i < paths->plain->len && ok; i++)
		ok = add_entry(paths, tree, paths->plain->pdata[i], entries, error);
	git_tree_free(tree);
	known = g_byte_array_free_to_bytes(entries);
	if (!ok) {
		g_bytes_unref(known);
		return NULL;
	}
	g_hash_table_insert(paths->seen, g_steal_pointer(&hex), known);
	return known;
}

static bool is_empty(GBytes *entries)
{
	gsize len;
	const guint8 *data = g_bytes_get_data(entries, &len);

	for (gsize i = 0; i < len; i++)
		if (data[i])
			return false;
	return true;
}

typedef struct {
	const GPtrArray *patterns;
	bool found;
} Match;

/* As in git's pathspecs a star goes over slashes. */
static int stop_at_match(const git_diff *diff, const git_diff_delta *delta, const char *pathspec,
			 void *user)
{
	Match *match = user;

	(void)diff;
	(void)pathspec;
	for (guint i = 0; i < match->patterns->len && !match->found; i++)
		match->found = fnmatch(match->patterns->pdata[i], delta->old_file.path, 0) == 0 ||
			       fnmatch(match->patterns->pdata[i], delta->new_file.path, 0) == 0;
	return match->found ? GIT_EUSER : 1;
}

static bool patterns_same(Paths *paths, const git_oid *old, const git_oid *young, bool *ret_same,
			  GError **error)
{
	git_diff_options options;
	git_tree *before = NULL;
	git_tree *after = NULL;
	git_diff *diff = NULL;
	Match match = { paths->patterns, false };
	bool ok = (!old || look_up(paths, old, &before, error)) &&
		  look_up(paths, young, &after, error);
	int status = 0;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.notify_cb = stop_at_match;
	options.payload = &match;
	if (ok)
		status = git_diff_tree_to_tree(&diff, paths->repo->git, before, after, &options);
	git_diff_free(diff);
	git_tree_free(before);
	git_tree_free(after);
	if (!ok)
		return false;
	if (status < 0 && !match.found)
		return git_trouble(error, "cannot compare two commits in %s", paths->repo->path);
	*ret_same = !match.found;
	return true;
}

bool paths_same(Paths *paths, const git_oid *old, const git_oid *young, bool *ret_same,
		GError **error)
{
	GBytes *before = NULL;
	GBytes *after;

	if (paths->plain->len > 0) {
		after = at_plain(paths, young, error);
		if (after && old)
			before = at_plain(paths, old, error);
		if (!after || (old && !before))
			return false;
		*ret_same = old ? g_bytes_equal(before, after) : is_empty(after);
		if (!*ret_same)
			return true;
	}
	*ret_same = true;
	return paths->patterns->len == 0 || patterns_same(paths, old, young, ret_same, error);
}
