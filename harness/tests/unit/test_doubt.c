/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A search that believes answers until there is reason not to. */
#include "search/search.h"

#include "simulate.h"

#include <string.h>

/* What happened in one search. */
typedef struct {
	SearchAsk ask;
	Node node;
	guint tests;
	guint asked[256]; /* by node, the first ones */
	guint again;
	bool doubted;
} Play;

/* Answers by a seeded die: bad shows in @rate of the runs. */
static Play play(const Graph *graph, const SearchDoubt *doubt, Node culprit, double rate,
		 bool trust_ends, guint32 seed)
{
	static const Node good = 0;
	g_autofree guint8 *bad = simulate_truth(graph, culprit);
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	g_autoptr(Search) search =
		search_new(graph, graph_size(graph) - 1, &good, 1, trust_ends, NULL);
	Play play = { 0 };

	if (doubt)
		search_set_doubt(search, doubt);
	for (;;) {
		SearchWhy why = REASON_NARROW;
		bool clean, shows;

		play.ask = search_next(search, &play.node, &why);
		clean = play.ask == SEARCH_CONFIRM;
		if (play.ask != SEARCH_TEST && !clean)
			break;
		play.tests++;
		play.again += why == REASON_AGAIN;
		if (play.node < G_N_ELEMENTS(play.asked))
			play.asked[play.node]++;
		shows = bad[play.node] && g_rand_double(rand) < rate;
		search_answer(search, play.node, shows ? VERDICT_BAD : VERDICT_GOOD, clean);
	}
	play.doubted = search_doubts(search);
	return play;
}

/* The same where a fix is looked for: it is the old state, good, that shows in @rate of the runs.
 */
static Play play_fix(const Graph *graph, const SearchDoubt *doubt, Node fix, double rate,
		     guint32 seed)
{
	static const Node good = 0;
	g_autofree guint8 *mended = simulate_truth(graph, fix);
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	g_autoptr(Search) search = search_new(graph, graph_size(graph) - 1, &good, 1, false, NULL);
	Play play = { 0 };

	if (doubt)
		search_set_doubt(search, doubt);
	while ((play.ask = search_next(search, &play.node, NULL)) == SEARCH_TEST ||
	       play.ask == SEARCH_CONFIRM) {
		bool shows = !mended[play.node] && g_rand_double(rand) < rate;

		g_assert_cmpuint(play.tests++, <, 5000);
		if (play.node < G_N_ELEMENTS(play.asked))
			play.asked[play.node]++;
		search_answer(search, play.node, shows ? VERDICT_GOOD : VERDICT_BAD,
			      play.ask == SEARCH_CONFIRM);
	}
	play.doubted = search_doubts(search);
	return play;
}

static SearchDoubt by_default(void)
{
	return (SearchDoubt){ .noise = noise_init(0.01, NOISE_UNKNOWN, 0.3), .confidence = 0.99 };
}

/* Steady answers are believed; the bad end is asked three times, and little else again. */
static void test_steady(void)
{
	g_autoptr(Graph) graph = simulate_linear(200);
	SearchDoubt doubt = by_default();

	for (Node culprit = 1; culprit < 200; culprit += 9) {
		Play without = play(graph, NULL, culprit, 1, false, 1);
		Play with = play(graph, &doubt, culprit, 1, false, 1);

		g_assert_cmpint(with.ask, ==, SEARCH_FOUND);
		g_assert_cmpuint(with.node, ==, culprit);
		g_assert_false(with.doubted);
		g_assert_cmpuint(with.asked[199], >=, 3);
		g_assert_cmpuint(with.again, >=, 2);
		g_assert_cmpuint(with.tests, <=, without.tests + 9);
	}
}

/* Bad that shows in most runs: noticed, or the culprit is not sure enough to be announced. */
static void test_flaky(void)
{
	g_autoptr(Graph) graph = simulate_linear(200);
	SearchDoubt doubt = by_default();
	guint wrong = 0, wrong_without = 0, found = 0, doubted = 0;

	for (guint32 seed = 0; seed < 1000; seed++) {
		Node culprit = 1 + seed * 7 % 199;
		double rate = seed % 3 == 0 ? 0.9 : seed % 3 == 1 ? 0.8 : 0.6;
		Play without = play(graph, NULL, culprit, rate, false, seed);
		Play with = play(graph, &doubt, culprit, rate, false, seed);

		wrong_without += without.ask == SEARCH_FOUND && without.node != culprit;
		wrong += with.ask == SEARCH_FOUND && with.node != culprit;
		found += with.ask == SEARCH_FOUND && with.node == culprit;
		doubted += with.doubted;
	}
	g_test_message("of 1000: %u right, %u wrong, %u doubted; believing all: %u wrong", found,
		       wrong, doubted, wrong_without);
	g_assert_cmpuint(wrong, <=, 10);
	g_assert_cmpuint(found, >=, 900);
	g_assert_cmpuint(wrong_without, >, 100);
}

