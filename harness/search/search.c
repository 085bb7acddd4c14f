/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search. All it keeps is the answers; what to do next is worked out of them anew after
 * each, so that an answer turned round by a clean build needs no undoing.
 */
#include "search/search.h"

#include "search/candidates.h"
#include "search/near.h"
#include "search/weigh.h"

#include <string.h>

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
	const char *reason;
	Node masked_bad;
	Node masked_good;
};

Search *search_new(const Graph *graph, Node bad, const Node *goods, guint n_goods, bool trust_ends,
		   const SearchOracle *oracle)
{
	Search *search = g_new0(Search, 1);
	guint size = graph_size(graph);

	search->graph = graph;
	search->bad = bad;
	search->goods = g_array_new(FALSE, FALSE, sizeof(Node));
	if (n_goods > 0)
		g_array_append_vals(search->goods, goods, n_goods);
	search->trust_ends = trust_ends;
	if (oracle)
		search->oracle = *oracle;
	search->records = g_new0(Record, size);
	for (Node node = 0; node < size; node++)
		search->records[node].twin = NODE_NONE;
	search->records[bad].was_right = trust_ends;
	for (guint i = 0; i < n_goods; i++)
		search->records[goods[i]].was_right = trust_ends;
	search->answers = g_array_new(FALSE, FALSE, sizeof(Node));
	search->held = g_malloc0(size);
	search->state = g_malloc0(size);
	search->suspects = g_array_new(FALSE, FALSE, sizeof(Node));
	search->masked_bad = NODE_NONE;
	search->masked_good = NODE_NONE;
	return search;
}

void search_free(Search *search)
{
	if (!search)
		return;
	g_array_unref(search->goods);
	g_free(search->records);
	g_array_unref(search->answers);
	g_free(search->held);
	g_free(search->state);
	g_array_unref(search->suspects);
	g_free(search);
}

/* A node's own test counts, unless only a same one's was from a clean build. */
static const Record *test_of(const Search *search, Node node)
{
	const Record *own = &search->records[node];
	const Record *twin = own->twin == NODE_NONE ? NULL : &search->records[own->twin];

	if (twin && (own->verdict == VERDICT_NONE || (twin->clean && !own->clean)))
		return twin;
	return own;
}

Verdict search_label(const Search *search, Node node)
{
	return test_of(search, node)->verdict;
}

static bool is_clean(const Search *search, Node node)
{
	return test_of(search, node)->clean;
}

/* Take over the verdict of each answer about a node that is the same as this one. */
static bool compare_node(Search *search, Node node)
{
	Record *record = &search->records[node];
	bool changed = false;

	for (; record->compared < search->answers->len; record->compared++) {
		Node tested = g_array_index(search->answers, Node, record->compared);
		const Record *other = &search->records[tested];
		const Record *known = test_of(search, node);

		if (tested == node ||
		    (known->verdict != VERDICT_NONE && (known->clean || !other->clean)))
			continue;
		if (search->oracle.graph_same(node, tested, search->oracle.user)) {
			record->twin = tested;
			changed = true;
		}
	}
	return changed;
}

/*
 * Hand verdicts on to same candidates and to same parents of candidates; others do not matter
 * now, and are compared when they come to. Return: whether a label has changed.
 */
static bool compare_candidates(Search *search)
{
	bool changed = false;

	if (!search->oracle.graph_same)
		return false;
	for (Node node = 0; node < graph_size(search->graph); node++) {
		guint n;
		const Node *parents = graph_parents(search->graph, node, &n);

		if (!weigh_is_candidate(search->state[node]))
			continue;
		changed = compare_node(search, node) || changed;
		for (guint i = 0; i < n; i++)
			changed = compare_node(search, parents[i]) || changed;
	}
	return changed;
}

/* Labels, and for ends without one what the user says of them. */
static void hold(Search *search)
{
	for (Node node = 0; node < graph_size(search->graph); node++)
		search->held[node] = (guint8)search_label(search, node);
	if (search->held[search->bad] == VERDICT_NONE)
		search->held[search->bad] = VERDICT_BAD;
	for (guint i = 0; i < search->goods->len; i++) {
		guint8 *held = &search->held[g_array_index(search->goods, Node, i)];

		if (*held == VERDICT_NONE)
			*held = VERDICT_GOOD;
	}
}

static void find_candidates(Search *search, Node top, Node *ret_good)
{
	do {
		hold(search);
		search->n_candidates =
			candidates_find(search->graph, top, search->held, search->state, ret_good);
	} while (compare_candidates(search));
}

static void decide_on(Search *search, SearchAsk ask, Node node, SearchWhy why)
{
	search->ask = ask;
	search->node = node;
	search->why = why;
}

static void contradict(Search *search, const char *reason)
{
	search->reason = reason;
	search->n_candidates = 0;
	memset(search->state, WEIGH_OUT, graph_size(search->graph));
	decide_on(search, SEARCH_CONTRADICTION, NODE_NONE, REASON_NARROW);
}

