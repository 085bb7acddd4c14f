/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search against git itself, on random histories with random culprits and skips. The
 * environment sets how many (BISECTBOX_GRAPHS) and which (BISECTBOX_SEED, "random" for new ones).
 */
#include "gitfixture.h"

#include "search/search.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES 200
#define MAX_PARENTS 6
#define MAX_GOODS 3

typedef struct {
	guint n;
	Node parents[MAX_NODES][MAX_PARENTS];
	guint n_parents[MAX_NODES];
	char id[MAX_NODES][41];
	guint8 reach[MAX_NODES][MAX_NODES]; /* [young][old] */
	bool range[MAX_NODES];              /* ancestors of bad that are none of a good */
	guint n_range;
	bool skip[MAX_NODES];
	Node bad;
	Node goods[MAX_GOODS];
	guint n_goods;
	Node culprit;
} History;

/* Tests that narrowed, over all histories. */
static guint ours_total;
static guint gits_total;

static guint below(GRand *rand, guint n)
{
	return (guint)g_rand_int_range(rand, 0, (gint32)n);
}

static void add_parent(History *history, Node node, Node parent)
{
	for (guint i = 0; i < history->n_parents[node]; i++)
		if (history->parents[node][i] == parent)
			return;
	history->parents[node][history->n_parents[node]++] = parent;
}

/* Lanes that grow side by side and merge each other's tips: criss-cross, or all at once. */
static void make_lanes(History *history, GRand *rand, guint lanes, guint chance)
{
	Node tips[MAX_PARENTS] = { 0 };

	for (Node node = 1; node < history->n; node++) {
		guint lane = below(rand, lanes);
		bool last = node == history->n - 1;

		add_parent(history, node, tips[lane]);
		for (guint i = 0; i < lanes; i++)
			if (last || below(rand, 100) < chance)
				add_parent(history, node, tips[i]);
		tips[lane] = node;
	}
}

/* A mainline that merges topics forked somewhere before. */
static void make_topics(History *history, GRand *rand)
{
	Node main = 0;
	Node node = 1;

	while (node < history->n) {
		guint length = below(rand, MIN(12, history->n - node));
		Node topic = below(rand, main + 1);

		for (; length > 0; length--, node++) {
			add_parent(history, node, topic);
			topic = node;
		}
		add_parent(history, node, main);
		if (topic != 0)
			add_parent(history, node, topic);
		main = node++;
	}
}

static void make_random(History *history, GRand *rand, guint window, guint roots)
{
	for (Node node = 1; node < history->n; node++) {
		guint parents = below(rand, 3) ? 1 : 1 + below(rand, 4);

		if (below(rand, 100) < roots && node < history->n - 1)
			continue;
		while (parents-- > 0)
			add_parent(history, node, node - 1 - below(rand, MIN(node, window)));
	}
}

static void make_history(History *history, GRand *rand)
{
	history->n = 2 + below(rand, below(rand, 2) ? 20 : MAX_NODES - 2);
	switch (below(rand, 7)) {
	case 0:
		make_random(history, rand, 1, 0); /* linear */
		break;
	case 1:
		make_lanes(history, rand, 2, 40);
		break;
	case 2:
		make_lanes(history, rand, MAX_PARENTS, 8);
		break;
	case 3:
		make_random(history, rand, 5, 0);
		break;
	case 4:
		make_random(history, rand, MAX_NODES, 0);
		break;
	case 5:
		make_random(history, rand, 20, 5);
		break;
	default:
		make_topics(history, rand);
		break;
	}
	for (Node node = 0; node < history->n; node++) {
		history->reach[node][node] = 1;
		for (guint i = 0; i < history->n_parents[node]; i++)
			for (Node old = 0; old < node; old++)
				history->reach[node][old] |=
					history->reach[history->parents[node][i]][old];
	}
}

