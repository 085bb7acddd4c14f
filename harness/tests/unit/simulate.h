/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histories and answers made from a seed, for tests and measurements of the search. */
#pragma once

#include "search/graph.h"

/** simulate_linear() - @n commits in a row */
static inline Graph *simulate_linear(guint n)
{
	Graph *graph = graph_new();

	for (Node node = 0; node < n; node++)
		graph_add(graph, &(Node){ node - 1 }, node > 0);
	return graph;
}

/**
 * simulate_kernel() - @n commits in the shape of the kernel's history
 *
 * A mainline that merges subsystem trees, which merge their own topic branches and now and then
 * the mainline; one commit in twelve is a merge. The last commit joins all that is open.
 */
static inline Graph *simulate_kernel(GRand *rand, guint n)
{
	enum { LINES = 24, TREES = 8 }; /* line 0: mainline; up to TREES: trees; then topics */
	Graph *graph = graph_new();
	Node tip[LINES];
	guint ahead[LINES] = { 0 };
	Node root = graph_add(graph, NULL, 0);

	for (guint i = 0; i < LINES; i++)
		tip[i] = root;
	while (graph_size(graph) + LINES < n) {
		guint line = (guint)g_rand_int_range(rand, 1, LINES);
		guint into = line <= TREES ? 0 : (line - TREES) % TREES + 1;
		double dice = g_rand_double(rand);

		if (dice < 0.075 && ahead[line] > 0 && tip[into] != tip[line]) {
			Node parents[] = { tip[into], tip[line] };

			tip[into] = tip[line] = graph_add(graph, parents, 2);
			ahead[into]++;
			ahead[line] = 0;
		} else if (dice < 0.09 && ahead[line] == 0) {
			tip[line] = tip[0];
		} else if (dice < 0.095 && tip[line] != tip[0]) {
			tip[line] = graph_add(graph, (Node[]){ tip[line], tip[0] }, 2);
			ahead[line]++;
		} else {
			tip[line] = graph_add(graph, &tip[line], 1);
			ahead[line]++;
		}
	}
	for (guint i = LINES; i-- > 1;)
		if (ahead[i] > 0)
			tip[0] = graph_add(graph, (Node[]){ tip[0], tip[i] }, 2);
	while (graph_size(graph) < n)
		tip[0] = graph_add(graph, &tip[0], 1);
	return graph;
}

/** simulate_random() - @n commits with 0 to 3 parents anywhere before them, all reached by the last
 */
static inline Graph *simulate_random(GRand *rand, guint n)
{
	Graph *graph = graph_new();
	g_autofree guint8 *has_child = g_malloc0(n);

	for (Node node = 0; node < n; node++) {
		Node parents[64];
		guint n_parents = 0;
		guint wanted = node == 0 ? 0 : (guint)g_rand_int_range(rand, 1, 4);

		while (n_parents < MIN(wanted, node)) {
			Node parent =
				(Node)g_rand_int_range(rand, MAX((gint)node - 6, 0), (gint)node);
			bool seen = false;

			for (guint i = 0; i < n_parents; i++)
				seen = seen || parents[i] == parent;
			if (seen && --wanted)
				continue;
			if (!seen)
				parents[n_parents++] = parent;
		}
		for (Node old = 0; node == n - 1 && old < node && n_parents < 64; old++) {
			bool seen = has_child[old];

			for (guint i = 0; i < n_parents; i++)
				seen = seen || parents[i] == old;
			if (!seen)
				parents[n_parents++] = old;
		}
		for (guint i = 0; i < n_parents; i++)
			has_child[parents[i]] = 1;
		graph_add(graph, parents, n_parents);
	}
	return graph;
}

/** simulate_truth() - which commits are bad if this one broke it; g_free() */
static inline guint8 *simulate_truth(const Graph *graph, Node culprit)
{
	guint8 *bad = g_malloc0(graph_size(graph));

	bad[culprit] = 1;
	for (Node node = culprit + 1; node < graph_size(graph); node++) {
		guint n;
		const Node *edges = graph_edges(graph, node, &n);

		for (guint i = 0; i < n; i++)
			bad[node] |= bad[edges[i]];
	}
	return bad;
}
