/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linear pieces of a set of commits. */
#include "search/pieces.h"

/* The edges of a node that stay in the set, each once. */
static guint set_parents(const Graph *graph, const guint8 *set, Node node, GArray *into)
{
	guint n;
	const Node *edges = graph_edges(graph, node, &n);

	g_array_set_size(into, 0);
	for (guint i = 0; i < n; i++) {
		bool seen = !set[edges[i]];

		for (guint k = 0; k < into->len && !seen; k++)
			seen = g_array_index(into, Node, k) == edges[i];
		if (!seen)
			g_array_append_val(into, edges[i]);
	}
	return into->len;
}

static guint8 *count_children(const Graph *graph, const guint8 *set, GArray *parents)
{
	guint8 *children = g_malloc0(graph_size(graph) + 1);

	for (Node node = 0; node < graph_size(graph); node++) {
		if (!set[node])
			continue;
		set_parents(graph, set, node, parents);
		for (guint i = 0; i < parents->len; i++) {
			guint8 *count = &children[g_array_index(parents, Node, i)];

			*count = MIN(*count + 1, 2); /* one or more is all that matters */
		}
	}
	return children;
}

void pieces_cut(Pieces *all, const Graph *graph, const guint8 *set)
{
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(Node));
	g_autofree guint8 *children = count_children(graph, set, parents);

	all->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
	all->parents = g_array_new(FALSE, FALSE, sizeof(guint));
	all->piece_of = g_new(guint, graph_size(graph) + 1);
	all->n_merges = 0;
	for (Node node = 0; node < graph_size(graph); node++) {
		Piece piece = { all->parents->len, 0 };
		Node parent;

		if (!set[node])
			continue;
		piece.n_parents = set_parents(graph, set, node, parents);
		parent = parents->len == 1 ? g_array_index(parents, Node, 0) : NODE_NONE;
		if (parent != NODE_NONE && children[parent] == 1) {
			all->piece_of[node] = all->piece_of[parent];
			continue;
		}
		for (guint i = 0; i < parents->len; i++)
			g_array_append_val(all->parents,
					   all->piece_of[g_array_index(parents, Node, i)]);
		all->piece_of[node] = all->pieces->len;
		all->n_merges += parents->len > 1;
		g_array_append_val(all->pieces, piece);
	}
}

void pieces_clear(Pieces *all)
{
	g_clear_pointer(&all->pieces, g_array_unref);
	g_clear_pointer(&all->parents, g_array_unref);
	g_clear_pointer(&all->piece_of, g_free);
}
