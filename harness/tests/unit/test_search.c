/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "search/search.h"

#include <string.h>

#define G VERDICT_GOOD
#define B VERDICT_BAD
#define S VERDICT_SKIP
#define MAX_NODES 64

/*
 * One search over a graph written as text: commits separated by spaces, each with its parents'
 * numbers separated by commas ("-" for none). Answers come from a table; what was asked is kept.
 */
typedef struct {
	Graph *graph;
	Search *search;
	Verdict unclean[MAX_NODES];
	Verdict clean[MAX_NODES]; /* VERDICT_NONE: as unclean */
	int kernel[MAX_NODES];    /* revisions with the same number, not 0, build the same kernel */
	double weight[MAX_NODES]; /* 0: none given */
	guint asked[MAX_NODES][2];
	GString *log;
} Play;

static Graph *graph_from(const char *text)
{
	Graph *graph = graph_new();
	g_auto(GStrv) commits = g_strsplit(text, " ", -1);

	for (guint i = 0; commits[i]; i++) {
		g_auto(GStrv) names = g_strsplit(commits[i], ",", -1);
		Node parents[8];
		guint n = 0;

		for (; names[n] && names[n][0] != '-'; n++)
			parents[n] = (Node)atoi(names[n]);
		graph_add(graph, parents, n);
	}
	return graph;
}

static bool play_same(Node a, Node b, void *user)
{
	const Play *play = user;

	return play->kernel[a] != 0 && play->kernel[a] == play->kernel[b];
}

static bool play_relevance(Node r, double *ret_weight, void *user)
{
	const Play *play = user;

	*ret_weight = play->weight[r];
	return play->weight[r] > 0;
}

static void play_start(Play *play, const char *graph, Node bad, Node good, Node good2, bool trust)
{
	SearchOracle oracle = { play_same, play_relevance, play };
	Node goods[] = { good, good2 };

	play->graph = graph_from(graph);
	play->search =
		search_new(play->graph, bad, goods, good2 == NODE_NONE ? 1 : 2, trust, &oracle);
	play->log = g_string_new(NULL);
}

static void play_clear(Play *play)
{
	search_free(play->search);
	graph_free(play->graph);
	if (play->log)
		g_string_free(play->log, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Play, play_clear)

/* Set the verdict of the nodes from..to. */
static void truth(Play *play, Node from, Node to, Verdict verdict)
{
	for (Node node = from; node <= to; node++)
		play->unclean[node] = verdict;
}

/* Answer until the search ends; the log gets "why node" for each, and the end. */
static SearchAsk play_on(Play *play, Node *ret_node)
{
	static const char *const whys[] = { "end", "narrow", "parent", "confirm" };

	for (;;) {
		Node node = NODE_NONE;
		Node again = NODE_NONE;
		SearchWhy why = REASON_END;
		SearchAsk ask = search_next(play->search, &node, &why);
		bool clean = ask == SEARCH_CONFIRM;
		Verdict verdict;

		g_assert_cmpint(search_next(play->search, &again, NULL), ==, ask);
		g_assert_cmpuint(again, ==, node);
		*ret_node = node;
		if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM)
			return ask;
		g_assert_cmpuint(play->asked[node][clean]++, ==, 0);
		g_assert_cmpint(why == REASON_CONFIRM, ==, clean);
		verdict = clean && play->clean[node] ? play->clean[node] : play->unclean[node];
		g_string_append_printf(play->log, "%s%s %u", play->log->len ? ", " : "", whys[why],
				       node);
		search_answer(play->search, node, verdict, clean);
	}
}

static void assert_found(Play *play, Node culprit)
{
	Node node = NODE_NONE;

	g_assert_cmpint(play_on(play, &node), ==, SEARCH_FOUND);
	g_assert_cmpuint(node, ==, culprit);
}

static void assert_suspects(Play *play, const char *list)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GArray) suspects = NULL;
	Node node;

	g_assert_cmpint(play_on(play, &node), ==, SEARCH_SUSPECTS);
	suspects = search_suspects(play->search);
	for (guint i = 0; i < suspects->len; i++)
		g_string_append_printf(text, "%s%u", i ? " " : "",
				       g_array_index(suspects, Node, i));
	g_assert_cmpstr(text->str, ==, list);
}

