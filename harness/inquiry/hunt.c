/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One search over one range: between node numbers and commits, or commits merged in memory. */
#include "inquiry/internal.h"

#include <math.h>
#include <string.h>

/* No commit alone puts all others' work out of sight. */
#define ALL_BUT_ALL 0.99

/* Of a test for which nothing is compiled. It is less, but what such a test leaves open others are
 * built for: where all would take the same it must say more than this share of what the best says.
 */
#define READY_SHARE 0.5

static bool same(Node a, Node b, void *user)
{
	const Hunt *hunt = user;
	const InquirySpec *spec = hunt->inquiry->spec;

	return !hunt->merged && spec->same(hunt_id(hunt, a), hunt_id(hunt, b), spec->user);
}

/* All that cannot matter weigh together half as much as one commit that may. */
static bool relevance(Node node, double *ret_weight, void *user)
{
	const Hunt *hunt = user;
	const InquirySpec *spec = hunt->inquiry->spec;
	double weight = spec->relevance ? spec->relevance(hunt_id(hunt, node), spec->user) : 1.0;

	if (spec->matters && !hunt->merged && !spec->matters(hunt_id(hunt, node), spec->user))
		weight *= 0.5 / (double)MAX(1, graph_size(hunt->range->graph));
	*ret_weight = weight;
	return true;
}

static SearchOracle oracle_of(Hunt *hunt)
{
	const InquirySpec *spec = hunt->inquiry->spec;
	bool weighs = spec->relevance || spec->matters;

	return (SearchOracle){ spec->same ? same : NULL, weighs ? relevance : NULL, hunt };
}

Hunt *hunt_new(Inquiry *inquiry, RepoRange *range, bool trust_ends)
{
	Hunt *hunt = g_new0(Hunt, 1);
	SearchOracle oracle;

	hunt->inquiry = inquiry;
	hunt->range = range;
	hunt->built = g_array_new(FALSE, FALSE, sizeof(Node));
	oracle = oracle_of(hunt);
	hunt->search =
		search_new(range->graph, range->bad, (const Node *)(const void *)range->goods->data,
			   range->goods->len, trust_ends, &oracle);
	search_set_bases(hunt->search, (const Node *)(const void *)range->bases->data,
			 range->bases->len);
	return hunt;
}

Hunt *hunt_new_above(Inquiry *inquiry, RepoRange *range, const RepoId *root)
{
	g_autoptr(Hunt) hunt = g_new0(Hunt, 1);
	Node good = 0;
	Node from = repo_range_find(range, root);
	SearchOracle oracle;
	Node bad;

	hunt->inquiry = inquiry;
	hunt->range = range;
	if (from == NODE_NONE)
		return NULL;
	hunt->part = graph_above(range->graph, from, &hunt->nodes);
	bad = hunt_find(hunt, &g_array_index(range->ids, RepoId, range->bad));
	if (bad == NODE_NONE || bad == good)
		return NULL;
	oracle = oracle_of(hunt);
	hunt->search = search_new(hunt->part, bad, &good, 1, true, &oracle);
	return g_steal_pointer(&hunt);
}

/*
 * What the commits up to each leave of a kernel uncompiled is multiplied; kept as its logarithm, so
 * that of any two nodes the difference says what those between leave. By their order in the graph:
 * near ones are near in time at least. Those that are no candidates any more are left out: what
 * they change, all that is still asked about has alike.
 */
static void measure(Hunt *hunt)
{
	const InquirySpec *spec = hunt->inquiry->spec;
	guint size = graph_size(hunt->range->graph);
	g_autofree double *depth = NULL;
	double sum = 0;

	if (hunt->depth || !spec->work || search_candidates(hunt->search) > spec->work_max)
		return;
	depth = g_new(double, size);
	for (Node node = 0; node < size; node++) {
		double work = search_is_candidate(hunt->search, node)
				      ? spec->work(hunt_id(hunt, node), spec->user)
				      : 0;

		if (work < 0)
			return;
		sum -= log1p(-MIN(work, ALL_BUT_ALL));
		depth[node] = sum;
	}
	hunt->depth = g_steal_pointer(&depth);
	/* what was learned was of another scale */
	hunt->inquiry->price = (PriceModel){ .prior = PRICE_OF_SHARE };
}

