/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the noisy search tells about itself. */
#include "search/noisy_internal.h"
#include "search/weigh.h"

#include <math.h>

static int compare_leaders(gconstpointer a, gconstpointer b)
{
	const SearchLeader *x = a;
	const SearchLeader *y = b;

	if (x->probability != y->probability)
		return x->probability < y->probability ? 1 : -1;
	return x->node < y->node ? -1 : x->node > y->node;
}

GArray *noisy_leaders(NoisySearch *noisy, guint most)
{
	GArray *leaders = g_array_new(FALSE, FALSE, sizeof(SearchLeader));
	const double *probability;
	const Node *nodes;
	double sum = 0;
	guint keep = 0;
	guint n;

	noisy_decide(noisy);
	nodes = posterior_nodes(noisy->posterior, &n);
	probability = posterior_probabilities(noisy->posterior);
	for (guint i = 0; probability && i < n; i++) {
		SearchLeader leader = { nodes[i], probability[i] };

		if (probability[i] > 0)
			g_array_append_val(leaders, leader);
	}
	g_array_sort(leaders, compare_leaders);
	while (keep < leaders->len && keep < most && (keep < 2 || sum < 1 - noisy->delta))
		sum += g_array_index(leaders, SearchLeader, keep++).probability;
	g_array_set_size(leaders, keep);
	return leaders;
}

static int compare_nodes(gconstpointer a, gconstpointer b)
{
	Node x = *(const Node *)a;
	Node y = *(const Node *)b;

	return x < y ? -1 : x > y;
}

GArray *noisy_suspects(NoisySearch *noisy)
{
	g_autoptr(GArray) leaders = noisy_leaders(noisy, G_MAXUINT);
	GArray *nodes = g_array_new(FALSE, FALSE, sizeof(Node));

	for (guint i = 0; i < leaders->len; i++)
		g_array_append_val(nodes, g_array_index(leaders, SearchLeader, i).node);
	g_array_sort(nodes, compare_nodes);
	return nodes;
}

guint noisy_tests(const NoisySearch *noisy)
{
	const GArray *asked = ledger_asked(noisy->ledger);
	guint tests = 0;

	for (guint i = 0; i < asked->len; i++) {
		Samples own = ledger_own(noisy->ledger, g_array_index(asked, Node, i));

		tests += own.bad + own.good;
	}
	return tests;
}

Samples noisy_samples(const NoisySearch *noisy, Node node)
{
	return ledger_all(noisy->ledger, node);
}

/* The answers that are bad ones' if the likeliest culprit is right. */
static Samples of_bad(NoisySearch *noisy)
{
	Samples none = { 0 };
	Node best;

	noisy_decide(noisy);
	best = posterior_best(noisy->posterior, NULL);
	return best == NODE_NONE ? none : posterior_of_bad(noisy->posterior, best);
}

double noisy_rate(NoisySearch *noisy)
{
	Samples of_good = { 0 };
	Node best;

	if (noisy->spec.noise.fp >= 0)
		return noise_shows(&noisy->spec.noise, of_bad(noisy));
	noisy_decide(noisy);
	best = posterior_best(noisy->posterior, NULL);
	if (best != NODE_NONE)
		of_good = posterior_of_good(noisy->posterior, best);
	return 1 - noise_lies(&noisy->spec.noise, of_good);
}

guint noisy_odd_answers(NoisySearch *noisy)
{
	Samples bad = of_bad(noisy);
	const GArray *asked = ledger_asked(noisy->ledger);
	guint odd = bad.good;

	for (guint i = 0; i < asked->len; i++)
		odd += ledger_own(noisy->ledger, g_array_index(asked, Node, i)).bad;
	return odd - bad.bad;
}

guint noisy_candidates(NoisySearch *noisy)
{
	noisy_decide(noisy);
	return noisy->n_candidates;
}

bool noisy_is_candidate(const NoisySearch *noisy, Node node)
{
	return weigh_is_candidate(noisy->state[node]);
}

guint noisy_steps_left(NoisySearch *noisy)
{
	g_autofree double *gains = NULL;
	double most = 0;
	guint n;

	noisy_decide(noisy);
	posterior_nodes(noisy->posterior, &n);
	gains = g_new(double, n + 1);
	posterior_gains(noisy->posterior, gains);
	for (guint i = 0; i < n; i++)
		most = MAX(most, gains[i]);
	return most > 0 ? (guint)ceil(MIN(posterior_entropy(noisy->posterior) / most, 1e6)) : 0;
}

SearchTrouble noisy_trouble(NoisySearch *noisy)
{
	noisy_decide(noisy);
	return noisy->trouble;
}

SearchElsewhere noisy_elsewhere(NoisySearch *noisy)
{
	noisy_decide(noisy);
	return noisy->elsewhere;
}
