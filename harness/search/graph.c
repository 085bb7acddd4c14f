/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commit graph: all edges in one array, node by node, parents before links. */
#include "search/graph.h"

#include <string.h>

typedef struct {
	guint first;        /* index of its first parent */
	guint n_parents;    /* what is after these, up to the next node's first, are links */
	guint n_aside : 31; /* of the parents, at their beginning: not followed */
	guint passage : 1;
} GraphNode;

struct Graph {
	GArray *nodes; /* GraphNode */
	GArray *edges; /* Node */
	guint n_passages;
};

Graph *graph_new(void)
{
	Graph *graph = g_new0(Graph, 1);

	graph->nodes = g_array_new(FALSE, FALSE, sizeof(GraphNode));
	graph->edges = g_array_new(FALSE, FALSE, sizeof(Node));
	return graph;
}

void graph_free(Graph *graph)
{
	if (!graph)
		return;
	g_array_unref(graph->nodes);
	g_array_unref(graph->edges);
	g_free(graph);
}

static void append_edges(Graph *graph, const Node *nodes, guint n)
{
	for (guint i = 0; i < n; i++)
		g_assert(nodes[i] < graph->nodes->len);
	if (n > 0)
		g_array_append_vals(graph->edges, nodes, n);
}

Node graph_add_aside(Graph *graph, const Node *parents, guint n_parents, const Node *aside,
		     guint n_aside)
{
	GraphNode node = { graph->edges->len, n_aside + n_parents, n_aside, 0 };

	append_edges(graph, aside, n_aside);
	append_edges(graph, parents, n_parents);
	g_array_append_val(graph->nodes, node);
	return graph->nodes->len - 1;
}

Node graph_add(Graph *graph, const Node *parents, guint n_parents)
{
	return graph_add_aside(graph, parents, n_parents, NULL, 0);
}

void graph_set_passage(Graph *graph, Node node)
{
	GraphNode *at = &g_array_index(graph->nodes, GraphNode, node);

	graph->n_passages += !at->passage;
	at->passage = 1;
}

bool graph_is_passage(const Graph *graph, Node node)
{
	return g_array_index(graph->nodes, GraphNode, node).passage;
}

bool graph_has_passages(const Graph *graph)
{
	return graph->n_passages > 0;
}

Graph *graph_above(const Graph *graph, Node root, GArray **ret_nodes)
{
	Graph *above = graph_new();
	GArray *nodes = g_array_new(FALSE, FALSE, sizeof(Node));
	g_autofree Node *to = g_new(Node, graph_size(graph));
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(Node));

	for (Node node = 0; node < graph_size(graph); node++) {
		guint n;
		const Node *old = graph_edges(graph, node, &n);

		g_array_set_size(edges, 0);
		for (guint i = 0; i < n; i++)
			if (to[old[i]] != NODE_NONE)
				g_array_append_val(edges, to[old[i]]);
		to[node] = NODE_NONE;
		if (edges->len == 0 && node != root)
			continue;
		to[node] = graph_add(above, (const Node *)(const void *)edges->data, edges->len);
		g_array_append_val(nodes, node);
	}
	*ret_nodes = nodes;
	return above;
}

void graph_link(Graph *graph, Node old)
{
	g_assert(graph->nodes->len > 0 && old < graph->nodes->len - 1);
	g_array_append_val(graph->edges, old);
}

guint graph_size(const Graph *graph)
{
	return graph->nodes->len;
}

const Node *graph_parents(const Graph *graph, Node node, guint *ret_n)
{
	const GraphNode *at = &g_array_index(graph->nodes, GraphNode, node);

	*ret_n = at->n_parents;
	return &((const Node *)(const void *)graph->edges->data)[at->first];
}

const Node *graph_edges(const Graph *graph, Node node, guint *ret_n)
{
	const GraphNode *at = &g_array_index(graph->nodes, GraphNode, node);
	guint end = node + 1 < graph->nodes->len ? at[1].first : graph->edges->len;

	*ret_n = end - at->first - at->n_aside;
	return &((const Node *)(const void *)graph->edges->data)[at->first + at->n_aside];
}

/* Parents have lower numbers, so one sweep downwards from the tip meets each child first. */
static void mark_down(const Graph *graph, Node tip, Node stop, guint8 *reached)
{
	reached[tip] = 1;
	for (Node node = tip + 1; node-- > stop;) {
		guint n;
		const Node *edges;

		if (!reached[node])
			continue;
		edges = graph_edges(graph, node, &n);
		for (guint i = 0; i < n; i++)
			reached[edges[i]] = 1;
	}
}

bool graph_is_ancestor(const Graph *graph, Node old, Node young)
{
	g_autofree guint8 *reached = NULL;

	if (old >= young)
		return old == young;
	reached = g_malloc0(young + 1);
	mark_down(graph, young, old, reached);
	return reached[old];
}

void graph_mark_ancestors(const Graph *graph, Node tip, guint8 *marks, guint8 value)
{
	g_autofree guint8 *reached = g_malloc0(tip + 1);

	mark_down(graph, tip, 0, reached);
	for (Node node = 0; node <= tip; node++)
		if (reached[node])
			marks[node] = value;
}
