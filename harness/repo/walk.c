/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A walk over commits, newest first, that keeps ids in twenty bytes and no libgit2 object. */
#include "repo/commitgraph.h"

#include <string.h>

void walk_init(Walk *walk, Repo *repo)
{
	walk->repo = repo;
	walk->commits = g_array_new(FALSE, TRUE, sizeof(WalkCommit));
	walk->parents = g_array_new(FALSE, FALSE, sizeof(guint));
	walk->positions = g_array_new(FALSE, FALSE, sizeof(guint));
	walk->n_slots = 1 << 12;
	walk->slots = g_new0(guint, walk->n_slots);
	walk->heap = g_array_new(FALSE, FALSE, sizeof(guint));
}

void walk_clear(Walk *walk)
{
	g_clear_pointer(&walk->commits, g_array_unref);
	g_clear_pointer(&walk->parents, g_array_unref);
	g_clear_pointer(&walk->positions, g_array_unref);
	g_clear_pointer(&walk->heap, g_array_unref);
	g_clear_pointer(&walk->slots, g_free);
}

WalkCommit *walk_at(const Walk *walk, guint number)
{
	return &g_array_index(walk->commits, WalkCommit, number);
}

/* Ids are hashes: their first bytes spread well enough. */
static guint *slot_of(const Walk *walk, const git_oid *id)
{
	guint32 hash;

	memcpy(&hash, id->id, sizeof(hash));
	for (guint i = hash & (walk->n_slots - 1);; i = (i + 1) & (walk->n_slots - 1)) {
		guint *slot = &walk->slots[i];

		if (*slot == 0 || git_oid_equal(&walk_at(walk, *slot - 1)->id, id))
			return slot;
	}
}

static void grow(Walk *walk)
{
	walk->n_slots *= 2;
	g_free(walk->slots);
	walk->slots = g_new0(guint, walk->n_slots);
	for (guint i = 0; i < walk->commits->len; i++)
		*slot_of(walk, &walk_at(walk, i)->id) = i + 1;
}

guint walk_find(const Walk *walk, const git_oid *id)
{
	guint slot = *slot_of(walk, id);

	return slot ? slot - 1 : G_MAXUINT;
}

guint walk_number(Walk *walk, const git_oid *id)
{
	guint *slot = slot_of(walk, id);
	WalkCommit commit = { .id = *id };

	if (*slot)
		return *slot - 1;
	*slot = walk->commits->len + 1;
	g_array_append_val(walk->commits, commit);
	if (walk->commits->len * 2 > walk->n_slots)
		grow(walk);
	return walk->commits->len - 1;
}

/* Without unpacking the commit. Return: whether the graph has it. */
static bool read_graph(Walk *walk, guint number)
{
	const CommitGraph *graph = walk->repo->graph;
	WalkCommit *commit = walk_at(walk, number);
	guint first = walk->parents->len;
	guint position = commit->position - 1;
	gint64 date;

	if ((!commit->position && !commit_graph_find(graph, &commit->id, &position)) ||
	    !commit_graph_read(graph, position, &date, walk->positions))
		return false;
	for (guint i = 0; i < walk->positions->len; i++) {
		git_oid id;
		guint parent;

		position = g_array_index(walk->positions, guint, i);
		if (!commit_graph_id(graph, position, &id)) {
			g_array_set_size(walk->parents, first);
			return false;
		}
		parent = walk_number(walk, &id);
		walk_at(walk, parent)->position = position + 1;
		g_array_append_val(walk->parents, parent);
	}
	commit = walk_at(walk, number);
	commit->date = date;
	commit->first = first;
	commit->n_parents = walk->positions->len;
	commit->read = true;
	return true;
}

bool walk_read(Walk *walk, guint number, GError **error)
{
	git_oid id = walk_at(walk, number)->id;
	g_auto(RawCommit) raw = { 0 };
	WalkCommit *commit;
	guint first = walk->parents->len;

	if (walk_at(walk, number)->read || (walk->repo->graph && read_graph(walk, number)))
		return true;
	if (!repo_read_commit(walk->repo, &id, &raw, error))
		return false;
	for (guint i = 0; i < raw.n_parents; i++) {
		guint parent = walk_number(walk, &raw.parents[i]);

		g_array_append_val(walk->parents, parent);
	}
	commit = walk_at(walk, number);
	commit->date = raw.date;
	commit->cut = raw.cut;
	commit->first = first;
	commit->n_parents = raw.n_parents;
	commit->read = true;
	return true;
}

/* Newest first; of the same date the one that was met first. */
static bool before(const Walk *walk, guint a, guint b)
{
	gint64 x = walk_at(walk, a)->date;
	gint64 y = walk_at(walk, b)->date;

	return x != y ? x > y : a < b;
}

void walk_push(Walk *walk, guint number)
{
	guint *heap;
	guint at = walk->heap->len;

	if (walk_at(walk, number)->queued)
		return;
	walk_at(walk, number)->queued = true;
	g_array_append_val(walk->heap, number);
	heap = (guint *)(void *)walk->heap->data;
	for (; at > 0 && before(walk, number, heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = number;
}

guint walk_pop(Walk *walk)
{
	guint *heap = (guint *)(void *)walk->heap->data;
	guint len = walk->heap->len;
	guint top;
	guint last;
	guint at = 0;

	if (len == 0)
		return G_MAXUINT;
	top = heap[0];
	last = heap[--len];
	for (guint child = 1; child < len; child = 2 * at + 1) {
		if (child + 1 < len && before(walk, heap[child + 1], heap[child]))
			child++;
		if (!before(walk, heap[child], last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	g_array_set_size(walk->heap, len);
	walk_at(walk, top)->queued = false;
	walk_at(walk, top)->popped = true;
	return top;
}

gint64 walk_newest(const Walk *walk)
{
	if (walk->heap->len == 0)
		return G_MININT64;
	return walk_at(walk, g_array_index(walk->heap, guint, 0))->date;
}
