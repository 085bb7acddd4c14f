/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do next, out of all answers so far: ends, merge bases, halving, the certificate. */
#include "search/internal.h"

#include "search/candidates.h"
#include "search/near.h"
#include "search/price.h"
#include "search/weigh.h"

#include <string.h>

static void find_candidates(Search *search)
{
	do {
		search_hold(search);
		search->n_candidates = candidates_find(search->graph, search->bad, search->held,
						       search->state, NULL);
	} while (search_compare(search));
}

static void decide_on(Search *search, SearchAsk ask, Node node, SearchWhy why)
{
	search->ask = ask;
	search->node = node;
	search->why = why;
}

static void contradict(Search *search, SearchTrouble trouble)
{
	search->trouble = trouble;
	search->n_candidates = 0;
	memset(search->state, WEIGH_OUT, graph_size(search->graph));
	decide_on(search, SEARCH_CONTRADICTION, NODE_NONE, REASON_NARROW);
}

/* Return: whether the end asks for something, or stops the search. */
static bool check_end(Search *search, Node end, Verdict right, SearchTrouble wrong,
		      SearchTrouble untestable)
{
	Record *record = &search->records[end];
	Verdict label = search_label(search, end);

	if (label == right)
		record->was_right = true;
	if (label == VERDICT_NONE && !search->trust_ends) {
		decide_on(search, SEARCH_TEST, end, REASON_END);
		return true;
	}
	if (label == VERDICT_NONE || label == right)
		return false;
	/* A bad end that is good is the end of it; a good one may have others to stand in. */
	if (!record->was_right || (right == VERDICT_BAD && label == VERDICT_GOOD)) {
		contradict(search, label == VERDICT_SKIP ? untestable : wrong);
		return true;
	}
	return false;
}

static bool check_ends(Search *search)
{
	if (check_end(search, search->bad, VERDICT_BAD, TROUBLE_BAD_IS_GOOD,
		      TROUBLE_BAD_UNTESTABLE))
		return true;
	for (guint i = 0; i < search->goods->len; i++)
		if (check_end(search, g_array_index(search->goods, Node, i), VERDICT_GOOD,
			      TROUBLE_GOOD_IS_BAD, TROUBLE_GOOD_UNTESTABLE))
			return true;
	return false;
}

/*
 * The culprit is at @bad or below, where this search does not look. What that rests on is seen
 * from clean builds first: a wrong answer here would lead far away.
 */
static void send_elsewhere(Search *search, Node bad, Node suspect)
{
	SearchElsewhere to = { bad, candidates_good_above(search->graph, bad, search->held),
			       suspect };
	const Node proof[] = { to.bad, to.good, to.suspect };

	g_array_set_size(search->suspects, 0);
	for (guint i = 0; i < G_N_ELEMENTS(proof); i++) {
		if (proof[i] == NODE_NONE || search_is_clean(search, proof[i]))
			continue;
		decide_on(search, SEARCH_CONFIRM, proof[i], REASON_CONFIRM);
		return;
	}
	search->elsewhere = to;
	decide_on(search, SEARCH_ELSEWHERE, NODE_NONE, REASON_NARROW);
}

/* Return: whether a merge base asks for something, or stops the search. */
static bool check_bases(Search *search)
{
	for (guint i = 0; i < search->bases->len; i++) {
		Node base = g_array_index(search->bases, Node, i);

		switch (search->held[base]) {
		case VERDICT_NONE:
			decide_on(search, SEARCH_TEST, base, REASON_BASE);
			return true;
		case VERDICT_BAD:
			send_elsewhere(search, base, NODE_NONE);
			return true;
		default:
			break;
		}
	}
	return false;
}

static bool is_parent_of_candidate(const Search *search, Node node)
{
	for (Node child = node + 1; child <= search->bad; child++) {
		guint n;
		const Node *parents = graph_parents(search->graph, child, &n);

		for (guint i = 0; weigh_is_candidate(search->state[child]) && i < n; i++)
			if (parents[i] == node)
				return true;
	}
	return false;
}

/*
 * A bad that is an ancestor of a good, as a person may say: like a bad merge base. What is from no
 * clean build may just be wrong; what is a parent of the suspect is certify()'s.
 */
static bool check_masked(Search *search)
{
	for (Node node = 0; node < search->bad; node++) {
		if (search->held[node] != VERDICT_BAD || search->state[node] >= WEIGH_PASSAGE ||
		    !search_is_clean(search, node) ||
		    candidates_good_above(search->graph, node, search->held) == NODE_NONE ||
		    is_parent_of_candidate(search, node))
			continue;
		send_elsewhere(search, node, NODE_NONE);
		return true;
	}
	return false;
}

static int compare_nodes(gconstpointer a, gconstpointer b)
{
	Node x = *(const Node *)a;
	Node y = *(const Node *)b;

	return x < y ? -1 : x > y;
}

