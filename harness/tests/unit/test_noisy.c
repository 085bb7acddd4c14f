/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The noisy search as a whole. */
#include "search/noisy.h"

#include "simulate.h"

#include <string.h>

/* One search: what is true, and how often answers are not. */
typedef struct {
	GRand *rand;
	Graph *graph;
	NoisySpec spec;
	guint8 *bad;
	guint8 *skip;
	double fp, fn; /* of the answers */
	bool stale;    /* unclean answers of @stale_at are wrong each time */
	Node stale_at;
	int *kernel; /* the same number, not 0: the same kernel */
	NoisySearch *search;
	Node node;
	guint tests;
	guint whys[REASON_AGAIN + 1];
	guint *asked;
} Play;

static bool play_same(Node a, Node b, void *user)
{
	const Play *play = user;

	return play->kernel[a] != 0 && play->kernel[a] == play->kernel[b];
}

static void play_clear(Play *play)
{
	noisy_free(play->search);
	graph_free(play->graph);
	g_free(play->bad);
	g_free(play->skip);
	g_free(play->kernel);
	g_free(play->asked);
	if (play->rand)
		g_rand_free(play->rand);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Play, play_clear)

/* The first node is good, the last bad; told: what the search is told of the noise. */
static void play_init(Play *play, Graph *graph, Node culprit, guint32 seed)
{
	static const Node first = 0;
	guint size = graph_size(graph);

	play->rand = g_rand_new_with_seed(seed);
	play->graph = graph;
	play->bad = simulate_truth(graph, culprit);
	play->skip = g_malloc0(size);
	play->kernel = g_new0(int, size);
	play->asked = g_new0(guint, size);
	play->spec = (NoisySpec){ .graph = graph,
				  .bad = size - 1,
				  .goods = &first,
				  .n_goods = 1,
				  .trust_ends = true,
				  .confidence = 0.99 };
}

static void play_noise(Play *play, double fp, double fn, bool told)
{
	play->fp = fp;
	play->fn = fn;
	play->spec.noise = told ? noise_init(fp, fn, 0) : noise_init(0, NOISE_UNKNOWN, 0.3);
}

static Verdict play_test(Play *play, Node node, bool clean)
{
	bool bad = play->bad[node];

	if (play->skip[node])
		return VERDICT_SKIP;
	if (play->stale && play->stale_at == node && !clean)
		return bad ? VERDICT_GOOD : VERDICT_BAD;
	return g_rand_double(play->rand) < (bad ? 1 - play->fn : play->fp) ? VERDICT_BAD
									   : VERDICT_GOOD;
}

static SearchAsk play_on(Play *play)
{
	if (!play->search)
		play->search = noisy_new(&play->spec);
	for (;;) {
		SearchWhy why;
		SearchAsk ask = noisy_next(play->search, &play->node, &why);
		bool clean = ask == SEARCH_CONFIRM;

		if (ask != SEARCH_TEST && !clean)
			return ask;
		g_assert_cmpuint(play->tests++, <, 5000);
		play->whys[why]++;
		play->asked[play->node]++;
		noisy_answer(play->search, play->node, play_test(play, play->node, clean), clean);
	}
}

/* Seeded searches; at the confidence 0.99 no more than one in a hundred may be wrong. */
static void simulate(guint shape, double fp, double fn, bool told, guint searches, guint most)
{
	guint right = 0;
	guint tests = 0;

	for (guint32 seed = 0; seed < searches; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		g_auto(Play) play = { 0 };
		Graph *graph = shape == 0   ? simulate_linear(1000)
			       : shape == 1 ? simulate_kernel(rand, 1000)
					    : simulate_random(rand, 200);
		Node culprit = (Node)g_rand_int_range(rand, 1, (gint)graph_size(graph));

		play_init(&play, graph, culprit, seed);
		play_noise(&play, fp, fn, told);
		right += play_on(&play) == SEARCH_FOUND && play.node == culprit;
		tests += play.tests;
	}
	g_test_message("shape %u, fp %g, fn %g, %s: %u of %u right, %.1f tests", shape, fp, fn,
		       told ? "told" : "not told", right, searches, (double)tests / searches);
	g_assert_cmpuint(right * 100, >=, searches * 99);
	g_assert_cmpuint(tests, <=, most * searches);
}

