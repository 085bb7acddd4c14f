/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How likely each candidate is the culprit, after answers that may be wrong. On the real graph: a
 * revision is bad where the culprit is itself or an ancestor of it. Pure.
 */
#pragma once

#include "search/mass.h"
#include "search/noise.h"

typedef struct Posterior Posterior;

/**
 * posterior_new() - no answer yet
 * @graph: borrowed
 * @set:   graph_size() bytes, nonzero for candidates; convex; not needed afterwards
 * @prior: weight of each node, above 0 for candidates; NULL for all alike; not needed afterwards
 */
Posterior *posterior_new(const Graph *graph, const guint8 *set, const double *prior,
			 const Noise *noise);
void posterior_free(Posterior *posterior);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Posterior, posterior_free)

/**
 * posterior_add() - answers of a revision
 * @node: any of the graph, a candidate or not
 * @sign: 1, or -1 to take answers back that were added
 */
void posterior_add(Posterior *posterior, Node node, Samples samples, int sign);

/**
 * posterior_join() - revisions that certainly build the same kernel
 * @nodes: Node; two or more
 *
 * No culprit lies between two of them: a candidate that is an ancestor of some and not of all
 * has the probability 0 from here on. So the answers of one count for all.
 */
void posterior_join(Posterior *posterior, const GArray *nodes);

/** posterior_nodes() - the candidates, ascending; borrowed. All arrays below go by place here */
const Node *posterior_nodes(const Posterior *posterior, guint *ret_n);
/** posterior_index() - a candidate's place, or G_MAXUINT */
guint posterior_index(const Posterior *posterior, Node node);
/** posterior_probabilities() - of each candidate, together 1; NULL where posterior_join() has left
 * none; borrowed, until the next answer */
const double *posterior_probabilities(Posterior *posterior);
/** posterior_of_bad() - answers of revisions that are bad if this candidate is the culprit */
Samples posterior_of_bad(const Posterior *posterior, Node candidate);
/** posterior_of_good() - and of those that are good then */
Samples posterior_of_good(const Posterior *posterior, Node candidate);
/** posterior_best() - the likeliest candidate, the lowest of several; NODE_NONE where none is left
 */
Node posterior_best(Posterior *posterior, double *ret_probability);
/** posterior_entropy() - bits that are missing to the answer */
double posterior_entropy(Posterior *posterior);

/**
 * posterior_gains() - what the next test of each candidate would say
 * @gains: written: the mutual information of its answer and the culprit, in bits
 *
 * With q = P(candidate x is bad), s(c) how often bad shows if c is the culprit, and h the binary
 * entropy:  I(x) = h(sum of P(c) s(c) over c <= x, plus (1-q) fp) - sum of P(c) h(s(c)) over
 * c <= x - (1-q) h(fp). Exact; s depends on c only while the rate is not known. Where fp is what is
 * not known, it depends on c instead, and is summed over the c that are not <= x.
 */
void posterior_gains(Posterior *posterior, double *gains);

/**
 * posterior_choose_many() - tests that together say most
 * @k:        how many, 1 to SEARCH_TOGETHER_MAX
 * @testable: by place: probability that a test of it has an answer; NULL for 1
 *
 * Greedy, each next one by its exact information given the answers of those before, all of their
 * combinations weighed; so together at least 1 - 1/e of the most that any k could say
 * (Nemhauser et al. 1978). The same revision may come twice.
 *
 * Return: Node; fewer than @k where no more says anything; free with g_array_unref().
 */
GArray *posterior_choose_many(Posterior *posterior, guint k, const double *testable);
