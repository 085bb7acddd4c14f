/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of commits cut into its linear pieces. Pure. */
#pragma once

#include "search/graph.h"

/*
 * A piece: commits of the set in a row, each the only child in the set of the one before, which
 * is its only parent in the set. Whoever reaches a piece from outside reaches all of it, so sets
 * of pieces stand for sets of commits: ten times fewer on real histories.
 */
typedef struct {
	guint first; /* index of its first parent in Pieces.parents */
	guint n_parents;
} Piece;

/**
 * struct Pieces - release with pieces_clear()
 * @pieces:   Piece, parents before children
 * @parents:  guint: pieces' numbers, each parent once
 * @piece_of: by node; holds nothing for nodes outside the set
 * @n_merges: pieces with more than one parent
 */
typedef struct {
	GArray *pieces;
	GArray *parents;
	guint *piece_of;
	guint n_merges;
} Pieces;

/**
 * pieces_cut() - cut a set
 * @set: graph_size() bytes, nonzero for its nodes; must be convex (no path leaves it and comes
 *       back), as ancestors of bads minus ancestors of goods are
 */
void pieces_cut(Pieces *pieces, const Graph *graph, const guint8 *set);
void pieces_clear(Pieces *pieces);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pieces, pieces_clear)

/** pieces_parents() - the parent pieces of a piece; borrowed */
static inline const guint *pieces_parents(const Pieces *pieces, guint piece, guint *ret_n)
{
	const Piece *at = &g_array_index(pieces->pieces, Piece, piece);

	*ret_n = at->n_parents;
	return &((const guint *)(const void *)pieces->parents->data)[at->first];
}
