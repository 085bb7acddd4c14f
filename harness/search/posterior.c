/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The posterior over candidates, and what tests would say about it. */
#include "search/posterior.h"

#include "search/search.h"

#include <math.h>
#include <string.h>

/* Below this share of the likeliest a candidate is counted as 0: it cannot sway a choice. */
#define LOG_NEGLIGIBLE (-34.0)
/* A gain below this is rounding. */
#define LEAST_GAIN 1e-9

struct Posterior {
	const Graph *graph;
	Noise noise;
	Mass *mass;
	const Node *nodes;
	guint n;
	/* by place */
	double *log_prior;
	Samples *reached_by; /* answers of revisions that the candidate is an ancestor of */
	guint8 *excluded;
	double *probability;
	double *shows; /* how often bad shows if it is the culprit */
	double *lies;  /* and how often good answers bad then */
	double *work[2 * MASS_VECTORS];
	Samples total;
	bool fresh; /* probability and shows follow from the answers */
	bool any;   /* a candidate is left */
};

Posterior *posterior_new(const Graph *graph, const guint8 *set, const double *prior,
			 const Noise *noise)
{
	Posterior *posterior = g_new0(Posterior, 1);

	posterior->graph = graph;
	posterior->noise = *noise;
	posterior->mass = mass_new(graph, set);
	posterior->nodes = mass_nodes(posterior->mass, &posterior->n);
	posterior->log_prior = g_new0(double, posterior->n);
	for (guint i = 0; i < posterior->n && prior; i++)
		posterior->log_prior[i] = log(prior[posterior->nodes[i]]);
	posterior->reached_by = g_new0(Samples, posterior->n);
	posterior->excluded = g_new0(guint8, posterior->n);
	posterior->probability = g_new(double, posterior->n);
	posterior->shows = g_new(double, posterior->n);
	posterior->lies = g_new(double, posterior->n);
	for (guint i = 0; i < G_N_ELEMENTS(posterior->work); i++)
		posterior->work[i] = g_new(double, posterior->n);
	return posterior;
}

void posterior_free(Posterior *posterior)
{
	if (!posterior)
		return;
	mass_free(posterior->mass);
	g_free(posterior->log_prior);
	g_free(posterior->reached_by);
	g_free(posterior->excluded);
	g_free(posterior->probability);
	g_free(posterior->shows);
	g_free(posterior->lies);
	for (guint i = 0; i < G_N_ELEMENTS(posterior->work); i++)
		g_free(posterior->work[i]);
	g_free(posterior);
}

void posterior_add(Posterior *posterior, Node node, Samples samples, int sign)
{
	g_autofree guint8 *marks = g_malloc0(graph_size(posterior->graph));
	guint bad = sign < 0 ? -samples.bad : samples.bad;
	guint good = sign < 0 ? -samples.good : samples.good;

	graph_mark_ancestors(posterior->graph, node, marks, 1);
	for (guint i = 0; i < posterior->n; i++)
		if (marks[posterior->nodes[i]]) {
			posterior->reached_by[i].bad += bad;
			posterior->reached_by[i].good += good;
		}
	posterior->total.bad += bad;
	posterior->total.good += good;
	posterior->fresh = false;
}

/* Mark in bit 0 what some of the nodes reach. Nodes that are reached by others are left out. */
static GArray *mark_some(const Graph *graph, const GArray *nodes, guint8 *some)
{
	GArray *lowest = g_array_new(FALSE, FALSE, sizeof(Node));
	g_autofree guint8 *above = g_malloc0(graph_size(graph));
	g_autofree guint8 *member = g_malloc0(graph_size(graph));

	for (guint i = 0; i < nodes->len; i++)
		member[g_array_index(nodes, Node, i)] = some[g_array_index(nodes, Node, i)] = 1;
	for (Node node = graph_size(graph); node-- > 0;) {
		guint n;
		const Node *edges = graph_edges(graph, node, &n);

		for (guint i = 0; some[node] && i < n; i++)
			some[edges[i]] = 1;
	}
	for (Node node = 0; node < graph_size(graph); node++) {
		guint n;
		const Node *edges = graph_edges(graph, node, &n);

		for (guint i = 0; i < n; i++)
			above[node] |= above[edges[i]] | member[edges[i]];
		if (member[node] && !above[node])
			g_array_append_val(lowest, node);
	}
	return lowest;
}

