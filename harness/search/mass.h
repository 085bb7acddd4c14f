/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums of real numbers over all that each commit reaches, on one set, again and again with other
 * numbers: what a probabilistic search asks before each test. Pure.
 */
#pragma once

#include "search/graph.h"

typedef struct Mass Mass;

#define MASS_VECTORS 3

/**
 * mass_new() - make a set ready
 * @graph: borrowed
 * @set:   graph_size() bytes, nonzero for its nodes, convex; not needed afterwards
 */
Mass *mass_new(const Graph *graph, const guint8 *set);
void mass_free(Mass *mass);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mass, mass_free)

/** mass_nodes() - the set's nodes, ascending; borrowed */
const Node *mass_nodes(const Mass *mass, guint *ret_n);
/** mass_index() - a node's place in mass_nodes(), or G_MAXUINT outside the set */
guint mass_index(const Mass *mass, Node node);
/** mass_piece() - number of the linear piece that the node at a place is in */
guint mass_piece(const Mass *mass, guint index);

/**
 * mass_below() - for each node, the sum over the nodes of the set that it reaches, itself included
 * @n:     number of vectors, at most MASS_VECTORS; they share the walk
 * @own:   @n vectors by place in mass_nodes(), none negative
 * @below: likewise, written
 *
 * Exact on any graph but for the rounding of sums. Linear history is one addition a node; at
 * merges, sets of pieces go over the graph as bits, and only pieces that weigh something have a
 * bit: the more the mass is gathered in few places, the faster.
 */
void mass_below(Mass *mass, guint n, const double *const *own, double *const *below);
