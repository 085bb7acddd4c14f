/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking again, until there is reason to believe an answer or to doubt them all. */
#include "search/internal.h"

#include <math.h>

struct Doubt {
	const Search *search;
	SearchDoubt spec;
	double *prior;
	double beyond; /* evidence beyond doubt */
	Ledger *ledger;
	NoisySearch *noisy;
};

Doubt *doubt_new(const Search *search, const SearchDoubt *spec)
{
	Doubt *doubt = g_new0(Doubt, 1);
	double delta = (1 - spec->confidence) / 2;

	doubt->search = search;
	doubt->spec = *spec;
	if (spec->prior)
		doubt->prior =
			g_memdup2(spec->prior, graph_size(search->graph) * sizeof(*spec->prior));
	doubt->beyond = log((1 - delta) / delta);
	doubt->ledger = ledger_new(search->graph, &search->oracle);
	return doubt;
}

void doubt_free(Doubt *doubt)
{
	if (!doubt)
		return;
	g_free(doubt->prior);
	ledger_free(doubt->ledger);
	noisy_free(doubt->noisy);
	g_free(doubt);
}

NoisySearch *doubt_noisy(Doubt *doubt)
{
	const Search *search = doubt->search;
	NoisySpec spec = {
		.graph = search->graph,
		.bad = search->bad,
		.goods = (const Node *)(const void *)search->goods->data,
		.n_goods = search->goods->len,
		.bases = (const Node *)(const void *)search->bases->data,
		.n_bases = search->bases->len,
		.trust_ends = search->trust_ends,
		.noise = doubt->spec.noise,
		.confidence = doubt->spec.confidence,
		.prior = doubt->prior,
		.oracle = &search->oracle,
		.cost = doubt->spec.cost,
		.user = doubt->spec.user,
	};

	if (doubt->spec.always && !doubt->noisy)
		doubt->noisy = noisy_new(&spec, g_steal_pointer(&doubt->ledger));
	return doubt->noisy;
}

double doubt_cost(const Doubt *doubt, Node node)
{
	return doubt && doubt->spec.cost ? doubt->spec.cost(node, doubt->spec.user) : -1;
}

bool doubt_answer(Doubt *doubt, Node node, Verdict verdict, bool clean)
{
	Samples all;

	if (doubt_noisy(doubt)) {
		noisy_answer(doubt->noisy, node, verdict, clean);
		return true;
	}
	ledger_answer(doubt->ledger, node, verdict, clean);
	all = ledger_all(doubt->ledger, node);
	if (doubt->spec.repeat > 0) {
		bool inverted = doubt->spec.inverted;

		return !clean && verdict == (inverted ? VERDICT_BAD : VERDICT_GOOD) &&
		       (inverted ? all.bad : all.good) < doubt->spec.repeat;
	}
	/* From here on there are no certain answers; those so far are not lost. */
	doubt->spec.always = all.bad > 0 && all.good > 0;
	return doubt->spec.always;
}

static Samples sum_of_bad(const Doubt *doubt, Node culprit)
{
	const GArray *asked = ledger_asked(doubt->ledger);
	Samples sum = { 0 };

	for (guint i = 0; i < asked->len; i++) {
		Node node = g_array_index(asked, Node, i);
		Samples own = ledger_own(doubt->ledger, node);

		if (!graph_is_ancestor(doubt->search->graph, culprit, node))
			continue;
		sum.bad += own.bad;
		sum.good += own.good;
	}
	return sum;
}

/* Whether it has passed too seldom to be called good. */
static bool is_unsure(const Doubt *doubt, Node node, Samples of_bad)
{
	Samples own = ledger_all(doubt->ledger, node);

	return noise_evidence(&doubt->spec.noise, own, of_bad) > -doubt->beyond;
}

/* The bad end, some more times: a rate that is far from 1 mostly shows there already. */
static bool is_new_bad(const Doubt *doubt)
{
	Samples own = ledger_own(doubt->ledger, doubt->search->bad);

	return !doubt->search->trust_ends && own.bad + own.good > 0 &&
	       own.bad + own.good < NOISY_SHOWN &&
	       !ledger_skipped(doubt->ledger, doubt->search->bad);
}

/* Of what the answer rests on, a good revision that has not passed often enough. */
static Node find_unsure(const Doubt *doubt, SearchAsk ask)
{
	const Search *search = doubt->search;
	guint n;
	const Node *parents;
	Samples of_bad;

	if (is_new_bad(doubt))
		return search->bad;
	if (ask == SEARCH_ELSEWHERE && search->elsewhere.good != NODE_NONE &&
	    is_unsure(doubt, search->elsewhere.good, ledger_own(doubt->ledger, search->bad)))
		return search->elsewhere.good;
	if (ask != SEARCH_FOUND)
		return NODE_NONE;
	parents = graph_parents(search->graph, search->node, &n);
	of_bad = sum_of_bad(doubt, search->node);
	for (guint i = 0; i < n; i++)
		if (is_unsure(doubt, parents[i], of_bad))
			return parents[i];
	return NODE_NONE;
}

SearchAsk doubt_next(Doubt *doubt, Node *ret_node, SearchWhy *ret_why)
{
	const Search *search = doubt->search;
	Node unsure = NODE_NONE;
	Samples own;

	if (doubt_noisy(doubt))
		return noisy_next(doubt->noisy, ret_node, ret_why);
	if (doubt->spec.repeat == 0)
		unsure = find_unsure(doubt, search->ask);
	if (unsure != NODE_NONE) {
		*ret_node = unsure;
		*ret_why = REASON_AGAIN;
		return SEARCH_TEST;
	}
	*ret_node = search->node;
	*ret_why = search->why;
	if (search->ask == SEARCH_TEST) {
		own = ledger_own(doubt->ledger, search->node);
		if (own.bad + own.good > 0)
			*ret_why = REASON_AGAIN;
	}
	return search->ask;
}
