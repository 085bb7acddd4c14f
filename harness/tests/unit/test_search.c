/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "searchplay.h"

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
	for (Node node = 0; node < 9; node++)
		g_assert_true(search_is_candidate(play.search, node) == (node == 5));
}

/* What `git rev-list --bisect-vars` says of lines of so many candidates. */
static void test_steps_left(void)
{
	static const guint steps[][2] = { { 1, 0 },  { 2, 0 },  { 3, 1 },  { 4, 1 },  { 5, 1 },
					  { 6, 2 },  { 7, 2 },  { 8, 2 },  { 10, 2 }, { 11, 3 },
					  { 16, 3 }, { 21, 3 }, { 22, 4 }, { 24, 4 } };

	for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autoptr(GString) line = g_string_new("-");
		g_auto(Play) play = { 0 };

		for (Node node = 0; node < steps[i][0]; node++)
			g_string_append_printf(line, " %u", node);
		play_start(&play, line->str, steps[i][0], 0, NODE_NONE, false);
		g_assert_cmpuint(search_candidates(play.search), ==, steps[i][0]);
		g_assert_cmpuint(search_steps_left(play.search), ==, steps[i][1]);
	}
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

	play_start(&play, "- 0 1 1 2,3", 4, 2, 0, false);
	truth(&play, 0, 0, G);
	truth(&play, 1, 4, B);
	truth(&play, 2, 2, G);
	assert_elsewhere(&play, 1, 2, 3);
	g_assert_cmpstr(play.log->str, ==,
			"end 4, end 2, end 0, narrow 3, parent 1, confirm 1, confirm 2, confirm 3");
}

/* What is taken for a masked regression is seen from clean builds: 1 was only flaky. */
static void test_masked_flaky(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0 1 1 2,3", 4, 2, 0, false);
	truth(&play, 0, 2, G);
	truth(&play, 3, 4, B);
	play.unclean[1] = B;
	play.clean[1] = G;
	assert_found(&play, 3);
}

/* 4 bad, 3 good, both from 1: their merge base is tested first. */
static void test_base(void)
{
	static const Verdict bases[] = { G, B, S };

	for (guint i = 0; i < G_N_ELEMENTS(bases); i++) {
		g_auto(Play) play = { 0 };
		Node base = 1;

		play_start(&play, "- 0 1 1 2", 4, 3, NODE_NONE, false);
		search_set_bases(play.search, &base, 1);
		truth(&play, 0, 3, G);
		truth(&play, 4, 4, B);
		truth(&play, 1, 1, bases[i]);
		if (bases[i] == B)
			assert_elsewhere(&play, 1, 3, NODE_NONE);
		else
			assert_found(&play, 4);
		g_assert_true(g_str_has_prefix(play.log->str, "end 4, end 3, base 1, "));
	}
}

/* --first-parent: 3 is the first bad of 0 - 3 - 4; its other parent 2 is tested all the same. */
static void test_aside(void)
{
	static const Verdict sides[] = { G, B, S };

	for (guint i = 0; i < G_N_ELEMENTS(sides); i++) {
		g_auto(Play) play = { 0 };
		Node zero = 0, side = 1, merge;
		SearchOracle none = { 0 };

		play.graph = graph_new();
		play.log = g_string_new(NULL);
		graph_add(play.graph, NULL, 0);
		graph_add(play.graph, NULL, 0);
		merge = graph_add_aside(play.graph, &zero, 1, &side, 1);
		graph_add(play.graph, &merge, 1);
		play.search = search_new(play.graph, 3, &zero, 1, false, &none);
		g_assert_cmpuint(search_candidates(play.search), ==, 2);
		truth(&play, 0, 0, G);
		truth(&play, 1, 1, sides[i]);
		truth(&play, 2, 3, B);
		if (sides[i] == B)
			assert_elsewhere(&play, 1, NODE_NONE, 2);
		else if (sides[i] == S)
			assert_suspects(&play, "1 2");
		else
			assert_found(&play, 2);
	}
}

/* Paths: 2 and 4 touch them. Their parents are tested as they are in the whole history. */
static void test_passage(void)
{
	static const struct {
		Node first_bad, found;
	} cases[] = { { 2, 2 }, { 4, 4 }, { 1, NODE_NONE }, { 3, NODE_NONE }, { 5, NODE_NONE } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Play) play = { 0 };

		play_start(&play, "- 0 1 2 3 4 5", 6, 0, NODE_NONE, false);
		for (Node node = 0; node < 7; node++)
			if (node != 2 && node != 4)
				graph_set_passage(play.graph, node);
		g_assert_cmpuint(search_candidates(play.search), ==, 2);
		truth(&play, 0, 6, G);
		truth(&play, cases[i].first_bad, 6, B);
		if (cases[i].found != NODE_NONE)
			assert_found(&play, cases[i].found);
		else
			assert_elsewhere(&play, cases[i].first_bad == 5 ? 6 : cases[i].first_bad,
					 NODE_NONE, NODE_NONE);
	}
}

/*
 * What could not be tested keeps the choice away from its neighbours; a person who skips has
 * reasons of his own, which say nothing of them.
 */