/* Pick ends and culprit, and what cannot be tested: single commits, or stretches. */
static bool make_question(History *history, GRand *rand)
{
	Node picks[MAX_NODES];
	guint n = 0;
	guint rate = (guint[]){ 0, 0, 5, 20, 50 }[below(rand, 5)];

	history->bad = history->n - 1;
	for (Node node = 0; node < history->bad; node++)
		if (history->reach[history->bad][node])
			picks[n++] = node;
	if (n == 0)
		return false;
	history->n_goods = 1 + (below(rand, 3) ? 0 : below(rand, MAX_GOODS));
	for (guint i = 0; i < history->n_goods; i++)
		history->goods[i] = picks[below(rand, below(rand, 2) ? n : 1 + n / 4)];
	n = 0;
	for (Node node = 0; node < history->n; node++) {
		bool old = !history->reach[history->bad][node];

		for (guint i = 0; i < history->n_goods; i++)
			old = old || history->reach[history->goods[i]][node];
		history->range[node] = !old;
		if (!old)
			picks[n++] = node;
	}
	history->n_range = n;
	history->culprit = picks[below(rand, n)];
	for (Node node = 0, left = 0; node < history->n && rate > 0; node++) {
		if (left == 0 && below(rand, 100) < rate)
			left = below(rand, 3) ? 1 : 1 + below(rand, 20);
		history->skip[node] = left > 0;
		left -= left > 0;
	}
	history->skip[history->bad] = false;
	for (guint i = 0; i < history->n_goods; i++)
		history->skip[history->goods[i]] = false;
	return true;
}

static Verdict answer_of(const History *history, Node node)
{
	if (history->skip[node])
		return VERDICT_SKIP;
	return history->reach[node][history->culprit] ? VERDICT_BAD : VERDICT_GOOD;
}

/* All histories go into one bare repository by one fast-import; dates grow with the number. */
static void import(const char *repo, History *all, guint n_histories)
{
	g_autoptr(GString) in = g_string_new(NULL);
	g_autofree char *marks_path = g_build_filename(repo, "marks", NULL);
	g_autofree char *marks = NULL;
	g_autofree char *out = NULL;
	g_autoptr(GError) error = NULL;
	const char *argv[] = { "git",     "fast-import",          "--quiet",
			       "--force", "--export-marks=marks", NULL };
	g_auto(GStrv) lines = NULL;

	for (guint h = 0; h < n_histories; h++)
		for (Node node = 0; node < all[h].n; node++) {
			const History *history = &all[h];
			guint base = 1 + h * MAX_NODES;

			g_string_append_printf(in,
					       "reset refs/heads/g%u\n\ncommit refs/heads/g%u\n"
					       "mark :%u\ncommitter C <c@example.com> %u +0000\n"
					       "data <<E\n%u %u\nE\n",
					       h, h, base + node, 1700000000 + node * 60, h, node);
			for (guint i = 0; i < history->n_parents[node]; i++)
				g_string_append_printf(in, "%s :%u\n", i ? "merge" : "from",
						       base + history->parents[node][i]);
			if (history->n_parents[node] == 0)
				g_string_append(in, "M 644 inline f\ndata 1\nx\n");
			g_string_append_c(in, '\n');
		}
	out = run_in(repo, in->str, 0, 0, argv);
	fs_read(marks_path, G_MAXINT, &marks, NULL, &error);
	g_assert_no_error(error);
	lines = g_strsplit(marks, "\n", -1);
	for (guint i = 0; lines[i] && lines[i][0]; i++) {
		guint mark = (guint)atoi(lines[i] + 1) - 1;

		g_strlcpy(all[mark / MAX_NODES].id[mark % MAX_NODES], strchr(lines[i], ' ') + 1,
			  41);
	}
}

static Node node_of(const History *history, const char *id)
{
	for (Node node = 0; node < history->n; node++)
		if (strncmp(history->id[node], id, 40) == 0)
			return node;
	return NODE_NONE;
}

