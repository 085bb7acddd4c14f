/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which revisions build the same kernel, and which commits can matter to it. */
#include "revision/relevance.h"

#include "repo/diff.h"

#include <string.h>

/* A tree that was built, and what is known of others against it. */
typedef struct {
	RepoId revision; /* empty where only the tree is known */
	RepoId tree;
	Footprint *footprint;
	GHashTable *trees; /* id of another tree (char *) -> KNOWN_ */
	GHashTable *parts; /* GBytes: raw id and path of a folder in it -> KNOWN_ */
} Built;

enum { KNOWN_SAME = 1, KNOWN_OTHER };

/* What was found out of a commit's own changes. */
typedef struct {
	guint seen; /* how many builds were known then */
	bool matters;
	GString *paths; /* that it changes, where none matters: see add_path(); or NULL */
} Verdict;

#define PATHS_MAX 4096 /* bytes of Verdict.paths */

struct Relevance {
	Repo *repo;
	RepoDiff *diff;
	bool first_parent;
	GPtrArray *builds;   /* Built */
	guint changes;       /* counts relevance_add() */
	GHashTable *tree_of; /* commit (char *) -> its tree (char *) */
	GHashTable *commits; /* commit (char *) -> Verdict */
};

static void verdict_free(gpointer data)
{
	Verdict *verdict = data;

	if (verdict->paths)
		g_string_free(verdict->paths, TRUE);
	g_free(verdict);
}

static void built_free(gpointer data)
{
	Built *built = data;

	footprint_free(built->footprint);
	g_hash_table_unref(built->trees);
	g_hash_table_unref(built->parts);
	g_free(built);
}

Relevance *relevance_new(Repo *repo)
{
	Relevance *relevance = g_new0(Relevance, 1);

	relevance->repo = repo;
	relevance->diff = repo_diff_new(repo);
	relevance->builds = g_ptr_array_new_with_free_func(built_free);
	relevance->tree_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	relevance->commits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, verdict_free);
	return relevance;
}

void relevance_free(Relevance *relevance)
{
	if (!relevance)
		return;
	repo_diff_free(relevance->diff);
	g_ptr_array_unref(relevance->builds);
	g_hash_table_unref(relevance->tree_of);
	g_hash_table_unref(relevance->commits);
	g_free(relevance);
}

static bool tree_of(Relevance *relevance, const RepoId *commit, RepoId *ret_tree, GError **error)
{
	const char *known = g_hash_table_lookup(relevance->tree_of, commit->hex);

	if (known) {
		g_strlcpy(ret_tree->hex, known, sizeof(ret_tree->hex));
		return true;
	}
	if (!repo_tree_id(relevance->repo, commit, ret_tree, error))
		return false;
	g_hash_table_insert(relevance->tree_of, g_strdup(commit->hex), g_strdup(ret_tree->hex));
	return true;
}

static Built *find_built(const Relevance *relevance, const RepoId *tree)
{
	for (guint i = 0; i < relevance->builds->len; i++) {
		Built *built = relevance->builds->pdata[i];

		if (g_str_equal(built->tree.hex, tree->hex))
			return built;
	}
	return NULL;
}

void relevance_add_tree(Relevance *relevance, const RepoId *tree, Footprint *footprint)
{
	Built *built = find_built(relevance, tree);

	if (built)
		g_ptr_array_remove(relevance->builds, built);
	built = g_new0(Built, 1);
	built->tree = *tree;
	built->footprint = footprint;
	built->trees = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	built->parts = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
					     (GDestroyNotify)g_bytes_unref, NULL);
	g_ptr_array_add(relevance->builds, built);
	relevance->changes++;
}

bool relevance_add(Relevance *relevance, const RepoId *revision, Footprint *footprint,
		   GError **error)
{
	RepoId tree;

	if (!tree_of(relevance, revision, &tree, error)) {
		footprint_free(footprint);
		return false;
	}
	relevance_add_tree(relevance, &tree, footprint);
	find_built(relevance, &tree)->revision = *revision;
	return true;
}

void relevance_first_parent(Relevance *relevance)
{
	relevance->first_parent = true;
}

guint relevance_built(const Relevance *relevance)
{
	return relevance->builds->len;
}

