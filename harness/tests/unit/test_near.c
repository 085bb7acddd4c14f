/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Untestable stretches, and what tests cost. */
#include "search/candidates.h"
#include "search/near.h"
#include "search/price.h"
#include "search/weigh.h"
#include "verdict/outcome.h"

#include "simulate.h"

#include <math.h>
#include <string.h>

static void test_testable(void)
{
	g_autoptr(Graph) graph = simulate_linear(41);
	guint8 held[41] = { 0 };
	double testable[41];

	held[0] = VERDICT_GOOD;
	held[40] = VERDICT_BAD;
	near_testable(graph, held, testable);
	for (Node node = 0; node <= 40; node++)
		g_assert_cmpfloat(testable[node], ==, 1);
	held[20] = VERDICT_SKIP;
	held[10] = VERDICT_GOOD;
	near_testable(graph, held, testable);
	/* half-way to an answer, even; nearer the stretch, less */
	g_assert_cmpfloat(testable[15], >, 0.4);
	for (Node node = 11; node < 20; node++)
		g_assert_cmpfloat(testable[node], <, testable[node - 1]);
	for (Node node = 21; node < 40; node++)
		g_assert_cmpfloat(testable[node], >=, testable[node - 1]);
	g_assert_cmpfloat(testable[19], <, 0.4);
	g_assert_cmpfloat(testable[39], >, 0.99);
}

/* Untestable ones here and there, with answers between them, keep nobody away. */
static void test_by_chance(void)
{
	g_autoptr(Graph) graph = simulate_linear(41);
	guint8 stretch[41] = { 0 };
	guint8 chance[41] = { 0 };
	double in_stretch[41], by_chance[41];

	for (Node node = 0; node <= 40; node += 2) {
		stretch[node] = node >= 12 && node < 28 ? VERDICT_SKIP : VERDICT_GOOD;
		chance[node] = node % 5 < 2 ? VERDICT_SKIP : VERDICT_GOOD;
	}
	near_testable(graph, stretch, in_stretch);
	near_testable(graph, chance, by_chance);
	g_assert_cmpfloat(in_stretch[19], <, 0.1);
	g_assert_cmpfloat(by_chance[1], >, 0.5);
	g_assert_cmpfloat(by_chance[21], >, 0.5);
}

/* Distances go over parents and children alike, and by the shortest way. */
static void test_distance(void)
{
	g_autoptr(Graph) graph = graph_new();
	guint8 held[6] = { 0 };
	double testable[6];

	/* 0 - 1 - 2 - 3 - 5, and 0 - 4 - 5 */
	graph_add(graph, NULL, 0);
	for (Node node = 1; node < 4; node++)
		graph_add(graph, &(Node){ node - 1 }, 1);
	graph_add(graph, &(Node){ 0 }, 1);
	graph_add(graph, (Node[]){ 3, 4 }, 2);
	held[4] = VERDICT_SKIP;
	near_testable(graph, held, testable);
	g_assert_cmpfloat(testable[0], ==, testable[5]); /* parent and child */
	g_assert_cmpfloat(testable[1], ==, testable[3]); /* two steps either way */
	g_assert_cmpfloat(testable[0], <, testable[1]);
	g_assert_cmpfloat(testable[1], <, testable[2]);
}

/* git's own way round skipped ones, bisect.c's skip_away(): a place in the list by pseudo-random
 * number, nearer the best than the worst. */
typedef struct {
	Node node;
	guint64 least;
} Ranked;

static int compare_ranked(gconstpointer a, gconstpointer b)
{
	const Ranked *x = a;
	const Ranked *y = b;

	if (x->least != y->least)
		return x->least < y->least ? 1 : -1;
	return x->node < y->node ? -1 : 1;
}

