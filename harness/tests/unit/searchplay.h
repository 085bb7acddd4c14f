/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of the search: graphs written as text, truths, and the whole game played through. */
#pragma once

#include "search/search.h"

#include <stdlib.h>
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

static inline Graph *graph_from(const char *text)
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

static inline bool play_same(Node a, Node b, void *user)
{
	const Play *play = user;

	return play->kernel[a] != 0 && play->kernel[a] == play->kernel[b];
}

static inline bool play_relevance(Node r, double *ret_weight, void *user)
{
	const Play *play = user;

	*ret_weight = play->weight[r];
	return play->weight[r] > 0;
}

static inline void play_start(Play *play, const char *graph, Node bad, Node good, Node good2,
			      bool trust)
{
	SearchOracle oracle = { play_same, play_relevance, play };
	Node goods[] = { good, good2 };

	play->graph = graph_from(graph);
	play->search =
		search_new(play->graph, bad, goods, good2 == NODE_NONE ? 1 : 2, trust, &oracle);
	play->log = g_string_new(NULL);
}

static inline void play_clear(Play *play)
{
	search_free(play->search);
	graph_free(play->graph);
	if (play->log)
		g_string_free(play->log, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Play, play_clear)

/* Set the verdict of the nodes from..to. */
static inline void truth(Play *play, Node from, Node to, Verdict verdict)
{
	for (Node node = from; node <= to; node++)
		play->unclean[node] = verdict;
}

/* Answer until the search ends; the log gets "why node" for each, and the end. */
static inline SearchAsk play_on(Play *play, Node *ret_node)
{
	static const char *const whys[] = { "end", "base", "narrow", "parent", "confirm" };

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

static inline void assert_found(Play *play, Node culprit)
{
	Node node = NODE_NONE;

	g_assert_cmpint(play_on(play, &node), ==, SEARCH_FOUND);
	g_assert_cmpuint(node, ==, culprit);
}

static inline void assert_suspects(Play *play, const char *list)
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

static inline void assert_trouble(Play *play, SearchTrouble trouble)
{
	Node node;

	g_assert_cmpint(play_on(play, &node), ==, SEARCH_CONTRADICTION);
	g_assert_cmpint(search_trouble(play->search), ==, trouble);
	g_assert_cmpuint(search_candidates(play->search), ==, 0);
}

static inline void assert_elsewhere(Play *play, Node bad, Node good, Node suspect)
{
	SearchElsewhere to;
	Node node;

	g_assert_cmpint(play_on(play, &node), ==, SEARCH_ELSEWHERE);
	to = search_elsewhere(play->search);
	g_assert_cmpuint(to.bad, ==, bad);
	g_assert_cmpuint(to.good, ==, good);
	g_assert_cmpuint(to.suspect, ==, suspect);
}

#define LINE9 "- 0 1 2 3 4 5 6 7"
