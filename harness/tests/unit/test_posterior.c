/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The posterior and its gains, against sums over everything that can be. */
#include "search/posterior.h"

#include "simulate.h"

#include <math.h>
#include <string.h>

#define NODES 24
#define TESTS 8

/* A small case: a graph whose first node is good, some answers, a prior. */
typedef struct {
	GRand *rand;
	Graph *graph;
	Noise noise;
	guint8 set[NODES];
	double prior[NODES];
	Node tested[TESTS];
	Samples samples[TESTS];
	Posterior *posterior;
} Play;

static void play_clear(Play *play)
{
	posterior_free(play->posterior);
	graph_free(play->graph);
	g_rand_free(play->rand);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Play, play_clear)

static void play_start(Play *play, guint32 seed)
{
	play->rand = g_rand_new_with_seed(seed);
	play->graph = simulate_random(play->rand, NODES);
	play->noise = seed % 4 == 0   ? noise_init(0.05, NOISE_UNKNOWN, 0.3)
		      : seed % 4 == 1 ? noise_init(0.1, 0.3, 0)
		      : seed % 4 == 2 ? noise_init(0, NOISE_UNKNOWN, 0)
				      : noise_init(NOISE_UNKNOWN, 0.05, 0.3);
	for (Node node = 0; node < NODES; node++) {
		play->set[node] = node > 0;
		play->prior[node] = g_rand_double_range(play->rand, 0.1, 3);
	}
	play->posterior = posterior_new(play->graph, play->set, play->prior, &play->noise);
	for (guint i = 0; i < TESTS; i++) {
		play->tested[i] = (Node)g_rand_int_range(play->rand, 0, NODES);
		play->samples[i].bad = (guint)g_rand_int_range(play->rand, 0, 3);
		play->samples[i].good = (guint)g_rand_int_range(play->rand, 0, 3);
		posterior_add(play->posterior, play->tested[i], play->samples[i], 1);
	}
}

/* P(the answers | c), with the unknown rate summed over a fine grid. */
static double likelihood(const Play *play, Node culprit, Node extra, Samples more)
{
	g_autofree guint8 *bad = simulate_truth(play->graph, culprit);
	Samples of_bad = { 0 };
	Samples of_good = { 0 };
	const int steps = 4000;
	bool turned = play->noise.fp < 0;
	double fixed = turned ? play->noise.fn : play->noise.fp;
	double sum = 0;

	for (guint i = 0; i <= TESTS; i++) {
		Node node = i < TESTS ? play->tested[i] : extra;
		Samples samples = i < TESTS ? play->samples[i] : more;
		Samples *into = bad[node] ? &of_bad : &of_good;

		into->bad += samples.bad;
		into->good += samples.good;
	}
	if (turned) { /* good and bad change places, on both sides */
		Samples keep = of_bad;

		of_bad = (Samples){ of_good.good, of_good.bad };
		of_good = (Samples){ keep.good, keep.bad };
	} else if (play->noise.fn >= 0) {
		sum = pow(1 - play->noise.fn, of_bad.bad) * pow(play->noise.fn, of_bad.good);
	}
	for (int i = 0; (turned || play->noise.fn < 0) && i < steps; i++) {
		double r = (i + 0.5) / steps;

		sum += (1 - play->noise.steady) / steps * pow(r, of_bad.bad) *
		       pow(1 - r, of_bad.good);
	}
	if (turned || play->noise.fn < 0)
		sum += play->noise.steady * pow(1 - NOISE_FLOOR, of_bad.bad) *
		       pow(NOISE_FLOOR, of_bad.good);
	return sum * pow(fixed, of_good.bad) * pow(1 - fixed, of_good.good);
}

/* Unnormalised: prior and likelihood of each candidate. */
static double weigh_all(const Play *play, Node extra, Samples more, double *weight)
{
	double sum = 0;

	for (Node node = 1; node < NODES; node++)
		sum += weight[node] = play->prior[node] * likelihood(play, node, extra, more);
	return sum;
}

static void test_probabilities(void)
{
	for (guint32 seed = 0; seed < 60; seed++) {
		g_auto(Play) play = { 0 };
		double weight[NODES];
		const double *got;
		double sum;
		guint n;

		play_start(&play, seed);
		sum = weigh_all(&play, 0, (Samples){ 0 }, weight);
		got = posterior_probabilities(play.posterior);
		posterior_nodes(play.posterior, &n);
		g_assert_cmpuint(n, ==, NODES - 1);
		for (guint i = 0; i < n; i++)
			g_assert_cmpfloat_with_epsilon(got[i], weight[i + 1] / sum, 2e-5);
	}
}