/* ---- the same kernel ---- */

static GBytes *part_key(const char *path, const guint8 *id)
{
	GByteArray *key = g_byte_array_sized_new(REPO_RAW_ID + 64);

	g_byte_array_append(key, id, REPO_RAW_ID);
	g_byte_array_append(key, (const guint8 *)path, (guint)strlen(path));
	return g_byte_array_free_to_bytes(key);
}

/*
 * The built tree's side of a folder follows from its path, so that the other's id alone tells a
 * comparison apart: neighbours in history share most of them.
 */
static RepoDiffStep on_enter(const char *path, const guint8 *id, void *user)
{
	const Built *built = user;
	g_autoptr(GBytes) key = id ? part_key(path, id) : NULL;
	int known = key ? GPOINTER_TO_INT(g_hash_table_lookup(built->parts, key)) : 0;

	return known == KNOWN_SAME    ? REPO_DIFF_SKIP
	       : known == KNOWN_OTHER ? REPO_DIFF_STOP
				      : REPO_DIFF_GO;
}

static void on_leave(const char *path, const guint8 *id, bool stopped, void *user)
{
	const Built *built = user;

	if (id)
		g_hash_table_replace(built->parts, part_key(path, id),
				     GINT_TO_POINTER(stopped ? KNOWN_OTHER : KNOWN_SAME));
}

/* The two rooms count alike; held here, for neither knows the other. */
G_STATIC_ASSERT((int)REPO_CHANGED == (int)FOOTPRINT_CHANGED);
G_STATIC_ASSERT((int)REPO_ADDED == (int)FOOTPRINT_ADDED);
G_STATIC_ASSERT((int)REPO_REMOVED == (int)FOOTPRINT_REMOVED);
G_STATIC_ASSERT((int)REPO_ODD == (int)FOOTPRINT_ODD);

static bool on_file(const char *path, guint change, void *user)
{
	const Built *built = user;

	return footprint_ignores(footprint_judge(built->footprint, path, change));
}

/* R == B: every path that differs is ignorable. */
static bool is_same(Relevance *relevance, Built *built, const RepoId *tree)
{
	const RepoDiffEvents events = { on_file, on_enter, on_leave, built };
	int known = GPOINTER_TO_INT(g_hash_table_lookup(built->trees, tree->hex));
	bool stopped = true;

	if (g_str_equal(built->tree.hex, tree->hex))
		return true;
	if (!known) {
		if (!repo_diff_trees(relevance->diff, &built->tree, tree, &events, &stopped, NULL))
			stopped = true;
		known = stopped ? KNOWN_OTHER : KNOWN_SAME;
		g_hash_table_insert(built->trees, g_strdup(tree->hex), GINT_TO_POINTER(known));
	}
	return known == KNOWN_SAME;
}

bool relevance_same(Relevance *relevance, const RepoId *a, const RepoId *b)
{
	Built *built;
	RepoId x, y;

	if (g_str_equal(a->hex, b->hex))
		return true;
	if (!tree_of(relevance, a, &x, NULL) || !tree_of(relevance, b, &y, NULL))
		return false;
	if (g_str_equal(x.hex, y.hex))
		return true;
	built = find_built(relevance, &x);
	if (built && is_same(relevance, built, &y))
		return true;
	built = find_built(relevance, &y);
	return built && is_same(relevance, built, &x);
}

bool relevance_same_tree(Relevance *relevance, const RepoId *built, const RepoId *tree)
{
	Built *own = find_built(relevance, built);

	return own && !footprint_failed(own->footprint) && is_same(relevance, own, tree);
}

bool relevance_find(Relevance *relevance, const RepoId *revision, const Footprint **ret_footprint)
{
	RepoId tree;

	if (!tree_of(relevance, revision, &tree, NULL))
		return false;
	for (guint i = 0; i < relevance->builds->len; i++) {
		Built *built = relevance->builds->pdata[i];

		if (footprint_failed(built->footprint) || !is_same(relevance, built, &tree))
			continue;
		if (ret_footprint)
			*ret_footprint = built->footprint;
		return true;
	}
	return false;
}

/* ---- what may matter ---- */

