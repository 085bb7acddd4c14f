/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of candidates (git's bisect-lk2009: ancestors of bad, not of a good). */
#include "search/candidates.h"

#include "search/weigh.h"
#include "verdict/outcome.h"

#include <string.h>

enum {
	MARK_BELOW = 1,   /* the top or an ancestor of it */
	MARK_ABOVE = 2,   /* the top or a descendant of it */
	MARK_OLD = 4,     /* a good that counts, or an ancestor of one */
	MARK_HAS_BAD = 8, /* a candidate with a bad candidate among its ancestors */
};

typedef struct {
	const Graph *graph;
	Node top;
	const guint8 *held;
	guint8 *marks;
} Field;

static bool is_candidate(const Field *field, Node node)
{
	return (field->marks[node] & (MARK_BELOW | MARK_OLD)) == MARK_BELOW;
}

static bool is_bad(const Field *field, Node node)
{
	return node == field->top || field->held[node] == VERDICT_BAD;
}

static void mark_above(const Field *field)
{
	field->marks[field->top] |= MARK_ABOVE;
	for (Node node = field->top + 1; node < graph_size(field->graph); node++) {
		guint n;
		const Node *edges = graph_edges(field->graph, node, &n);

		for (guint i = 0; i < n; i++)
			field->marks[node] |= field->marks[edges[i]] & MARK_ABOVE;
	}
}

/* Return: whether there is a good that counts. */
static bool mark_below(const Field *field, Node *ret_good)
{
	bool grounded = false;

	*ret_good = NODE_NONE;
	field->marks[field->top] |= MARK_BELOW;
	for (Node node = graph_size(field->graph); node-- > 0;) {
		guint n;
		const Node *edges = graph_edges(field->graph, node, &n);
		guint8 *mark = &field->marks[node];

		if (field->held[node] == VERDICT_GOOD) {
			if (*mark & MARK_ABOVE) {
				*ret_good = node;
			} else {
				*mark |= MARK_OLD;
				grounded = true;
			}
		}
		for (guint i = 0; i < n; i++)
			field->marks[edges[i]] |= *mark & (MARK_BELOW | MARK_OLD);
	}
	return grounded;
}

/* Bad candidates that have no bad candidate among their ancestors: only these bound the rest. */
static GArray *oldest_bads(const Field *field)
{
	GArray *bads = g_array_new(FALSE, FALSE, sizeof(Node));

	for (Node node = 0; node <= field->top; node++) {
		guint n;
		const Node *edges = graph_edges(field->graph, node, &n);

		if (!is_candidate(field, node))
			continue;
		for (guint i = 0; i < n; i++)
			if (is_candidate(field, edges[i]) &&
			    (is_bad(field, edges[i]) || (field->marks[edges[i]] & MARK_HAS_BAD)))
				field->marks[node] |= MARK_HAS_BAD;
		if (is_bad(field, node) && !(field->marks[node] & MARK_HAS_BAD))
			g_array_append_val(bads, node);
	}
	return bads;
}

static guint8 state_of(const Field *field, Node node)
{
	if (graph_is_passage(field->graph, node))
		return WEIGH_PASSAGE;
	if (is_bad(field, node))
		return WEIGH_KNOWN;
	return field->held[node] == VERDICT_SKIP ? WEIGH_SKIPPED : WEIGH_OPEN;
}

/* Write the candidates that the first n_bads reach into state; return their number. */
static guint write_common(const Field *field, const GArray *bads, guint n_bads, guint8 *state)
{
	guint size = graph_size(field->graph);
	g_autofree guint64 *from = g_new(guint64, size);
	guint count = 0;

	for (Node node = 0; node < size; node++)
		state[node] = is_candidate(field, node) ? state_of(field, node) : WEIGH_OUT;
	for (guint first = 0; first < n_bads; first += 64) {
		guint here = MIN(n_bads - first, 64);
		guint64 all = here == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << here) - 1;

		memset(from, 0, size * sizeof(*from));
		for (guint i = 0; i < here; i++)
			from[g_array_index(bads, Node, first + i)] |= G_GUINT64_CONSTANT(1) << i;
		for (Node node = size; node-- > 0;) {
			guint n;
			const Node *edges = graph_edges(field->graph, node, &n);

			for (guint i = 0; i < n; i++)
				from[edges[i]] |= from[node];
			if (from[node] != all && state[node] >= WEIGH_PASSAGE)
				state[node] = state[node] == WEIGH_OPEN ? WEIGH_BESIDE_OPEN
									: WEIGH_BESIDE;
		}
	}
	for (Node node = 0; node < size; node++)
		count += weigh_is_candidate(state[node]);
	return count;
}

guint candidates_find(const Graph *graph, Node top, const guint8 *held, guint8 *state,
		      Node *ret_good)
{
	g_autofree guint8 *marks = g_malloc0(graph_size(graph));
	Field field = { graph, top, held, marks };
	g_autoptr(GArray) bads = NULL;
	bool grounded;
	Node good;
	guint count;

	mark_above(&field);
	grounded = mark_below(&field, &good);
	if (ret_good)
		*ret_good = good;
	if (!grounded) {
		memset(state, WEIGH_OUT, graph_size(graph));
		return 0;
	}
	bads = oldest_bads(&field);
	count = write_common(&field, bads, bads->len, state);
	if (count == 0)
		count = write_common(&field, bads, 1, state);
	return count;
}

Node candidates_good_above(const Graph *graph, Node node, const guint8 *held)
{
	g_autofree guint8 *marks = g_malloc0(graph_size(graph));
	Field field = { graph, node, held, marks };

	mark_above(&field);
	for (Node above = node + 1; above < graph_size(graph); above++)
		if (held[above] == VERDICT_GOOD && (marks[above] & MARK_ABOVE))
			return above;
	return NODE_NONE;
}