/* The share of the kernel that is to be compiled, coming from the nearest that was built: the
 * compiler's cache has what any of them had. Else commits between. */
static double far_of(const Hunt *hunt, Node node)
{
	double least = G_MAXDOUBLE;

	for (guint i = 0; i < hunt->built->len; i++) {
		Node built = g_array_index(hunt->built, Node, i);
		double far = hunt->depth ? fabs(hunt->depth[node] - hunt->depth[built])
					 : (double)MAX(node, built) - (double)MIN(node, built);

		least = MIN(least, far);
	}
	return hunt->depth ? 1 - exp(-least) : price_distance((guint)least);
}

static bool is_ready(const Hunt *hunt, Node node)
{
	const InquirySpec *spec = hunt->inquiry->spec;

	return hunt->few && spec->ready && spec->ready(hunt_id(hunt, node), spec->user);
}

static double cost(Node node, void *user)
{
	const Hunt *hunt = user;
	bool ready = is_ready(hunt, node);
	double far = ready || !hunt->built->len ? 0 : far_of(hunt, node);
	double seconds = hunt->built->len ? price_guess(&hunt->inquiry->price, far) : 1;

	return ready ? seconds * READY_SHARE : seconds;
}

void hunt_price(Hunt *hunt)
{
	hunt->inquiry->price.prior = PRICE_OF_DISTANCE;
	search_set_cost(hunt->search, cost, hunt);
}

void inquiry_took(Inquiry *inquiry, const RepoId *id, double seconds)
{
	Hunt *hunt = inquiry->main;
	Node node = hunt ? hunt_find(hunt, id) : NODE_NONE;

	if (node == NODE_NONE || !inquiry->spec->price)
		return;
	measure(hunt);
	if (hunt->built->len)
		price_learn(&inquiry->price, far_of(hunt, node), seconds);
	g_array_append_val(hunt->built, node);
}

void hunt_free(Hunt *hunt)
{
	if (!hunt)
		return;
	search_free(hunt->search);
	repo_range_free(hunt->range);
	graph_free(hunt->part);
	g_clear_pointer(&hunt->nodes, g_array_unref);
	g_clear_pointer(&hunt->built, g_array_unref);
	g_free(hunt->depth);
	g_free(hunt->old);
	g_free(hunt->told);
	g_free(hunt);
}

void hunt_merge(Hunt *hunt, const RepoId *base)
{
	hunt->merged = true;
	hunt->base = *base;
	hunt->old = g_malloc0(graph_size(hunt->range->graph));
	hunt->told = g_new0(guint, graph_size(hunt->range->graph));
	graph_mark_ancestors(hunt->range->graph, hunt_find(hunt, base), hunt->old, 1);
}

const RepoId *hunt_id(const Hunt *hunt, Node node)
{
	if (hunt->nodes)
		node = g_array_index(hunt->nodes, Node, node);
	return &g_array_index(hunt->range->ids, RepoId, node);
}

