/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The book of answers: whose they are, what same kernels share, what a clean build takes back. */
#include "search/ledger.h"

/* Revisions of the same tens build the same kernel. */
static bool same_tens(Node a, Node b, void *user)
{
	(void)user;
	return a / 10 == b / 10;
}

static Graph *forty(void)
{
	Graph *graph = graph_new();

	for (Node node = 0; node < 40; node++)
		graph_add(graph, &(Node){ node - 1 }, node > 0);
	return graph;
}

#define assert_samples(samples, n_bad, n_good)                                                     \
	do {                                                                                       \
		Samples are = (samples);                                                           \
		g_assert_cmpuint(are.bad, ==, n_bad);                                              \
		g_assert_cmpuint(are.good, ==, n_good);                                            \
	} while (0)

static void test_shared(void)
{
	SearchOracle oracle = { same_tens, NULL, NULL };
	g_autoptr(Graph) graph = forty();
	guint8 wanted[40] = { 0 };
	g_autoptr(Ledger) ledger = ledger_new(graph, &oracle);

	g_assert_false(ledger_answer(ledger, 11, VERDICT_BAD, false));
	g_assert_true(ledger_answer(ledger, 13, VERDICT_GOOD, true));
	g_assert_false(ledger_answer(ledger, 25, VERDICT_GOOD, false));
	g_assert_false(ledger_answer(ledger, 11, VERDICT_BAD, false));
	assert_samples(ledger_own(ledger, 11), 2, 0);
	assert_samples(ledger_own(ledger, 13), 0, 1);
	assert_samples(ledger_all(ledger, 11), 2, 1);
	assert_samples(ledger_all(ledger, 13), 2, 1);
	assert_samples(ledger_clean(ledger, 11), 0, 1);
	assert_samples(ledger_all(ledger, 25), 0, 1);
	/* One that was never asked shares them once it is looked for, and only then. */
	assert_samples(ledger_all(ledger, 15), 0, 0);
	wanted[15] = wanted[35] = 1;
	g_assert_true(ledger_pool(ledger, wanted));
	g_assert_false(ledger_pool(ledger, wanted));
	assert_samples(ledger_all(ledger, 15), 2, 1);
	assert_samples(ledger_own(ledger, 15), 0, 0);
	assert_samples(ledger_all(ledger, 35), 0, 0);
	g_assert_cmpuint(ledger_asked(ledger)->len, ==, 3);
	g_assert_cmpuint(ledger_classes(ledger)->len, ==, 2);
}

static void test_skipped(void)
{
	SearchOracle oracle = { same_tens, NULL, NULL };
	g_autoptr(Graph) graph = forty();
	g_autoptr(Ledger) ledger = ledger_new(graph, &oracle);

	ledger_answer(ledger, 11, VERDICT_BAD, false);
	ledger_answer(ledger, 12, VERDICT_SKIP, false);
	g_assert_true(ledger_skipped(ledger, 12));
	g_assert_true(ledger_skipped(ledger, 11)); /* the same kernel */
	g_assert_false(ledger_skipped(ledger, 21));
	/* Whoever could not be tested once can be another time. */
	ledger_answer(ledger, 12, VERDICT_GOOD, false);
	g_assert_false(ledger_skipped(ledger, 11));
}

/* What other builds than clean ones answered can be taken back, and then counts no more. */
static void test_clean(void)
{
	g_autoptr(Graph) graph = forty();
	g_autoptr(Ledger) ledger = ledger_new(graph, NULL);

	ledger_answer(ledger, 5, VERDICT_BAD, false);
	ledger_answer(ledger, 5, VERDICT_BAD, false);
	ledger_answer(ledger, 5, VERDICT_GOOD, true);
	ledger_answer(ledger, 5, VERDICT_GOOD, false);
	assert_samples(ledger_all(ledger, 5), 2, 2);
	g_assert_false(ledger_clean_only(ledger, 5));
	assert_samples(ledger_drop_unclean(ledger, 5), 2, 1);
	g_assert_true(ledger_clean_only(ledger, 5));
	assert_samples(ledger_all(ledger, 5), 0, 1);
	/* One that was on its way comes too late. */
	ledger_answer(ledger, 5, VERDICT_BAD, false);
	assert_samples(ledger_all(ledger, 5), 0, 1);
	ledger_answer(ledger, 5, VERDICT_GOOD, true);
	assert_samples(ledger_clean(ledger, 5), 0, 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/shared", test_shared);
	g_test_add_func("/ledger/skipped", test_skipped);
	g_test_add_func("/ledger/clean", test_clean);
	return g_test_run();
}
