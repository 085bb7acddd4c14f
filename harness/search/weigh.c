/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weights of reachable candidates on a merge graph, and the choice that they lead to. */
#include "search/weigh.h"

#include <string.h>

#define CHUNK_WORDS 8
#define CHUNK_BITS (CHUNK_WORDS * 64)

/*
 * A piece: candidates in a row, each the only candidate child of the one before, which is its
 * only candidate parent. Whoever reaches a piece from outside reaches all of it, so sets of
 * pieces stand for sets of commits: ten times fewer on real histories.
 */
typedef struct {
	guint64 own;   /* weight of its commits */
	guint64 reach; /* weight of all it reaches, itself included */
	guint first;   /* index of its first parent piece */
	guint n_parents;
} Piece;

typedef struct {
	GArray *pieces;  /* Piece, parents before children */
	GArray *parents; /* guint: piece numbers */
	guint *piece_of; /* by node */
	guint n_merges;
} Pieces;

static void pieces_clear(Pieces *all)
{
	g_clear_pointer(&all->pieces, g_array_unref);
	g_clear_pointer(&all->parents, g_array_unref);
	g_clear_pointer(&all->piece_of, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pieces, pieces_clear)

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

/* Cut the set into pieces; below[node] becomes the weight of its own piece up to it. */
static void pieces_cut(Pieces *all, const Graph *graph, const guint8 *set, const guint64 *weight,
		       guint64 *below)
{
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(Node));
	g_autofree guint8 *children = count_children(graph, set, parents);

	all->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
	all->parents = g_array_new(FALSE, FALSE, sizeof(guint));
	all->piece_of = g_new(guint, graph_size(graph) + 1);
	for (Node node = 0; node < graph_size(graph); node++) {
		guint64 own = weight ? weight[node] : WEIGH_ONE;
		Node parent;

		if (!set[node])
			continue;
		set_parents(graph, set, node, parents);
		parent = parents->len == 1 ? g_array_index(parents, Node, 0) : NODE_NONE;
		if (parent != NODE_NONE && children[parent] == 1) {
			all->piece_of[node] = all->piece_of[parent];
			below[node] = below[parent] + own;
		} else {
			Piece piece = { 0, 0, all->parents->len, parents->len };

			for (guint i = 0; i < parents->len; i++)
				g_array_append_val(all->parents,
						   all->piece_of[g_array_index(parents, Node, i)]);
			all->piece_of[node] = all->pieces->len;
			all->n_merges += parents->len > 1;
			g_array_append_val(all->pieces, piece);
			below[node] = own;
		}
		g_array_index(all->pieces, Piece, all->piece_of[node]).own += own;
	}
}

/* Add to each merge piece what it reaches among the pieces lo .. lo + CHUNK_BITS - 1. */
static void sum_chunk(const Pieces *all, guint lo, guint64 (*bits)[CHUNK_WORDS])
{
	Piece *pieces = (Piece *)(void *)all->pieces->data;
	const guint *parents = (const guint *)(const void *)all->parents->data;
	guint hi = MIN(lo + CHUNK_BITS, all->pieces->len);
	guint64 full[CHUNK_WORDS] = { 0 };
	guint64 sums[CHUNK_WORDS] = { 0 };

	for (guint i = lo; i < hi; i++) {
		full[(i - lo) / 64] |= G_GUINT64_CONSTANT(1) << ((i - lo) % 64);
		sums[(i - lo) / 64] += pieces[i].own;
	}
	for (guint i = lo; i < all->pieces->len; i++) {
		Piece *piece = &pieces[i];
		guint64 *set = bits[i];

		memset(set, 0, sizeof(*bits));
		for (guint k = 0; k < piece->n_parents; k++) {
			guint parent = parents[piece->first + k];

			for (guint w = 0; parent >= lo && w < CHUNK_WORDS; w++)
				set[w] |= bits[parent][w];
		}
		if (i < hi)
			set[(i - lo) / 64] |= G_GUINT64_CONSTANT(1) << ((i - lo) % 64);
		if (piece->n_parents < 2)
			continue;
		for (guint w = 0; w < CHUNK_WORDS; w++) {
			if (set[w] == full[w]) {
				piece->reach += sums[w];
				continue;
			}
			for (guint64 left = set[w]; left; left &= left - 1)
				piece->reach +=
					pieces[lo + w * 64 + (guint)__builtin_ctzll(left)].own;
		}
	}
}

static void sum_merges(const Pieces *all)
{
	g_autofree guint64(*bits)[CHUNK_WORDS] = g_malloc(all->pieces->len * sizeof(*bits));

	for (guint lo = 0; lo < all->pieces->len; lo += CHUNK_BITS)
		sum_chunk(all, lo, bits);
}