static void assert_contradiction(Play *play, const char *part)
{
	Node node;

	g_assert_cmpint(play_on(play, &node), ==, SEARCH_CONTRADICTION);
	g_assert_nonnull(search_reason(play->search));
	g_test_message("%s", search_reason(play->search));
	g_assert_nonnull(strstr(search_reason(play->search), part));
	g_assert_null(strchr(search_reason(play->search), '\n'));
}

#define LINE9 "- 0 1 2 3 4 5 6 7"

static void test_linear(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 4, G);
	truth(&play, 5, 8, B);
	g_assert_cmpuint(search_candidates(play.search), ==, 8);
	g_assert_cmpuint(search_steps_left(play.search), ==, 2);
	assert_found(&play, 5);
	g_assert_cmpstr(play.log->str, ==,
			"end 8, end 0, narrow 4, narrow 6, narrow 5, confirm 5, confirm 4");
	g_assert_cmpuint(search_candidates(play.search), ==, 1);
	g_assert_false(search_masked(play.search, NULL, NULL));
}

/* Both parents of a merge are good, the merge is bad: it is the culprit, all three seen again. */
static void test_merge_culprit(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0 0 1,2 3", 4, 0, NODE_NONE, false);
	truth(&play, 0, 2, G);
	truth(&play, 3, 4, B);
	assert_found(&play, 3);
	g_assert_nonnull(strstr(play.log->str, "confirm 3, confirm 1, confirm 2"));
}

/* 0 is good only because 1 is: it is the culprit's parent, so it is tested. */
static void test_rim_parent(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0 0 1,2", 3, 1, NODE_NONE, false);
	truth(&play, 0, 1, G);
	truth(&play, 2, 3, B);
	assert_found(&play, 2);
	g_assert_cmpstr(play.log->str, ==,
			"end 3, end 1, narrow 2, parent 0, confirm 2, confirm 0");
}

/* Broken at 1, masked at 2 (a good end), exposed by the merge of 3. */
static void test_masked(void)
{
	g_auto(Play) play = { 0 };
	Node bad;
	Node good;

	play_start(&play, "- 0 1 1 2,3", 4, 2, 0, false);
	truth(&play, 0, 0, G);
	truth(&play, 1, 4, B);
	truth(&play, 2, 2, G);
	assert_found(&play, 1);
	g_assert_true(search_masked(play.search, &bad, &good));
	g_assert_cmpuint(bad, ==, 1);
	g_assert_cmpuint(good, ==, 2);
	g_assert_cmpstr(play.log->str, ==,
			"end 4, end 2, end 0, narrow 3, parent 1, confirm 1, confirm 0");
}

static void test_masked_no_older_good(void)
{
	g_auto(Play) play = { 0 };
	Node bad;
	Node good;

	play_start(&play, "- 0 1 1 2,3", 4, 2, NODE_NONE, false);
	truth(&play, 0, 4, B);
	truth(&play, 2, 2, G);
	assert_contradiction(&play, "older --good");
	g_assert_true(search_masked(play.search, &bad, &good));
	g_assert_cmpuint(bad, ==, 1);
	g_assert_cmpuint(good, ==, 2);
}

/* The suspect is good when built from clean: the search goes on above it. */
static void test_flaky_culprit(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 6, G);
	truth(&play, 7, 8, B);
	play.unclean[4] = B;
	play.clean[4] = G;
	assert_found(&play, 7);
	g_assert_nonnull(strstr(play.log->str, "confirm 4, "));
	g_assert_nonnull(strstr(play.log->str, "confirm 7, confirm 6"));
}

/* The suspect's parent is bad when built from clean: the search goes on below it. */
static void test_flaky_parent(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 1, G);
	truth(&play, 2, 8, B);
	play.unclean[4] = G;
	play.clean[4] = B;
	assert_found(&play, 2);
	g_assert_nonnull(strstr(play.log->str, "confirm 5, confirm 4, narrow"));
}