/* Who reaches all members reaches the lowest of them, and the other way round. */
void posterior_join(Posterior *posterior, const GArray *nodes)
{
	guint size = graph_size(posterior->graph);
	g_autofree guint8 *some = g_malloc0(size);
	g_autofree guint8 *split = g_malloc0(size);
	g_autofree guint64 *from = g_new(guint64, size);
	g_autoptr(GArray) lowest = mark_some(posterior->graph, nodes, some);

	for (guint first = 0; first < lowest->len; first += 64) {
		guint here = MIN(lowest->len - first, 64);
		guint64 all = here == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << here) - 1;

		memset(from, 0, size * sizeof(*from));
		for (guint i = 0; i < here; i++)
			from[g_array_index(lowest, Node, first + i)] |= G_GUINT64_CONSTANT(1) << i;
		for (Node node = size; node-- > 0;) {
			guint n;
			const Node *edges = graph_edges(posterior->graph, node, &n);

			for (guint i = 0; i < n; i++)
				from[edges[i]] |= from[node];
			if (some[node] && from[node] != all)
				split[node] = 1;
		}
	}
	for (guint i = 0; i < posterior->n; i++)
		posterior->excluded[i] |= split[posterior->nodes[i]];
	posterior->fresh = false;
}

const Node *posterior_nodes(const Posterior *posterior, guint *ret_n)
{
	*ret_n = posterior->n;
	return posterior->nodes;
}

guint posterior_index(const Posterior *posterior, Node node)
{
	return mass_index(posterior->mass, node);
}

/* What counts of answers come to; there are few different ones. */
typedef struct {
	bool known;
	Samples of_bad;
	double log_likelihood;
	double shows;
	double lies;
} Likelihood;

#define LIKELIHOODS 512

static const Likelihood *likelihood_of(const Posterior *posterior, Samples of_bad,
				       Likelihood *likelihoods)
{
	Likelihood *found = &likelihoods[(of_bad.bad * 37 + of_bad.good) % LIKELIHOODS];
	Samples of_good = { posterior->total.bad - of_bad.bad,
			    posterior->total.good - of_bad.good };

	if (found->known && found->of_bad.bad == of_bad.bad && found->of_bad.good == of_bad.good)
		return found;
	*found = (Likelihood){ true, of_bad,
			       noise_log_bad(&posterior->noise, of_bad) +
				       noise_log_good(&posterior->noise, of_good),
			       noise_shows(&posterior->noise, of_bad),
			       noise_lies(&posterior->noise, of_good) };
	return found;
}

/* Logarithms, not normalised. Return: the greatest. */
static double fill_logs(Posterior *posterior)
{
	g_autofree Likelihood *likelihoods = g_new0(Likelihood, LIKELIHOODS);
	double most = -INFINITY;

	for (guint i = 0; i < posterior->n; i++) {
		const Likelihood *likelihood =
			likelihood_of(posterior, posterior->reached_by[i], likelihoods);

		posterior->shows[i] = likelihood->shows;
		posterior->lies[i] = likelihood->lies;
		posterior->probability[i] =
			posterior->excluded[i]
				? -INFINITY
				: posterior->log_prior[i] + likelihood->log_likelihood;
		most = MAX(most, posterior->probability[i]);
	}
	return most;
}

static void refresh(Posterior *posterior)
{
	double sum = 0;
	double most;

	if (posterior->fresh)
		return;
	posterior->fresh = true;
	most = fill_logs(posterior);
	posterior->any = most > -INFINITY;
	for (guint i = 0; i < posterior->n; i++) {
		double *p = &posterior->probability[i];

		*p = posterior->any && *p - most > LOG_NEGLIGIBLE ? exp(*p - most) : 0;
		sum += *p;
	}
	for (guint i = 0; i < posterior->n && posterior->any; i++)
		posterior->probability[i] /= sum;
}

const double *posterior_probabilities(Posterior *posterior)
{
	refresh(posterior);
	return posterior->any ? posterior->probability : NULL;
}

Samples posterior_of_bad(const Posterior *posterior, Node candidate)
{
	return posterior->reached_by[posterior_index(posterior, candidate)];
}

Samples posterior_of_good(const Posterior *posterior, Node candidate)
{
	Samples of_bad = posterior_of_bad(posterior, candidate);

	return (Samples){ posterior->total.bad - of_bad.bad, posterior->total.good - of_bad.good };
}

Node posterior_best(Posterior *posterior, double *ret_probability)
{
	guint best = 0;

	refresh(posterior);
	if (!posterior->any)
		return NODE_NONE;
	for (guint i = 1; i < posterior->n; i++)
		if (posterior->probability[i] > posterior->probability[best])
			best = i;
	if (ret_probability)
		*ret_probability = posterior->probability[best];
	return posterior->nodes[best];
}

double posterior_entropy(Posterior *posterior)
{
	double bits = 0;

	refresh(posterior);
	for (guint i = 0; i < posterior->n; i++)
		if (posterior->probability[i] > 0)
			bits -= posterior->probability[i] * log2(posterior->probability[i]);
	return bits;
}

/* Sums over the candidates that a node reaches: their weight, that times the rate that depends on
 * them, and that times the entropy of this rate. */
typedef struct {
	double q;
	double rate;
	double entropy;
} Below;