/* Looking for a fix: the old end is run until the rate is known, then the same certainty. */
static void test_fix(void)
{
	g_autoptr(Graph) graph = simulate_linear(200);
	SearchDoubt plain = by_default();
	SearchDoubt doubt = search_doubt_turned(&plain);
	SearchDoubt always = doubt;
	guint wrong = 0, wrong_without = 0, found = 0, sure = 0;

	always.always = true;
	always.noise.fn = NOISE_FLOOR;
	for (guint32 seed = 0; seed < 500; seed++) {
		Node fix = 1 + seed * 7 % 199;
		double rate = seed % 3 == 0 ? 0.9 : seed % 3 == 1 ? 0.8 : 0.6;
		Play without = play_fix(graph, NULL, fix, rate, seed);
		Play with = play_fix(graph, &doubt, fix, rate, seed);
		Play told = play_fix(graph, &always, fix, seed % 2 ? 0.5 : 0.2, seed);

		wrong_without += without.ask == SEARCH_FOUND && without.node != fix;
		wrong += with.ask == SEARCH_FOUND && with.node != fix;
		found += with.ask == SEARCH_FOUND && with.node == fix;
		sure += told.ask == SEARCH_FOUND && told.node == fix;
		g_assert_cmpuint(with.asked[0], >=, 3);
	}
	g_test_message("of 500: %u right, %u wrong; from the start %u right; believing all: %u "
		       "wrong",
		       found, wrong, sure, wrong_without);
	g_assert_cmpuint(wrong, <=, 5);
	g_assert_cmpuint(found, >=, 450);
	g_assert_cmpuint(sure, >=, 495);
	g_assert_cmpuint(wrong_without, >, 50);
}

/* A steady reproducer, and a build that was another kernel than its revision's: at @stale, where
 * builds are not clean, all answers are @lie. */
typedef struct {
	Node stale;
	Verdict lie;
	bool told; /* that the clean kernel is another one */
} Stale;

static Play play_stale(const Graph *graph, const SearchDoubt *doubt, Node culprit,
		       const Stale *stale, guint *ret_clean)
{
	static const Node good = 0;
	g_autoptr(Search) search = search_new(graph, graph_size(graph) - 1, &good, 1, false, NULL);
	Play play = { 0 };

	*ret_clean = 0;
	search_set_doubt(search, doubt);
	while ((play.ask = search_next(search, &play.node, NULL)) == SEARCH_TEST ||
	       play.ask == SEARCH_CONFIRM) {
		bool clean = play.ask == SEARCH_CONFIRM;
		Verdict verdict = play.node >= culprit ? VERDICT_BAD : VERDICT_GOOD;

		g_assert_cmpuint(play.tests++, <, 5000);
		if (play.node == stale->stale && !clean)
			verdict = stale->lie;
		if (play.node == stale->stale && clean && !(*ret_clean)++ && stale->told)
			search_forget_unclean(search, play.node);
		search_answer(search, play.node, verdict, clean);
	}
	play.doubted = search_doubts(search);
	return play;
}

/* An incremental build that lied is no reason to doubt all answers, where that is known. */
static void test_other_kernel(void)
{
	g_autoptr(Graph) graph = simulate_linear(200);
	SearchDoubt doubt = by_default();

	for (Node culprit = 20; culprit < 200; culprit += 18) {
		Stale stale = { culprit - 1, VERDICT_BAD, false };
		guint clean;
		Play without = play_stale(graph, &doubt, culprit, &stale, &clean);
		Play with;

		stale.told = true;
		with = play_stale(graph, &doubt, culprit, &stale, &clean);
		g_assert_cmpint(with.ask, ==, SEARCH_FOUND);
		g_assert_cmpuint(with.node, ==, culprit);
		g_assert_false(with.doubted);
		g_assert_true(without.doubted);
		g_assert_cmpuint(with.tests, <, without.tests);
	}
}