typedef struct {
	const Relevance *relevance;
	RelevanceCommit *commit;
	GString *paths; /* takes all that differs from the parent at hand; or NULL */
} Look;

/* How it changes, the path, a NUL: what a later build may have something to say about. */
static void add_path(GString *paths, const char *path, guint change)
{
	g_string_append_c(paths, (char)('0' + change));
	g_string_append_len(paths, path, (gssize)strlen(path) + 1);
}

static void note(RelevanceCommit *commit, const char *path, FootprintWhy why)
{
	g_free(commit->path);
	commit->path = g_strdup(path);
	commit->why = footprint_why(why, path);
}

/* What the builds say about a change, the one to whom it matters before others; failed ones say
 * nothing here. */
static FootprintWhy judge(const Relevance *relevance, const char *path, guint change)
{
	FootprintWhy why = FOOTPRINT_APART;

	for (guint i = 0; i < relevance->builds->len && footprint_ignores(why); i++) {
		const Built *built = relevance->builds->pdata[i];

		if (!footprint_failed(built->footprint))
			why = footprint_judge(built->footprint, path, change);
	}
	return why;
}

/* Ends at the first path that is not ignorable for some build. */
static bool on_change(const char *path, guint change, void *user)
{
	const Look *look = user;
	FootprintWhy why = judge(look->relevance, path, change);
	bool light = footprint_ignores(why);

	if (!light || !look->commit->files)
		note(look->commit, path, why);
	look->commit->files++;
	if (look->paths)
		add_path(look->paths, path, change);
	return light;
}

static bool look_at_parent(const Look *look, const RepoId *tree, const RepoId *parent,
			   GError **error)
{
	Relevance *relevance = (Relevance *)look->relevance;
	RelevanceCommit *commit = look->commit;
	const RepoDiffEvents events = { .file = on_change, .user = (void *)look };
	RepoId old;

	commit->files = 0;
	g_clear_pointer(&commit->path, g_free);
	commit->why = NULL;
	if (look->paths)
		g_string_truncate(look->paths, 0);
	return tree_of(relevance, parent, &old, error) &&
	       repo_diff_trees(relevance->diff, &old, tree, &events, &commit->matters, error);
}

static bool any_succeeded(const Relevance *relevance)
{
	for (guint i = 0; i < relevance->builds->len; i++)
		if (!footprint_failed(((Built *)relevance->builds->pdata[i])->footprint))
			return true;
	return false;
}

/* @paths: as in Look. */
static bool look_at(Relevance *relevance, const RepoId *id, GString *paths,
		    RelevanceCommit *ret_commit, GError **error)
{
	g_auto(RelevanceCommit) commit = { .id = g_strdup(id->hex), .matters = true };
	const Look look = { relevance, &commit, paths };
	g_autoptr(GArray) parents = NULL;
	RepoId tree;
	bool cut;

	if (!tree_of(relevance, id, &tree, error) ||
	    !repo_parents(relevance->repo, id, &parents, &cut, error))
		return false;
	if (relevance->first_parent && parents->len > 1)
		g_array_set_size(parents, 1);
	for (guint i = 0; i < parents->len && !cut && any_succeeded(relevance); i++) {
		if (!look_at_parent(&look, &tree, &g_array_index(parents, RepoId, i), error))
			return false;
		if (!commit.matters)
			break; /* equal to this parent as far as the kernel goes */
	}
	*ret_commit = commit;
	commit = (RelevanceCommit){ 0 };
	return true;
}

bool relevance_look(Relevance *relevance, const RepoId *commit, RelevanceCommit *ret_commit,
		    GError **error)
{
	return look_at(relevance, commit, NULL, ret_commit, error);
}

static guint8 *mark_candidates(const RepoRange *range)
{
	guint8 *marks = g_malloc0(graph_size(range->graph) + 1);

	graph_mark_ancestors(range->graph, range->bad, marks, 1);
	for (guint i = 0; i < range->goods->len; i++)
		graph_mark_ancestors(range->graph, g_array_index(range->goods, Node, i), marks, 0);
	return marks;
}

