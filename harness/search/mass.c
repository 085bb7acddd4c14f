/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums over ancestors by pieces and bits. */
#include "search/mass.h"

#include "search/pieces.h"

#include <string.h>

#define CHUNK_WORDS 8
#define CHUNK_BITS (CHUNK_WORDS * 64)
#define NO_BIT G_MAXUINT

typedef double Sums[MASS_VECTORS];

struct Mass {
	Pieces pieces;
	GArray *nodes; /* Node */
	guint *index;  /* by node */
	/* by piece */
	Sums *own;
	Sums *reach; /* sum of all that the piece reaches, itself included */
	Sums *chunk; /* the part of it that the chunk at hand holds */
	guint *bit;  /* place among the weighing pieces */
	guint64 (*bits)[CHUNK_WORDS];
	guint *weighing; /* the pieces that weigh something, ascending */
	guint n_weighing;
};

Mass *mass_new(const Graph *graph, const guint8 *set)
{
	Mass *mass = g_new0(Mass, 1);
	guint n;

	pieces_cut(&mass->pieces, graph, set);
	mass->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
	mass->index = g_new(guint, graph_size(graph) + 1);
	for (Node node = 0; node < graph_size(graph); node++) {
		mass->index[node] = set[node] ? mass->nodes->len : G_MAXUINT;
		if (set[node])
			g_array_append_val(mass->nodes, node);
	}
	n = mass->pieces.pieces->len;
	mass->own = g_new(Sums, n);
	mass->reach = g_new(Sums, n);
	mass->chunk = g_new(Sums, n);
	mass->bit = g_new(guint, n);
	mass->weighing = g_new(guint, n);
	mass->bits = g_malloc((gsize)n * sizeof(*mass->bits));
	return mass;
}

void mass_free(Mass *mass)
{
	if (!mass)
		return;
	pieces_clear(&mass->pieces);
	g_array_unref(mass->nodes);
	g_free(mass->index);
	g_free(mass->own);
	g_free(mass->reach);
	g_free(mass->chunk);
	g_free(mass->bit);
	g_free(mass->weighing);
	g_free(mass->bits);
	g_free(mass);
}

const Node *mass_nodes(const Mass *mass, guint *ret_n)
{
	*ret_n = mass->nodes->len;
	return (const Node *)(const void *)mass->nodes->data;
}

guint mass_index(const Mass *mass, Node node)
{
	return mass->index[node];
}

guint mass_piece(const Mass *mass, guint index)
{
	return mass->pieces.piece_of[g_array_index(mass->nodes, Node, index)];
}

/* Sums within each piece; and which pieces weigh something. */
static void sum_pieces(Mass *mass, guint n, const double *const *own, double *const *below)
{
	guint n_pieces = mass->pieces.pieces->len;

	memset(mass->own, 0, n_pieces * sizeof(*mass->own));
	for (guint i = 0; i < mass->nodes->len; i++) {
		guint piece = mass_piece(mass, i);

		for (guint v = 0; v < n; v++) {
			mass->own[piece][v] += own[v][i];
			below[v][i] = mass->own[piece][v];
		}
	}
	mass->n_weighing = 0;
	for (guint i = 0; i < n_pieces; i++) {
		bool weighs = false;

		for (guint v = 0; v < n; v++)
			weighs = weighs || mass->own[i][v] > 0;
		mass->bit[i] = weighs ? mass->n_weighing : NO_BIT;
		if (weighs)
			mass->weighing[mass->n_weighing++] = i;
	}
}

/*
 * A merge reaches what its heaviest parent reaches and a few pieces more: only these are added up
 * one by one.
 */
static void sum_merge(const Mass *mass, guint n, guint lo, guint piece, guint heaviest)
{
	const guint64 *set = mass->bits[piece];
	double *sums = mass->chunk[piece];

	memcpy(sums, mass->chunk[heaviest], sizeof(Sums));
	for (guint w = 0; w < CHUNK_WORDS; w++)
		for (guint64 left = set[w] & ~mass->bits[heaviest][w]; left; left &= left - 1) {
			guint bit = lo + w * 64 + (guint)__builtin_ctzll(left);

			for (guint v = 0; v < n; v++)
				sums[v] += mass->own[mass->weighing[bit]][v];
		}
}

/* One piece's bits and sums out of its parents'; those before @first hold nothing of the chunk. */
static void sum_piece(const Mass *mass, guint n, guint lo, guint first, guint piece)
{
	guint n_parents;
	const guint *parents = pieces_parents(&mass->pieces, piece, &n_parents);
	guint64 *set = mass->bits[piece];
	guint heaviest = G_MAXUINT;
	guint seen = 0;

	for (guint k = 0; k < n_parents; k++) {
		if (parents[k] < first)
			continue;
		if (seen++ == 0)
			memcpy(set, mass->bits[parents[k]], sizeof(*mass->bits));
		else
			for (guint w = 0; w < CHUNK_WORDS; w++)
				set[w] |= mass->bits[parents[k]][w];
		if (heaviest == G_MAXUINT || mass->chunk[parents[k]][0] > mass->chunk[heaviest][0])
			heaviest = parents[k];
	}
	if (seen == 0) {
		memset(set, 0, sizeof(*mass->bits));
		memset(mass->chunk[piece], 0, sizeof(Sums));
	} else if (seen == 1) {
		memcpy(mass->chunk[piece], mass->chunk[heaviest], sizeof(Sums));
	} else {
		sum_merge(mass, n, lo, piece, heaviest);
	}
	if (mass->bit[piece] != NO_BIT && mass->bit[piece] - lo < CHUNK_BITS) {
		guint bit = mass->bit[piece] - lo;

		set[bit / 64] |= G_GUINT64_CONSTANT(1) << (bit % 64);
		for (guint v = 0; v < n; v++)
			mass->chunk[piece][v] += mass->own[piece][v];
	}
}

/* What each piece reaches, itself included. */
static void sum_reach(const Mass *mass, guint n)
{
	guint n_pieces = mass->pieces.pieces->len;

	memset(mass->reach, 0, n_pieces * sizeof(*mass->reach));
	for (guint lo = 0; lo < mass->n_weighing; lo += CHUNK_BITS) {
		guint first = mass->weighing[lo];

		for (guint i = first; i < n_pieces; i++) {
			sum_piece(mass, n, lo, first, i);
			for (guint v = 0; v < n; v++)
				mass->reach[i][v] += mass->chunk[i][v];
		}
	}
}

void mass_below(Mass *mass, guint n, const double *const *own, double *const *below)
{
	g_assert(n <= MASS_VECTORS);
	sum_pieces(mass, n, own, below);
	if (mass->pieces.pieces->len == 1)
		return;
	sum_reach(mass, n);
	for (guint i = 0; i < mass->nodes->len; i++) {
		guint piece = mass_piece(mass, i);

		for (guint v = 0; v < n; v++)
			below[v][i] += mass->reach[piece][v] - mass->own[piece][v];
	}
}