guint64 weigh_below(const Graph *graph, const guint8 *set, const guint64 *weight, guint64 *below)
{
	g_auto(Pieces) all = { 0 };
	Piece *pieces;
	guint64 total = 0;

	pieces_cut(&all, graph, set, weight, below);
	pieces = (Piece *)(void *)all.pieces->data;
	if (all.n_merges > 0)
		sum_merges(&all);
	for (guint i = 0; i < all.pieces->len; i++) {
		guint parent;

		total += pieces[i].own;
		if (pieces[i].n_parents > 1)
			continue;
		pieces[i].reach = pieces[i].own;
		if (pieces[i].n_parents == 0)
			continue;
		parent = g_array_index(all.parents, guint, pieces[i].first);
		pieces[i].reach += pieces[parent].reach;
	}
	for (Node node = 0; node < graph_size(graph); node++)
		if (set[node]) {
			const Piece *piece = &pieces[all.piece_of[node]];

			below[node] += piece->reach - piece->own;
		}
	return total;
}

static int compare_sums(gconstpointer a, gconstpointer b)
{
	guint64 x = *(const guint64 *)a;
	guint64 y = *(const guint64 *)b;

	return x < y ? -1 : x > y;
}

/* How far a sum is from the nearest of the sorted sums @of. */
static guint64 distance(const GArray *of, guint64 sum)
{
	guint lo = 0;
	guint hi = of->len;
	guint64 best = G_MAXUINT64;

	while (lo < hi) {
		guint mid = lo + (hi - lo) / 2;

		if (g_array_index(of, guint64, mid) < sum)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < of->len)
		best = g_array_index(of, guint64, lo) - sum;
	if (lo > 0)
		best = MIN(best, sum - g_array_index(of, guint64, lo - 1));
	return best;
}

/*
 * What a test of an open candidate is worth beside skipped ones: what it would split, times the
 * chance that it can be tested at all. Untestable stretches come in all lengths, so the chance
 * grows with the distance d from the nearest skipped one as d / (d + k).
 */
static Node choose_away(const Graph *graph, const guint8 *state, const guint64 *below,
			guint64 total)
{
	g_autoptr(GArray) skipped = g_array_new(FALSE, FALSE, sizeof(guint64));
	Node best = NODE_NONE;
	guint64 best_worth = 0;

	for (Node node = 0; node < graph_size(graph); node++)
		if (state[node] == WEIGH_SKIPPED)
			g_array_append_val(skipped, below[node]);
	g_array_sort(skipped, compare_sums);
	for (Node node = 0; node < graph_size(graph); node++) {
		unsigned __int128 d;
		guint64 part;
		guint64 worth;

		if (state[node] != WEIGH_OPEN)
			continue;
		d = distance(skipped, below[node]) + 1;
		part = (guint64)(((unsigned __int128)below[node] << 20) / total);
		worth = part * ((1 << 20) - part);
		worth *= (guint64)((d << 20) / (d + WEIGH_ONE));
		if (best == NODE_NONE || worth > best_worth) {
			best = node;
			best_worth = worth;
		}
	}
	return best;
}

guint64 *weigh_units(const guint8 *state, guint size)
{
	guint64 *units = g_new0(guint64, size + 1);

	for (Node node = 0; node < size; node++)
		units[node] = weigh_is_candidate(state[node]) ? WEIGH_ONE : 0;
	return units;
}

static guint8 *set_from(const Graph *graph, const guint8 *state, guint8 least)
{
	guint8 *set = g_malloc(graph_size(graph) + 1);

	for (Node node = 0; node < graph_size(graph); node++)
		set[node] = state[node] >= least;
	return set;
}

Node weigh_choose(const Graph *graph, const guint8 *state, const guint64 *weight)
{
	g_autofree guint8 *set = set_from(graph, state, WEIGH_PASSAGE);
	g_autofree guint64 *below = g_new(guint64, graph_size(graph) + 1);
	guint64 total = weigh_below(graph, set, weight, below);
	Node best = NODE_NONE;
	guint64 best_least = 0;
	guint64 skipped_least = 0;

	for (Node node = 0; node < graph_size(graph); node++) {
		guint64 least;

		if (state[node] != WEIGH_OPEN && state[node] != WEIGH_SKIPPED)
			continue;
		least = MIN(below[node], total - below[node]);
		if (state[node] == WEIGH_SKIPPED) {
			skipped_least = MAX(skipped_least, least);
		} else if (best == NODE_NONE || least > best_least) {
			best = node;
			best_least = least;
		}
	}
	if (best == NODE_NONE || best_least >= skipped_least)
		return best;
	return choose_away(graph, state, below, total);
}

Node weigh_choose_beside(const Graph *graph, const guint8 *state, const guint64 *weight)
{
	g_autofree guint8 *set = set_from(graph, state, WEIGH_BESIDE);
	g_autofree guint64 *below = g_new(guint64, graph_size(graph) + 1);
	g_autofree guint64 *only = g_new0(guint64, graph_size(graph) + 1);
	Node best = NODE_NONE;
	guint64 best_least = 0;
	guint64 total;

	for (Node node = 0; node < graph_size(graph); node++)
		if (weigh_is_candidate(state[node]))
			only[node] = weight ? weight[node] : WEIGH_ONE;
	total = weigh_below(graph, set, only, below);
	for (Node node = 0; node < graph_size(graph); node++) {
		guint64 least;

		if (state[node] != WEIGH_BESIDE_OPEN)
			continue;
		least = MIN(below[node], total - below[node]);
		if (least > best_least) {
			best = node;
			best_least = least;
		}
	}
	return best_least >= total / 8 ? best : NODE_NONE;
}