/* Which of the builds is the same kernel, whatever came of it. */
static bool add_same(Relevance *relevance, const RepoId *id, RelevanceCommit *commit,
		     GError **error)
{
	RepoId tree;

	if (!tree_of(relevance, id, &tree, error))
		return false;
	for (guint i = 0; i < relevance->builds->len && !commit->same_as; i++) {
		Built *built = relevance->builds->pdata[i];

		if (built->revision.hex[0] && is_same(relevance, built, &tree))
			commit->same_as = g_strdup(built->revision.hex);
	}
	return true;
}

bool relevance_range(Relevance *relevance, const RepoRange *range,
		     void (*tell)(const RelevanceCommit *commit, void *user), void *user,
		     GError **error)
{
	g_autofree guint8 *marks = mark_candidates(range);

	for (Node node = 0; node < graph_size(range->graph); node++) {
		const RepoId *id = &g_array_index(range->ids, RepoId, node);
		g_auto(RelevanceCommit) commit = { 0 };

		if (!marks[node] || graph_is_passage(range->graph, node))
			continue;
		if (!relevance_look(relevance, id, &commit, error) ||
		    !add_same(relevance, id, &commit, error) ||
		    !repo_subject(relevance->repo, id, &commit.subject, error))
			return false;
		tell(&commit, user);
	}
	return true;
}

/* Whether what made a commit light says so still, with the builds of now. */
static bool still_light(const Relevance *relevance, const Verdict *known)
{
	gsize at = 0;

	if (!known->paths || known->matters)
		return false;
	while (at < known->paths->len) {
		const char *path = known->paths->str + at + 1;
		guint change = (guint)(path[-1] - '0');

		if (!footprint_ignores(judge(relevance, path, change)))
			return false;
		at += strlen(path) + 2;
	}
	return true;
}

static void look_again(Relevance *relevance, const RepoId *commit, Verdict *known)
{
	g_auto(RelevanceCommit) found = { 0 };
	GString *paths = known->paths ? known->paths : g_string_new(NULL);

	known->matters = !look_at(relevance, commit, paths, &found, NULL) || found.matters;
	known->paths = paths;
	if (known->matters || paths->len > PATHS_MAX) {
		g_string_free(paths, TRUE);
		known->paths = NULL;
	}
}

bool relevance_matters(Relevance *relevance, const RepoId *commit)
{
	Verdict *known = g_hash_table_lookup(relevance->commits, commit->hex);

	/* What may matter to one build stays so; what mattered to none may matter to a new one. */
	if (known && ((known->matters && known->seen) || known->seen == relevance->changes))
		return known->matters;
	if (!known) {
		known = g_new0(Verdict, 1);
		g_hash_table_insert(relevance->commits, g_strdup(commit->hex), known);
	}
	if (!still_light(relevance, known))
		look_again(relevance, commit, known);
	known->seen = any_succeeded(relevance) ? relevance->changes : 0;
	return known->matters;
}

/* ---- what it costs ---- */

typedef struct {
	const Relevance *relevance;
	double kept; /* share of the kernel that is not made again */
} Work;

static bool on_work(const char *path, guint change, void *user)
{
	Work *work = user;
	double share = 0;

	(void)change;
	for (guint i = 0; i < work->relevance->builds->len; i++) {
		const Built *built = work->relevance->builds->pdata[i];

		share = MAX(share, footprint_share(built->footprint, path));
	}
	work->kept *= 1 - share;
	return true;
}

double relevance_work(Relevance *relevance, const RepoId *commit)
{
	Work work = { relevance, 1 };
	const RepoDiffEvents events = { .file = on_work, .user = &work };
	g_autoptr(GArray) parents = NULL;
	RepoId tree, old;
	bool cut, stopped;

	if (!any_succeeded(relevance))
		return -1;
	/* what no build has read, nothing was made from; and that is known already of most */
	if (!relevance_matters(relevance, commit))
		return 0;
	if (!repo_parents(relevance->repo, commit, &parents, &cut, NULL) || cut || !parents->len ||
	    (parents->len > 1 && !relevance->first_parent) ||
	    !tree_of(relevance, commit, &tree, NULL) ||
	    !tree_of(relevance, &g_array_index(parents, RepoId, 0), &old, NULL) ||
	    !repo_diff_trees(relevance->diff, &old, &tree, &events, &stopped, NULL))
		return 0;
	return 1 - work.kept;
}
