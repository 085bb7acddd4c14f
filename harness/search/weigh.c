/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weights of reachable candidates on a merge graph, and the choice that they lead to. */
#include "search/weigh.h"

#include "search/noise.h"
#include "search/pieces.h"

#include <string.h>

#define CHUNK_WORDS 8
#define CHUNK_BITS (CHUNK_WORDS * 64)

/* By piece. */
typedef struct {
	guint64 own;   /* weight of its commits */
	guint64 reach; /* weight of all it reaches, itself included */
} Sum;

/* Sums within each piece; below[node] becomes the weight of its own piece up to it. */
static void sum_pieces(const Pieces *all, const Graph *graph, const guint8 *set,
		       const guint64 *weight, guint64 *below, Sum *sums)
{
	for (Node node = 0; node < graph_size(graph); node++)
		if (set[node]) {
			Sum *sum = &sums[all->piece_of[node]];

			sum->own += weight ? weight[node] : WEIGH_ONE;
			below[node] = sum->own;
		}
}

/* Add to each merge piece what it reaches among the pieces lo .. lo + CHUNK_BITS - 1. */
static void sum_chunk(const Pieces *all, Sum *pieces, guint lo, guint64 (*bits)[CHUNK_WORDS])
{
	guint hi = MIN(lo + CHUNK_BITS, all->pieces->len);
	guint64 full[CHUNK_WORDS] = { 0 };
	guint64 sums[CHUNK_WORDS] = { 0 };

	for (guint i = lo; i < hi; i++) {
		full[(i - lo) / 64] |= G_GUINT64_CONSTANT(1) << ((i - lo) % 64);
		sums[(i - lo) / 64] += pieces[i].own;
	}
	for (guint i = lo; i < all->pieces->len; i++) {
		guint n;
		const guint *parents = pieces_parents(all, i, &n);
		Sum *piece = &pieces[i];
		guint64 *set = bits[i];

		memset(set, 0, sizeof(*bits));
		for (guint k = 0; k < n; k++)
			for (guint w = 0; parents[k] >= lo && w < CHUNK_WORDS; w++)
				set[w] |= bits[parents[k]][w];
		if (i < hi)
			set[(i - lo) / 64] |= G_GUINT64_CONSTANT(1) << ((i - lo) % 64);
		if (n < 2)
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

static void sum_merges(const Pieces *all, Sum *sums)
{
	g_autofree guint64(*bits)[CHUNK_WORDS] = g_malloc(all->pieces->len * sizeof(*bits));

	for (guint lo = 0; lo < all->pieces->len; lo += CHUNK_BITS)
		sum_chunk(all, sums, lo, bits);
}

guint64 weigh_below(const Graph *graph, const guint8 *set, const guint64 *weight, guint64 *below)
{
	g_auto(Pieces) all = { 0 };
	g_autofree Sum *sums = NULL;
	guint64 total = 0;

	pieces_cut(&all, graph, set);
	sums = g_new0(Sum, all.pieces->len + 1);
	sum_pieces(&all, graph, set, weight, below, sums);
	if (all.n_merges > 0)
		sum_merges(&all, sums);
	for (guint i = 0; i < all.pieces->len; i++) {
		guint n;
		const guint *parents = pieces_parents(&all, i, &n);

		total += sums[i].own;
		if (n < 2)
			sums[i].reach = sums[i].own + (n ? sums[parents[0]].reach : 0);
	}
	for (Node node = 0; node < graph_size(graph); node++)
		if (set[node]) {
			const Sum *sum = &sums[all.piece_of[node]];

			below[node] += sum->reach - sum->own;
		}
	return total;
}

/* What a test of an open candidate is worth beside skipped ones: what it says times its chance. */
static Node choose_away(const Graph *graph, const guint8 *state, const guint64 *below,
			guint64 total, const double *testable)
{
	Node best = NODE_NONE;
	double best_worth = 0;

	for (Node node = 0; node < graph_size(graph); node++) {
		double worth;

		if (state[node] != WEIGH_OPEN)
			continue;
		worth = noise_entropy((double)below[node] / (double)total);
		if (testable)
			worth *= testable[node];
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

Node weigh_choose(const Graph *graph, const guint8 *state, const guint64 *weight,
		  const double *testable)
{
	g_autofree guint8 *set = set_from(graph, state, WEIGH_PASSAGE);
	g_autofree guint64 *below = g_new(guint64, graph_size(graph) + 1);
	guint64 total = weigh_below(graph, set, weight, below);
	Node best = NODE_NONE;
	guint64 best_least = 0;
	bool any_skipped = false;

	for (Node node = 0; node < graph_size(graph); node++) {
		guint64 least;

		any_skipped = any_skipped || state[node] == WEIGH_SKIPPED;
		if (state[node] != WEIGH_OPEN)
			continue;
		least = MIN(below[node], total - below[node]);
		if (best == NODE_NONE || least > best_least) {
			best = node;
			best_least = least;
		}
	}
	if (best == NODE_NONE || !any_skipped)
		return best;
	return choose_away(graph, state, below, total, testable);
}

void weigh_worths(const Graph *graph, const guint8 *state, const guint64 *weight,
		  const double *testable, double *worth)
{
	g_autofree guint8 *set = set_from(graph, state, WEIGH_PASSAGE);
	g_autofree guint64 *below = g_new(guint64, graph_size(graph) + 1);
	guint64 total = weigh_below(graph, set, weight, below);

	for (Node node = 0; node < graph_size(graph); node++)
		worth[node] = state[node] == WEIGH_OPEN
				      ? testable[node] *
						noise_entropy((double)below[node] / (double)total)
				      : 0;
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
