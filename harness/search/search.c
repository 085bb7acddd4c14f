/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search: its answers, and what callers see of it. All it keeps is the answers; what to do
 * next is worked out of them anew after each (decide.c), so that an answer turned round by a
 * clean build needs no undoing.
 */
#include "search/internal.h"
#include "search/weigh.h"

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
	search->bases = g_array_new(FALSE, FALSE, sizeof(Node));
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
	return search;
}

void search_free(Search *search)
{
	if (!search)
		return;
	g_array_unref(search->goods);
	g_array_unref(search->bases);
	g_free(search->records);
	g_array_unref(search->answers);
	g_free(search->held);
	g_free(search->state);
	g_array_unref(search->suspects);
	doubt_free(search->doubt);
	g_free(search);
}

void search_set_cost(Search *search, double (*cost)(Node node, void *user), void *user)
{
	search->cost = cost;
	search->cost_user = user;
}

void search_set_doubt(Search *search, const SearchDoubt *doubt)
{
	search->doubt = doubt_new(search, doubt);
}

/* The noisy search, where answers are doubted. */
static NoisySearch *noisy_of(Search *search)
{
	return search->doubt ? doubt_noisy(search->doubt) : NULL;
}

void search_set_bases(Search *search, const Node *bases, guint n_bases)
{
	if (n_bases > 0)
		g_array_append_vals(search->bases, bases, n_bases);
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

bool search_is_clean(const Search *search, Node node)
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

/* Others than candidates and their parents do not matter now; they are compared when they do. */
bool search_compare(Search *search)
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

void search_hold(Search *search)
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

guint64 *search_weights(const Search *search)
{
	guint64 *weight;

	if (!search->oracle.graph_relevance)
		return graph_has_passages(search->graph)
			       ? weigh_units(search->state, graph_size(search->graph))
			       : NULL;
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

SearchAsk search_next(Search *search, Node *ret_node, SearchWhy *ret_why)
{
	Node node;
	SearchWhy why;
	SearchAsk ask;

	if (!noisy_of(search))
		search_decide(search);
	ask = search->ask;
	node = noisy_of(search) ? NODE_NONE : search->node;
	why = search->why;
	if (search->doubt)
		ask = doubt_next(search->doubt, &node, &why);
	if (ret_node && node != NODE_NONE)
		*ret_node = node;
	if (ret_why)
		*ret_why = why;
	return ask;
}

void search_answer(Search *search, Node node, Verdict verdict, bool clean)
{
	Record *record = &search->records[node];
	bool known = search_label(search, node) != VERDICT_NONE;

	if (verdict == VERDICT_NONE)
		return;
	if (search->doubt && doubt_answer(search->doubt, node, verdict, clean))
		return;
	/*
	 * What an end has been, and who may be the same, shows in the state before the answer. A
	 * thousand skips at once need not each have a decision worked out for them.
	 */
	if (known || (search->oracle.graph_same && verdict != VERDICT_SKIP))
		search_decide(search);
	if (!clean && (record->clean || record->verdict == VERDICT_SKIP))
		return;
	record->verdict = (guint8)verdict;
	record->clean = clean;
	g_array_append_val(search->answers, node);
	if (search->decided)
		search_compare(search);
	search->decided = false;
}

/* Where answers are believed, the clean one takes the place of what was known. */
void search_forget_unclean(Search *search, Node node)
{
	if (search->doubt)
		doubt_forget_unclean(search->doubt, node);
}

guint search_candidates(Search *search)
{
	if (noisy_of(search))
		return noisy_candidates(noisy_of(search));
	search_decide(search);
	return search->n_candidates;
}

bool search_is_candidate(Search *search, Node node)
{
	return noisy_of(search) ? noisy_is_candidate(noisy_of(search), node)
				: weigh_is_candidate(search->state[node]);
}

guint search_steps_left(Search *search)
{
	g_autofree guint64 *weight = NULL;
	guint64 sum = 0;
	guint all;
	guint steps;

	if (noisy_of(search))
		return noisy_steps_left(noisy_of(search));
	search_decide(search);
	weight = search_weights(search);
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
	GArray *copy;

	if (noisy_of(search))
		return noisy_suspects(noisy_of(search));
	copy = g_array_new(FALSE, FALSE, sizeof(Node));
	search_decide(search);
	if (search->suspects->len > 0)
		g_array_append_vals(copy, search->suspects->data, search->suspects->len);
	return copy;
}

SearchElsewhere search_elsewhere(Search *search)
{
	if (noisy_of(search))
		return noisy_elsewhere(noisy_of(search));
	search_decide(search);
	return search->elsewhere;
}

SearchTrouble search_trouble(Search *search)
{
	if (noisy_of(search))
		return noisy_trouble(noisy_of(search));
	search_decide(search);
	return search->trouble;
}

bool search_certainty(Search *search, SearchCertainty *ret_certainty)
{
	NoisySearch *noisy = noisy_of(search);

	if (!noisy)
		return false;
	*ret_certainty = (SearchCertainty){
		.leaders = noisy_leaders(noisy, SEARCH_LEADERS),
		.rate = noisy_rate(noisy),
		.odd = noisy_odd_answers(noisy),
		.tests = noisy_tests(noisy),
	};
	return true;
}

bool search_doubts(Search *search)
{
	return noisy_of(search) != NULL;
}

void search_certainty_clear(SearchCertainty *certainty)
{
	g_clear_pointer(&certainty->leaders, g_array_unref);
}

static int compare_ranks(gconstpointer a, gconstpointer b)
{
	const SearchRank *x = a;
	const SearchRank *y = b;

	if (x->distance != y->distance)
		return x->distance > y->distance ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

GArray *search_ranking(Search *search)
{
	GArray *ranks = g_array_new(FALSE, FALSE, sizeof(SearchRank));
	guint size = graph_size(search->graph);
	g_autofree guint8 *set = g_malloc(size + 1);
	g_autofree guint64 *below = g_new(guint64, size + 1);
	g_autofree guint64 *units = NULL;
	guint64 total;

	search_decide(search);
	units = weigh_units(search->state, size);
	for (Node node = 0; node < size; node++)
		set[node] = search->state[node] >= WEIGH_PASSAGE;
	total = weigh_below(search->graph, set, units, below);
	for (Node node = 0; node < size; node++) {
		SearchRank rank = { node, 0 };

		if (search->state[node] != WEIGH_OPEN && search->state[node] != WEIGH_KNOWN)
			continue;
		rank.distance = (guint)(MIN(below[node], total - below[node]) / WEIGH_ONE);
		g_array_append_val(ranks, rank);
	}
	g_array_sort(ranks, compare_ranks);
	return ranks;
}
