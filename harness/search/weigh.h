/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of the candidates each candidate reaches, and which one to test for that. Pure. */
#pragma once

#include "search/graph.h"

/* What a node is to the choice. */
typedef enum {
	WEIGH_OUT,         /* none of ours */
	WEIGH_BESIDE,      /* no candidate, but between some candidates and the top */
	WEIGH_BESIDE_OPEN, /* such a one without a label */
	WEIGH_PASSAGE,     /* between candidates, never one itself (graph_set_passage()) */
	WEIGH_OPEN,        /* a candidate without a label: may be chosen */
	WEIGH_SKIPPED,     /* a candidate that cannot be tested */
	WEIGH_KNOWN,       /* a candidate known to be bad */
} WeighState;

/** weigh_is_candidate() - whether a state is one of the candidates' */
static inline bool weigh_is_candidate(guint8 state)
{
	return state >= WEIGH_OPEN;
}

/** weigh_units() - WEIGH_ONE for each candidate, 0 for the rest; g_free() */
guint64 *weigh_units(const guint8 *state, guint size);

/* The weight 1. The sum over four million commits fits 64 bits, a tiny weight is not lost. */
#define WEIGH_ONE (G_GUINT64_CONSTANT(1) << 40)

/**
 * weigh_below() - the weight of all of a set that each of its nodes reaches, itself included
 * @set:    graph_size() bytes, nonzero for its nodes; must be convex (no path leaves it and comes
 *          back), as ancestors of bads minus ancestors of goods are
 * @weight: of each node, read for the set only; NULL for WEIGH_ONE everywhere
 * @below:  graph_size() sums, written for the set only
 *
 * Exact on any graph: where history is linear a sum is the parent's plus its own; only merges
 * need sets, which go over the graph's linear pieces as bits, 512 pieces in one pass.
 *
 * Return: the weight of the whole set.
 */
guint64 weigh_below(const Graph *graph, const guint8 *set, const guint64 *weight, guint64 *below);

/**
 * weigh_choose() - the open candidate that says most
 * @state:  graph_size() bytes of WeighState
 * @weight: like weigh_below()'s; 0 for passages
 *
 * The one that maximises the smaller of the weights at or below it and of the rest, as git's
 * find_bisection() does; the lowest node of several. Where the best is skipped: one at a
 * distance from the skipped ones, since neighbours tend to fail for the same reason.
 *
 * Return: NODE_NONE where no candidate is open.
 */
Node weigh_choose(const Graph *graph, const guint8 *state, const guint64 *weight);

/**
 * weigh_choose_beside() - the node that is no candidate and still tells candidates apart
 *
 * With all open candidates asked, one that descends from some of the rest and not from all can
 * part them. Worth a test from an eighth of their weight on.
 *
 * Return: NODE_NONE where there is none.
 */
Node weigh_choose_beside(const Graph *graph, const guint8 *state, const guint64 *weight);
