/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random histories as git repositories, with random ends, culprits, skips and files. */
#pragma once

#include "gitfixture.h"

#include "search/search.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES 200
#define MAX_PARENTS 6
#define MAX_GOODS 3
#define MAX_FILES 4

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
	guint8 files[MAX_NODES][MAX_FILES]; /* content of each, 0 for absent */
	Node marks[3];                      /* free for a test's own use */
} History;

static inline guint below(GRand *rand, guint n)
{
	return (guint)g_rand_int_range(rand, 0, (gint32)n);
}

static inline void add_parent(History *history, Node node, Node parent)
{
	for (guint i = 0; i < history->n_parents[node]; i++)
		if (history->parents[node][i] == parent)
			return;
	history->parents[node][history->n_parents[node]++] = parent;
}

/* Lanes that grow side by side and merge each other's tips: criss-cross, or all at once. */
static inline void make_lanes(History *history, GRand *rand, guint lanes, guint chance)
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
static inline void make_topics(History *history, GRand *rand)
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

static inline void make_random(History *history, GRand *rand, guint window, guint roots)
{
	for (Node node = 1; node < history->n; node++) {
		guint parents = below(rand, 3) ? 1 : 1 + below(rand, 4);

		if (below(rand, 100) < roots && node < history->n - 1)
			continue;
		while (parents-- > 0)
			add_parent(history, node, node - 1 - below(rand, MIN(node, window)));
	}
}

static inline void make_history(History *history, GRand *rand)
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

/* Commits change a file now and then; merges take it from one parent or the other, or anew. */
static inline void make_files(History *history, GRand *rand)
{
	for (Node node = 0; node < history->n; node++)
		for (guint file = 0; file < MAX_FILES; file++) {
			guint n = history->n_parents[node];
			Node parent = n ? history->parents[node][below(rand, n)] : 0;
			bool touch = below(rand, 100) < (n > 1 ? 4 : n == 1 ? 25 : 60);

			history->files[node][file] = touch ? (guint8)below(rand, 4)
						     : n   ? history->files[parent][file]
							   : 0;
		}
}

/* Pick ends and culprit, and what cannot be tested: single commits, or stretches. */
static inline bool make_question(History *history, GRand *rand)
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

static inline Verdict answer_of(const History *history, Node node)
{
	if (history->skip[node])
		return VERDICT_SKIP;
	return history->reach[node][history->culprit] ? VERDICT_BAD : VERDICT_GOOD;
}

/* All histories go into one bare repository by one fast-import; dates grow with the number. */
static inline void import(const char *repo, History *all, guint n_histories)
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
			g_string_append(in, "deleteall\nM 644 inline f\ndata 1\nx\n");
			for (guint file = 0; file < MAX_FILES; file++)
				if (history->files[node][file])
					g_string_append_printf(in,
							       "M 644 inline d%u/f\ndata 1\n%u\n",
							       file, history->files[node][file]);
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

static inline Node node_of(const History *history, const char *id)
{
	for (Node node = 0; node < history->n; node++)
		if (strncmp(history->id[node], id, 40) == 0)
			return node;
	return NODE_NONE;
}

static inline Graph *graph_of(const History *history)
{
	Graph *graph = graph_new();

	for (Node node = 0; node < history->n; node++)
		graph_add(graph, history->parents[node], history->n_parents[node]);
	return graph;
}

/** bisect_command() - git's command that bisects, by its fastest name: up to 2.39 `git bisect` is a
 * shell script that starts a dozen programs before the one that does the work */
static inline const char *bisect_command(const char *repo)
{
	static int has_helper = -1;

	if (has_helper < 0) {
		g_autofree char *commands = sh(repo, "git --list-cmds=builtins");

		has_helper = strstr(commands, "bisect--helper\n") != NULL;
	}
	return has_helper ? "bisect--helper" : "bisect";
}

/** write_answers() - a shell script in the file "answers", for `git bisect run . ./answers`:
 * sourced by the shell that git starts anyway, which reads it in one go */
static inline void write_answers(const char *repo, const History *history)
{
	static const Verdict verdicts[] = { VERDICT_BAD, VERDICT_SKIP };
	static const int statuses[] = { 1, 125 };
	g_autofree char *path = g_build_filename(repo, "answers", NULL);
	g_autoptr(GString) script = g_string_new("read h < BISECT_HEAD\ncase $h in\n");

	for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++)
		for (Node node = 0; node < history->n; node++)
			if (answer_of(history, node) == verdicts[i])
				g_string_append_printf(script, "%s) exit %d;;\n", history->id[node],
						       statuses[i]);
	g_string_append(script, "esac\nexit 0\n");
	g_assert_true(g_file_set_contents(path, script->str, -1, NULL));
}

/** histories_run() - make random histories, hand each to @check with the repository that has it
 * @prepare: changes a history before it is made; or NULL
 * Environment: BISECTBOX_GRAPHS (how many), BISECTBOX_SEED (a number, or "random").
 *
 * Return: how many there were.
 */
static inline guint histories_run(guint n_default, void (*prepare)(History *history, GRand *rand),
				  void (*check)(const char *repo, History *history, GRand *rand))
{
	const char *graphs = g_getenv("BISECTBOX_GRAPHS");
	const char *seed_text = g_getenv("BISECTBOX_SEED");
	guint n = graphs ? (guint)atoi(graphs) : n_default;
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
				make_files(&all[i], rand);
			} while (!make_question(&all[i], rand));
		for (guint i = 0; i < batch && prepare; i++)
			prepare(&all[i], rand);
		import(repo, all, batch);
		for (guint i = 0; i < batch; i++)
			check(repo, &all[i], rand);
		done += batch;
	}
	scratch_free(repo);
	return n;
}