/* Return: whether the end asks for something, or stops the search. */
static bool check_end(Search *search, Node end, Verdict right, const char *wrong,
		      const char *untestable)
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
	if (check_end(search, search->bad, VERDICT_BAD,
		      "the bad revision answered good, or builds the same kernel as one that did: "
		      "give a --bad revision that shows the regression",
		      "the bad revision cannot be tested: give another --bad revision near it"))
		return true;
	for (guint i = 0; i < search->goods->len; i++)
		if (check_end(search, g_array_index(search->goods, Node, i), VERDICT_GOOD,
			      "a good revision answered bad, or builds the same kernel as one "
			      "that did: give an older --good revision",
			      "a good revision cannot be tested: give another --good revision "
			      "near it"))
			return true;
	return false;
}

static guint64 *weights(const Search *search)
{
	guint64 *weight;

	if (!search->oracle.graph_relevance)
		return NULL;
	weight = g_new0(guint64, graph_size(search->graph));
	for (Node node = 0; node < graph_size(search->graph); node++) {
		double guess = 1;

		if (!weigh_is_candidate(search->state[node]))
			continue;
		if (!search->oracle.graph_relevance(node, &guess, search->oracle.user))
			guess = 1;
		/* Never 0: what the guess writes off must stay within reach. */
		weight[node] = MAX(1, (guint64)(CLAMP(guess, 0, 1) * (double)WEIGH_ONE));
	}
	return weight;
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
	weight = weights(search);
	testable = g_new(double, graph_size(search->graph));
	near_testable(search->graph, search->held, testable);
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
		else if (!is_clean(search, parent))
			unclean = MIN(unclean, parent);
	}
	if (untested != NODE_NONE) {
		decide_on(search, SEARCH_TEST, untested, REASON_PARENT);
	} else if (search->suspects->len > 0) {
		give_suspects(search);
	} else if (!is_clean(search, culprit)) {
		decide_on(search, SEARCH_CONFIRM, culprit, REASON_CONFIRM);
	} else if (unclean != NODE_NONE) {
		decide_on(search, SEARCH_CONFIRM, unclean, REASON_CONFIRM);
	} else {
		decide_on(search, SEARCH_FOUND, culprit, REASON_CONFIRM);
	}
	return NODE_NONE;
}

static void decide(Search *search)
{
	Node top = search->bad;
	Node good = NODE_NONE;

	if (search->decided)
		return;
	search->decided = true;
	search->reason = NULL;
	search->masked_bad = search->masked_good = NODE_NONE;
	g_array_set_size(search->suspects, 0);
	find_candidates(search, top, &good);
	if (check_ends(search))
		return;
	while (search->n_candidates > 0) {
		Node culprit = narrow(search);

		if (culprit == NODE_NONE)
			return;
		top = certify(search, culprit);
		if (top == NODE_NONE)
			return;
		g_array_set_size(search->suspects, 0);
		find_candidates(search, top, &good);
		if (search->masked_bad == NODE_NONE) {
			search->masked_bad = top;
			search->masked_good = good;
		}
	}
	contradict(search,
		   top == search->bad
			   ? "no good revision that is an ancestor of the bad one is left: "
			     "give an older --good revision"
			   : "a parent of the first bad commit is bad, though it is an ancestor "
			     "of every good revision: the regression is older and was masked "
			     "there; give an older --good revision");
}

SearchAsk search_next(Search *search, Node *ret_node, SearchWhy *ret_why)
{
	decide(search);
	if (ret_node && search->node != NODE_NONE)
		*ret_node = search->node;
	if (ret_why)
		*ret_why = search->why;
	return search->ask;
}

void search_answer(Search *search, Node node, Verdict verdict, bool clean)
{
	Record *record = &search->records[node];

	if (verdict == VERDICT_NONE)
		return;
	/* What an end has been, and who may be the same, shows in the state before the answer. */
	decide(search);
	if (!clean && (record->clean || record->verdict == VERDICT_SKIP))
		return;
	record->verdict = (guint8)verdict;
	record->clean = clean;
	g_array_append_val(search->answers, node);
	compare_candidates(search);
	search->decided = false;
}

guint search_candidates(Search *search)
{
	decide(search);
	return search->n_candidates;
}

guint search_steps_left(Search *search)
{
	g_autofree guint64 *weight = NULL;
	guint64 sum = 0;
	guint all;
	guint steps;

	decide(search);
	weight = weights(search);
	for (Node node = 0; node < graph_size(search->graph); node++)
		if (weigh_is_candidate(search->state[node]))
			sum += weight ? weight[node] : WEIGH_ONE;
	all = (guint)((sum + WEIGH_ONE - 1) / WEIGH_ONE);
	/* git's estimate_bisect_steps(): the mean over all culprits, rounded */
	if (all < 3)
		return 0;
	steps = (guint)g_bit_storage(all) - 1;
	return (1U << steps) < 3 * (all - (1U << steps)) ? steps : steps - 1;
}

GArray *search_suspects(Search *search)
{
	GArray *copy = g_array_new(FALSE, FALSE, sizeof(Node));

	decide(search);
	if (search->suspects->len > 0)
		g_array_append_vals(copy, search->suspects->data, search->suspects->len);
	return copy;
}

const char *search_reason(Search *search)
{
	decide(search);
	return search->reason;
}

bool search_masked(Search *search, Node *ret_bad, Node *ret_good)
{
	decide(search);
	if (search->masked_bad == NODE_NONE)
		return false;
	if (ret_bad)
		*ret_bad = search->masked_bad;
	if (ret_good)
		*ret_good = search->masked_good;
	return true;
}
