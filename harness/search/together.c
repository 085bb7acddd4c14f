/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several tests at the same time. */
#include "search/internal.h"
#include "search/near.h"
#include "search/noisy_internal.h"
#include "search/weigh.h"

/* By place: the chance of an answer, 0 for what may not be asked. */
static double *chances(const Posterior *posterior, const guint8 *state, const double *testable)
{
	guint n;
	const Node *nodes = posterior_nodes(posterior, &n);
	double *chance = g_new(double, n + 1);

	for (guint i = 0; i < n; i++)
		chance[i] = state[nodes[i]] == WEIGH_OPEN || state[nodes[i]] == WEIGH_KNOWN
				    ? testable[nodes[i]]
				    : 0;
	return chance;
}

static GArray *single(Node node)
{
	GArray *nodes = g_array_new(FALSE, FALSE, sizeof(Node));

	g_array_append_val(nodes, node);
	return nodes;
}

GArray *noisy_together(NoisySearch *noisy, guint k)
{
	guint size = graph_size(noisy->spec.graph);
	g_autofree double *testable = g_new(double, size);
	g_autofree double *chance = NULL;
	Node node = NODE_NONE;
	SearchAsk ask = noisy_next(noisy, &node, NULL);

	if (ask != SEARCH_TEST || posterior_index(noisy->posterior, node) == G_MAXUINT)
		return single(node);
	for (Node any = 0; any < size; any++)
		testable[any] = !ledger_skipped(noisy->ledger, any);
	chance = chances(noisy->posterior, noisy->state, testable);
	return posterior_choose_many(noisy->posterior, k, chance);
}

GArray *search_together(Search *search, guint k)
{
	static const Noise none = { 0 };
	guint size = graph_size(search->graph);
	g_autofree guint8 *set = NULL;
	g_autofree double *prior = NULL;
	g_autofree double *testable = NULL;
	g_autofree double *chance = NULL;
	g_autofree guint64 *weight = NULL;
	g_autoptr(Posterior) posterior = NULL;
	GArray *chosen;
	Node node = NODE_NONE;
	SearchWhy why;
	SearchAsk ask = search_next(search, &node, &why);

	if (search_doubts(search))
		return noisy_together(doubt_noisy(search->doubt), k);
	if (ask != SEARCH_TEST || why != REASON_NARROW || k < 2)
		return single(node);
	set = g_malloc(size);
	prior = g_new0(double, size);
	testable = g_new(double, size);
	weight = search_weights(search);
	near_testable(search->graph, search->held, testable);
	for (Node any = 0; any < size; any++) {
		set[any] = search->state[any] >= WEIGH_PASSAGE;
		if (weigh_is_candidate(search->state[any]))
			prior[any] = weight ? (double)weight[any] : 1;
	}
	posterior = posterior_new(search->graph, set, prior, &none);
	chance = chances(posterior, search->state, testable);
	chosen = posterior_choose_many(posterior, k, chance);
	if (chosen->len == 0)
		g_array_append_val(chosen, node);
	return chosen;
}