/* --repeat: the passes of another kernel are none of this one's. */
static void test_other_kernel_repeat(void)
{
	g_autoptr(Graph) graph = simulate_linear(9);
	SearchDoubt doubt = { .repeat = 3, .confidence = 0.99 };

	for (guint told = 0; told < 2; told++) {
		Stale stale = { 4, VERDICT_GOOD, told };
		guint clean;
		Play with = play_stale(graph, &doubt, 5, &stale, &clean);

		g_assert_cmpint(with.ask, ==, SEARCH_FOUND);
		g_assert_cmpuint(with.node, ==, 5);
		g_assert_cmpuint(clean, ==, told ? 3 : 1);
	}
}

/* One answer that contradicts another: asked again, right, and the report knows how sure it is. */
static void test_certainty(void)
{
	g_autoptr(Graph) graph = simulate_linear(64);
	static const Node good = 0;
	SearchDoubt doubt = by_default();
	g_autoptr(Search) search = search_new(graph, 63, &good, 1, false, NULL);
	g_auto(SearchCertainty) certainty = { 0 };
	Node node = NODE_NONE;
	guint lies = 1;
	SearchAsk ask;

	search_set_doubt(search, &doubt);
	g_assert_false(search_certainty(search, &certainty));
	while ((ask = search_next(search, &node, NULL)) == SEARCH_TEST || ask == SEARCH_CONFIRM) {
		bool shows = node >= 40;

		if (node == 47 && lies > 0 && lies--)
			shows = false;
		search_answer(search, node, shows ? VERDICT_BAD : VERDICT_GOOD,
			      ask == SEARCH_CONFIRM);
	}
	g_assert_cmpint(ask, ==, SEARCH_FOUND);
	g_assert_cmpuint(node, ==, 40);
	g_assert_cmpuint(lies, ==, 0);
	g_assert_true(search_certainty(search, &certainty));
	g_assert_cmpuint(certainty.odd, ==, 1);
	g_assert_cmpuint(certainty.leaders->len, >=, 2);
	g_assert_cmpuint(g_array_index(certainty.leaders, SearchLeader, 0).node, ==, 40);
	g_assert_cmpfloat(g_array_index(certainty.leaders, SearchLeader, 0).probability, >=, 0.99);
	g_assert_cmpfloat(g_array_index(certainty.leaders, SearchLeader, 1).probability, <, 0.01);
	g_assert_cmpfloat(certainty.rate, >, 0.7);
	g_assert_cmpfloat(certainty.rate, <, 1);
}

/* --repeat: good after N passes, bad at once; a culprit whose clean build passes is asked on. */
static void test_repeat(void)
{
	g_autoptr(Graph) graph = simulate_linear(200);
	SearchDoubt doubt = { .repeat = 15, .confidence = 0.99 };
	guint right = 0;

	for (guint32 seed = 0; seed < 50; seed++) {
		Play with = play(graph, &doubt, 120, 0.5, true, seed);

		right += with.ask == SEARCH_FOUND && with.node == 120;
		g_assert_cmpuint(with.asked[119], >=, 16); /* and once clean */
		g_assert_false(with.doubted);
	}
	g_assert_cmpuint(right, >=, 49);
}

/* A fix is looked for: there it is the old state, bad, that has to be seen so often. */
static void test_repeat_inverted(void)
{
	g_autoptr(Graph) graph = simulate_linear(9);
	SearchDoubt doubt = { .repeat = 3, .inverted = true, .confidence = 0.99 };
	Play with = play(graph, &doubt, 5, 1, true, 1);

	g_assert_cmpint(with.ask, ==, SEARCH_FOUND);
	g_assert_cmpuint(with.asked[5], ==, 4);
	g_assert_cmpuint(with.asked[4], ==, 2);
}

/* A good that a bad ancestor makes doubtful is asked again before the search goes elsewhere. */
static void test_masked(void)
{
	g_autoptr(Graph) graph = simulate_linear(14);
	static const Node goods[] = { 10, 0 };
	SearchDoubt doubt = by_default();
	g_autoptr(Search) search = NULL;
	Node node = NODE_NONE;
	guint asked_good = 0;
	SearchAsk ask;

	/* 0..9, broken at 5; 10 mends it; 14 merges 13 and 9, and breaks again */
	graph_add(graph, (Node[]){ 13, 9 }, 2);
	search = search_new(graph, 14, goods, 2, false, NULL);
	search_set_doubt(search, &doubt);
	while ((ask = search_next(search, &node, NULL)) == SEARCH_TEST || ask == SEARCH_CONFIRM) {
		bool shows = node == 14 || (node >= 5 && node < 10);

		asked_good += node == 10;
		search_answer(search, node, shows ? VERDICT_BAD : VERDICT_GOOD,
			      ask == SEARCH_CONFIRM);
	}
	g_assert_cmpint(ask, ==, SEARCH_ELSEWHERE);
	g_assert_cmpuint(search_elsewhere(search).bad, ==, 9);
	g_assert_cmpuint(asked_good, >=, 4);
}

