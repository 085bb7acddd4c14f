/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commits can still be the culprit, from what is held of each node. Pure. */
#pragma once

#include "search/graph.h"

/**
 * candidates_find() - ancestors of every bad that are no ancestors of a good
 * @top:   where to look: this node and its ancestors; it counts as bad whatever @held says
 * @held:  graph_size() bytes of Verdict. Goods that descend from @top are left out: they are
 *         good in spite of it (a masked regression)
 * @state: graph_size() bytes of WeighState, written
 * @ret_good: lowest of the goods that descend from @top, or NODE_NONE; may be NULL
 *
 * Bads that are ancestors of a good say nothing here. Where bads on several branches have no
 * ancestor in common that could be it, history is not monotone: then the ancestors of the oldest
 * bad alone.
 *
 * Passages (graph_set_passage()) are WEIGH_PASSAGE where they would be candidates.
 *
 * Return: number of candidates; 0 where all goods descend from @top.
 */
guint candidates_find(const Graph *graph, Node top, const guint8 *held, guint8 *state,
		      Node *ret_good);

/** candidates_good_above() - the lowest good that descends from a node, or NODE_NONE; @held as
 * above */
Node candidates_good_above(const Graph *graph, Node node, const guint8 *held);