static Node choose_as_git(const Graph *graph, const guint8 *state)
{
	guint size = graph_size(graph);
	g_autofree guint8 *set = g_malloc(size);
	g_autofree guint64 *below = g_new(guint64, size);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Ranked));
	guint64 total, best = 0, best_skipped = 0;
	guint random, at;

	for (Node node = 0; node < size; node++)
		set[node] = weigh_is_candidate(state[node]);
	total = weigh_below(graph, set, NULL, below);
	for (Node node = 0; node < size; node++) {
		Ranked ranked = { node, MIN(below[node], total - below[node]) };

		if (state[node] == WEIGH_SKIPPED)
			best_skipped = MAX(best_skipped, ranked.least);
		if (state[node] != WEIGH_OPEN)
			continue;
		best = MAX(best, ranked.least);
		g_array_append_val(list, ranked);
	}
	if (list->len == 0)
		return NODE_NONE;
	g_array_sort(list, compare_ranked);
	if (best >= best_skipped)
		return g_array_index(list, Ranked, 0).node;
	random = (list->len * 1103515245U + 12345U) / 65536 % 32768;
	at = (guint)((guint64)list->len * random / 32768 * (guint)sqrt(random) / 181);
	return g_array_index(list, Ranked, MIN(at, list->len - 1)).node;
}

static Node choose_by_edges(const Graph *graph, const guint8 *state, const guint8 *held)
{
	g_autofree double *testable = g_new(double, graph_size(graph));

	near_testable(graph, held, testable);
	return weigh_choose(graph, state, NULL, testable);
}

/* What cannot be tested: all that has a breaking commit and not yet its fix. */
static void break_stretch(GRand *rand, const Graph *graph, guint8 *skip)
{
	guint size = graph_size(graph);
	Node from = (Node)g_rand_int_range(rand, 1, (gint)size - 2);
	guint length = (guint)exp(g_rand_double(rand) * log(size / 2.0));
	g_autofree guint8 *broken = simulate_truth(graph, from);
	g_autofree guint8 *fixed = simulate_truth(graph, MIN(from + length + 1, size - 1));

	for (Node node = 1; node + 1 < size; node++)
		skip[node] |= broken[node] && !fixed[node];
}

static guint count_tests(const Graph *graph, const guint8 *bad, const guint8 *skip, bool by_edges)
{
	guint size = graph_size(graph);
	g_autofree guint8 *held = g_malloc0(size);
	g_autofree guint8 *state = g_malloc(size);

	held[0] = VERDICT_GOOD;
	held[size - 1] = VERDICT_BAD;
	for (guint tests = 0;; tests++) {
		Node node;

		if (candidates_find(graph, size - 1, held, state, NULL) < 2)
			return tests;
		node = by_edges ? choose_by_edges(graph, state, held) : choose_as_git(graph, state);
		if (node == NODE_NONE)
			return tests;
		held[node] = skip[node] ? VERDICT_SKIP : bad[node] ? VERDICT_BAD : VERDICT_GOOD;
	}
}

/* Summed over histories with stretches, fewer tests than git's skip takes; for each shape. */
static void test_against_git(void)
{
	for (guint shape = 0; shape < 3; shape++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(11 + shape);
		guint ours = 0, gits = 0;

		for (guint round = 0; round < 120; round++) {
			g_autoptr(Graph) graph = shape == 0   ? simulate_linear(200)
						 : shape == 1 ? simulate_kernel(rand, 200)
							      : simulate_random(rand, 80);
			guint size = graph_size(graph);
			g_autofree guint8 *bad =
				simulate_truth(graph, (Node)g_rand_int_range(rand, 1, (gint)size));
			g_autofree guint8 *skip = g_malloc0(size);

			for (guint i = 0; i <= round % 3; i++)
				break_stretch(rand, graph, skip);
			ours += count_tests(graph, bad, skip, true);
			gits += count_tests(graph, bad, skip, false);
		}
		g_test_message("shape %u: %u tests, git's way %u", shape, ours, gits);
		g_assert_cmpuint(ours, <=, gits);
	}
}

