/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commits between goods and bad: painted from both ends, then handed over as a graph. */
#include "repo/internal.h"

#include "util/error.h"

#include <string.h>

#define GOODS_MAX 63
#define MARK_BAD (G_GUINT64_CONSTANT(1) << GOODS_MAX)

typedef struct {
	Walk walk;
	guint bad;
	GArray *goods; /* guint: numbers in the walk, in the caller's order */
	guint64 all;   /* marks of a commit that every end reaches */
	guint n_open;  /* commits in the queue that some end may still come to reach */
	gint64 oldest; /* date of the oldest commit of the range */
} Paint;

static void paint_clear(Paint *paint)
{
	walk_clear(&paint->walk);
	g_clear_pointer(&paint->goods, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Paint, paint_clear)

/* Give a commit marks; where that is news to it, its ancestors have to hear of it too. */
static bool mark(Paint *paint, guint number, guint64 marks, GError **error)
{
	WalkCommit *commit;

	if ((walk_at(&paint->walk, number)->marks | marks) == walk_at(&paint->walk, number)->marks)
		return true;
	if (!walk_read(&paint->walk, number, error))
		return false;
	commit = walk_at(&paint->walk, number);
	if (commit->queued)
		paint->n_open -= commit->marks != paint->all;
	commit->marks |= marks;
	paint->n_open += commit->marks != paint->all;
	walk_push(&paint->walk, number);
	return true;
}

/*
 * Ends when all that is queued is reached by every end, and older by a margin than all that is
 * not. A clock that was wrong by more leaves an ancestor of a good in the range: one more to
 * test, never one less.
 */
static bool paint_all(Paint *paint, GError **error)
{
	Walk *walk = &paint->walk;

	while (paint->n_open > 0 || walk_newest(walk) > paint->oldest - WALK_SLACK_S) {
		guint number = walk_pop(walk);
		WalkCommit commit;

		if (number == G_MAXUINT)
			break;
		commit = *walk_at(walk, number);
		if (commit.marks != paint->all) {
			paint->n_open--;
			paint->oldest = MIN(paint->oldest, commit.date);
		}
		for (guint i = 0; i < commit.n_parents; i++)
			if (!mark(paint, g_array_index(walk->parents, guint, commit.first + i),
				  commit.marks, error))
				return false;
	}
	return true;
}

static bool start(Paint *paint, Repo *repo, const RepoId *bad, const RepoId *goods, guint n_goods,
		  GError **error)
{
	git_oid oid;

	if (n_goods == 0 || n_goods > GOODS_MAX)
		return error_usage(error, "cannot bisect with %u good revisions: give 1 to %d",
				   n_goods, GOODS_MAX);
	walk_init(&paint->walk, repo);
	paint->goods = g_array_new(FALSE, FALSE, sizeof(guint));
	paint->oldest = G_MAXINT64;
	paint->all = MARK_BAD | ((G_GUINT64_CONSTANT(1) << n_goods) - 1);
	if (!oid_of(bad, &oid, error))
		return false;
	paint->bad = walk_number(&paint->walk, &oid);
	for (guint i = 0; i < n_goods; i++) {
		guint number;

		if (strcmp(bad->hex, goods[i].hex) == 0)
			return error_usage(error,
					   "the good and the bad revision are the same commit, %s: "
					   "give an older --good or a newer --bad",
					   bad->hex);
		if (!oid_of(&goods[i], &oid, error))
			return false;
		number = walk_number(&paint->walk, &oid);
		g_array_append_val(paint->goods, number);
		if (!mark(paint, number, G_GUINT64_CONSTANT(1) << i, error))
			return false;
	}
	return mark(paint, paint->bad, MARK_BAD, error);
}

/* The newest commit that both ends reach, or NULL. */
static const WalkCommit *meeting_point(const Paint *paint, guint64 marks)
{
	const WalkCommit *best = NULL;

	for (guint i = 0; i < paint->walk.commits->len; i++) {
		const WalkCommit *commit = walk_at(&paint->walk, i);

		if ((commit->marks & marks) == marks && (!best || commit->date > best->date))
			best = commit;
	}
	return best;
}

static bool explain_apart(const Paint *paint, const RepoId *bad, const RepoId *good, guint index,
			  GError **error)
{
	guint64 mark_good = G_GUINT64_CONSTANT(1) << index;
	const WalkCommit *base = meeting_point(paint, MARK_BAD | mark_good);
	g_autofree char *cut = repo_cut(paint->walk.repo);

	if (walk_at(&paint->walk, paint->bad)->marks & mark_good)
		return error_usage(
			error,
			"the good revision %s is newer than the bad one, %s, and descends "
			"from it: to look for what fixed it, swap what counts as good and "
			"bad",
			good->hex, bad->hex);
	if (!base)
		return error_usage(error,
				   "the good revision %s and the bad one, %s, have no common "
				   "ancestor: give a --good that the bad one descends from%s",
				   good->hex, bad->hex, cut);
	return error_usage(error,
			   "the good revision %s is not an ancestor of the bad one, %s: try their "
			   "merge base with --good %s%s",
			   good->hex, bad->hex, git_oid_tostr_s(&base->id), cut);
}

/* Commits of the graph have their parents in it: the bad end's that not every good reaches. */
static bool is_inner(const Paint *paint, const WalkCommit *commit)
{
	return (commit->marks & MARK_BAD) && commit->marks != paint->all;
}

static bool check(const Paint *paint, const RepoId *bad, const RepoId *goods, GError **error)
{
	for (guint i = 0; i < paint->goods->len; i++) {
		guint number = g_array_index(paint->goods, guint, i);

		if (!(walk_at(&paint->walk, number)->marks & MARK_BAD))
			return explain_apart(paint, bad, &goods[i], i, error);
	}
	for (guint i = 0; i < paint->walk.commits->len; i++) {
		const WalkCommit *commit = walk_at(&paint->walk, i);
		git_oid below;
		g_auto(RawCommit) raw = { 0 };

		if (!commit->cut || !is_inner(paint, commit))
			continue;
		if (!repo_read_commit(paint->walk.repo, &commit->id, &raw, error))
			return false;
		below = raw.below;
		return repo_missing(paint->walk.repo, &below, "commit", error);
	}
	return true;
}

/* The graph under construction: which node a commit of the walk has become. */
typedef struct {
	const Paint *paint;
	RepoRange *range;
	Node *nodes; /* by number; NODE_NONE */
	GArray *rim; /* Node */
} Build;

static void build_node(Build *build, guint number)
{
	const Walk *walk = &build->paint->walk;
	const WalkCommit *commit = walk_at(walk, number);
	g_autofree Node *parents = g_new(Node, commit->n_parents + 1);
	guint n_parents = is_inner(build->paint, commit) ? commit->n_parents : 0;
	RepoId id;

	for (guint i = 0; i < n_parents; i++)
		parents[i] = build->nodes[g_array_index(walk->parents, guint, commit->first + i)];
	build->nodes[number] = graph_add(build->range->graph, parents, n_parents);
	repo_id(&commit->id, &id);
	g_array_append_val(build->range->ids, id);
	build->range->commits += commit->marks == MARK_BAD;
	/* Each good descends from all of the rim, through commits that are not in the graph. */
	for (guint i = 0; i < build->paint->goods->len; i++) {
		if (g_array_index(build->paint->goods, guint, i) != number)
			continue;
		for (guint k = 0; k < build->rim->len; k++)
			graph_link(build->range->graph, g_array_index(build->rim, Node, k));
		return;
	}
}

static bool is_good(const Paint *paint, guint number)
{
	for (guint i = 0; i < paint->goods->len; i++)
		if (g_array_index(paint->goods, guint, i) == number)
			return true;
	return false;
}

/* The rim first: parents of inner commits that every good reaches; then a good that is one. */
static void build_rim(Build *build)
{
	const Walk *walk = &build->paint->walk;
	g_autofree guint8 *is_rim = g_malloc0(walk->commits->len);

	for (guint i = 0; i < walk->commits->len; i++) {
		const WalkCommit *commit = walk_at(walk, i);

		for (guint k = 0; is_inner(build->paint, commit) && k < commit->n_parents; k++)
			is_rim[g_array_index(walk->parents, guint, commit->first + k)] = 1;
	}
	for (guint i = 0; i < walk->commits->len; i++) {
		if (!is_rim[i] || is_inner(build->paint, walk_at(walk, i)) ||
		    is_good(build->paint, i))
			continue;
		build_node(build, i);
		g_array_append_val(build->rim, build->nodes[i]);
	}
	for (guint i = 0; i < build->paint->goods->len; i++) {
		guint number = g_array_index(build->paint->goods, guint, i);

		if (!is_inner(build->paint, walk_at(walk, number)) &&
		    build->nodes[number] == NODE_NONE)
			build_node(build, number);
	}
}

/* Then the inner commits, each after its parents; of those that may come, the oldest first. */
static void build_inner(Build *build)
{
	const Walk *walk = &build->paint->walk;
	guint n = walk->commits->len;
	g_autofree guint *waits = g_new0(guint, n);
	g_autofree guint *first = g_new0(guint, n + 2);
	g_autofree guint *children = g_new(guint, walk->parents->len + 1);
	Walk ready = { .commits = walk->commits, .heap = g_array_new(FALSE, FALSE, sizeof(guint)) };

	for (guint i = 0; i < n; i++) {
		WalkCommit *commit = walk_at(walk, i);

		commit->queued = false;
		commit->date = -commit->date; /* the queue gives the highest first */
		for (guint k = 0; is_inner(build->paint, commit) && k < commit->n_parents; k++)
			first[g_array_index(walk->parents, guint, commit->first + k) + 2]++;
	}
	for (guint i = 0; i < n; i++)
		first[i + 2] += first[i + 1];
	for (guint i = 0; i < n; i++) {
		const WalkCommit *commit = walk_at(walk, i);

		if (!is_inner(build->paint, commit))
			continue;
		for (guint k = 0; k < commit->n_parents; k++) {
			guint parent = g_array_index(walk->parents, guint, commit->first + k);

			children[first[parent + 1]++] = i;
			waits[i] += build->nodes[parent] == NODE_NONE;
		}
		if (waits[i] == 0)
			walk_push(&ready, i);
	}
	for (guint i = walk_pop(&ready); i != G_MAXUINT; i = walk_pop(&ready)) {
		build_node(build, i);
		for (guint k = first[i]; k < first[i + 1]; k++)
			if (--waits[children[k]] == 0)
				walk_push(&ready, children[k]);
	}
	g_array_unref(ready.heap);
}

static RepoRange *build_range(const Paint *paint)
{
	RepoRange *range = g_new0(RepoRange, 1);
	guint n = paint->walk.commits->len;
	g_autofree Node *nodes = g_new(Node, n);
	g_autoptr(GArray) rim = g_array_new(FALSE, FALSE, sizeof(Node));
	Build build = { paint, range, nodes, rim };

	for (guint i = 0; i < n; i++)
		nodes[i] = NODE_NONE;
	range->graph = graph_new();
	range->ids = g_array_new(FALSE, FALSE, sizeof(RepoId));
	build_rim(&build);
	build_inner(&build);
	range->bad = nodes[paint->bad];
	range->goods = g_array_new(FALSE, FALSE, sizeof(Node));
	for (guint i = 0; i < paint->goods->len; i++)
		g_array_append_val(range->goods, nodes[g_array_index(paint->goods, guint, i)]);
	return range;
}

bool repo_range(Repo *repo, const RepoId *bad, const RepoId *goods, guint n_goods,
		RepoRange **ret_range, GError **error)
{
	g_auto(Paint) paint = { 0 };

	if (!start(&paint, repo, bad, goods, n_goods, error) || !paint_all(&paint, error) ||
	    !check(&paint, bad, goods, error))
		return false;
	*ret_range = build_range(&paint);
	repo_rest(repo);
	return true;
}

void repo_range_free(RepoRange *range)
{
	if (!range)
		return;
	graph_free(range->graph);
	g_clear_pointer(&range->ids, g_array_unref);
	g_clear_pointer(&range->goods, g_array_unref);
	g_free(range);
}

Node repo_range_find(const RepoRange *range, const RepoId *id)
{
	for (Node node = 0; node < range->ids->len; node++)
		if (strcmp(g_array_index(range->ids, RepoId, node).hex, id->hex) == 0)
			return node;
	return NODE_NONE;
}
