/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two commits differ at some paths. Plain paths are looked up in each tree once, which
 * reads one tree a level, and below the top only trees that were not met before; patterns take
 * libgit2's diff.
 */
#include "repo/commitgraph.h"
#include "repo/paint.h"

#include "util/error.h"

#include <fnmatch.h>
#include <string.h>

struct Paths {
	Repo *repo;
	GPtrArray *plain;    /* char *, none of them a pattern */
	GPtrArray *patterns; /* char * */
	GHashTable *seen;    /* git_oid of a commit -> GBytes: Entry of each of the plain ones */
	GHashTable *below;   /* Place -> Entry: of trees below the top */
};

/* What is at a path; all zero where nothing is. */
typedef struct {
	guint32 mode;
	git_oid id;
} Entry;

/* A tree, and what of a path is still to be followed down from it. */
typedef struct {
	git_oid tree;
	const char *rest; /* in the path itself: the same pointer is the same path, and as deep */
} Place;

static guint id_hash(gconstpointer key)
{
	guint hash;

	memcpy(&hash, ((const git_oid *)key)->id, sizeof(hash));
	return hash;
}

static gboolean id_equal(gconstpointer a, gconstpointer b)
{
	return git_oid_equal(a, b);
}

static guint place_hash(gconstpointer key)
{
	const Place *place = key;

	return id_hash(&place->tree) ^ GPOINTER_TO_UINT(place->rest);
}

static gboolean place_equal(gconstpointer a, gconstpointer b)
{
	const Place *x = a;
	const Place *y = b;

	return x->rest == y->rest && git_oid_equal(&x->tree, &y->tree);
}

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
	paths->seen =
		g_hash_table_new_full(id_hash, id_equal, g_free, (GDestroyNotify)g_bytes_unref);
	paths->below = g_hash_table_new_full(place_hash, place_equal, g_free, g_free);
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
	g_hash_table_unref(paths->below);
	g_free(paths);
}

static bool tree_of(const Paths *paths, const WalkCommit *commit, git_oid *ret_tree, GError **error)
{
	const CommitGraph *graph = paths->repo->graph;
	g_auto(RawCommit) raw = { 0 };

	if (graph && commit->position && commit_graph_tree(graph, commit->position - 1, ret_tree))
		return true;
	if (!repo_read_commit(paths->repo, &commit->id, &raw, error))
		return false;
	*ret_tree = raw.tree;
	return true;
}

/* Old trees have modes that git takes for one of a few. */
static guint32 plain_mode(guint32 mode)
{
	switch (mode & 0170000) {
	case 0100000:
		return mode & 0100 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	case GIT_FILEMODE_TREE:
	case GIT_FILEMODE_LINK:
		return mode & 0170000;
	default:
		return GIT_FILEMODE_COMMIT;
	}
}

/* The entry of a name in a tree's bytes; false where they are damaged. */
static bool scan(const char *at, const char *end, const char *name, gsize len, Entry *ret_entry)
{
	while (at < end) {
		const char *nul;
		guint32 mode = 0;

		while (at < end && *at >= '0' && *at <= '7')
			mode = mode << 3 | (guint32)(*at++ - '0');
		nul = memchr(at, '\0', (gsize)(end - at));
		if (!nul || *at != ' ' || end - nul <= GIT_OID_RAWSZ)
			return false;
		if ((gsize)(nul - at - 1) == len && memcmp(at + 1, name, len) == 0) {
			ret_entry->mode = plain_mode(mode);
			return git_oid_fromraw(&ret_entry->id, (const guint8 *)nul + 1) == 0;
		}
		at = nul + 1 + GIT_OID_RAWSZ;
	}
	return true;
}

static bool read_entry(const Paths *paths, const git_oid *tree, const char *name, gsize len,
		       Entry *ret_entry, GError **error)
{
	git_odb_object *object = NULL;
	const char *data;
	bool ok;

	if (!repo_read(paths->repo, tree, "tree", &object, error))
		return false;
	data = git_odb_object_data(object);
	ok = git_odb_object_type(object) == GIT_OBJECT_TREE &&
	     scan(data, data + git_odb_object_size(object), name, len, ret_entry);
	git_odb_object_free(object);
	return ok || error_host(error, "cannot read tree %s in %s: it is damaged",
				git_oid_tostr_s(tree), paths->repo->path);
}

/* Follow a path down from a tree. */
static bool find_entry(Paths *paths, const git_oid *top, const char *path, Entry *ret_entry,
		       GError **error)
{
	Entry at = { GIT_FILEMODE_TREE, *top };
	g_autoptr(GPtrArray) met = g_ptr_array_new_with_free_func(g_free);
	const Entry *known = NULL;

	for (const char *rest = path; *rest && at.mode == GIT_FILEMODE_TREE;) {
		gsize len = strcspn(rest, "/");
		Place place = { at.id, rest };

		if (rest != path) {
			known = g_hash_table_lookup(paths->below, &place);
			if (known)
				break;
			g_ptr_array_add(met, g_memdup2(&place, sizeof(place)));
		}
		at = (Entry){ 0 };
		if (!read_entry(paths, &place.tree, rest, len, &at, error))
			return false;
		rest += len + (rest[len] == '/');
		/* A file where a folder is asked for is as good as nothing. */
		if (*rest && at.mode != GIT_FILEMODE_TREE)
			at = (Entry){ 0 };
	}
	*ret_entry = known ? *known : at;
	while (met->len > 0)
		g_hash_table_insert(paths->below, g_ptr_array_steal_index_fast(met, met->len - 1),
				    g_memdup2(ret_entry, sizeof(*ret_entry)));
	return true;
}

static GBytes *at_plain(Paths *paths, const WalkCommit *commit, GError **error)
{
	GBytes *known = g_hash_table_lookup(paths->seen, &commit->id);
	g_autofree Entry *entries = NULL;
	git_oid tree;

	if (known)
		return known;
	if (!tree_of(paths, commit, &tree, error))
		return NULL;
	entries = g_new0(Entry, paths->plain->len);
	for (guint i = 0; i < paths->plain->len; i++)
		if (!find_entry(paths, &tree, paths->plain->pdata[i], &entries[i], error))
			return NULL;
	known = g_bytes_new(entries, paths->plain->len * sizeof(*entries));
	g_hash_table_insert(paths->seen, g_memdup2(&commit->id, sizeof(commit->id)), known);
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

static bool look_up(const Paths *paths, const WalkCommit *commit, git_tree **ret_tree,
		    GError **error)
{
	git_oid id;

	if (!tree_of(paths, commit, &id, error))
		return false;
	return git_tree_lookup(ret_tree, paths->repo->git, &id) == 0 ||
	       repo_missing(paths->repo, &id, "tree", error);
}

static bool patterns_same(Paths *paths, const WalkCommit *old, const WalkCommit *young,
			  bool *ret_same, GError **error)
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

bool paths_same(Paths *paths, const WalkCommit *old, const WalkCommit *young, bool *ret_same,
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
