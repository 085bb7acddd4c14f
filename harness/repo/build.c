/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Painted commits become the plain graph that the search works on, oldest first. */
#include "repo/paint.h"

/* The graph under construction: which node a commit of the walk has become. */
typedef struct {
	const RangePlan *plan;
	const Walk *walk;
	RepoRange *range;
	Node *nodes; /* by number; NODE_NONE */
	GArray *rim; /* guint: numbers */
} Build;

static guint parent_at(const Walk *walk, guint number, guint index)
{
	return g_array_index(walk->parents, guint, walk_at(walk, number)->first + index);
}

static bool is_passage(const RangePlan *plan, guint number)
{
	return plan->passage && plan->passage[number];
}

static bool is_followed(const RangePlan *plan, guint number, guint index)
{
	return !plan->follow || plan->follow[number] == 0 || plan->follow[number] == index + 1;
}

/* Whether the graph has this parent at all. */
static bool is_kept(const RangePlan *plan, guint number, guint index)
{
	return is_followed(plan, number, index) || !is_passage(plan, number);
}

/* A good descends from rim commits through commits that are not in the graph. */
static void link_rim(Build *build, guint good)
{
	guint number = g_array_index(build->plan->paint->goods, guint, good);

	for (guint i = 0; i < build->rim->len; i++) {
		guint at = g_array_index(build->rim, guint, i);

		if (at != number && (walk_at(build->walk, at)->marks >> good & 1))
			graph_link(build->range->graph, build->nodes[at]);
	}
}

static void add_node(Build *build, guint number)
{
	const RangePlan *plan = build->plan;
	const WalkCommit *commit = walk_at(build->walk, number);
	g_autofree Node *followed = g_new(Node, commit->n_parents + 1);
	g_autofree Node *aside = g_new(Node, commit->n_parents + 1);
	guint n_followed = 0;
	guint n_aside = 0;
	RepoId id;

	for (guint i = 0; plan->inner[number] && i < commit->n_parents; i++) {
		if (is_followed(plan, number, i))
			followed[n_followed++] = build->nodes[parent_at(build->walk, number, i)];
		else if (is_kept(plan, number, i))
			aside[n_aside++] = build->nodes[parent_at(build->walk, number, i)];
	}
	build->nodes[number] =
		graph_add_aside(build->range->graph, followed, n_followed, aside, n_aside);
	if (is_passage(plan, number))
		graph_set_passage(build->range->graph, build->nodes[number]);
	repo_id(&commit->id, &id);
	g_array_append_val(build->range->ids, id);
	for (guint i = 0; i < plan->paint->goods->len; i++)
		if (g_array_index(plan->paint->goods, guint, i) == number) {
			link_rim(build, i);
			break;
		}
	if (!plan->inner[number] || is_passage(plan, number) || commit->marks != PAINT_BAD)
		return;
	build->range->commits++;
	if (commit->cut)
		g_array_append_val(build->range->cut, build->nodes[number]);
}

/* Parents of inner commits that are none themselves, and merge bases; then goods among them. */
static void build_rim(Build *build)
{
	const RangePlan *plan = build->plan;
	guint n = build->walk->commits->len;
	g_autofree guint8 *is_rim = g_malloc0(n);
	g_autoptr(GArray) bases = paint_meets(plan->paint, plan->paint->all & ~PAINT_BAD);

	for (guint i = 0; i < n; i++)
		for (guint k = 0; plan->inner[i] && k < walk_at(build->walk, i)->n_parents; k++)
			if (is_kept(plan, i, k))
				is_rim[parent_at(build->walk, i, k)] = 1;
	for (guint i = 0; i < bases->len; i++)
		is_rim[g_array_index(bases, guint, i)] = 1;
	for (guint i = 0; i < n; i++) {
		if (!is_rim[i] || plan->inner[i] || paint_is_good(plan->paint, i))
			continue;
		add_node(build, i);
		g_array_append_val(build->rim, i);
	}
	for (guint i = 0; i < plan->paint->goods->len; i++) {
		guint number = g_array_index(plan->paint->goods, guint, i);

		if (!plan->inner[number] && build->nodes[number] == NODE_NONE &&
		    (walk_at(build->walk, number)->marks & PAINT_BAD))
			add_node(build, number);
	}
}

