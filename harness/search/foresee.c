/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What will be asked after the answer that is waited for: for building ahead. */
#include "search/internal.h"
#include "search/weigh.h"

#include <string.h>

/* The same search with the same answers, all of them believed. */
static Search *copy_of(const Search *search)
{
	Search *copy = search_new(search->graph, search->bad,
				  (const Node *)(const void *)search->goods->data,
				  search->goods->len, search->trust_ends, &search->oracle);

	search_set_bases(copy, (const Node *)(const void *)search->bases->data, search->bases->len);
	search_set_cost(copy, search->cost, search->cost_user);
	memcpy(copy->records, search->records, graph_size(search->graph) * sizeof(Record));
	if (search->answers->len > 0)
		g_array_append_vals(copy->answers, search->answers->data, search->answers->len);
	return copy;
}

/* More of what could be the culprit is at or below the node than not. */
static bool likelier_bad(const Search *search, Node node)
{
	guint size = graph_size(search->graph);
	g_autofree guint8 *set = g_malloc(size + 1);
	g_autofree guint64 *below = g_new(guint64, size + 1);
	g_autofree guint64 *weight = search_weights(search);
	guint64 total;

	for (Node any = 0; any < size; any++)
		set[any] = search->state[any] >= WEIGH_PASSAGE;
	total = weigh_below(search->graph, set, weight, below);
	return !set[node] || below[node] >= total - below[node];
}

static Verdict likelier(const Search *search, Node node, SearchWhy why)
{
	Verdict label = search_label(search, node);

	switch (why) {
	case REASON_END:
		return node == search->bad ? VERDICT_BAD : VERDICT_GOOD;
	case REASON_NARROW:
		return likelier_bad(search, node) ? VERDICT_BAD : VERDICT_GOOD;
	default:
		return label == VERDICT_NONE ? VERDICT_GOOD : label;
	}
}

static Node second_of(Search *search, Node first)
{
	g_autoptr(GArray) both = search_together(search, 2);

	for (guint i = 0; i < both->len; i++)
		if (g_array_index(both, Node, i) != first)
			return g_array_index(both, Node, i);
	return NODE_NONE;
}

Node search_foresee(Search *search, bool *ret_clean)
{
	g_autoptr(Search) copy = NULL;
	Node node = NODE_NONE;
	Node next = NODE_NONE;
	SearchWhy why;
	SearchAsk ask = search_next(search, &node, &why);

	*ret_clean = false;
	if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM)
		return NODE_NONE;
	if (search_doubts(search))
		return ask == SEARCH_TEST ? second_of(search, node) : NODE_NONE;
	copy = copy_of(search);
	search_decide(copy);
	search_answer(copy, node, likelier(copy, node, why), ask == SEARCH_CONFIRM);
	ask = search_next(copy, &next, NULL);
	*ret_clean = ask == SEARCH_CONFIRM;
	return ask == SEARCH_TEST || ask == SEARCH_CONFIRM ? next : NODE_NONE;
}
