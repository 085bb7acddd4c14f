/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "search/graph.h"
#include "search/near.h"
#include "search/weigh.h"
#include "verdict/outcome.h"

#include <string.h>

/* A diamond over a root, with an octopus on top:  0 - 1 - 3 - 5;  0 - 2 - 3;  4 (root) - 5 */
static Graph *diamond(void)
{
	Graph *graph = graph_new();
	Node octopus[] = { 3, 4, 2 };

	g_assert_cmpuint(graph_add(graph, NULL, 0), ==, 0);
	graph_add(graph, (Node[]){ 0 }, 1);
	graph_add(graph, (Node[]){ 0 }, 1);
	graph_add(graph, (Node[]){ 1, 2 }, 2);
	graph_add(graph, NULL, 0);
	g_assert_cmpuint(graph_add(graph, octopus, 3), ==, 5);
	return graph;
}

static void test_parents(void)
{
	g_autoptr(Graph) graph = diamond();
	guint n = 7;
	const Node *parents = graph_parents(graph, 5, &n);

	g_assert_cmpuint(graph_size(graph), ==, 6);
	g_assert_cmpuint(n, ==, 3);
	g_assert_cmpuint(parents[0], ==, 3);
	g_assert_cmpuint(parents[1], ==, 4);
	g_assert_cmpuint(parents[2], ==, 2);
	graph_parents(graph, 0, &n);
	g_assert_cmpuint(n, ==, 0);
}

static void test_ancestors(void)
{
	g_autoptr(Graph) graph = diamond();
	guint8 marks[6] = { 9, 9, 9, 9, 9, 9 };

	g_assert_true(graph_is_ancestor(graph, 0, 5));
	g_assert_true(graph_is_ancestor(graph, 4, 5));
	g_assert_true(graph_is_ancestor(graph, 2, 2));
	g_assert_false(graph_is_ancestor(graph, 4, 3));
	g_assert_false(graph_is_ancestor(graph, 1, 2));
	g_assert_false(graph_is_ancestor(graph, 5, 3));
	graph_mark_ancestors(graph, 3, marks, 1);
	g_assert_cmpmem(marks, 6, ((guint8[]){ 1, 1, 1, 1, 9, 9 }), 6);
}

/* A link counts for reachability and is no parent. */
static void test_links(void)
{
	g_autoptr(Graph) graph = graph_new();
	guint n;
	const Node *edges;

	graph_add(graph, NULL, 0);
	graph_add(graph, NULL, 0);
	graph_add(graph, (Node[]){ 1 }, 1);
	graph_link(graph, 0);
	graph_add(graph, (Node[]){ 2 }, 1);
	g_assert_true(graph_is_ancestor(graph, 0, 3));
	graph_parents(graph, 2, &n);
	g_assert_cmpuint(n, ==, 1);
	edges = graph_edges(graph, 2, &n);
	g_assert_cmpuint(n, ==, 2);
	g_assert_cmpuint(edges[1], ==, 0);
	graph_edges(graph, 3, &n);
	g_assert_cmpuint(n, ==, 1);
}

