/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking again, until there is reason to believe an answer or to doubt them all. */
#include "search/internal.h"

#include <math.h>

struct Doubt {
	const Search *search;
	SearchDoubt spec;
	double beyond;  /* evidence beyond doubt */
	Ledger *ledger; /* with repeat; else the noisy search has it */
	NoisySearch *noisy;
	bool doubting;
};

/* It has all answers from the start. Until they are doubted it believes the ends, as the search
 * does, and is only asked how sure the culprit is. */
static NoisySearch *make_noisy(const Search *search, const SearchDoubt *doubt)
{
	NoisySpec spec = {
		.graph = search->graph,
		.bad = search->bad,
		.goods = (const Node *)(const void *)search->goods->data,
		.n_goods = search->goods->len,
		.bases = (const Node *)(const void *)search->bases->data,
		.n_bases = search->bases->len,
		.trust_ends = search->trust_ends || !doubt->always,
		.trust_rate = !doubt->always,
		.noise = doubt->noise,
		.confidence = doubt->confidence,
		.prior = doubt->prior,
		.oracle = &search->oracle,
		.cost = search->cost,
		.user = search->cost_user,
	};

	return noisy_new(&spec);
}

Doubt *doubt_new(const Search *search, const SearchDoubt *spec)
{
	Doubt *doubt = g_new0(Doubt, 1);
	double delta = (1 - spec->confidence) / 2;

	doubt->search = search;
	doubt->spec = *spec;
	doubt->spec.prior = NULL;
	doubt->beyond = log((1 - delta) / delta);
	doubt->doubting = spec->always;
	if (spec->repeat)
		doubt->ledger = ledger_new(search->graph, &search->oracle);
	else
		doubt->noisy = make_noisy(search, spec);
	return doubt;
}

void doubt_free(Doubt *doubt)
{
	if (!doubt)
		return;
	ledger_free(doubt->ledger);
	noisy_free(doubt->noisy);
	g_free(doubt);
}

NoisySearch *doubt_noisy(Doubt *doubt)
{
	return doubt->doubting ? doubt->noisy : NULL;
}

/* --repeat: a pass counts when there are enough; a clean one at once where others have passed. */
static bool wait_for_more(const Doubt *doubt, Node node, Verdict verdict, bool clean)
{
	bool inverted = doubt->spec.inverted;
	Samples all = ledger_all(doubt->ledger, node);
	Samples of_clean = ledger_clean(doubt->ledger, node);
	guint shown = inverted ? all.good : all.bad;
	guint passes = inverted ? all.bad : all.good;

	if (verdict != (inverted ? VERDICT_BAD : VERDICT_GOOD))
		return false;
	if (clean && shown > 0)
		passes = inverted ? of_clean.bad : of_clean.good;
	return passes < doubt->spec.repeat;
}

bool doubt_answer(Doubt *doubt, Node node, Verdict verdict, bool clean)
{
	Samples all;

	if (doubt->ledger) {
		ledger_answer(doubt->ledger, node, verdict, clean);
		return wait_for_more(doubt, node, verdict, clean);
	}
	noisy_answer(doubt->noisy, node, verdict, clean);
	all = noisy_samples(doubt->noisy, node);
	if (!doubt->doubting && all.bad > 0 && all.good > 0) {
		/* There are no certain answers from here on; those so far are not lost. */
		doubt->doubting = true;
		noisy_trust_ends(doubt->noisy, doubt->search->trust_ends);
	}
	return doubt->doubting;
}

void doubt_forget_unclean(Doubt *doubt, Node node)
{
	const GArray *same;

	if (doubt->noisy) {
		noisy_drop_unclean(doubt->noisy, node);
		return;
	}
	same = ledger_same(doubt->ledger, node);
	for (guint i = 0; same && i < same->len; i++)
		ledger_drop_unclean(doubt->ledger, g_array_index(same, Node, i));
}

SearchDoubt search_doubt_turned(const SearchDoubt *doubt)
{
	SearchDoubt turned = *doubt;

	turned.noise.fp = doubt->noise.fn;
	turned.noise.fn = doubt->noise.fp;
	turned.inverted = !doubt->inverted;
	turned.prior = NULL;
	return turned;
}

/* The end of the state that may show only now and then. */
static Node rate_end(const Doubt *doubt)
{
	return doubt->spec.noise.fp < 0 ? g_array_index(doubt->search->goods, Node, 0)
					: doubt->search->bad;
}

/* It, some more times: a rate that is far from 1 mostly shows there already. */
static bool is_new_end(const Doubt *doubt)
{
	Samples own = noisy_samples(doubt->noisy, rate_end(doubt));

	return !doubt->search->trust_ends && own.bad + own.good > 0 &&
	       own.bad + own.good < NOISY_SHOWN;
}

/*
 * A good that descends from a bad, and has passed too seldom to withstand that. Where it is good
 * that shows now and then, the bad one below it.
 */
static Node find_unsure(const Doubt *doubt)
{
	const SearchElsewhere *to = &doubt->search->elsewhere;
	bool turned = doubt->spec.noise.fp < 0;
	Node node = turned ? to->bad : to->good;
	Samples others = noisy_samples(doubt->noisy, rate_end(doubt));
	double evidence;

	if (to->good == NODE_NONE || node == rate_end(doubt))
		return NODE_NONE;
	evidence = noise_evidence(&doubt->spec.noise, noisy_samples(doubt->noisy, node), others);
	return (turned ? evidence < doubt->beyond : evidence > -doubt->beyond) ? node : NODE_NONE;
}

/* Before the search's own wish: what has to be asked again for it to be believed. */
static bool ask_again(Doubt *doubt, SearchAsk *ret_ask, Node *ret_node, SearchWhy *ret_why)
{
	const Search *search = doubt->search;
	Node unsure = search->ask == SEARCH_ELSEWHERE ? find_unsure(doubt) : NODE_NONE;

	if (is_new_end(doubt))
		*ret_node = rate_end(doubt);
	else if (unsure != NODE_NONE)
		*ret_node = unsure;
	else if (search->ask == SEARCH_FOUND) {
		Node node = search->node;
		SearchAsk ask = noisy_next(doubt->noisy, &node, ret_why);

		/* It may hold out for more answers, and not lead elsewhere on its own. */
		if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM)
			return false;
		*ret_ask = ask;
		*ret_node = node;
		return true;
	} else
		return false;
	*ret_ask = SEARCH_TEST;
	*ret_why = REASON_AGAIN;
	return true;
}

SearchAsk doubt_next(Doubt *doubt, Node *ret_node, SearchWhy *ret_why)
{
	const Search *search = doubt->search;
	SearchAsk ask = search->ask;
	Samples own;

	if (doubt_noisy(doubt))
		return noisy_next(doubt->noisy, ret_node, ret_why);
	*ret_node = search->node;
	*ret_why = search->why;
	if (doubt->noisy && ask_again(doubt, &ask, ret_node, ret_why))
		return ask;
	if (doubt->ledger && ask == SEARCH_TEST) {
		own = ledger_own(doubt->ledger, search->node);
		if (own.bad + own.good > 0)
			*ret_why = REASON_AGAIN;
	}
	return ask;
}