/* 10 % wrong on both sides: fewer tests than three for each of ten revisions. */
static void test_two_sided(void)
{
	simulate(0, 0.1, 0.1, true, 200, 30);
	simulate(1, 0.1, 0.1, true, 200, 30);
	simulate(2, 0.05, 0.05, true, 100, 25);
}

/* Bad shows in half of the runs, and nobody has said so. */
static void test_one_sided(void)
{
	simulate(0, 0, 0.5, false, 200, 75);
	simulate(1, 0, 0.2, false, 100, 40);
}

/* No noise at all: hardly more than halving, ten tests, and the culprit and its parent again. */
static void test_none(void)
{
	simulate(0, 0, 0, true, 100, 13);
}

/* The certificate: culprit and parents have been asked, also from a clean build. */
static void test_certificate(void)
{
	g_auto(Play) play = { 0 };
	Graph *graph = graph_new();
	Node top;

	/* 0 - 1 - 3 (merge of 1 and 2), 0 - 2; the merge itself breaks it */
	graph_add(graph, NULL, 0);
	graph_add(graph, &(Node){ 0 }, 1);
	graph_add(graph, &(Node){ 0 }, 1);
	top = graph_add(graph, (Node[]){ 1, 2 }, 2);
	play_init(&play, graph, top, 1);
	play_noise(&play, 0.1, 0.1, true);
	g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
	g_assert_cmpuint(play.node, ==, top);
	for (Node node = 1; node <= 3; node++) {
		g_assert_cmpuint(play.asked[node], >=, 2);
		g_assert_cmpint(noisy_samples(play.search, node).bad > 0, ==, node == top);
	}
	g_assert_cmpuint(play.whys[REASON_CONFIRM], >=, 3);
	g_assert_cmpuint(play.whys[REASON_AGAIN], >, 0);
}

/* An incremental build that lies is found out by the clean one, and its answers forgotten. */
static void test_stale_build(void)
{
	for (guint32 seed = 0; seed < 20; seed++) {
		g_auto(Play) play = { 0 };

		play_init(&play, simulate_linear(100), 60, seed);
		play_noise(&play, 0, 0.3, seed % 2);
		play.stale = true;
		play.stale_at = 59; /* answers bad until it is built from nothing */
		g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
		g_assert_cmpuint(play.node, ==, 60);
	}
}

/* The driver knows at once: the clean kernel is another one. */
static void test_drop_unclean(void)
{
	g_auto(Play) play = { 0 };
	NoisySearch *search;

	play_init(&play, simulate_linear(8), 4, 1);
	play_noise(&play, 0.1, 0.1, true);
	search = play.search = noisy_new(&play.spec);
	for (guint i = 0; i < 5; i++)
		noisy_answer(search, 3, VERDICT_BAD, false);
	noisy_answer(search, 3, VERDICT_GOOD, true);
	g_assert_cmpuint(noisy_samples(search, 3).bad, ==, 5);
	noisy_drop_unclean(search, 3);
	g_assert_cmpuint(noisy_samples(search, 3).bad, ==, 0);
	g_assert_cmpuint(noisy_samples(search, 3).good, ==, 1);
	g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
	g_assert_cmpuint(play.node, ==, 4);
}

