/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the search makes of revisions that build the same kernel, and of guesses what matters. */
#include "searchplay.h"

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
	assert_trouble(&play, TROUBLE_GOOD_IS_BAD);
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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search/same", test_same);
	g_test_add_func("/search/same-clean", test_same_clean);
	g_test_add_func("/search/same-skip", test_same_skip);
	g_test_add_func("/search/same-ends", test_same_ends);
	g_test_add_func("/search/same-branches", test_same_branches);
	g_test_add_func("/search/two-culprits", test_two_culprits);
	g_test_add_func("/search/light", test_light);
	g_test_add_func("/search/light-culprit", test_light_culprit);
	g_test_add_func("/search/weightless", test_weightless);
	return g_test_run();
}
