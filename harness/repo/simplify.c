/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges with --first-parent or paths: history simplified as git's revision walk does it
 * (revision.c: limit_list(), try_to_simplify_commit()). What git takes for uninteresting while it
 * looks at a merge depends on what it has read by then, so the order of its walk is kept, too:
 * newest first, of the same date the one that was queued first.
 */
#include "repo/paint.h"

#include "util/error.h"

#include <string.h>

enum {
	FLAG_READ = 1,   /* its parents are known to the walk */
	FLAG_OLD = 2,    /* reached by a good: git's UNINTERESTING */
	FLAG_END = 4,    /* named by the user: git's BOTTOM, where it is a good */
	FLAG_QUEUED = 8, /* git's SEEN */
	FLAG_DONE = 16,  /* git's ADDED */
	FLAG_NEW = 32,   /* was not old when its turn came */
};

typedef struct {
	Walk *walk;
	Paths *paths; /* or NULL */
	bool first_parent;
	GByteArray *flags; /* by number */
	GByteArray *same;  /* by number: touches none of the paths */
	GByteArray *follow;
	GSequence *queue; /* Turn */
	guint64 turns;
	guint n_new; /* in the queue */
	gint64 oldest;
} Simplify;

typedef struct {
	gint64 date;
	guint64 turn;
	guint number;
} Turn;

static gint compare_turns(gconstpointer a, gconstpointer b, gpointer user)
{
	const Turn *x = a;
	const Turn *y = b;

	(void)user;
	if (x->date != y->date)
		return x->date > y->date ? -1 : 1;
	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

static guint8 *at(GByteArray *bytes, guint number)
{
	guint len = bytes->len;

	if (number >= len) {
		g_byte_array_set_size(bytes, MAX(number + 1, 2 * len));
		memset(bytes->data + len, 0, bytes->len - len);
	}
	return &bytes->data[number];
}

static guint parent_of(const Simplify *simplify, guint number, guint index)
{
	const WalkCommit *commit = walk_at(simplify->walk, number);

	return g_array_index(simplify->walk->parents, guint, commit->first + index);
}

/* Parents that the simplified history still has of a commit. */
static bool has_parent(Simplify *simplify, guint number, guint index)
{
	guint8 follow = *at(simplify->follow, number);

	return follow == 0 || follow == index + 1;
}

static bool read_commit(Simplify *simplify, guint number, GError **error)
{
	if (!walk_read(simplify->walk, number, error))
		return false;
	*at(simplify->flags, number) |= FLAG_READ;
	return true;
}

static void set_old(Simplify *simplify, guint number)
{
	guint8 *flags = at(simplify->flags, number);

	if ((*flags & (FLAG_QUEUED | FLAG_DONE | FLAG_OLD)) == FLAG_QUEUED)
		simplify->n_new--;
	*flags |= FLAG_OLD;
}

/* All that is known of a commit's ancestry so far is old. */
static void set_parents_old(Simplify *simplify, guint number)
{
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(guint));

	g_array_append_val(stack, number);
	while (stack->len > 0) {
		guint child = g_array_index(stack, guint, stack->len - 1);
		guint n = *at(simplify->flags, child) & FLAG_READ
				  ? walk_at(simplify->walk, child)->n_parents
				  : 0;

		g_array_set_size(stack, stack->len - 1);
		for (guint i = 0; i < n; i++) {
			guint parent = parent_of(simplify, child, i);

			if (!has_parent(simplify, child, i) ||
			    (*at(simplify->flags, parent) & FLAG_OLD))
				continue;
			set_old(simplify, parent);
			g_array_append_val(stack, parent);
		}
	}
}

static void push(Simplify *simplify, guint number)
{
	guint8 *flags = at(simplify->flags, number);
	Turn turn = { walk_at(simplify->walk, number)->date, simplify->turns, number };

	if (*flags & FLAG_QUEUED)
		return;
	*flags |= FLAG_QUEUED;
	simplify->turns++;
	simplify->n_new += !(*flags & FLAG_OLD);
	g_sequence_insert_sorted(simplify->queue, g_memdup2(&turn, sizeof(turn)), compare_turns,
				 NULL);
}

/* git's relevant_commit() */
static bool is_relevant(Simplify *simplify, guint number)
{
	return (*at(simplify->flags, number) & (FLAG_OLD | FLAG_END)) != FLAG_OLD;
}

