/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Untestable stretches: distances on the graph, and what they say. */
#include "search/near.h"

#include "verdict/outcome.h"

#include <math.h>
#include <string.h>

#define BELIEF 0.003
#define STRETCHES 0.8
#define FAR G_MAXUINT8

/* Children of node i: list[first[i]] .. list[first[i + 1] - 1]. */
typedef struct {
	guint *first;
	Node *list;
} Children;

static void children_clear(Children *children)
{
	g_free(children->first);
	g_free(children->list);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Children, children_clear)

static void children_find(Children *children, const Graph *graph)
{
	guint size = graph_size(graph);
	guint sum = 0;
	guint n;

	/* Counted two places up, so that filling in leaves each start where it belongs. */
	children->first = g_new0(guint, size + 2);
	for (Node node = 0; node < size; node++) {
		const Node *edges = graph_edges(graph, node, &n);

		for (guint i = 0; i < n; i++)
			children->first[edges[i] + 2]++;
	}
	for (guint i = 0; i < size + 2; i++)
		children->first[i] = sum += children->first[i];
	children->list = g_new(Node, sum + 1);
	for (Node node = 0; node < size; node++) {
		const Node *edges = graph_edges(graph, node, &n);

		for (guint i = 0; i < n; i++)
			children->list[children->first[edges[i] + 1]++] = node;
	}
}

typedef struct {
	const Graph *graph;
	const Children *children;
	guint8 *distance; /* FAR but for what the queue holds */
	GArray *queue;    /* Node */
} Ball;

static void reach(const Ball *ball, Node node, guint8 distance)
{
	if (ball->distance[node] != FAR)
		return;
	ball->distance[node] = distance;
	g_array_append_val(ball->queue, node);
}

/* All within NEAR_REACH of a node, breadth first, into the queue. */
static void ball_grow(const Ball *ball, Node from)
{
	reach(ball, from, 0);
	for (guint at = 0; at < ball->queue->len; at++) {
		Node node = g_array_index(ball->queue, Node, at);
		guint8 next = ball->distance[node] + 1;
		const guint *first = ball->children->first;
		guint n;
		const Node *edges = graph_edges(ball->graph, node, &n);

		if (next > NEAR_REACH)
			return;
		for (guint i = 0; i < n; i++)
			reach(ball, edges[i], next);
		for (guint i = first[node]; i < first[node + 1]; i++)
			reach(ball, ball->children->list[i], next);
	}
}

static void ball_empty(const Ball *ball)
{
	for (guint i = 0; i < ball->queue->len; i++)
		ball->distance[g_array_index(ball->queue, Node, i)] = FAR;
	g_array_set_size(ball->queue, 0);
}

static double voice_at(guint distance)
{
	return pow(distance + 0.5, -4);
}

/* Sums of K, over those with an answer and over all. */
static void add_voices(const Ball *ball, const guint8 *held, double *answered, double *all)
{
	double voice[NEAR_REACH + 1];

	for (guint d = 0; d <= NEAR_REACH; d++)
		voice[d] = voice_at(d);
	for (Node node = 0; node < graph_size(ball->graph); node++) {
		if (held[node] == VERDICT_NONE)
			continue;
		ball_grow(ball, node);
		for (guint i = 0; i < ball->queue->len; i++) {
			Node near = g_array_index(ball->queue, Node, i);
			double said = voice[ball->distance[near]];

			all[near] += said;
			if (held[node] != VERDICT_SKIP)
				answered[near] += said;
		}
		ball_empty(ball);
	}
}

/*
 * How likely it is that untestable revisions come in stretches at all, by how well either view
 * would have foretold each answer from all the others.
 */
static double stretches(const Graph *graph, const guint8 *held, const double *answered,
			const double *all)
{
	double odds = log(STRETCHES / (1 - STRETCHES));
	guint n_answered = 0;
	guint n_all = 0;

	for (Node node = 0; node < graph_size(graph); node++) {
		n_all += held[node] != VERDICT_NONE;
		n_answered += held[node] != VERDICT_NONE && held[node] != VERDICT_SKIP;
	}
	for (Node node = 0; node < graph_size(graph); node++) {
		bool has = held[node] != VERDICT_SKIP;
		double near, anywhere;

		if (held[node] == VERDICT_NONE)
			continue;
		anywhere = (n_answered - has + 1.0) / (n_all - 1 + 2.0);
		near = (answered[node] - has * voice_at(0) + BELIEF * anywhere) /
		       (all[node] - voice_at(0) + BELIEF);
		near = CLAMP(near, 0.01, 0.99);
		odds += has ? log(near / anywhere) : log((1 - near) / (1 - anywhere));
	}
	return 1 / (1 + exp(-odds));
}

void near_testable(const Graph *graph, const guint8 *held, double *testable)
{
	guint size = graph_size(graph);
	g_auto(Children) children = { 0 };
	g_autofree guint8 *distance = NULL;
	g_autofree double *all = NULL;
	g_autoptr(GArray) queue = NULL;
	double share;

	memset(testable, 0, size * sizeof(*testable));
	if (!memchr(held, VERDICT_SKIP, size)) {
		for (Node node = 0; node < size; node++)
			testable[node] = 1;
		return;
	}
	distance = g_malloc(size);
	all = g_new0(double, size);
	queue = g_array_new(FALSE, FALSE, sizeof(Node));
	memset(distance, FAR, size);
	children_find(&children, graph);
	add_voices(&(Ball){ graph, &children, distance, queue }, held, testable, all);
	share = stretches(graph, held, testable, all);
	for (Node node = 0; node < size; node++)
		testable[node] =
			(1 - share) + share * (testable[node] + BELIEF) / (all[node] + BELIEF);
}