/* A good end that is bad from a clean build, with an older one to stand in, and without. */
static void test_flaky_good_end(void)
{
	g_auto(Play) play = { 0 };
	g_auto(Play) alone = { 0 };

	play_start(&play, LINE9, 8, 5, 0, false);
	truth(&play, 0, 2, G);
	truth(&play, 3, 8, B);
	play.unclean[5] = G;
	play.clean[5] = B;
	assert_found(&play, 3);

	play_start(&alone, LINE9, 8, 5, NODE_NONE, false);
	truth(&alone, 0, 8, B);
	alone.unclean[5] = G;
	alone.clean[5] = B;
	assert_contradiction(&alone, "older --good");
}

static void test_flaky_bad_end(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0", 1, 0, NODE_NONE, false);
	truth(&play, 0, 1, G);
	play.unclean[1] = B;
	play.clean[1] = G;
	assert_contradiction(&play, "--bad");
}

static void test_skipped(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 2, G);
	truth(&play, 3, 4, S);
	truth(&play, 5, 8, B);
	assert_suspects(&play, "3 4 5");
}

/* Skips beside the culprit and its parent do not matter; neither does one that a good covers. */
static void test_skipped_elsewhere(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 3, G);
	truth(&play, 4, 8, B);
	play.unclean[1] = play.unclean[2] = play.unclean[5] = play.unclean[6] = S;
	assert_found(&play, 4);
}

/* A parent assumed good by ancestry turns out to be untestable: no certificate. */
static void test_skipped_rim_parent(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0 0 1,2", 3, 1, NODE_NONE, false);
	truth(&play, 0, 0, S);
	truth(&play, 1, 1, G);
	truth(&play, 2, 3, B);
	assert_suspects(&play, "0 2");
}

/* A parent whose clean build cannot be tested is a suspect again, and what is below it open. */
static void test_skipped_clean_parent(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 4, G);
	truth(&play, 5, 8, B);
	play.clean[4] = S;
	assert_suspects(&play, "4 5");
	g_assert_nonnull(strstr(play.log->str, "confirm 4, narrow"));
}

/* 1 cannot be tested. 2 is bad: 1 or 2. 3 is on the other side of 1, and parts them. */
static void test_beside(void)
{
	g_auto(Play) play = { 0 };
	g_auto(Play) other = { 0 };

	play_start(&play, "- 0 1 1 2,3", 4, 0, NODE_NONE, false);
	truth(&play, 0, 0, G);
	truth(&play, 1, 1, S);
	truth(&play, 2, 4, B);
	assert_suspects(&play, "1");
	g_assert_cmpuint(play.asked[2][0] + play.asked[3][0], ==, 2);

	/* 3 good clears 1, but as the culprit's parent it would have to be seen good. */
	play_start(&other, "- 0 1 1 2,3", 4, 0, NODE_NONE, false);
	truth(&other, 0, 3, G);
	other.unclean[1] = S;
	other.unclean[2] = other.unclean[4] = B;
	assert_suspects(&other, "1 2");
}

static void test_wrong_ends(void)
{
	static const struct {
		Verdict bad, good;
		const char *part;
	} cases[] = {
		{ G, G, "the bad revision answered good" },
		{ S, G, "the bad revision cannot be tested" },
		{ B, B, "a good revision answered bad" },
		{ B, S, "a good revision cannot be tested" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Play) play = { 0 };

		play_start(&play, LINE9, 8, 0, NODE_NONE, false);
		play.unclean[8] = cases[i].bad;
		play.unclean[0] = cases[i].good;
		assert_contradiction(&play, cases[i].part);
		g_assert_cmpuint(search_candidates(play.search), ==, 0);
	}
}

/* Ends the wrong way round have no good below the bad. */
static void test_ends_swapped(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 0, 8, NODE_NONE, true);
	assert_contradiction(&play, "no good revision");
}

/* Trusted ends are not tested, but no certificate goes without them. */
static void test_trust_ends(void)
{
	g_auto(Play) play = { 0 };
	g_auto(Play) wrong = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, true);
	truth(&play, 0, 0, G);
	truth(&play, 1, 8, B);
	assert_found(&play, 1);
	g_assert_cmpstr(play.log->str, ==, "narrow 4, narrow 2, narrow 1, confirm 1, confirm 0");

	play_start(&wrong, LINE9, 8, 0, NODE_NONE, true);
	truth(&wrong, 0, 8, B);
	assert_contradiction(&wrong, "older --good");
}