/* Then the inner commits, each after its parents; of those that may come, the oldest first. */
static void build_inner(Build *build)
{
	const Walk *walk = build->walk;
	const RangePlan *plan = build->plan;
	guint n = walk->commits->len;
	g_autofree guint *waits = g_new0(guint, n);
	g_autofree guint *first = g_new0(guint, n + 2);
	g_autofree guint *children = g_new(guint, walk->parents->len + 1);
	Walk ready = { .commits = walk->commits, .heap = g_array_new(FALSE, FALSE, sizeof(guint)) };

	for (guint i = 0; i < n; i++) {
		WalkCommit *commit = walk_at(walk, i);

		commit->queued = false;
		commit->date = -commit->date; /* the queue gives the highest first */
		for (guint k = 0; plan->inner[i] && k < commit->n_parents; k++)
			first[parent_at(walk, i, k) + 2]++;
	}
	for (guint i = 0; i < n; i++)
		first[i + 2] += first[i + 1];
	for (guint i = 0; i < n; i++) {
		if (!plan->inner[i])
			continue;
		for (guint k = 0; k < walk_at(walk, i)->n_parents; k++) {
			guint parent = parent_at(walk, i, k);

			children[first[parent + 1]++] = i;
			waits[i] += plan->inner[parent];
		}
		if (waits[i] == 0)
			walk_push(&ready, i);
	}
	for (guint i = walk_pop(&ready); i != G_MAXUINT; i = walk_pop(&ready)) {
		add_node(build, i);
		for (guint k = first[i]; k < first[i + 1]; k++)
			if (--waits[children[k]] == 0)
				walk_push(&ready, children[k]);
	}
	g_array_unref(ready.heap);
}

/* Goods below another good that are no inner commits, and no rim ones either. */
static void link_goods(Build *build, guint good)
{
	const Paint *paint = build->plan->paint;

	for (guint i = 0; i < paint->goods->len; i++) {
		guint number = g_array_index(paint->goods, guint, i);

		if (i != good && !build->plan->inner[number] &&
		    build->nodes[number] < graph_size(build->range->graph) - 1 &&
		    (walk_at(build->walk, number)->marks >> good & 1))
			graph_link(build->range->graph, build->nodes[number]);
	}
}

/* Last the goods that bad does not descend from: they reach what the two have in common. */
static void build_outside(Build *build)
{
	const Paint *paint = build->plan->paint;

	for (guint i = 0; i < paint->goods->len; i++) {
		guint number = g_array_index(paint->goods, guint, i);
		g_autoptr(GArray) meets = NULL;

		if (build->nodes[number] != NODE_NONE)
			continue;
		meets = paint_meets(paint, G_GUINT64_CONSTANT(1) << i);
		add_node(build, number);
		for (guint k = 0; k < meets->len; k++) {
			guint meet = g_array_index(meets, guint, k);

			if (build->plan->inner[meet])
				graph_link(build->range->graph, build->nodes[meet]);
		}
		link_goods(build, i);
	}
}

static void add_bases(Build *build)
{
	const Paint *paint = build->plan->paint;
	g_autoptr(GArray) meets = paint_meets(paint, paint->all & ~PAINT_BAD);
	bool apart = false;

	for (guint i = 0; i < paint->goods->len; i++)
		apart = apart ||
			!(walk_at(build->walk, g_array_index(paint->goods, guint, i))->marks &
			  PAINT_BAD);
	for (guint i = 0; apart && i < meets->len; i++) {
		guint meet = g_array_index(meets, guint, i);

		if (!paint_is_good(paint, meet))
			g_array_append_val(build->range->bases, build->nodes[meet]);
	}
}

RepoRange *range_build(const RangePlan *plan)
{
	RepoRange *range = g_new0(RepoRange, 1);
	guint n = plan->paint->walk.commits->len;
	g_autofree Node *nodes = g_new(Node, n);
	g_autoptr(GArray) rim = g_array_new(FALSE, FALSE, sizeof(guint));
	Build build = { plan, &plan->paint->walk, range, nodes, rim };

	for (guint i = 0; i < n; i++)
		nodes[i] = NODE_NONE;
	range->graph = graph_new();
	range->ids = g_array_new(FALSE, FALSE, sizeof(RepoId));
	range->goods = g_array_new(FALSE, FALSE, sizeof(Node));
	range->bases = g_array_new(FALSE, FALSE, sizeof(Node));
	range->cut = g_array_new(FALSE, FALSE, sizeof(Node));
	build_rim(&build);
	build_inner(&build);
	build_outside(&build);
	add_bases(&build);
	range->bad = nodes[plan->paint->bad];
	for (guint i = 0; i < plan->paint->goods->len; i++)
		g_array_append_val(range->goods,
				   nodes[g_array_index(plan->paint->goods, guint, i)]);
	return range;
}
