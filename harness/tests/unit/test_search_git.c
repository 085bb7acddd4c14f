/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search against git itself, on random histories with random culprits and skips. The
 * environment sets how many (BISECTBOX_GRAPHS) and which (BISECTBOX_SEED, "random" for new ones).
 */
#include "githistory.h"

#include "record/bisectlog.h"

/* Tests that narrowed, over all histories. */
static guint ours_total;
static guint gits_total;
static guint oracle_total;
/* Suspects that were left, over all histories whose culprit skips hide. */
static guint ours_suspects;
static guint gits_suspects;

static char *git_bisect(const char *repo, int or_status, const char *const *words)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();

	g_ptr_array_add(argv, (char *)"git");
	g_ptr_array_add(argv, (char *)bisect_command(repo));
	for (guint i = 0; words[i]; i++)
		g_ptr_array_add(argv, (char *)words[i]);
	g_ptr_array_add(argv, NULL);
	return run_in(repo, NULL, 0, or_status, (const char *const *)argv->pdata);
}

/* What git says: the first bad commit, or all that it could be, as a set. */
static void ask_git(const char *repo, const History *history, bool *suspects)
{
	g_autoptr(GPtrArray) start = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *log_path = g_build_filename(repo, "BISECT_LOG", NULL);
	g_autofree char *log = NULL;
	g_autofree char *out = NULL;
	const char *run[] = { "run", ".", "./answers", NULL };
	const char *list;
	char *found;

	write_answers(repo, history);
	g_ptr_array_add(start, (char *)"start");
	g_ptr_array_add(start, (char *)"--no-checkout");
	g_ptr_array_add(start, (char *)history->id[history->bad]);
	for (guint i = 0; i < history->n_goods; i++)
		g_ptr_array_add(start, (char *)history->id[history->goods[i]]);
	g_ptr_array_add(start, NULL);
	g_free(git_bisect(repo, 2, (const char *const *)start->pdata));
	memset(suspects, 0, sizeof(bool) * MAX_NODES);
	out = git_bisect(repo, 2, run);
	found = strstr(out, " is the first bad commit");
	list = strstr(out, "The first bad commit could be any of:");
	if (found) {
		g_assert_cmpuint(node_of(history, found - 40), !=, NODE_NONE);
		suspects[node_of(history, found - 40)] = true;
	} else {
		g_assert_nonnull(list);
		for (list = strchr(list, '\n'); list && node_of(history, list + 1) != NODE_NONE;
		     list = strchr(list + 1, '\n'))
			suspects[node_of(history, list + 1)] = true;
	}
	fs_read(log_path, G_MAXINT, &log, NULL, &error);
	g_assert_no_error(error);
	/* A single candidate is found by `start`; `run` then answers for it without being asked. */
	if (history->n_range > 1)
		for (const char *line = log; (line = strstr(line, "\ngit bisect ")); line++)
			gits_total += strncmp(line, "\ngit bisect start", 17) != 0;
}

/* Whether the node is a candidate still for who knows one bad only, as git does. */
static bool is_candidate(const History *history, const Search *search, Node node)
{
	for (Node i = 0; i < history->n; i++) {
		Verdict label = search_label(search, i);

		if ((label == VERDICT_BAD && !history->reach[i][node]) ||
		    (label == VERDICT_GOOD && history->reach[i][node]))
			return false;
	}
	return true;
}

/* What git says of a candidate; of those that can be tested we say the same. */
static guint check_rank(const GArray *ranks, Node node, guint distance)
{
	for (guint i = 0; i < ranks->len; i++) {
		const SearchRank *rank = &g_array_index(ranks, SearchRank, i);

		if (rank->node == node) {
			g_assert_cmpuint(rank->distance, ==, distance);
			return 1;
		}
	}
	return 0;
}

/*
 * One step against `git rev-list --bisect-all`: the same candidates with the same weights, as good
 * a choice.
 */
