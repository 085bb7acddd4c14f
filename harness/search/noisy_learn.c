/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the noisy search makes of its answers: two posteriors, with guesses and without. */
#include "search/noisy_internal.h"

#include "search/candidates.h"
#include "search/weigh.h"

/* What weighs before any answer: the caller's prior; with guesses, times how likely a commit
 * matters. */
static double *make_prior(const NoisySearch *noisy, const guint8 *state, bool guesses)
{
	guint size = graph_size(noisy->spec.graph);
	double *prior = g_new0(double, size);

	for (Node node = 0; node < size; node++) {
		double guess = 1;

		if (!weigh_is_candidate(state[node]))
			continue;
		if (!guesses || !noisy->oracle.graph_relevance(node, &guess, noisy->oracle.user))
			guess = 1;
		prior[node] = MAX(guess, 1e-9) * (noisy->prior ? noisy->prior[node] : 1);
	}
	return prior;
}

static void want(NoisySearch *noisy)
{
	for (Node node = 0; node < graph_size(noisy->spec.graph); node++) {
		guint n;
		const Node *parents = graph_parents(noisy->spec.graph, node, &n);

		if (!weigh_is_candidate(noisy->state[node]))
			continue;
		noisy->wanted[node] = 1;
		for (guint i = 0; i < n; i++)
			noisy->wanted[parents[i]] = 1;
	}
}

static Posterior *make_posterior(const NoisySearch *noisy, const guint8 *set, bool guesses)
{
	const GArray *asked = ledger_asked(noisy->ledger);
	g_autofree double *prior = make_prior(noisy, noisy->state, guesses);
	Posterior *posterior = posterior_new(noisy->spec.graph, set, prior, &noisy->spec.noise);

	for (guint i = 0; i < asked->len; i++) {
		Node node = g_array_index(asked, Node, i);

		posterior_add(posterior, node, ledger_own(noisy->ledger, node), 1);
	}
	return posterior;
}

void noisy_learn(NoisySearch *noisy)
{
	const Graph *graph = noisy->spec.graph;
	guint size = graph_size(graph);
	g_autofree guint8 *held = g_malloc0(size);
	g_autofree guint8 *set = g_malloc(size);

	for (guint i = 0; i < noisy->goods->len; i++)
		held[g_array_index(noisy->goods, Node, i)] = VERDICT_GOOD;
	noisy->n_candidates = candidates_find(graph, noisy->spec.bad, held, noisy->state, NULL);
	want(noisy);
	for (Node node = 0; node < size; node++)
		set[node] = noisy->state[node] >= WEIGH_PASSAGE;
	noisy->posterior = make_posterior(noisy, set, false);
	if (noisy->oracle.graph_relevance)
		noisy->guided = make_posterior(noisy, set, true);
	noisy->grown = true;
}

void noisy_add(NoisySearch *noisy, Node node, Samples samples, int sign)
{
	if (noisy->posterior)
		posterior_add(noisy->posterior, node, samples, sign);
	if (noisy->guided)
		posterior_add(noisy->guided, node, samples, sign);
}

void noisy_pool(NoisySearch *noisy)
{
	const GPtrArray *classes;

	noisy->grown = ledger_pool(noisy->ledger, noisy->wanted) || noisy->grown;
	if (!noisy->grown)
		return;
	noisy->grown = false;
	classes = ledger_classes(noisy->ledger);
	for (guint i = 0; i < classes->len; i++) {
		if (((const GArray *)classes->pdata[i])->len < 2)
			continue;
		posterior_join(noisy->posterior, classes->pdata[i]);
		if (noisy->guided)
			posterior_join(noisy->guided, classes->pdata[i]);
	}
}

bool noisy_drop(NoisySearch *noisy, Node node)
{
	const GArray *same = ledger_same(noisy->ledger, node);
	bool any = false;

	for (guint i = 0; i < (same ? same->len : 1); i++) {
		Node one = same ? g_array_index(same, Node, i) : node;
		Samples dropped = ledger_drop_unclean(noisy->ledger, one);

		noisy_add(noisy, one, dropped, -1);
		any = any || dropped.bad + dropped.good > 0;
	}
	return any;
}