static void test_skipped_by_person(void)
{
	static const Node good = 0;

	for (guint person = 0; person < 2; person++) {
		g_autoptr(Graph) graph = graph_new();
		g_autoptr(Search) search = NULL;
		Node node = NODE_NONE;

		for (node = 0; node < 41; node++)
			graph_add(graph, &(Node){ node - 1 }, node > 0);
		search = search_new(graph, 40, &good, 1, true, NULL);
		search_answer(search, 19, S, person);
		search_answer(search, 21, S, person);
		g_assert_cmpint(search_next(search, &node, NULL), ==, SEARCH_TEST);
		if (person)
			g_assert_cmpuint(node, ==, 20);
		else
			g_assert_true(node < 19 || node > 21);
	}
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
	assert_trouble(&alone, TROUBLE_NO_GOOD);
}

static void test_flaky_bad_end(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, "- 0", 1, 0, NODE_NONE, false);
	truth(&play, 0, 1, G);
	play.unclean[1] = B;
	play.clean[1] = G;
	assert_trouble(&play, TROUBLE_BAD_IS_GOOD);
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
		SearchTrouble trouble;
	} cases[] = {
		{ G, G, TROUBLE_BAD_IS_GOOD },
		{ S, G, TROUBLE_BAD_UNTESTABLE },
		{ B, B, TROUBLE_GOOD_IS_BAD },
		{ B, S, TROUBLE_GOOD_UNTESTABLE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Play) play = { 0 };

		play_start(&play, LINE9, 8, 0, NODE_NONE, false);
		play.unclean[8] = cases[i].bad;
		play.unclean[0] = cases[i].good;
		assert_trouble(&play, cases[i].trouble);
	}
}

/* Ends the wrong way round have no good below the bad. */
static void test_ends_swapped(void)
{
	g_auto(Play) play = { 0 };

	play_start(&play, LINE9, 0, 8, NODE_NONE, true);
	assert_trouble(&play, TROUBLE_NO_GOOD);
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
	assert_trouble(&wrong, TROUBLE_NO_GOOD);
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

/* A person says of an ancestor of a good one that it is bad: that is where the search goes on.
 * Where no clean build, and nobody who knows, says so, it is only an odd answer. */
static void test_bad_below_good(void)
{
	for (guint clean = 0; clean < 2; clean++) {
		g_auto(Play) play = { 0 };

		play_start(&play, LINE9, 8, 0, NODE_NONE, true);
		truth(&play, 0, 5, G);
		truth(&play, 6, 8, B);
		search_answer(play.search, 4, VERDICT_GOOD, true);
		search_answer(play.search, 2, VERDICT_BAD, clean);
		if (clean)
			assert_elsewhere(&play, 2, 4, NODE_NONE);
		else
			assert_found(&play, 6);
	}
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
	g_test_message("found %u, suspects %u, elsewhere %u, contradiction %u", ends[SEARCH_FOUND],
		       ends[SEARCH_SUSPECTS], ends[SEARCH_ELSEWHERE], ends[SEARCH_CONTRADICTION]);
	g_assert_cmpuint(ends[SEARCH_FOUND], >, rounds / 4);
	g_assert_cmpuint(ends[SEARCH_SUSPECTS], >, 0);
	g_assert_cmpuint(ends[SEARCH_ELSEWHERE], >, 0);
	g_assert_cmpuint(ends[SEARCH_CONTRADICTION], >, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search/linear", test_linear);
	g_test_add_func("/search/steps-left", test_steps_left);
	g_test_add_func("/search/merge-culprit", test_merge_culprit);
	g_test_add_func("/search/rim-parent", test_rim_parent);
	g_test_add_func("/search/masked", test_masked);
	g_test_add_func("/search/masked-flaky", test_masked_flaky);
	g_test_add_func("/search/base", test_base);
	g_test_add_func("/search/aside", test_aside);
	g_test_add_func("/search/passage", test_passage);
	g_test_add_func("/search/flaky-culprit", test_flaky_culprit);
	g_test_add_func("/search/flaky-parent", test_flaky_parent);
	g_test_add_func("/search/flaky-good-end", test_flaky_good_end);
	g_test_add_func("/search/flaky-bad-end", test_flaky_bad_end);
	g_test_add_func("/search/skipped", test_skipped);
	g_test_add_func("/search/skipped-by-person", test_skipped_by_person);
	g_test_add_func("/search/skipped-elsewhere", test_skipped_elsewhere);
	g_test_add_func("/search/skipped-rim-parent", test_skipped_rim_parent);
	g_test_add_func("/search/skipped-clean-parent", test_skipped_clean_parent);
	g_test_add_func("/search/beside", test_beside);
	g_test_add_func("/search/wrong-ends", test_wrong_ends);
	g_test_add_func("/search/ends-swapped", test_ends_swapped);
	g_test_add_func("/search/trust-ends", test_trust_ends);
	g_test_add_func("/search/foreign-answers", test_foreign_answers);
	g_test_add_func("/search/bad-below-good", test_bad_below_good);
	g_test_add_func("/search/replay", test_replay);
	g_test_add_func("/search/any-answers", test_any_answers);
	return g_test_run();
}