static void check_step(const char *repo, const History *history, Search *search, Node node)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *out = NULL;
	g_auto(GStrv) lines = NULL;
	Node bad = history->bad;
	g_autoptr(GArray) ranks = search_ranking(search);
	guint n_skipped = 0;
	guint n_ranked = 0;
	guint n = 0;
	int best_any = -1;
	int mine = -1;

	for (guint i = 0; i < 3; i++)
		g_ptr_array_add(argv,
				(char *)(const char *[]){ "git", "rev-list", "--bisect-all" }[i]);
	for (Node i = 0; i < history->n; i++)
		if (search_label(search, i) == VERDICT_BAD && history->reach[bad][i])
			bad = i;
	g_ptr_array_add(argv, (char *)history->id[bad]);
	g_ptr_array_add(argv, (char *)"--not");
	for (Node i = 0; i < history->n; i++)
		if (search_label(search, i) == VERDICT_GOOD)
			g_ptr_array_add(argv, (char *)history->id[i]);
	g_ptr_array_add(argv, NULL);
	out = run_in(repo, NULL, 0, 0, (const char *const *)argv->pdata);
	lines = g_strsplit(out, "\n", -1);
	for (; lines[n] && lines[n][0]; n++) {
		Node at = node_of(history, lines[n]);
		int dist = atoi(strstr(lines[n], "dist=") + 5);

		g_assert_cmpuint(at, !=, NODE_NONE);
		n_skipped += search_label(search, at) == VERDICT_SKIP;
		n_ranked += check_rank(ranks, at, (guint)dist);
		if (at == node)
			mine = dist;
		if (at != bad)
			best_any = MAX(best_any, dist);
	}
	g_assert_cmpuint(search_candidates(search), ==, n);
	g_assert_cmpuint(n_ranked, ==, ranks->len);
	g_assert_cmpuint(n_ranked, ==, n - n_skipped);
	g_assert_cmpint(mine, >=, 0);
	if (n_skipped == 0)
		g_assert_cmpint(mine, ==, best_any);
}

/* The commits that fit all answers that could be had. */
static void fitting(const History *history, bool *fit)
{
	for (Node c = 0; c < history->n; c++) {
		fit[c] = history->range[c];
		for (Node node = 0; node < history->n && fit[c]; node++)
			if (history->range[node] && !history->skip[node])
				fit[c] = history->reach[node][c] ==
					 history->reach[node][history->culprit];
	}
}

static void check_end(const History *history, Search *search, SearchAsk ask, Node found,
		      const bool *gits)
{
	bool fit[MAX_NODES] = { 0 };
	bool ours[MAX_NODES] = { 0 };
	guint n_fit = 0;
	guint n_gits = 0;
	guint n_ours = 0;
	Node c = history->culprit;
	g_autoptr(GArray) suspects = search_suspects(search);
	bool hidden = history->skip[c];

	fitting(history, fit);
	for (Node node = 0; node < history->n; node++) {
		n_fit += fit[node];
		n_gits += gits[node];
	}
	for (guint i = 0; i < history->n_parents[c]; i++)
		hidden = hidden || history->skip[history->parents[c][i]];
	g_assert_true(gits[c]);
	if (ask == SEARCH_FOUND) {
		g_assert_cmpuint(found, ==, c);
		g_assert_cmpuint(n_fit, ==, 1);
		return;
	}
	g_assert_cmpint(ask, ==, SEARCH_SUSPECTS);
	g_assert_true(hidden);
	for (guint i = 0; i < suspects->len; i++) {
		Node node = g_array_index(suspects, Node, i);
		bool parent = false;

		for (guint k = 0; k < history->n_parents[c]; k++)
			parent = parent || history->parents[c][k] == node;
		/* Besides what fits there may be the untestable parents of the one that does. */
		n_ours += fit[node] || n_fit > 1 || !parent || !history->skip[node];
		ours[node] = true;
	}
	for (Node node = 0; node < history->n; node++)
		if (fit[node])
			g_assert_true(ours[node] && gits[node]);
	ours_suspects += n_ours;
	gits_suspects += n_gits;
	/* A test that tells only a few of many apart is not made. */
	if (n_ours <= 8)
		g_assert_cmpuint(n_ours, ==, n_fit);
	else
		g_assert_cmpuint(n_ours, >=, n_fit);
}