/* Sums over random graphs, with twice the same parent here and there, against plain marking. */
static void test_weigh_random(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(4711);

	for (guint round = 0; round < 40; round++) {
		guint size = (guint)g_rand_int_range(rand, 1, round < 30 ? 60 : 2500);
		g_autoptr(Graph) graph = graph_new();
		g_autofree guint64 *weight = g_new(guint64, size);
		g_autofree guint64 *below = g_new(guint64, size);
		g_autofree guint8 *set = g_malloc0(size);
		g_autofree guint8 *old = g_malloc0(size);
		guint64 total = 0;

		for (Node node = 0; node < size; node++) {
			Node parents[4];
			guint n = node == 0 ? 0 : (guint)g_rand_int_range(rand, 0, 40);

			n = n > 8 ? MIN(node, 1) : MIN(n, 4);
			for (guint i = 0; i < n; i++)
				parents[i] = node - (guint)g_rand_int_range(
							    rand, 1, (gint32)MIN(node, 30) + 1);
			graph_add(graph, parents, n);
			weight[node] = (guint64)g_rand_int(rand);
		}
		graph_mark_ancestors(graph, size - 1, set, 1);
		graph_mark_ancestors(graph, size / 3, set, 0);
		for (Node node = 0; node < size; node++)
			total += set[node] ? weight[node] : 0;
		g_assert_cmpuint(weigh_below(graph, set, weight, below), ==, total);
		for (Node node = 0; node < size; node += 1 + size / 300) {
			guint64 sum = 0;

			if (!set[node])
				continue;
			memset(old, 0, size);
			graph_mark_ancestors(graph, node, old, 1);
			for (Node i = 0; i <= node; i++)
				sum += set[i] && old[i] ? weight[i] : 0;
			g_assert_cmpuint(below[node], ==, sum);
		}
	}
}

/* Where the middle cannot be tested, its neighbours are not likely to be either. */
static void test_skip_away(void)
{
	const guint size = 200;
	g_autoptr(Graph) graph = graph_new();
	g_autofree guint8 *state = g_malloc(size);
	g_autofree guint8 *held = g_malloc0(size);
	g_autofree double *testable = g_new(double, size);
	Node choice;
	Node far;

	memset(state, WEIGH_OPEN, size);
	for (Node node = 0; node < size; node++)
		graph_add(graph, &(Node){ node - 1 }, node > 0);
	choice = weigh_choose(graph, state, NULL, NULL);
	g_assert_cmpuint(choice, ==, size / 2 - 1);
	state[choice] = WEIGH_SKIPPED;
	held[choice] = VERDICT_SKIP;
	near_testable(graph, held, testable);
	far = weigh_choose(graph, state, NULL, testable);
	g_assert_cmpuint(ABS((gint)far - (gint)choice), >, 5);
	g_assert_cmpuint(ABS((gint)far - (gint)choice), <, 50);
	/* A skip elsewhere does not keep the middle from being tested. */
	state[choice] = WEIGH_OPEN;
	state[choice + 1] = WEIGH_SKIPPED;
	g_assert_cmpuint(weigh_choose(graph, state, NULL, NULL), ==, choice);
}

/* Real histories have up to a few hundred thousand candidates: the choice must not take long. */
static void test_weigh_speed(void)
{
	const guint size = 300000;
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	g_autoptr(Graph) graph = graph_new();
	g_autofree guint8 *state = NULL;
	gint64 start;
	Node main = graph_add(graph, NULL, 0);
	Node choice;

	/* A mainline that merges topics of about a dozen commits, forked up to 3,000 back. */
	while (graph_size(graph) < size) {
		Node base = main - (Node)g_rand_int_range(rand, 0, (gint32)MIN(main, 3000) + 1);
		Node topic = graph_add(graph, &base, 1);

		for (gint32 i = g_rand_int_range(rand, 0, 24); i > 0; i--)
			topic = graph_add(graph, &topic, 1);
		main = graph_add(graph, (Node[]){ main, topic }, 2);
	}
	state = g_malloc(graph_size(graph));
	memset(state, WEIGH_OPEN, graph_size(graph));
	start = g_get_monotonic_time();
	choice = weigh_choose(graph, state, NULL, NULL);
	g_test_message("choice %u of %u in %.0f ms", choice, size,
		       (double)(g_get_monotonic_time() - start) / 1000);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 10 * G_USEC_PER_SEC);
	g_assert_cmpuint(choice, !=, NODE_NONE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/graph/parents", test_parents);
	g_test_add_func("/graph/ancestors", test_ancestors);
	g_test_add_func("/graph/links", test_links);
	g_test_add_func("/weigh/random", test_weigh_random);
	g_test_add_func("/weigh/skip-away", test_skip_away);
	g_test_add_func("/weigh/speed", test_weigh_speed);
	return g_test_run();
}