/* I(answer; culprit), from the joint distribution written out. */
static double information(const Play *play, Node node)
{
	double none[NODES], with_bad[NODES], with_good[NODES];
	double sum = weigh_all(play, 0, (Samples){ 0 }, none);
	double bad = weigh_all(play, node, (Samples){ 1, 0 }, with_bad);
	double good = weigh_all(play, node, (Samples){ 0, 1 }, with_good);
	double bits = 0;

	g_assert_cmpfloat_with_epsilon(bad + good, sum, 1e-9 * sum);
	for (Node c = 1; c < NODES; c++) {
		if (with_bad[c] > 0)
			bits += with_bad[c] / sum *
				log2(with_bad[c] / sum / (none[c] / sum * bad / sum));
		if (with_good[c] > 0)
			bits += with_good[c] / sum *
				log2(with_good[c] / sum / (none[c] / sum * good / sum));
	}
	return bits;
}

static void test_gains(void)
{
	for (guint32 seed = 0; seed < 30; seed++) {
		g_auto(Play) play = { 0 };
		double gains[NODES];
		double best = 0;
		guint chosen = 0;

		play_start(&play, seed);
		posterior_gains(play.posterior, gains);
		for (guint i = 0; i < NODES - 1; i++) {
			double bits = information(&play, i + 1);

			g_assert_cmpfloat_with_epsilon(gains[i], bits, 1e-4);
			best = MAX(best, bits);
			chosen = gains[i] > gains[chosen] ? i : chosen;
		}
		g_assert_cmpfloat(information(&play, chosen + 1), >=, best - 1e-4);
	}
}

/* Answers that are taken back leave nothing behind. */
static void test_take_back(void)
{
	g_auto(Play) play = { 0 };
	double before[NODES];

	play_start(&play, 5);
	memcpy(before, posterior_probabilities(play.posterior), (NODES - 1) * sizeof(double));
	posterior_add(play.posterior, 9, (Samples){ 3, 1 }, 1);
	g_assert_cmpfloat(fabs(posterior_probabilities(play.posterior)[8] - before[8]), >, 1e-6);
	posterior_add(play.posterior, 9, (Samples){ 3, 1 }, -1);
	for (guint i = 0; i < NODES - 1; i++)
		g_assert_cmpfloat(posterior_probabilities(play.posterior)[i], ==, before[i]);
}

/* Same kernels: whoever is an ancestor of one and not of the other has no chance left. */
static void test_join(void)
{
	for (guint32 seed = 0; seed < 60; seed++) {
		g_auto(Play) play = { 0 };
		g_autoptr(GArray) same = g_array_new(FALSE, FALSE, sizeof(Node));
		double weight[NODES];
		const double *got;
		double sum = 0;

		play_start(&play, seed);
		for (guint i = 0; i < 2 + seed % 3; i++) {
			Node node = (Node)g_rand_int_range(play.rand, 1, NODES);

			g_array_append_val(same, node);
		}
		weigh_all(&play, 0, (Samples){ 0 }, weight);
		for (Node c = 1; c < NODES; c++) {
			g_autofree guint8 *bad = simulate_truth(play.graph, c);
			guint n = 0;

			for (guint i = 0; i < same->len; i++)
				n += bad[g_array_index(same, Node, i)];
			if (n != 0 && n != same->len)
				weight[c] = 0;
			sum += weight[c];
		}
		posterior_join(play.posterior, same);
		got = posterior_probabilities(play.posterior);
		if (sum == 0)
			g_assert_null(got);
		for (Node c = 1; c < NODES && sum > 0; c++)
			g_assert_cmpfloat_with_epsilon(got[c - 1], weight[c] / sum, 2e-5);
	}
}