/* The answers as a log with terms of one's own: git comes to the same commit by it. */
static void check_log(const char *repo, const History *history, Search *search, Node found,
		      GRand *rand)
{
	static const char *const words[][2] = {
		{ "good", "bad" }, { "old", "new" }, { "quick", "slow" }, { "broken", "fixed" }
	};
	guint pick = below(rand, G_N_ELEMENTS(words));
	g_auto(Terms) terms = { 0 };
	g_autoptr(BisectLog) log = NULL;
	g_autofree char *text = NULL;
	g_autofree char *path = g_build_filename(repo, "ours.log", NULL);
	g_autofree char *out = NULL;
	g_autofree char *expected =
		g_strdup_printf("%s is the first %s commit", history->id[found], words[pick][1]);
	g_autoptr(GError) error = NULL;
	const char *replay[] = { "replay", "ours.log", NULL };

	terms_init(&terms, words[pick][0], words[pick][1], false, &error);
	g_assert_no_error(error);
	log = bisect_log_new(&terms);
	bisect_log_start(log, history->id[history->bad], "bad");
	for (guint i = 0; i < history->n_goods; i++)
		bisect_log_start_good(log, history->id[history->goods[i]], NULL);
	for (Node node = 0; node < history->n; node++) {
		Verdict label = search_label(search, node);

		/* A bad beside the last one is no step for git, which knows one bad only. */
		if (label != VERDICT_NONE && node != history->bad &&
		    (label != VERDICT_BAD || history->reach[node][found]))
			bisect_log_add(log, terms_word(&terms, label), history->id[node], "x\ny");
	}
	bisect_log_add(log, terms.new_name, history->id[found], NULL);
	text = bisect_log_text(log);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	out = git_bisect(repo, 1, replay);
	if (!strstr(out, expected))
		g_test_message("%s\n%s", text, out);
	g_assert_nonnull(strstr(out, expected));
}

/* Commits that change only the later files, and not the answer, build the same kernel. */
static bool same_kernel(Node a, Node b, void *user)
{
	const History *history = user;

	return history->files[a][0] == history->files[b][0] &&
	       history->files[a][1] == history->files[b][1] &&
	       answer_of(history, a) == answer_of(history, b);
}

/* With what is known to be the same: the same culprit, and the tests are counted. */
static void check_oracle(History *history)
{
	g_autoptr(Graph) graph = graph_of(history);
	SearchOracle oracle = { same_kernel, NULL, history };
	g_autoptr(Search) search =
		search_new(graph, history->bad, history->goods, history->n_goods, false, &oracle);

	for (;;) {
		Node node = NODE_NONE;
		SearchWhy why;
		SearchAsk ask = search_next(search, &node, &why);

		if (ask == SEARCH_FOUND)
			g_assert_cmpint(answer_of(history, node), ==, VERDICT_BAD);
		if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM)
			return;
		oracle_total += why == REASON_NARROW;
		search_answer(search, node, answer_of(history, node), ask == SEARCH_CONFIRM);
	}
}

static void check_history(const char *repo, History *history, GRand *rand)
{
	g_autoptr(Graph) graph = graph_of(history);
	g_autoptr(Search) search =
		search_new(graph, history->bad, history->goods, history->n_goods, false, NULL);
	bool gits[MAX_NODES];
	bool asked[MAX_NODES] = { 0 };
	bool beside = false;

	ask_git(repo, history, gits);
	check_oracle(history);
	for (;;) {
		Node node = NODE_NONE;
		SearchWhy why;
		SearchAsk ask = search_next(search, &node, &why);

		if (ask == SEARCH_FOUND && history->n % 4 == 0)
			check_log(repo, history, search, node, rand);
		if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM) {
			check_end(history, search, ask, node, gits);
			return;
		}
		if (why == REASON_NARROW) {
			g_assert_false(asked[node]);
			asked[node] = true;
			/* git does not look beside the candidates, nor know of two bads then. */
			beside = beside || !is_candidate(history, search, node);
			ours_total += !beside;
			if (!beside && history->n % 2)
				check_step(repo, history, search, node);
		}
		search_answer(search, node, answer_of(history, node), ask == SEARCH_CONFIRM);
	}
}

/*
 * Who of several equally good choices takes which is luck: without an oracle a few histories may
 * take more than git, or leave more suspects, all of them together do not. With one, it is never
 * more tests.
 */
static void test_against_git(void)
{
	guint n = histories_run(300, NULL, check_history);
	guint luck = n < 300 ? gits_total / 10 : 0;
	guint luck_suspects = n < 300 ? gits_suspects / 10 : 0;

	g_test_message("tests that narrowed: %u, with an oracle: %u, git: %u", ours_total,
		       oracle_total, gits_total);
	g_test_message("suspects: %u, git: %u", ours_suspects, gits_suspects);
	g_assert_cmpuint(ours_total, <=, gits_total + luck);
	g_assert_cmpuint(oracle_total, <=, gits_total);
	g_assert_cmpuint(ours_suspects, <=, gits_suspects + luck_suspects);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search/against-git", test_against_git);
	return g_test_run();
}
