/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of commits: between goods and bad, below a revision, A..B. */
#include "repo/paint.h"

#include "util/error.h"

#include <string.h>

static RepoRange *whole_range(Paint *paint)
{
	guint n = paint->walk.commits->len;
	g_autofree guint8 *inner = g_malloc(n + 1);
	RangePlan plan = { .paint = paint, .inner = inner };

	for (guint i = 0; i < n; i++)
		inner[i] = paint_is_inner(paint, i);
	return range_build(&plan);
}

bool repo_range(Repo *repo, const RepoRangeSpec *spec, RepoRange **ret_range, GError **error)
{
	g_auto(Paint) paint = { 0 };

	if (!paint_init(&paint, repo, spec, error) || !paint_check(&paint, spec, error))
		return false;
	if (spec->first_parent || (spec->paths && spec->paths[0])) {
		if (!range_simplified(&paint, spec, ret_range, error))
			return false;
	} else {
		*ret_range = whole_range(&paint);
	}
	repo_rest(repo);
	return true;
}

void repo_range_free(RepoRange *range)
{
	if (!range)
		return;
	graph_free(range->graph);
	g_clear_pointer(&range->ids, g_array_unref);
	g_clear_pointer(&range->goods, g_array_unref);
	g_clear_pointer(&range->bases, g_array_unref);
	g_clear_pointer(&range->cut, g_array_unref);
	g_clear_pointer(&range->order, g_array_unref);
	g_free(range);
}

static gint by_id(gconstpointer a, gconstpointer b, gpointer ids)
{
	return strcmp(g_array_index((GArray *)ids, RepoId, *(const Node *)a).hex,
		      g_array_index((GArray *)ids, RepoId, *(const Node *)b).hex);
}

static void sort_ids(RepoRange *range)
{
	range->order = g_array_sized_new(FALSE, FALSE, sizeof(Node), range->ids->len);
	for (Node node = 0; node < range->ids->len; node++)
		g_array_append_val(range->order, node);
	g_array_sort_with_data(range->order, by_id, range->ids);
}

Node repo_range_find(RepoRange *range, const RepoId *id)
{
	guint lo = 0;
	guint hi = range->ids->len;

	if (!range->order)
		sort_ids(range);
	while (lo < hi) {
		guint mid = lo + (hi - lo) / 2;
		Node node = g_array_index(range->order, Node, mid);
		int order = strcmp(g_array_index(range->ids, RepoId, node).hex, id->hex);

		if (order == 0)
			return node;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NODE_NONE;
}

bool repo_goods_below(Repo *repo, const RepoId *bad, const GArray *goods, GArray **ret_goods,
		      GError **error)
{
	g_autoptr(GArray) below = g_array_new(FALSE, TRUE, sizeof(RepoId));

	for (guint first = 0; first < goods->len; first += PAINT_GOODS_MAX) {
		g_autoptr(GArray) others = g_array_new(FALSE, TRUE, sizeof(RepoId));
		g_auto(Paint) paint = { 0 };
		RepoRangeSpec spec = { .bad = *bad };

		for (guint i = first; i < MIN(goods->len, first + PAINT_GOODS_MAX); i++)
			if (strcmp(g_array_index(goods, RepoId, i).hex, bad->hex) != 0)
				g_array_append_val(others, g_array_index(goods, RepoId, i));
		spec.goods = (const RepoId *)(const void *)others->data;
		spec.n_goods = others->len;
		if (others->len == 0)
			continue;
		if (!paint_init(&paint, repo, &spec, error))
			return false;
		for (guint i = 0; i < others->len && below->len < PAINT_GOODS_MAX; i++)
			if (!(walk_at(&paint.walk, paint.bad)->marks >> i & 1)) {
				g_autoptr(GArray) meets =
					paint_meets(&paint, G_GUINT64_CONSTANT(1) << i);

				if (meets->len > 0)
					g_array_append_val(below, g_array_index(others, RepoId, i));
			}
	}
	repo_rest(repo);
	*ret_goods = g_steal_pointer(&below);
	return true;
}

bool repo_is_ancestor(Repo *repo, const RepoId *old, const RepoId *young, bool *ret_is,
		      GError **error)
{
	g_auto(Walk) walk = { 0 };
	git_oid from, to;
	guint tip, goal;
	gint64 least;

	if (!oid_of(young, &from, error) || !oid_of(old, &to, error))
		return false;
	walk_init(&walk, repo);
	tip = walk_number(&walk, &from);
	goal = walk_number(&walk, &to);
	if (!walk_read(&walk, tip, error) || !walk_read(&walk, goal, error))
		return false;
	least = walk_at(&walk, goal)->date - WALK_SLACK_S;
	walk_push(&walk, tip);
	while (walk_newest(&walk) >= least && !walk_at(&walk, goal)->queued &&
	       !walk_at(&walk, goal)->popped) {
		WalkCommit commit;
		guint number = walk_pop(&walk);

		if (number == G_MAXUINT)
			break;
		commit = *walk_at(&walk, number);
		for (guint i = 0; i < commit.n_parents; i++) {
			guint parent = g_array_index(walk.parents, guint, commit.first + i);

			if (walk_at(&walk, parent)->popped)
				continue;
			if (!walk_read(&walk, parent, error))
				return false;
			walk_push(&walk, parent);
		}
	}
	*ret_is = walk_at(&walk, goal)->queued || walk_at(&walk, goal)->popped;
	repo_rest(repo);
	return true;
}

static bool list_between(Repo *repo, const RepoId *old, const RepoId *young, GArray *ids,
			 GError **error)
{
	RepoRangeSpec spec = { .bad = *young, .goods = old, .n_goods = 1 };
	g_auto(Paint) paint = { 0 };

	if (strcmp(old->hex, young->hex) == 0)
		return true;
	if (!paint_init(&paint, repo, &spec, error))
		return false;
	for (guint i = 0; i < paint.walk.commits->len; i++) {
		const WalkCommit *commit = walk_at(&paint.walk, i);
		RepoId id;

		if (commit->marks != PAINT_BAD)
			continue;
		repo_id(&commit->id, &id);
		g_array_append_val(ids, id);
	}
	repo_rest(repo);
	return true;
}

bool repo_list(Repo *repo, const char *words, GArray *ids, GError **error)
{
	const char *dots = strstr(words, "..");
	g_autofree char *from = NULL;
	RepoId old, young;

	if (!dots) {
		if (!repo_resolve(repo, words, &young, error))
			return false;
		g_array_append_val(ids, young);
		return true;
	}
	if (dots[2] == '.')
		return error_usage(error, "\"%s\": A..B is expected, not A...B", words);
	from = g_strndup(words, (gsize)(dots - words));
	return repo_resolve(repo, from[0] ? from : "HEAD", &old, error) &&
	       repo_resolve(repo, dots[2] ? dots + 2 : "HEAD", &young, error) &&
	       list_between(repo, &old, &young, ids, error);
}
