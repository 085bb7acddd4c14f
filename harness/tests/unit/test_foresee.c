/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What will be asked next is known before the answer: always where only one answer is expected. */
#include "searchplay.h"

typedef struct {
	guint sure;     /* steps whose answer was as expected */
	guint narrow;   /* steps that could go either way */
	guint foreseen; /* of those, what came next was foreseen */
} Tally;

static void play_foreseeing(Play *play, Tally *tally)
{
	Node foreseen = NODE_NONE;
	bool foreseen_clean = false;
	SearchWhy last = REASON_END;

	for (bool first = true;; first = false) {
		Node node = NODE_NONE;
		SearchWhy why;
		SearchAsk ask = search_next(play->search, &node, &why);
		bool over = ask != SEARCH_TEST && ask != SEARCH_CONFIRM;
		bool hit = over ? foreseen == NODE_NONE
				: foreseen == node && foreseen_clean == (ask == SEARCH_CONFIRM);

		if (!first && last == REASON_NARROW) {
			tally->narrow++;
			tally->foreseen += hit;
		} else if (!first) {
			tally->sure++;
			g_assert_true(hit);
		}
		if (over)
			return;
		last = why;
		foreseen = search_foresee(play->search, &foreseen_clean);
		g_assert_true(foreseen != node || foreseen_clean);
		search_answer(play->search, node, play->unclean[node], ask == SEARCH_CONFIRM);
	}
}

static GString *line(guint n)
{
	GString *text = g_string_new("-");

	for (Node node = 1; node < n; node++)
		g_string_append_printf(text, " %u", node - 1);
	return text;
}

static void test_line(void)
{
	g_autoptr(GString) text = line(MAX_NODES);
	Tally tally = { 0 };

	for (Node culprit = 1; culprit < MAX_NODES; culprit++) {
		g_auto(Play) play = { 0 };

		play_start(&play, text->str, MAX_NODES - 1, 0, NODE_NONE, false);
		truth(&play, 0, culprit - 1, G);
		truth(&play, culprit, MAX_NODES - 1, B);
		play_foreseeing(&play, &tally);
	}
	g_assert_cmpuint(tally.sure, >=, 4 * (MAX_NODES - 1));
	g_assert_cmpuint(tally.foreseen * 5, >, tally.narrow * 2);
	g_assert_cmpuint(tally.foreseen, <, tally.narrow);
}

/* Only commit 5 is likely to matter: whichever side of it is asked first, the other comes next. */
static void test_likelier(void)
{
	g_auto(Play) play = { 0 };
	bool clean = true;
	Node node = NODE_NONE;
	Node foreseen;

	play_start(&play, LINE9, 8, 0, NODE_NONE, true);
	for (Node any = 0; any < 9; any++)
		play.weight[any] = any == 5 ? 1 : 1e-6;
	g_assert_cmpint(search_next(play.search, &node, NULL), ==, SEARCH_TEST);
	foreseen = search_foresee(play.search, &clean);
	g_assert_false(clean);
	g_assert_cmpuint(MIN(node, foreseen), ==, 4);
	g_assert_cmpuint(MAX(node, foreseen), ==, 5);
}

static void test_no_answer_yet(void)
{
	g_auto(Play) play = { 0 };
	bool clean = true;

	play_start(&play, LINE9, 8, 0, NODE_NONE, false);
	g_assert_cmpuint(search_foresee(play.search, &clean), ==, 0);
	g_assert_false(clean);
	search_answer(play.search, 8, G, false); /* the bad end is good: nothing more to ask */
	g_assert_cmpuint(search_foresee(play.search, &clean), ==, NODE_NONE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/foresee/line", test_line);
	g_test_add_func("/foresee/likelier", test_likelier);
	g_test_add_func("/foresee/no-answer-yet", test_no_answer_yet);
	return g_test_run();
}
