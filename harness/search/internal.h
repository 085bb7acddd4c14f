/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the search itself only: the answers, and what was made of them. */
#pragma once

#include "search/search.h"

/* A node's own test, and the best test of a node that builds the same kernel. */
typedef struct {
	guint8 verdict; /* Verdict of its own test */
	bool clean;
	bool was_right; /* an end that has once answered as it should, or is trusted */
	Node twin;
	guint compared; /* how many of the answers it has been compared with */
} Record;

struct Search {
	const Graph *graph;
	Node bad;
	GArray *goods; /* Node */
	GArray *bases; /* Node */
	bool trust_ends;
	SearchOracle oracle;
	Record *records;
	GArray *answers; /* Node, in the order they came */

	/* The decision; good until the next answer. */
	bool decided;
	SearchAsk ask;
	Node node;
	SearchWhy why;
	guint8 *held;  /* Verdict of each node, ends assumed */
	guint8 *state; /* WeighState */
	guint n_candidates;
	GArray *suspects; /* Node */
	SearchTrouble trouble;
	SearchElsewhere elsewhere;
};

/** search_decide() - work out of the answers what to do; does nothing where that is known */
void search_decide(Search *search);
/** search_hold() - fill @held: labels, and for ends without one what the user says of them */
void search_hold(Search *search);
/** search_is_clean() - whether a node's label is from a clean build */
bool search_is_clean(const Search *search, Node node);
/** search_compare() - hand verdicts on to same candidates and their parents; whether a label has
 * changed */
bool search_compare(Search *search);
/** search_weights() - of the candidates, for weigh_choose(); NULL where all weigh the same;
 * g_free() */
guint64 *search_weights(const Search *search);