/* A revision that is the same was tested with that kernel, too: its answers go with them. */
static void test_drop_same(void)
{
	g_auto(Play) play = { 0 };
	SearchOracle oracle = { play_same, NULL, &play };

	play_init(&play, simulate_linear(8), 5, 1);
	play_noise(&play, 0.1, 0.1, true);
	play.spec.oracle = &oracle;
	for (Node node = 2; node < 5; node++)
		play.kernel[node] = 1;
	play.search = noisy_new(&play.spec);
	for (guint i = 0; i < 6; i++)
		noisy_answer(play.search, 2 + i % 3, VERDICT_BAD, false);
	noisy_answer(play.search, 2, VERDICT_GOOD, true);
	noisy_drop_unclean(play.search, 4);
	g_assert_cmpuint(noisy_samples(play.search, 3).bad, ==, 0);
	g_assert_cmpuint(noisy_samples(play.search, 3).good, ==, 1);
	g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
	g_assert_cmpuint(play.node, ==, 5);
	g_assert_cmpuint(noisy_odd_answers(play.search), <=, play.tests / 4);
}

/* What was taken back has no say in the posterior either: it is as if it had never been said. */
static void test_drop_forgets(void)
{
	g_auto(Play) with = { 0 };
	g_auto(Play) without = { 0 };
	Play *plays[] = { &with, &without };
	GArray *leaders[2];

	for (guint i = 0; i < 2; i++) {
		play_init(plays[i], simulate_linear(20), 4, 1);
		play_noise(plays[i], 0.1, 0.2, true);
		plays[i]->search = noisy_new(&plays[i]->spec);
		noisy_answer(plays[i]->search, 9, VERDICT_GOOD, false);
		noisy_next(plays[i]->search, &plays[i]->node, NULL);
		if (i == 0) {
			for (guint k = 0; k < 3; k++)
				noisy_answer(with.search, 5, VERDICT_BAD, false);
			noisy_answer(with.search, 5, VERDICT_GOOD, false);
			noisy_next(with.search, &with.node, NULL);
			noisy_drop_unclean(with.search, 5);
			noisy_answer(with.search, 5, VERDICT_BAD, false); /* too late */
		}
		leaders[i] = noisy_leaders(plays[i]->search, 20);
	}
	g_assert_cmpuint(leaders[0]->len, >, 9);
	g_assert_cmpuint(leaders[0]->len, ==, leaders[1]->len);
	for (guint i = 0; i < leaders[0]->len; i++) {
		const SearchLeader *a = &g_array_index(leaders[0], SearchLeader, i);
		const SearchLeader *b = &g_array_index(leaders[1], SearchLeader, i);

		g_assert_cmpuint(a->node, ==, b->node);
		g_assert_cmpfloat_with_epsilon(a->probability, b->probability, 1e-9);
	}
	for (guint i = 0; i < 2; i++)
		g_array_unref(leaders[i]);
}

/* Where all is the same kernel but one step, that step is found with the answers of all. */
static void test_pooled(void)
{
	g_auto(Play) play = { 0 };
	SearchOracle oracle = { play_same, NULL, &play };
	guint each = 0;

	play_init(&play, simulate_linear(1000), 700, 5);
	play_noise(&play, 0.2, 0.2, true);
	play.spec.oracle = &oracle;
	for (Node node = 0; node < 1000; node++)
		play.kernel[node] = node < 700 ? 1 : 2;
	g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
	g_assert_cmpuint(play.node, ==, 700);
	g_assert_cmpuint(noisy_samples(play.search, 3).good, ==,
			 noisy_samples(play.search, 650).good);
	for (Node node = 0; node < 1000; node++)
		each = MAX(each, play.asked[node]);
	g_assert_cmpuint(play.tests, <, 20); /* a thousand different ones take 45 */
}

/* A parent that no candidate descends from is bad: masked. It sends the search below it. */
static void test_masked(void)
{
	g_auto(Play) play = { 0 };
	Graph *graph = graph_new();
	Node goods[2], node, merge;
	SearchElsewhere to;

	/* 0..9 in a row, broken at 5; 10 repairs it, good; 11..13; 14 merges 13 and 9, and breaks
	 */
	for (node = 0; node < 14; node++)
		graph_add(graph, &(Node){ node - 1 }, node > 0);
	merge = graph_add(graph, (Node[]){ 13, 9 }, 2);
	graph_add(graph, &merge, 1);
	play_init(&play, graph, merge, 3);
	for (node = 5; node < 10; node++)
		play.bad[node] = 1;
	goods[0] = 10;
	goods[1] = 0;
	play.spec.goods = goods;
	play.spec.n_goods = 2;
	play_noise(&play, 0.1, 0.1, true);
	g_assert_cmpint(play_on(&play), ==, SEARCH_ELSEWHERE);
	to = noisy_elsewhere(play.search);
	g_assert_cmpuint(to.bad, ==, 9);
	g_assert_cmpuint(to.good, ==, 10);
	g_assert_cmpuint(to.suspect, ==, merge);
	g_assert_cmpuint(noisy_samples(play.search, 9).bad, >=, 2);
}