/* What a test says; @all: the same sums over all candidates. */
static double gain_of(const Noise *noise, Below below, Below all)
{
	double q = MIN(below.q, 1);
	double bad, known;

	if (noise->fp < 0) {
		bad = q * (1 - noise->fn) + all.rate - below.rate;
		known = q * noise_entropy(noise->fn) + all.entropy - below.entropy;
	} else {
		bad = (noise->fn < 0 ? below.rate : q * (1 - noise->fn)) + (1 - q) * noise->fp;
		known = (noise->fn < 0 ? below.entropy : q * noise_entropy(noise->fn)) +
			(1 - q) * noise_entropy(noise->fp);
	}
	return noise_entropy(bad) - known;
}

/* Weights, and where a rate is not known, what it makes of them. Return: their sums. */
static Below fill_own(Posterior *posterior, const double *weight, double total, bool learned)
{
	const double *rate = posterior->noise.fp < 0 ? posterior->lies : posterior->shows;
	double **own = posterior->work;
	double last = -1;
	double h_last = 0;
	Below all = { 1, 0, 0 };

	for (guint i = 0; i < posterior->n; i++) {
		own[0][i] = weight[i] / total;
		if (!learned)
			continue;
		if (rate[i] != last)
			h_last = noise_entropy(last = rate[i]);
		own[1][i] = own[0][i] * last;
		own[2][i] = own[0][i] * h_last;
		all.rate += own[1][i];
		all.entropy += own[2][i];
	}
	return all;
}

/* Add to @gains what a test says where candidate i weighs weight[i], all together @total. */
static void add_gains(Posterior *posterior, const double *weight, double total, double *gains)
{
	const Noise *noise = &posterior->noise;
	bool learned = noise->fn < 0 || noise->fp < 0;
	double **sums = posterior->work + MASS_VECTORS;
	Below all = fill_own(posterior, weight, total, learned);
	Below last = { -1, -1, -1 };
	double gain = 0;

	mass_below(posterior->mass, learned ? 3 : 1,
		   (const double *const *)(gpointer)posterior->work, sums);
	for (guint i = 0; i < posterior->n; i++) {
		Below below = { sums[0][i], learned ? sums[1][i] : 0, learned ? sums[2][i] : 0 };

		if (below.q != last.q || below.rate != last.rate || below.entropy != last.entropy) {
			gain = gain_of(noise, below, all);
			last = below;
		}
		gains[i] += total * MAX(gain, 0);
	}
}

void posterior_gains(Posterior *posterior, double *gains)
{
	refresh(posterior);
	memset(gains, 0, posterior->n * sizeof(*gains));
	if (posterior->any)
		add_gains(posterior, posterior->probability, 1, gains);
}

/* Split a weighing by the answers of a further test: the bad half in place, the good one new. */
static double *split_by_answer(const Posterior *posterior, double *weight, const guint8 *marks)
{
	double *good = g_new(double, posterior->n);

	for (guint i = 0; i < posterior->n; i++) {
		double bad = marks[posterior->nodes[i]] ? posterior->shows[i] : posterior->lies[i];

		good[i] = weight[i] * (1 - bad);
		weight[i] *= bad;
	}
	return good;
}

static double sum_of(const double *weight, guint n)
{
	double sum = 0;

	for (guint i = 0; i < n; i++)
		sum += weight[i];
	return sum;
}

static guint best_of(const Posterior *posterior, const double *gains, const double *testable)
{
	guint best = G_MAXUINT;
	double most = LEAST_GAIN;

	for (guint i = 0; i < posterior->n; i++) {
		double worth = gains[i] * (testable ? testable[i] : 1);

		if (worth > most) {
			most = worth;
			best = i;
		}
	}
	return best;
}

GArray *posterior_choose_many(Posterior *posterior, guint k, const double *testable)
{
	GArray *chosen = g_array_new(FALSE, FALSE, sizeof(Node));
	g_autoptr(GPtrArray) cases = g_ptr_array_new_with_free_func(g_free);
	g_autofree double *gains = g_new(double, posterior->n);

	refresh(posterior);
	g_ptr_array_add(cases, g_memdup2(posterior->probability,
					 posterior->n * sizeof(*posterior->probability)));
	while (posterior->any && chosen->len < MIN(k, SEARCH_TOGETHER_MAX)) {
		g_autofree guint8 *marks = g_malloc0(graph_size(posterior->graph));
		guint n_cases = cases->len;
		guint best;

		memset(gains, 0, posterior->n * sizeof(*gains));
		for (guint i = 0; i < n_cases; i++) {
			double total = sum_of(cases->pdata[i], posterior->n);

			if (total > LEAST_GAIN)
				add_gains(posterior, cases->pdata[i], total, gains);
		}
		best = best_of(posterior, gains, testable);
		if (best == G_MAXUINT)
			break;
		g_array_append_val(chosen, posterior->nodes[best]);
		graph_mark_ancestors(posterior->graph, posterior->nodes[best], marks, 1);
		for (guint i = 0; i < n_cases; i++)
			g_ptr_array_add(cases, split_by_answer(posterior, cases->pdata[i], marks));
	}
	return chosen;
}