/* Ten seconds beside the last build, far more away from it. */
typedef struct {
	Node built;
	double spent;
} Clock;

static double clock_cost(Node node, void *user)
{
	const Clock *clock = user;
	guint d = node > clock->built ? node - clock->built : clock->built - node;

	return 10 + 4 * (double)g_bit_storage(d);
}

/* Return: seconds that all the tests of a search took. */
static double time_of_search(const Graph *graph, Node culprit, bool priced)
{
	static const Node good = 0;
	g_autoptr(Search) search = search_new(graph, graph_size(graph) - 1, &good, 1, false, NULL);
	Clock clock = { graph_size(graph) - 1, 0 };
	Node node = NODE_NONE;
	SearchAsk ask;

	if (priced)
		search_set_cost(search, clock_cost, &clock);
	while ((ask = search_next(search, &node, NULL)) == SEARCH_TEST || ask == SEARCH_CONFIRM) {
		clock.spent += clock_cost(node, &clock);
		clock.built = node;
		search_answer(search, node, node >= culprit ? VERDICT_BAD : VERDICT_GOOD,
			      ask == SEARCH_CONFIRM);
	}
	g_assert_cmpint(ask, ==, SEARCH_FOUND);
	g_assert_cmpuint(node, ==, culprit);
	return clock.spent;
}

/* Summed, the search that knows what tests take is done sooner, and just as right. */
static void test_cost(void)
{
	g_autoptr(Graph) graph = simulate_linear(1000);
	double with = 0, without = 0;

	for (Node culprit = 1; culprit < 1000; culprit += 7) {
		with += time_of_search(graph, culprit, true);
		without += time_of_search(graph, culprit, false);
	}
	g_test_message("of %.0f s, %.0f s are left", without, with);
	g_assert_cmpfloat(with, <, without);
}

/* Three at once quarter the candidates; with a skip among them, other ones do. */
static void test_together(void)
{
	g_autoptr(Graph) graph = simulate_linear(65);
	static const Node good = 0;
	g_autoptr(Search) search = search_new(graph, 64, &good, 1, false, NULL);
	guint seen = 0;

	for (guint round = 0; round < 3; round++) {
		g_autoptr(GArray) nodes = search_together(search, 3);

		/* the ends come one by one */
		g_assert_cmpuint(nodes->len, ==, round < 2 ? 1 : 3);
		if (round < 2) {
			Node end = g_array_index(nodes, Node, 0);

			search_answer(search, end, end == 0 ? VERDICT_GOOD : VERDICT_BAD, false);
			continue;
		}
		for (guint i = 0; i < 3; i++)
			for (guint quarter = 1; quarter < 4; quarter++)
				seen |= (g_array_index(nodes, Node, i) == 16 * quarter) << quarter;
		g_assert_cmpuint(seen, ==, 14);
	}
	search_answer(search, 32, VERDICT_SKIP, false);
	for (guint k = 2; k < 6; k++) {
		g_autoptr(GArray) nodes = search_together(search, k);

		g_assert_cmpuint(nodes->len, ==, k);
		for (guint i = 0; i < k; i++)
			g_assert_cmpuint(g_array_index(nodes, Node, i), !=, 32);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/doubt/steady", test_steady);
	g_test_add_func("/doubt/flaky", test_flaky);
	g_test_add_func("/doubt/fix", test_fix);
	g_test_add_func("/doubt/certainty", test_certainty);
	g_test_add_func("/doubt/repeat", test_repeat);
	g_test_add_func("/doubt/repeat-inverted", test_repeat_inverted);
	g_test_add_func("/doubt/masked", test_masked);
	g_test_add_func("/doubt/cost", test_cost);
	g_test_add_func("/doubt/together", test_together);
	g_test_add_func("/doubt/other-kernel", test_other_kernel);
	g_test_add_func("/doubt/other-kernel-repeat", test_other_kernel_repeat);
	return g_test_run();
}
