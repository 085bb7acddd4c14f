/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commit graph of one bisection: plain numbers, no ids, no libgit2. Nodes are added
 * oldest first, so a parent's number is always below its child's. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef guint32 Node;
#define NODE_NONE G_MAXUINT32

typedef struct Graph Graph;

Graph *graph_new(void);
void graph_free(Graph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Graph, graph_free)

/**
 * graph_add() - add a commit
 * @parents: its parents' numbers, all added before, in the commit's order; copied
 * @n_parents: 0 for a root, or for a commit at the graph's rim whose parents do not matter
 *
 * Return: the new node, counted from 0.
 */
Node graph_add(Graph *graph, const Node *parents, guint n_parents);

/**
 * graph_link() - say that the newest node descends from @old without being its child
 *
 * For goods at the graph's rim: the commits between are not in the graph, that the one reaches
 * the other still counts. Links take part in reachability and are no parents.
 */
void graph_link(Graph *graph, Node old);

/**
 * graph_add_aside() - graph_add() for a commit some of whose parents are not followed
 * @aside: parents that the search does not go down to (--first-parent), added before; copied
 *
 * They are graph_parents() like the others, and take no part in reachability.
 */
Node graph_add_aside(Graph *graph, const Node *parents, guint n_parents, const Node *aside,
		     guint n_aside);

/** graph_set_passage() - say that a node only connects others and is never the culprit: a commit
 * that touches none of the paths asked for */
void graph_set_passage(Graph *graph, Node node);
/** graph_is_passage() - whether graph_set_passage() was called for it */
bool graph_is_passage(const Graph *graph, Node node);
/** graph_has_passages() - whether there is any */
bool graph_has_passages(const Graph *graph);

/**
 * graph_above() - the part of a graph that descends from one node
 * @root: becomes node 0; parents and links that do not descend from it are left out
 * @ret_nodes: Node of @graph for each node of the new one; free with g_array_unref()
 */
Graph *graph_above(const Graph *graph, Node root, GArray **ret_nodes);

/** graph_size() - number of nodes */
guint graph_size(const Graph *graph);
/** graph_parents() - a node's parents, those not followed first; borrowed, valid until the next
 * graph_add() */
const Node *graph_parents(const Graph *graph, Node node, guint *ret_n);
/** graph_edges() - a node's followed parents and, after them, its links; borrowed like
 * graph_parents() */
const Node *graph_edges(const Graph *graph, Node node, guint *ret_n);
/** graph_is_ancestor() - whether @old can be reached from @young by parents and links; a node
 * reaches itself */
bool graph_is_ancestor(const Graph *graph, Node old, Node young);
/** graph_mark_ancestors() - set byte i of @marks (graph_size() bytes) to @value for @tip and all
 * its ancestors */
void graph_mark_ancestors(const Graph *graph, Node tip, guint8 *marks, guint8 value);