/* Sums over ancestors on graphs with more pieces than one pass holds. */
static void test_mass(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);

	for (guint round = 0; round < 6; round++) {
		guint size = 1500;
		g_autoptr(Graph) graph =
			round % 2 ? simulate_kernel(rand, size) : simulate_random(rand, size);
		g_autofree guint8 *set = g_malloc(size);
		g_autoptr(Mass) mass = NULL;
		double *own[MASS_VECTORS], *below[MASS_VECTORS];
		const Node *nodes;
		guint n;

		for (Node node = 0; node < size; node++)
			set[node] = node > 20;
		mass = mass_new(graph, set);
		nodes = mass_nodes(mass, &n);
		for (guint v = 0; v < MASS_VECTORS; v++) {
			own[v] = g_new0(double, n);
			below[v] = g_new0(double, n);
			for (guint i = 0; i < n; i++)
				own[v][i] = round < 2 || g_rand_int_range(rand, 0, 20) == 0
						    ? g_rand_double(rand)
						    : 0;
		}
		mass_below(mass, MASS_VECTORS, (const double *const *)own, below);
		for (guint i = 0; i < n; i += 37) {
			g_autofree guint8 *marks = g_malloc0(size);
			double sum = 0;

			graph_mark_ancestors(graph, nodes[i], marks, 1);
			for (guint k = 0; k < n; k++)
				sum += marks[nodes[k]] ? own[1][k] : 0;
			g_assert_cmpfloat_with_epsilon(below[1][i], sum, 1e-9);
		}
		for (guint v = 0; v < MASS_VECTORS; v++) {
			g_free(own[v]);
			g_free(below[v]);
		}
	}
}

/* What several tests say together: entropy of the culprits less what is left under each answer. */
static double information_of(const Play *play, const Node *tests, guint k)
{
	double none[NODES];
	double sum = weigh_all(play, 0, (Samples){ 0 }, none);
	double bits = 0;

	for (guint answers = 0; answers < 1U << k; answers++) {
		double joint[NODES] = { 0 };
		double total = 0;

		for (Node c = 1; c < NODES; c++) {
			g_autofree guint8 *bad = simulate_truth(play->graph, c);

			joint[c] = none[c] / sum;
			for (guint i = 0; i < k; i++) {
				double p = bad[tests[i]] ? 1 - play->noise.fn : play->noise.fp;

				joint[c] *= answers >> i & 1 ? p : 1 - p;
			}
			total += joint[c];
		}
		for (Node c = 1; c < NODES; c++)
			if (joint[c] > 0)
				bits += joint[c] * log2(joint[c] / (total * none[c] / sum));
	}
	return bits;
}

/* Each next one is the best beside those before. */
static void test_many(void)
{
	for (guint32 seed = 1; seed < 40; seed += 4) {
		g_auto(Play) play = { 0 };
		g_autoptr(GArray) chosen = NULL;
		Node tests[3];

		play_start(&play, seed);
		chosen = posterior_choose_many(play.posterior, 3, NULL);
		g_assert_cmpuint(chosen->len, ==, 3);
		for (guint k = 0; k < 3; k++) {
			double best = 0;

			for (Node node = 1; node < NODES; node++) {
				tests[k] = node;
				best = MAX(best, information_of(&play, tests, k + 1));
			}
			tests[k] = g_array_index(chosen, Node, k);
			g_assert_cmpfloat(information_of(&play, tests, k + 1), >=, best - 1e-9);
		}
	}
}

/* Without noise on a line: one test halves, three quarter, and nothing is asked twice. */
static void test_many_linear(void)
{
	g_autoptr(Graph) graph = simulate_linear(65);
	guint8 set[65];
	Noise noise = { .fp = 0, .fn = 0 };
	g_autoptr(Posterior) posterior = NULL;
	g_autoptr(GArray) chosen = NULL;

	memset(set, 1, sizeof(set));
	set[0] = 0;
	posterior = posterior_new(graph, set, NULL, &noise);
	g_assert_cmpfloat_with_epsilon(posterior_entropy(posterior), 6, 1e-9);
	chosen = posterior_choose_many(posterior, 3, NULL);
	g_assert_cmpuint(chosen->len, ==, 3);
	g_assert_cmpuint(g_array_index(chosen, Node, 0), ==, 32);
	g_assert_cmpuint(MIN(g_array_index(chosen, Node, 1), g_array_index(chosen, Node, 2)), ==,
			 16);
	g_assert_cmpuint(MAX(g_array_index(chosen, Node, 1), g_array_index(chosen, Node, 2)), ==,
			 48);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/posterior/probabilities", test_probabilities);
	g_test_add_func("/posterior/gains", test_gains);
	g_test_add_func("/posterior/take-back", test_take_back);
	g_test_add_func("/posterior/join", test_join);
	g_test_add_func("/posterior/mass", test_mass);
	g_test_add_func("/posterior/many", test_many);
	g_test_add_func("/posterior/many-linear", test_many_linear);
	return g_test_run();
}
