/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search where answers may be wrong: Bayesian, on the real graph. The next test is the one
 * that says most about the culprit for its price; a revision is asked again where that says most.
 * The end is like search.h's certificate, with probabilities. Pure.
 */
#pragma once

#include "search/ledger.h"
#include "search/posterior.h"
#include "search/search.h"

/**
 * struct NoisySpec - borrowed but for oracle, which is copied
 * @graph, @bad, @goods, @n_goods, @trust_ends: as search_new() takes them
 * @bases, @n_bases: as search_set_bases() takes them
 * @trust_rate: with @trust_ends and a rate that is not known: do not have the bad end show it first
 * @noise:      how often answers are wrong
 * @confidence: how likely the culprit must be; where the rate is learned, half the doubt is left to
 *              what the rate's prior may have got wrong
 * @prior:      weight of each node, above 0, by node; NULL for all alike
 * @oracle:     graph_same() pools answers; graph_relevance() multiplies the prior for the choice of
 *              tests, and has no say in when it is enough: it is a guess, and a culprit that it
 *              thinks little of must be as sure as any; may be NULL
 * @cost:       seconds that a test of a node would take, above 0; NULL: all alike
 * @user:       for @cost
 */
typedef struct {
	const Graph *graph;
	Node bad;
	const Node *goods;
	guint n_goods;
	const Node *bases;
	guint n_bases;
	bool trust_ends;
	bool trust_rate;
	Noise noise;
	double confidence;
	const double *prior;
	const SearchOracle *oracle;
	double (*cost)(Node node, void *user);
	void *user;
} NoisySpec;

typedef struct NoisySearch NoisySearch;

NoisySearch *noisy_new(const NoisySpec *spec);
void noisy_free(NoisySearch *noisy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NoisySearch, noisy_free)

/**
 * noisy_next() - like search_next()
 *
 * Ends first: bad is tested until it is bad beyond doubt, and NOISY_SHOWN times bad where the rate
 * is not known; a good until it has passed often enough (noise_passes()); the other way round where
 * it is good that shows at a rate that is not known. Then by information.
 * SEARCH_FOUND: the culprit has the confidence asked for, each of its parents answered, those that
 * no candidate is an ancestor of as often as a good end; and each, asked from a clean build too,
 * answered there as it should.
 * SEARCH_ELSEWHERE: a parent of the culprit that is no candidate, or a merge base, is bad beyond
 * doubt.
 * SEARCH_SUSPECTS: no further test says anything; see noisy_leaders().
 */
SearchAsk noisy_next(NoisySearch *noisy, Node *ret_node, SearchWhy *ret_why);
#define NOISY_SHOWN 3

/** noisy_answer() - one test's verdict; every one counts as one more sample. A skip takes the
 * revision out, until it answers otherwise */
void noisy_answer(NoisySearch *noisy, Node node, Verdict verdict, bool clean);

/** noisy_trust_ends() - change what NoisySpec said; and have the bad end show the rate */
void noisy_trust_ends(NoisySearch *noisy, bool trust_ends);

/** noisy_drop_unclean() - like search_forget_unclean() */
void noisy_drop_unclean(NoisySearch *noisy, Node node);

/**
 * noisy_leaders() - the likeliest candidates, likeliest first, until together they have the
 * confidence asked for, and at least two where there are two
 * @most: at most so many
 * Return: SearchLeader; free with g_array_unref()
 */
GArray *noisy_leaders(NoisySearch *noisy, guint most);
/** noisy_suspects() - SEARCH_SUSPECTS: the nodes of all that have a share in the confidence asked
 * for, oldest first; free with g_array_unref() */
GArray *noisy_suspects(NoisySearch *noisy);
/** noisy_tests() - how many answers there are, skips aside */
guint noisy_tests(const NoisySearch *noisy);
/** noisy_together() - like search_together() */
GArray *noisy_together(NoisySearch *noisy, guint k);
/** noisy_samples() - the answers of a revision and of those that build the same kernel */
Samples noisy_samples(const NoisySearch *noisy, Node node);
/** noisy_rate() - how often bad shows, as far as it is known; good where fp is what is not known */
double noisy_rate(NoisySearch *noisy);
/** noisy_candidates() - how many commits could be the culprit, likely or not */
guint noisy_candidates(NoisySearch *noisy);
/** noisy_is_candidate() - like search_is_candidate() */
bool noisy_is_candidate(const NoisySearch *noisy, Node node);
/** noisy_steps_left() - bits still missing by bits that the next test says */
guint noisy_steps_left(NoisySearch *noisy);
/** noisy_odd_answers() - how many answers are wrong if the likeliest culprit is right */
guint noisy_odd_answers(NoisySearch *noisy);
/** noisy_trouble(), noisy_elsewhere() - like search_trouble(), search_elsewhere() */
SearchTrouble noisy_trouble(NoisySearch *noisy);
SearchElsewhere noisy_elsewhere(NoisySearch *noisy);