/* A merge base is asked as often as it takes; a bad one sends the search below it. */
static void test_base(void)
{
	for (guint bad_base = 0; bad_base < 2; bad_base++) {
		g_auto(Play) play = { 0 };
		Graph *graph = graph_new();
		static const Node base = 10;
		static const Node good = 11;

		/* 0..10 in a row, 11 beside (good), 12..19 above 10 */
		for (Node node = 0; node < 12; node++)
			graph_add(graph, &(Node){ node - 1 }, node > 0);
		graph_add(graph, &(Node){ 10 }, 1);
		for (Node node = 13; node < 20; node++)
			graph_add(graph, &(Node){ node - 1 }, 1);
		play_init(&play, graph, bad_base ? 5 : 15, 3);
		play.bad[11] = 0;
		play.spec.goods = &good;
		play.spec.bases = &base;
		play.spec.n_bases = 1;
		play_noise(&play, 0.1, 0.1, true);
		if (bad_base) {
			g_assert_cmpint(play_on(&play), ==, SEARCH_ELSEWHERE);
			g_assert_cmpuint(noisy_elsewhere(play.search).bad, ==, 10);
			g_assert_cmpuint(noisy_elsewhere(play.search).good, ==, 11);
		} else {
			g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
			g_assert_cmpuint(play.node, ==, 15);
		}
		g_assert_cmpuint(play.asked[10], >=, 2);
	}
}

/* Untestable revisions are gone round, and named where they hide it. */
static void test_skips(void)
{
	g_auto(Play) around = { 0 };
	g_auto(Play) hidden = { 0 };
	g_autoptr(GArray) leaders = NULL;
	double sum = 0;

	play_init(&around, simulate_linear(200), 60, 1);
	play_noise(&around, 0.1, 0.1, true);
	memset(around.skip + 80, 1, 60);
	g_assert_cmpint(play_on(&around), ==, SEARCH_FOUND);
	g_assert_cmpuint(around.node, ==, 60);
	g_assert_cmpuint(around.tests, <, 60);

	play_init(&hidden, simulate_linear(200), 60, 1);
	play_noise(&hidden, 0.1, 0.1, true);
	memset(hidden.skip + 58, 1, 5);
	g_assert_cmpint(play_on(&hidden), ==, SEARCH_SUSPECTS);
	leaders = noisy_leaders(hidden.search, 20);
	g_assert_cmpuint(leaders->len, >=, 6);
	for (guint i = 0; i < 6; i++) {
		const SearchLeader *leader = &g_array_index(leaders, SearchLeader, i);

		g_assert_cmpuint(leader->node, >=, 58);
		g_assert_cmpuint(leader->node, <=, 63);
		sum += leader->probability;
	}
	g_assert_cmpfloat(sum, >, 0.95);
}

/* As test_search.c's /search/skipped-by-person. */
static void test_skipped_by_person(void)
{
	for (guint person = 0; person < 2; person++) {
		g_auto(Play) play = { 0 };

		play_init(&play, simulate_linear(41), 30, 1);
		play_noise(&play, 0.1, 0.1, true);
		play.search = noisy_new(&play.spec);
		noisy_answer(play.search, 19, VERDICT_SKIP, person);
		noisy_answer(play.search, 21, VERDICT_SKIP, person);
		g_assert_cmpint(noisy_next(play.search, &play.node, NULL), ==, SEARCH_TEST);
		if (person)
			g_assert_cmpuint(play.node, ==, 20);
		else
			g_assert_true(play.node < 19 || play.node > 21);
	}
}