/* What git says: the first bad commit, or all that it could be, as a set. */
static void ask_git(const char *repo, const History *history, bool *suspects)
{
	static const char script[] =
		"read h < BISECT_HEAD; while read o c; do [ $o != $h ] || exit $c; done < verdicts";
	g_autoptr(GPtrArray) start = g_ptr_array_new();
	g_autoptr(GString) verdicts = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename(repo, "verdicts", NULL);
	g_autofree char *log_path = g_build_filename(repo, "BISECT_LOG", NULL);
	g_autofree char *log = NULL;
	g_autofree char *out = NULL;
	const char *run[] = { "git", "bisect", "run", "sh", "-c", script, NULL };
	const char *list;
	char *found;

	for (Node node = 0; node < history->n; node++)
		g_string_append_printf(verdicts, "%s %d\n", history->id[node],
				       (int[]){ 9, 0, 1, 125 }[answer_of(history, node)]);
	g_assert_true(g_file_set_contents(path, verdicts->str, -1, NULL));
	for (guint i = 0; i < 4; i++)
		g_ptr_array_add(start, (char *)(const char *[]){ "git", "bisect", "start",
								 "--no-checkout" }[i]);
	g_ptr_array_add(start, (char *)history->id[history->bad]);
	for (guint i = 0; i < history->n_goods; i++)
		g_ptr_array_add(start, (char *)history->id[history->goods[i]]);
	g_ptr_array_add(start, NULL);
	g_free(run_in(repo, NULL, 0, 2, (const char *const *)start->pdata));
	memset(suspects, 0, sizeof(bool) * MAX_NODES);
	out = run_in(repo, NULL, 0, 2, run);
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

/* One step against `git rev-list --bisect-all`: the same candidates, as good a choice. */
static void check_step(const char *repo, const History *history, Search *search, Node node)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *out = NULL;
	g_auto(GStrv) lines = NULL;
	Node bad = history->bad;
	guint n_skipped = 0;
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
		if (at == node)
			mine = dist;
		if (at != bad)
			best_any = MAX(best_any, dist);
	}
	g_assert_cmpuint(search_candidates(search), ==, n);
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

static Graph *graph_of(const History *history)
{
	Graph *graph = graph_new();

	for (Node node = 0; node < history->n; node++)
		graph_add(graph, history->parents[node], history->n_parents[node]);
	return graph;
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
	/* A test that tells only a few of many apart is not made. */
	if (n_ours <= 8)
		g_assert_cmpuint(n_ours, ==, n_fit);
	else
		g_assert_cmpuint(n_ours, >=, n_fit);
}

static void check_history(const char *repo, const History *history)
{
	g_autoptr(Graph) graph = graph_of(history);
	g_autoptr(Search) search =
		search_new(graph, history->bad, history->goods, history->n_goods, false, NULL);
	bool gits[MAX_NODES];
	bool asked[MAX_NODES] = { 0 };
	bool beside = false;

	ask_git(repo, history, gits);
	for (;;) {
		Node node = NODE_NONE;
		SearchWhy why;
		SearchAsk ask = search_next(search, &node, &why);

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

static void test_against_git(void)
{
	const char *graphs = g_getenv("BISECTBOX_GRAPHS");
	const char *seed_text = g_getenv("BISECTBOX_SEED");
	guint n = graphs ? (guint)atoi(graphs) : 300;
	bool fresh = g_strcmp0(seed_text, "random") == 0;
	guint32 seed = fresh       ? g_random_int()
		       : seed_text ? (guint32)strtoul(seed_text, NULL, 0)
				   : 1;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	char *repo = scratch_new();
	g_autofree char *made = NULL;

	g_test_message("BISECTBOX_SEED=%u BISECTBOX_GRAPHS=%u", seed, n);
	made = sh(repo, "git init -q --bare . && git symbolic-ref HEAD refs/heads/g0");
	for (guint done = 0; done < n;) {
		guint batch = MIN(n - done, 300);
		g_autofree History *all = g_new0(History, batch);

		for (guint i = 0; i < batch; i++)
			do {
				memset(&all[i], 0, sizeof(all[i]));
				make_history(&all[i], rand);
			} while (!make_question(&all[i], rand));
		import(repo, all, batch);
		for (guint i = 0; i < batch; i++)
			check_history(repo, &all[i]);
		done += batch;
	}
	g_test_message("tests that narrowed: %u, git: %u", ours_total, gits_total);
	g_assert_cmpuint(ours_total, <=, gits_total);
	scratch_free(repo);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search/against-git", test_against_git);
	return g_test_run();
}