/* Only 3 and 6 matter: three kernels, so three tests of which two are the ends. */
static void test_same(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 5, G);
	truth(&play, 6, 8, B);
	for (Node node = 0; node < 9; node++)
		play.kernel[node] = node < 3 ? 1 : node < 6 ? 2 : 3;
	assert_found(&play, 6);
	g_assert_cmpstr(play.log->str, ==, "end 8, end 0, narrow 4, confirm 6, confirm 5");
	g_assert_cmpint(search_label(play.search, 7), ==, B);
	g_assert_cmpint(search_label(play.search, 1), ==, G);
}

/* A clean verdict goes to all of its kernel, and turns unclean ones of it round. */
static void test_same_clean(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 6, G);
	truth(&play, 7, 8, B);
	play.unclean[4] = B;
	play.clean[3] = play.clean[4] = G;
	play.kernel[3] = play.kernel[4] = play.kernel[5] = 1;
	assert_found(&play, 7);
	g_assert_cmpint(search_label(play.search, 4), ==, G);
	g_assert_cmpint(search_label(play.search, 5), ==, G);
	/* One clean build of that kernel has said enough. */
	g_assert_cmpuint(play.asked[3][1] + play.asked[4][1] + play.asked[5][1], ==, 1);
}

static void test_same_skip(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 2, G);
	truth(&play, 3, 5, S);
	truth(&play, 6, 8, B);
	play.kernel[3] = play.kernel[4] = play.kernel[5] = 1;
	assert_suspects(&play, "3 4 5 6");
	g_assert_cmpuint(play.asked[3][0] + play.asked[4][0] + play.asked[5][0], ==, 1);
}

/* The good and the bad end are one kernel. */
static void test_same_ends(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 8, B);
	play.kernel[0] = play.kernel[8] = 1;
	assert_contradiction(&play, "builds the same kernel");
	g_assert_cmpstr(play.log->str, ==, "end 8");
}

/* Two branches with one bad kernel: what they have in common is broken, neither is tested. */
static void test_same_branches(void)
{
	g_auto(Play) play = { 0 };

	/* 0 good - 1 - 2 culprit - 3; from 3 the branches 4 and 5, merged by 6, then 7 */
	play_start(&play, "- 0 1 2 3 3 4,5 6", 7, 0, NODE_NONE, false);
	truth(&play, 0, 1, G);
	truth(&play, 2, 7, B);
	play.kernel[4] = play.kernel[5] = play.kernel[7] = 1;
	assert_found(&play, 2);
	g_assert_cmpuint(play.asked[4][0] + play.asked[5][0] + play.asked[6][0], ==, 0);
}

/* One change picked to two branches from one good base: each is a true first bad commit. */
static void test_two_culprits(void)
{
	g_auto(Play) play = { 0 };
	Node node = NODE_NONE;

	play_start(&play, "- 0 0 1 2 3,4", 5, 0, NODE_NONE, false);
	truth(&play, 0, 2, G);
	truth(&play, 3, 5, B);
	play.kernel[3] = play.kernel[4] = play.kernel[5] = 1;
	g_assert_cmpint(play_on(&play, &node), ==, SEARCH_FOUND);
	g_assert_true(node == 3 || node == 4);
}

/* What weighs next to nothing is not tested while there is something that does. */
static void test_light(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", 16, 0, NODE_NONE, false);
	truth(&play, 0, 2, G);
	truth(&play, 3, 16, B);
	for (Node node = 0; node < 17; node++) {
		play.weight[node] = node == 3 || node == 14 ? 1 : 1.0 / 32;
		play.kernel[node] = node < 3 ? 1 : node < 14 ? 2 : 3;
	}
	assert_found(&play, 3);
	/* Halving would take four; the two that matter are parted by one. */
	g_assert_cmpuint(strstr(play.log->str, "confirm") - play.log->str, <=,
			 strlen("end 16, end 0, narrow 13, "));
}

/* A guess that writes the culprit off costs tests, not the truth. */
static void test_light_culprit(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 4, G);
	truth(&play, 5, 8, B);
	for (Node node = 0; node < 9; node++)
		play.weight[node] = node == 2 ? 1 : 1.0 / 16;
	assert_found(&play, 5);
}