/* The ends are tested until they are known, and wrong ones end the search. */
static void test_ends(void)
{
	g_auto(Play) right = { 0 };
	g_auto(Play) never = { 0 };
	g_auto(Play) older = { 0 };

	play_init(&right, simulate_linear(50), 20, 1);
	play_noise(&right, 0, 0.5, false);
	right.spec.trust_ends = false;
	g_assert_cmpint(play_on(&right), ==, SEARCH_FOUND);
	g_assert_cmpuint(right.node, ==, 20);
	g_assert_cmpuint(noisy_samples(right.search, 49).bad, >=, NOISY_SHOWN);
	/* r = 1/2 known for sure needs eight passes for 0.995 */
	g_assert_cmpuint(noisy_samples(right.search, 0).good, >=, 8);

	play_init(&never, simulate_linear(50), 20, 1);
	play_noise(&never, 0, 0.5, false);
	memset(never.bad, 0, 50);
	g_assert_cmpint(play_on(&never), ==, SEARCH_CONTRADICTION);
	g_assert_cmpint(noisy_trouble(never.search), ==, TROUBLE_BAD_IS_GOOD);

	play_init(&older, simulate_linear(50), 20, 1);
	play_noise(&older, 0.1, 0.1, true);
	older.spec.trust_ends = false;
	memset(older.bad, 1, 50);
	g_assert_cmpint(play_on(&older), ==, SEARCH_CONTRADICTION);
	g_assert_cmpint(noisy_trouble(older.search), ==, TROUBLE_GOOD_IS_BAD);
}

/* "Any fail is bad" was said, and good fails after all, once: asked again, not believed. */
static void test_odd_answer(void)
{
	for (guint32 seed = 0; seed < 20; seed++) {
		g_auto(Play) play = { 0 };

		play_init(&play, simulate_linear(200), 150, seed);
		play_noise(&play, 0, 0, true);
		play.search = noisy_new(&play.spec);
		noisy_answer(play.search, 40, VERDICT_BAD, false);
		noisy_answer(play.search, 100, VERDICT_GOOD, false);
		g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
		g_assert_cmpuint(play.node, ==, 150);
		g_assert_cmpuint(noisy_odd_answers(play.search), ==, 1);
	}
}

static double play_cost(Node node, void *user)
{
	(void)user;
	return node % 10 == 0 ? 1 : 100;
}

/* Built revisions cost a hundredth: they are asked where they say nearly as much. */
static void test_cost(void)
{
	g_auto(Play) play = { 0 };
	guint cheap = 0;

	play_init(&play, simulate_linear(1000), 567, 1);
	play_noise(&play, 0.1, 0.1, true);
	play.spec.cost = play_cost;
	g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
	g_assert_cmpuint(play.node, ==, 567);
	for (Node node = 0; node < 1000; node += 10)
		cheap += play.asked[node];
	g_assert_cmpuint(cheap, >=, 10);
}

/* A prior moves the choice, and the truth has the last word. */
static void test_prior(void)
{
	g_autofree double *prior = g_new(double, 1000);

	for (guint right = 0; right < 2; right++) {
		g_auto(Play) play = { 0 };

		for (Node node = 0; node < 1000; node++)
			prior[node] = node >= 500 && node < 510 ? 1000 : 1;
		play_init(&play, simulate_linear(1000), right ? 505 : 100, 2);
		play_noise(&play, 0.05, 0.05, true);
		play.spec.prior = prior;
		g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
		g_assert_cmpuint(play.node, ==, right ? 505 : 100);
		if (right)
			g_assert_cmpuint(play.tests, <, 15);
	}
}

static bool guess(Node node, double *ret_weight, void *user)
{
	const Play *play = user;

	*ret_weight = play->kernel[node] < 0 ? 0.5 / graph_size(play->graph) : 1;
	return true;
}