Node hunt_find(const Hunt *hunt, const RepoId *id)
{
	Node node = repo_range_find(hunt->range, id);
	guint lo = 0;
	guint hi = hunt->nodes ? hunt->nodes->len : 0;

	if (!hunt->nodes || node == NODE_NONE)
		return node;
	/* Both are in the same order. */
	while (lo < hi) {
		guint mid = lo + (hi - lo) / 2;

		if (g_array_index(hunt->nodes, Node, mid) < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < hunt->nodes->len && g_array_index(hunt->nodes, Node, lo) == node ? lo
										     : NODE_NONE;
}

static Verdict turned(const Hunt *hunt, Verdict state)
{
	if (!hunt->inverted || state == VERDICT_SKIP || state == VERDICT_NONE)
		return state;
	return state == VERDICT_GOOD ? VERDICT_BAD : VERDICT_GOOD;
}

static void tell(Hunt *hunt, Node node, const Answer *answer)
{
	if (answer->other)
		search_forget_unclean(hunt->search, node);
	search_answer(hunt->search, node, turned(hunt, answer->state), answer->clean);
}

/* All that is known so far, also from before this search. */
static void feed(Hunt *hunt)
{
	const GArray *answers = hunt->inquiry->answers;

	for (; hunt->fed < hunt->inquiry->seen; hunt->fed++) {
		const Answer *answer = &g_array_index(answers, Answer, hunt->fed);
		Node node = hunt->merged ? NODE_NONE : hunt_find(hunt, &answer->id);

		if (node != NODE_NONE)
			tell(hunt, node, answer);
	}
}

/*
 * What stands for a node where nodes are merged. A merge that gives the tree of the merge that is
 * looked into is that one.
 */
static bool merge_node(Hunt *hunt, Node node, RepoId *ret_id, bool *ret_conflict, GError **error)
{
	const Inquiry *inquiry = hunt->inquiry;
	const InquirySpec *spec = inquiry->spec;
	RepoId ours, known;

	if (!spec->merge(&hunt->base, hunt_id(hunt, node), ret_id, ret_conflict, spec->user, error))
		return false;
	if (*ret_conflict)
		return true;
	if (!repo_tree_id(spec->repo, ret_id, &ours, error) ||
	    !repo_tree_id(spec->repo, &inquiry->merge, &known, error))
		return false;
	if (strcmp(ours.hex, known.hex) == 0)
		*ret_id = inquiry->merge;
	return true;
}

/* The next answer about the merge that stands for a node. Return: whether there was one. */
static bool tell_merged(Hunt *hunt, Node node, const RepoId *id)
{
	const Inquiry *inquiry = hunt->inquiry;
	guint n = 0;

	for (guint i = 0; i < inquiry->seen; i++) {
		const Answer *answer = &g_array_index(inquiry->answers, Answer, i);

		if (strcmp(answer->id.hex, id->hex) != 0 || n++ < hunt->told[node])
			continue;
		hunt->told[node]++;
		tell(hunt, node, answer);
		return true;
	}
	return false;
}

/* Answer for a merged node what needs no test. Return: whether it was answered. */
static bool answer_merged(Hunt *hunt, Node node, RepoId *ret_id, bool *ret_answered, GError **error)
{
	bool conflict = false;

	*ret_answered = true;
	if (hunt->old[node]) {
		search_answer(hunt->search, node, VERDICT_GOOD, true);
		return true;
	}
	if (!merge_node(hunt, node, ret_id, &conflict, error))
		return false;
	if (conflict) {
		search_answer(hunt->search, node, VERDICT_SKIP, true);
		return true;
	}
	*ret_answered = tell_merged(hunt, node, ret_id);
	return true;
}

bool hunt_next(Hunt *hunt, SearchAsk *ret_ask, RepoId *ret_id, Node *ret_node, SearchWhy *ret_why,
	       GError **error)
{
	for (;;) {
		bool answered = false;

		feed(hunt);
		*ret_node = NODE_NONE;
		*ret_ask = search_next(hunt->search, ret_node, ret_why);
		hunt->few = search_candidates(hunt->search) <= hunt->inquiry->spec->work_max;
		if (*ret_node != NODE_NONE)
			*ret_id = *hunt_id(hunt, *ret_node);
		if (!hunt->merged || (*ret_ask != SEARCH_TEST && *ret_ask != SEARCH_CONFIRM))
			return true;
		if (!answer_merged(hunt, *ret_node, ret_id, &answered, error))
			return false;
		if (!answered)
			return true;
	}
}
