/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges with --first-parent or paths: history simplified by the rule of git's revision walk
 * (revision.c: try_to_simplify_commit()). A merge that is the same at the paths as one parent is
 * followed to that one alone. What git knows to be old by the time it looks at a merge depends on
 * what it has read so far; here all that a good reaches is old from the start.
 */
#include "repo/paint.h"

#include "util/error.h"

typedef struct {
	Paint *paint;
	Paths *paths; /* or NULL */
	bool first_parent;
	/* All by number; what RangePlan has. */
	guint8 *inner;
	guint8 *passage;
	guint8 *follow;
} Simplify;

static void simplify_clear(Simplify *simplify)
{
	g_clear_pointer(&simplify->paths, paths_free);
	g_free(simplify->inner);
	g_free(simplify->passage);
	g_free(simplify->follow);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Simplify, simplify_clear)

static guint parent_of(const Simplify *simplify, guint number, guint index)
{
	const Walk *walk = &simplify->paint->walk;

	return g_array_index(walk->parents, guint, walk_at(walk, number)->first + index);
}

static bool is_old(const Simplify *simplify, guint number)
{
	return (walk_at(&simplify->paint->walk, number)->marks & ~PAINT_BAD) != 0;
}

static bool same_as(const Simplify *simplify, guint number, guint parent, bool *ret_same,
		    GError **error)
{
	const Walk *walk = &simplify->paint->walk;

	return paths_same(simplify->paths, walk_at(walk, parent), walk_at(walk, number), ret_same,
			  error);
}

/*
 * Which parent to go on with, and whether the commit counts itself. A parent that is old counts
 * only where it is an end, or where there is no other, so that merging an old branch that has the
 * same content does not hide the others.
 */
static bool simplify_commit(Simplify *simplify, guint number, GError **error)
{
	const WalkCommit *commit = walk_at(&simplify->paint->walk, number);
	guint n = simplify->first_parent ? MIN(commit->n_parents, 1) : commit->n_parents;
	bool changed[2] = { false, false }; /* against old parents, against others */
	bool any = false;
	bool same;

	if (commit->n_parents == 0) {
		if (!paths_same(simplify->paths, NULL, commit, &same, error))
			return false;
		simplify->passage[number] = same;
		return true;
	}
	for (guint i = 0; i < commit->n_parents; i++) {
		guint parent = parent_of(simplify, number, i);
		bool counts = !is_old(simplify, parent) || paint_is_good(simplify->paint, parent);

		any = any || (counts && i <= n);
		if (i >= n)
			continue;
		if (!same_as(simplify, number, parent, &same, error))
			return false;
		if (same && counts) {
			simplify->follow[number] = (guint8)(i + 1);
			simplify->passage[number] = 1;
			return true;
		}
		changed[counts] = changed[counts] || !same;
	}
	simplify->passage[number] = !changed[any];
	return true;
}

static bool walk_down(Simplify *simplify, GError **error)
{
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(guint));

	g_array_append_val(stack, simplify->paint->bad);
	simplify->inner[simplify->paint->bad] = 1;
	while (stack->len > 0) {
		guint number = g_array_index(stack, guint, stack->len - 1);

		g_array_set_size(stack, stack->len - 1);
		if (simplify->paths && !simplify_commit(simplify, number, error))
			return false;
		if (simplify->first_parent)
			simplify->follow[number] = 1;
		for (guint i = 0; i < walk_at(&simplify->paint->walk, number)->n_parents; i++) {
			guint parent = parent_of(simplify, number, i);

			if ((simplify->follow[number] && simplify->follow[number] != i + 1) ||
			    is_old(simplify, parent) || simplify->inner[parent])
				continue;
			simplify->inner[parent] = 1;
			g_array_append_val(stack, parent);
		}
	}
	return true;
}

bool range_simplified(Paint *paint, const RepoRangeSpec *spec, RepoRange **ret_range,
		      GError **error)
{
	guint n = paint->walk.commits->len;
	g_auto(Simplify) simplify = {
		.paint = paint,
		.first_parent = spec->first_parent,
		.inner = g_malloc0(n + 1),
		.passage = g_malloc0(n + 1),
		.follow = g_malloc0(n + 1),
	};
	RangePlan plan = { paint, simplify.inner, simplify.passage, simplify.follow };
	g_autoptr(RepoRange) range = NULL;

	if (spec->paths && spec->paths[0]) {
		simplify.paths = paths_new(paint->walk.repo, spec->paths, error);
		if (!simplify.paths)
			return false;
	}
	if (!walk_down(&simplify, error))
		return false;
	range = range_build(&plan);
	if (range->commits == 0) {
		g_autofree char *list = g_strjoinv(" ", (char **)spec->paths);

		return error_usage(error,
				   "no commit of the range touches %s: are the paths right? They "
				   "are from the top of the repository",
				   list);
	}
	*ret_range = g_steal_pointer(&range);
	return true;
}