/* One in five is guessed to matter, and the culprit is not. Return: right ones of @searches. */
static guint simulate_guess(double fp, double fn, guint searches, bool wrong_guess,
			    guint *ret_tests)
{
	guint right = 0;

	for (guint32 seed = 0; seed < searches; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		g_auto(Play) play = { 0 };
		SearchOracle oracle = { NULL, guess, &play };
		Graph *graph = seed % 2 ? simulate_linear(300) : simulate_kernel(rand, 300);
		Node culprit = (Node)g_rand_int_range(rand, 1, 300);

		play_init(&play, graph, culprit, seed);
		play_noise(&play, fp, fn, true);
		for (Node node = 0; node < 300; node++)
			play.kernel[node] = g_rand_int_range(rand, 0, 5) ? -1 : 1;
		play.kernel[culprit] = wrong_guess ? -1 : 1;
		play.spec.oracle = &oracle;
		right += play_on(&play) == SEARCH_FOUND && play.node == culprit;
		*ret_tests += play.tests;
	}
	return right;
}

/* A culprit that was thought not to matter is as sure as any; one that was is found sooner. */
static void test_guess(void)
{
	static const double rates[][2] = { { 0, 0 }, { 0.1, 0.1 }, { 0, 0.5 }, { 0.05, 0.3 } };

	for (guint i = 0; i < G_N_ELEMENTS(rates); i++) {
		guint tests[2] = { 0 };
		guint wrong = simulate_guess(rates[i][0], rates[i][1], 400, true, &tests[0]);
		guint fine = simulate_guess(rates[i][0], rates[i][1], 400, false, &tests[1]);

		g_test_message("fp %g, fn %g, of 400: guess wrong %u right, %.1f tests; guess "
			       "right %u right, %.1f tests",
			       rates[i][0], rates[i][1], wrong, tests[0] / 400.0, fine,
			       tests[1] / 400.0);
		g_assert_cmpuint(wrong, >=, 396);
		g_assert_cmpuint(fine, >=, 396);
		g_assert_cmpuint(tests[1], <, tests[0]);
	}
}

/* Ten thousand candidates on a merge graph: a decision far below a second. */
static void test_speed(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	g_auto(Play) play = { 0 };
	gint64 start = g_get_monotonic_time();
	gint64 took;

	play_init(&play, simulate_kernel(rand, 10000), 4321, 1);
	play_noise(&play, 0, 0.5, false);
	g_assert_cmpint(play_on(&play), ==, SEARCH_FOUND);
	took = g_get_monotonic_time() - start;
	g_test_message("%u tests, %.1f ms each", play.tests, (double)took / 1000 / play.tests);
	g_assert_cmpint(took / play.tests, <, G_USEC_PER_SEC / 4);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/noisy/two-sided", test_two_sided);
	g_test_add_func("/noisy/one-sided", test_one_sided);
	g_test_add_func("/noisy/none", test_none);
	g_test_add_func("/noisy/certificate", test_certificate);
	g_test_add_func("/noisy/stale-build", test_stale_build);
	g_test_add_func("/noisy/skipped-by-person", test_skipped_by_person);
	g_test_add_func("/noisy/drop-unclean", test_drop_unclean);
	g_test_add_func("/noisy/drop-same", test_drop_same);
	g_test_add_func("/noisy/drop-forgets", test_drop_forgets);
	g_test_add_func("/noisy/pooled", test_pooled);
	g_test_add_func("/noisy/masked", test_masked);
	g_test_add_func("/noisy/base", test_base);
	g_test_add_func("/noisy/skips", test_skips);
	g_test_add_func("/noisy/ends", test_ends);
	g_test_add_func("/noisy/odd-answer", test_odd_answer);
	g_test_add_func("/noisy/cost", test_cost);
	g_test_add_func("/noisy/prior", test_prior);
	g_test_add_func("/noisy/guess", test_guess);
	g_test_add_func("/noisy/speed", test_speed);
	return g_test_run();
}