/* git's try_to_simplify_commit(): which parents to go on with, and whether it counts itself. */
static bool simplify_commit(Simplify *simplify, guint number, GError **error)
{
	git_oid id = walk_at(simplify->walk, number)->id;
	guint n = walk_at(simplify->walk, number)->n_parents;
	bool same;
	bool changed[2] = { false, false }; /* against irrelevant parents, relevant ones */
	bool any_relevant = false;

	if (!simplify->paths)
		return true;
	if (n == 0) {
		if (!paths_same(simplify->paths, NULL, &id, &same, error))
			return false;
		*at(simplify->same, number) = same;
		return true;
	}
	for (guint i = 0; i < n; i++) {
		guint parent = parent_of(simplify, number, i);
		git_oid parent_id = walk_at(simplify->walk, parent)->id;
		bool relevant = is_relevant(simplify, parent);

		any_relevant = any_relevant || relevant;
		if (i == 1 && simplify->first_parent)
			break;
		if (!paths_same(simplify->paths, &parent_id, &id, &same, error))
			return false;
		if (same && relevant) {
			*at(simplify->follow, number) = (guint8)(i + 1);
			*at(simplify->same, number) = 1;
			return true;
		}
		changed[relevant] = changed[relevant] || !same;
	}
	*at(simplify->same, number) = !changed[any_relevant];
	return true;
}

static bool go_on(Simplify *simplify, guint number, GError **error)
{
	bool old = *at(simplify->flags, number) & FLAG_OLD;

	*at(simplify->flags, number) |= FLAG_DONE | (old ? 0 : FLAG_NEW);
	simplify->n_new -= !old;
	if (!old && !simplify_commit(simplify, number, error))
		return false;
	for (guint i = 0; i < walk_at(simplify->walk, number)->n_parents; i++) {
		guint parent = parent_of(simplify, number, i);

		if (!has_parent(simplify, number, i))
			continue;
		if (old)
			set_old(simplify, parent);
		if (!read_commit(simplify, parent, error))
			return false;
		if (old)
			set_parents_old(simplify, parent);
		push(simplify, parent);
		if (!old && simplify->first_parent)
			break;
	}
	return true;
}

static bool walk_all(Simplify *simplify, GError **error)
{
	for (;;) {
		GSequenceIter *first = g_sequence_get_begin_iter(simplify->queue);
		Turn turn;

		if (g_sequence_iter_is_end(first))
			return true;
		turn = *(Turn *)g_sequence_get(first);
		if (simplify->n_new == 0 && turn.date < simplify->oldest - WALK_SLACK_S)
			return true;
		g_sequence_remove(first);
		if (!(*at(simplify->flags, turn.number) & FLAG_OLD))
			simplify->oldest = MIN(simplify->oldest, turn.date);
		if (!go_on(simplify, turn.number, error))
			return false;
	}
}

static bool start(Simplify *simplify, const Paint *paint, GError **error)
{
	if (!read_commit(simplify, paint->bad, error))
		return false;
	push(simplify, paint->bad);
	for (guint i = 0; i < paint->goods->len; i++) {
		guint number = g_array_index(paint->goods, guint, i);

		if (!read_commit(simplify, number, error))
			return false;
		set_old(simplify, number);
		*at(simplify->flags, number) |= FLAG_END;
		set_parents_old(simplify, number);
		push(simplify, number);
	}
	return true;
}

static RepoRange *build(Simplify *simplify, Paint *paint)
{
	guint n = paint->walk.commits->len;
	g_autofree guint8 *inner = g_malloc0(n + 1);
	RangePlan plan = { paint, inner, NULL, NULL };

	for (guint i = 0; i < n; i++) {
		inner[i] = (*at(simplify->flags, i) & (FLAG_NEW | FLAG_OLD)) == FLAG_NEW;
		if (inner[i] && simplify->first_parent && walk_at(simplify->walk, i)->n_parents > 0)
			*at(simplify->follow, i) = 1;
		at(simplify->same, i);
		at(simplify->follow, i);
	}
	plan.passage = simplify->same->data;
	plan.follow = simplify->follow->data;
	return range_build(&plan);
}

static void simplify_clear(Simplify *simplify)
{
	g_clear_pointer(&simplify->paths, paths_free);
	g_byte_array_unref(simplify->flags);
	g_byte_array_unref(simplify->same);
	g_byte_array_unref(simplify->follow);
	g_sequence_free(simplify->queue);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Simplify, simplify_clear)

bool range_simplified(Paint *paint, const RepoRangeSpec *spec, RepoRange **ret_range,
		      GError **error)
{
	g_auto(Simplify) simplify = {
		.walk = &paint->walk,
		.first_parent = spec->first_parent,
		.flags = g_byte_array_new(),
		.same = g_byte_array_new(),
		.follow = g_byte_array_new(),
		.queue = g_sequence_new(g_free),
		.oldest = G_MAXINT64,
	};
	g_autoptr(RepoRange) range = NULL;

	if (spec->paths && spec->paths[0]) {
		simplify.paths = paths_new(paint->walk.repo, spec->paths, error);
		if (!simplify.paths)
			return false;
	}
	if (!start(&simplify, paint, error) || !walk_all(&simplify, error))
		return false;
	range = build(&simplify, paint);
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