/* No guess is too small to halve by. */
static void test_weightless(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", 16, 0, NODE_NONE, true);
	truth(&play, 0, 13, G);
	truth(&play, 14, 16, B);
	for (Node node = 0; node < 17; node++)
		play.weight[node] = 1e-300;
	assert_found(&play, 14);
	g_assert_true(g_str_has_prefix(play.log->str, "narrow 8, narrow 12, narrow 14, narrow 13"));
}

/* Answers that come late, twice, or for a revision that nobody asked about. */
static void test_foreign_answers(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	truth(&play, 0, 4, G);
	truth(&play, 5, 8, B);
	search_answer(play.search, 5, VERDICT_SKIP, false);
	search_answer(play.search, 5, VERDICT_GOOD, false);
	g_assert_cmpint(search_label(play.search, 5), ==, VERDICT_SKIP);
	search_answer(play.search, 5, VERDICT_BAD, true);
	g_assert_cmpint(search_label(play.search, 5), ==, VERDICT_BAD);
	search_answer(play.search, 5, VERDICT_GOOD, false);
	g_assert_cmpint(search_label(play.search, 5), ==, VERDICT_BAD);
	search_answer(play.search, 6, VERDICT_NONE, false);
	g_assert_cmpint(search_label(play.search, 6), ==, VERDICT_NONE);
	assert_found(&play, 5);
	g_assert_cmpuint(play.asked[5][0] + play.asked[5][1], ==, 0);
}

/* Same answers in the same order, same questions: with or without looking in between. */
static void test_replay(void)
{
	g_auto(Play) play = { 0 };
	g_auto(Play) again = { 0 };
	Node node = NODE_NONE;

	play_start(&play, LINE9, 8, 5, 0, false);
	play_start(&again, LINE9, 8, 5, 0, false);
	search_answer(again.search, 8, VERDICT_BAD, false);
	search_answer(again.search, 5, VERDICT_GOOD, false);
	search_answer(again.search, 0, VERDICT_GOOD, false);
	search_answer(again.search, 6, VERDICT_BAD, false);
	search_answer(again.search, 6, VERDICT_BAD, true);
	search_answer(again.search, 5, VERDICT_BAD, true);
	truth(&play, 0, 2, G);
	truth(&play, 3, 8, B);
	play.unclean[5] = G;
	play.clean[5] = B;
	assert_found(&play, 3);
	g_assert_cmpint(search_next(again.search, &node, NULL), ==, SEARCH_TEST);
	g_assert_true(g_str_has_prefix(
		play.log->str, "end 8, end 5, end 0, narrow 6, confirm 6, confirm 5, narrow "));
	g_assert_cmpuint(node, ==, (guint)atoi(strstr(play.log->str, "5, narrow ") + 10));
}

/* A random history of n commits, as text for graph_from(). */
static void random_graph(Play *play, GRand *rand, guint n)
{
	play->graph = graph_new();
	for (Node node = 0; node < n; node++) {
		Node parents[3];
		guint n_parents = node == 0 ? 0 : g_rand_boolean(rand) ? 1 : 2;

		if (n_parents && g_rand_int_range(rand, 0, 10) == 0)
			n_parents = 3;
		for (guint i = 0; i < n_parents; i++)
			parents[i] =
				node - (guint)g_rand_int_range(rand, 1, (gint32)MIN(node, 6) + 1);
		graph_add(play->graph, parents, n_parents);
	}
}

/*
 * Whatever the answers, monotone or not, flaky or not: it ends (play_on() asserts that nothing is
 * asked twice), and what is found is a step from good to bad that clean builds have shown.
 */