/* All candidates, and those that are in the list already. */
static Node give_suspects(Search *search)
{
	for (Node node = 0; node < graph_size(search->graph); node++)
		if (weigh_is_candidate(search->state[node]))
			g_array_append_val(search->suspects, node);
	g_array_sort(search->suspects, compare_nodes);
	decide_on(search, SEARCH_SUSPECTS, NODE_NONE, REASON_NARROW);
	return NODE_NONE;
}

/* Skips of a person who knows (and of clean builds) say nothing of their neighbours. */
static double *find_testable(const Search *search)
{
	guint size = graph_size(search->graph);
	g_autofree guint8 *held = g_memdup2(search->held, size);
	double *testable = g_new(double, size);

	for (Node node = 0; node < size; node++)
		if (held[node] == VERDICT_SKIP && search_is_clean(search, node))
			held[node] = VERDICT_NONE;
	near_testable(search->graph, held, testable);
	return testable;
}

/* Return: NODE_NONE where no test is expected to say anything. */
static Node choose_by_price(const Search *search, const guint64 *weight, const double *testable)
{
	guint size = graph_size(search->graph);
	g_autofree double *worth = g_new(double, size);
	g_autofree double *seconds = g_new(double, size);
	guint best;

	weigh_worths(search->graph, search->state, weight, testable, worth);
	for (Node node = 0; node < size; node++)
		seconds[node] = worth[node] > 0 ? search->cost(node, search->cost_user) : 1;
	best = price_choose(size, worth, seconds);
	return best == G_MAXUINT ? NODE_NONE : best;
}

/* Halve the candidates. Return: the bad one that is left alone, or NODE_NONE when decided. */
static Node narrow(Search *search)
{
	g_autofree guint64 *weight = NULL;
	g_autofree double *testable = NULL;
	Node only = NODE_NONE;
	Node choice;

	for (Node node = 0; node < graph_size(search->graph); node++)
		if (weigh_is_candidate(search->state[node]))
			only = node;
	if (search->n_candidates == 1 && search->state[only] == WEIGH_KNOWN)
		return search->held[only] == VERDICT_BAD ? only : give_suspects(search);
	weight = search_weights(search);
	testable = find_testable(search);
	choice = search->cost ? choose_by_price(search, weight, testable) : NODE_NONE;
	if (choice == NODE_NONE)
		choice = weigh_choose(search->graph, search->state, weight, testable);
	if (choice == NODE_NONE)
		choice = weigh_choose_beside(search->graph, search->state, weight);
	if (choice == NODE_NONE)
		return give_suspects(search);
	decide_on(search, SEARCH_TEST, choice, REASON_NARROW);
	return NODE_NONE;
}

/*
 * The certificate: the suspect bad and each parent good, by a test, then by a clean one.
 * Return: a parent that is bad instead, or NODE_NONE when decided.
 */
static Node certify(Search *search, Node culprit)
{
	guint n;
	const Node *parents = graph_parents(search->graph, culprit, &n);
	Node untested = NODE_NONE;
	Node unclean = NODE_NONE;

	for (guint i = 0; i < n; i++) {
		Node parent = parents[i];

		if (search->held[parent] == VERDICT_BAD)
			return parent;
		if (search->held[parent] == VERDICT_NONE)
			untested = MIN(untested, parent);
		else if (search->held[parent] == VERDICT_SKIP)
			g_array_append_val(search->suspects, parent);
		else if (!search_is_clean(search, parent))
			unclean = MIN(unclean, parent);
	}
	if (untested != NODE_NONE) {
		decide_on(search, SEARCH_TEST, untested, REASON_PARENT);
	} else if (search->suspects->len > 0) {
		give_suspects(search);
	} else if (!search_is_clean(search, culprit)) {
		decide_on(search, SEARCH_CONFIRM, culprit, REASON_CONFIRM);
	} else if (unclean != NODE_NONE) {
		decide_on(search, SEARCH_CONFIRM, unclean, REASON_CONFIRM);
	} else {
		decide_on(search, SEARCH_FOUND, culprit, REASON_CONFIRM);
	}
	return NODE_NONE;
}

/* No candidate is left: the lowest bad of those that only connect them, the bad end with them. */
static void leave(Search *search)
{
	for (Node node = 0; node <= search->bad; node++)
		if (search->state[node] == WEIGH_PASSAGE &&
		    (node == search->bad || search->held[node] == VERDICT_BAD)) {
			send_elsewhere(search, node, NODE_NONE);
			return;
		}
	contradict(search, TROUBLE_NO_GOOD);
}

void search_decide(Search *search)
{
	Node culprit;
	Node parent;

	if (search->decided)
		return;
	search->decided = true;
	search->trouble = TROUBLE_NONE;
	g_array_set_size(search->suspects, 0);
	find_candidates(search);
	if (check_ends(search) || check_bases(search) || check_masked(search))
		return;
	if (search->n_candidates == 0) {
		leave(search);
		return;
	}
	culprit = narrow(search);
	if (culprit == NODE_NONE)
		return;
	parent = certify(search, culprit);
	if (parent != NODE_NONE)
		send_elsewhere(search, parent, culprit);
}