static void test_price(void)
{
	const double worth[] = { 1.0, 0.98, 0.5, 0 };
	const double alike[] = { 100, 100, 100, 1 };
	const double cheaper[] = { 100, 90, 100, 1 };
	const double too_little[] = { 100, 99, 60, 1 };
	const double much_cheaper[] = { 100, 99, 40, 1 };
	const double nothing[] = { 0, 0, 0, 0 };

	g_assert_cmpuint(price_choose(4, worth, NULL), ==, 0);
	g_assert_cmpuint(price_choose(4, worth, alike), ==, 0);
	g_assert_cmpuint(price_choose(4, worth, cheaper), ==, 1);
	g_assert_cmpuint(price_choose(4, worth, too_little), ==, 0);
	g_assert_cmpuint(price_choose(4, worth, much_cheaper), ==, 2);
	g_assert_cmpuint(price_choose(4, nothing, alike), ==, G_MAXUINT);
}

/* Minimising expected time beats halving alone, summed, where neighbours are cheap to build. */
static guint64 time_of_search(const guint8 *bad, guint size, bool by_price)
{
	Node lo = 0;
	Node hi = size - 1;
	Node built = hi;
	guint64 time = 0;

	while (hi - lo > 1) {
		g_autofree double *worth = g_new0(double, size);
		g_autofree double *seconds = g_new0(double, size);
		Node node;

		for (Node x = lo + 1; x < hi; x++) {
			double q = (double)(x - lo) / (hi - lo);

			worth[x] = -q * log2(q) - (1 - q) * log2(1 - q);
			seconds[x] = 5 + 3 * sqrt(x > built ? x - built : built - x);
		}
		node = price_choose(size, worth, by_price ? seconds : NULL);
		time += (guint64)(5 + 3 * sqrt(node > built ? node - built : built - node));
		built = node;
		if (bad[node])
			hi = node;
		else
			lo = node;
	}
	return time;
}

static void test_price_pays(void)
{
	g_autoptr(Graph) graph = simulate_linear(1000);
	guint64 with = 0, without = 0;

	for (Node culprit = 1; culprit < 1000; culprit += 7) {
		g_autofree guint8 *bad = simulate_truth(graph, culprit);

		with += time_of_search(bad, 1000, true);
		without += time_of_search(bad, 1000, false);
	}
	g_test_message("seconds by price: %" G_GUINT64_FORMAT ", by halving: %" G_GUINT64_FORMAT,
		       with, without);
	g_assert_cmpuint(with, <, without);
}

static void test_price_model(void)
{
	PriceModel model = { .prior = PRICE_OF_DISTANCE };

	g_assert_cmpfloat(price_guess(&model, 10), ==, 1);
	price_learn(&model, 0, 10);
	g_assert_cmpfloat(price_guess(&model, 0), ==, 10);
	g_assert_cmpfloat(price_guess(&model, 1000), >, price_guess(&model, 10));
	for (guint d = 1; d < 5000; d *= 3)
		price_learn(&model, price_distance(d), 10 + 4 * log2(1 + d));
	g_assert_cmpfloat_with_epsilon(price_guess(&model, price_distance(100)), 10 + 4 * log2(101),
				       1e-6);
	/* longer that is nearer: no slope, rather than tests for nothing */
	model = (PriceModel){ .prior = PRICE_OF_DISTANCE };
	price_learn(&model, price_distance(1), 50);
	price_learn(&model, price_distance(4000), 10);
	g_assert_cmpfloat_with_epsilon(price_guess(&model, price_distance(1000000)), 30, 1e-9);
	/* one build of nearly everything says what a small one would take */
	model = (PriceModel){ .prior = PRICE_OF_SHARE };
	price_learn(&model, 0.9, 665);
	g_assert_cmpfloat_with_epsilon(price_guess(&model, 0), 35, 1e-9);
	price_learn(&model, 0.1, 105);
	g_assert_cmpfloat_with_epsilon(price_guess(&model, 0.5), 385, 1e-6);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/near/testable", test_testable);
	g_test_add_func("/near/by-chance", test_by_chance);
	g_test_add_func("/near/distance", test_distance);
	g_test_add_func("/near/against-git", test_against_git);
	g_test_add_func("/price/choose", test_price);
	g_test_add_func("/price/pays", test_price_pays);
	g_test_add_func("/price/model", test_price_model);
	return g_test_run();
}