static void test_any_answers(void)
{
	const char *text = g_getenv("BISECTBOX_GRAPHS");
	guint rounds = text ? (guint)atoi(text) : 3000;
	g_autoptr(GRand) rand = g_rand_new_with_seed(20);
	guint ends[SEARCH_CONTRADICTION + 1] = { 0 };

	for (guint round = 0; round < rounds; round++) {
		g_auto(Play) play = { 0 };
		guint n = (guint)g_rand_int_range(rand, 2, MAX_NODES);
		gint32 noise = g_rand_int_range(rand, 0, 4);
		SearchOracle oracle = { play_same, play_relevance, &play };
		Node goods[2] = { 0, (Node)g_rand_int_range(rand, 0, (gint32)n - 1) };
		SearchAsk ask;
		Node node = NODE_NONE;
		guint n_parents;
		const Node *parents;

		random_graph(&play, rand, n);
		play.log = g_string_new(NULL);
		for (Node i = 0; i < n; i++) {
			Verdict right = i < n / 2 ? G : B;

			play.clean[i] = g_rand_int_range(rand, 0, 4) < noise ? 3 - right : right;
			play.unclean[i] = (Verdict)g_rand_int_range(rand, 1, 4);
			if (g_rand_int_range(rand, 0, 5) > noise)
				play.unclean[i] = play.clean[i];
			play.kernel[i] = noise == 0 ? 0 : g_rand_int_range(rand, 0, 2 * (gint32)n);
			play.weight[i] = g_rand_double(rand);
		}
		play.unclean[0] = play.clean[0] = G;
		play.unclean[n - 1] = play.clean[n - 1] = B;
		play.search =
			search_new(play.graph, n - 1, goods, 2, g_rand_boolean(rand), &oracle);
		ask = play_on(&play, &node);
		ends[ask]++;
		if (ask != SEARCH_FOUND)
			continue;
		g_assert_cmpint(search_label(play.search, node), ==, VERDICT_BAD);
		parents = graph_parents(play.graph, node, &n_parents);
		for (guint i = 0; i < n_parents; i++)
			g_assert_cmpint(search_label(play.search, parents[i]), ==, VERDICT_GOOD);
		if (noise > 0)
			continue;
		g_assert_cmpint(play.clean[node], ==, B);
		for (guint i = 0; i < n_parents; i++)
			g_assert_cmpint(play.clean[parents[i]], ==, G);
	}
	g_test_message("found %u, suspects %u, contradiction %u", ends[SEARCH_FOUND],
		       ends[SEARCH_SUSPECTS], ends[SEARCH_CONTRADICTION]);
	g_assert_cmpuint(ends[SEARCH_FOUND], >, rounds / 4);
	g_assert_cmpuint(ends[SEARCH_SUSPECTS], >, 0);
	g_assert_cmpuint(ends[SEARCH_CONTRADICTION], >, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search/linear", test_linear);
	g_test_add_func("/search/merge-culprit", test_merge_culprit);
	g_test_add_func("/search/rim-parent", test_rim_parent);
	g_test_add_func("/search/masked", test_masked);
	g_test_add_func("/search/masked-no-older-good", test_masked_no_older_good);
	g_test_add_func("/search/flaky-culprit", test_flaky_culprit);
	g_test_add_func("/search/flaky-parent", test_flaky_parent);
	g_test_add_func("/search/flaky-good-end", test_flaky_good_end);
	g_test_add_func("/search/flaky-bad-end", test_flaky_bad_end);
	g_test_add_func("/search/skipped", test_skipped);
	g_test_add_func("/search/skipped-elsewhere", test_skipped_elsewhere);
	g_test_add_func("/search/skipped-rim-parent", test_skipped_rim_parent);
	g_test_add_func("/search/skipped-clean-parent", test_skipped_clean_parent);
	g_test_add_func("/search/beside", test_beside);
	g_test_add_func("/search/wrong-ends", test_wrong_ends);
	g_test_add_func("/search/ends-swapped", test_ends_swapped);
	g_test_add_func("/search/trust-ends", test_trust_ends);
	g_test_add_func("/search/same", test_same);
	g_test_add_func("/search/same-clean", test_same_clean);
	g_test_add_func("/search/same-skip", test_same_skip);
	g_test_add_func("/search/same-ends", test_same_ends);
	g_test_add_func("/search/same-branches", test_same_branches);
	g_test_add_func("/search/two-culprits", test_two_culprits);
	g_test_add_func("/search/light", test_light);
	g_test_add_func("/search/light-culprit", test_light_culprit);
	g_test_add_func("/search/weightless", test_weightless);
	g_test_add_func("/search/foreign-answers", test_foreign_answers);
	g_test_add_func("/search/replay", test_replay);
	g_test_add_func("/search/any-answers", test_any_answers);
	return g_test_run();
}
