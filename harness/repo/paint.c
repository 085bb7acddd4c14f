/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Painting: each end's mark on all that it reaches. */
#include "repo/paint.h"

#include "util/error.h"

#include <string.h>

/* Give a commit marks; where that is news to it, its ancestors have to hear of it too. */
static bool mark(Paint *paint, guint number, guint64 marks, GError **error)
{
	WalkCommit *commit;

	if ((walk_at(&paint->walk, number)->marks | marks) == walk_at(&paint->walk, number)->marks)
		return true;
	if (!walk_read(&paint->walk, number, error))
		return false;
	commit = walk_at(&paint->walk, number);
	if (commit->queued)
		paint->n_open -= commit->marks != paint->all;
	commit->marks |= marks;
	paint->n_open += commit->marks != paint->all;
	walk_push(&paint->walk, number);
	return true;
}

/*
 * Ends when all that is queued is reached by every end, and older by a margin than all that is
 * not. A clock that was wrong by more leaves an ancestor of a good in the range: one more to
 * test, never one less.
 */
static bool paint_all(Paint *paint, GError **error)
{
	Walk *walk = &paint->walk;

	while (paint->n_open > 0 || walk_newest(walk) > paint->oldest - WALK_SLACK_S) {
		guint number = walk_pop(walk);
		WalkCommit commit;

		if (number == G_MAXUINT)
			break;
		commit = *walk_at(walk, number);
		if (commit.marks != paint->all) {
			paint->n_open--;
			paint->oldest = MIN(paint->oldest, commit.date);
		}
		for (guint i = 0; i < commit.n_parents; i++)
			if (!mark(paint, g_array_index(walk->parents, guint, commit.first + i),
				  commit.marks, error))
				return false;
	}
	return true;
}

static bool start(Paint *paint, Repo *repo, const RepoRangeSpec *spec, GError **error)
{
	const RepoId *bad = &spec->bad;
	const RepoId *goods = spec->goods;
	guint n_goods = spec->n_goods;
	git_oid oid;

	if (n_goods == 0 || n_goods > PAINT_GOODS_MAX)
		return error_usage(error, "cannot bisect with %u good revisions: give 1 to %d",
				   n_goods, PAINT_GOODS_MAX);
	walk_init(&paint->walk, repo);
	paint->goods = g_array_new(FALSE, FALSE, sizeof(guint));
	paint->oldest = G_MAXINT64;
	paint->all = PAINT_BAD | ((G_GUINT64_CONSTANT(1) << n_goods) - 1);
	if (!oid_of(bad, &oid, error))
		return false;
	paint->bad = walk_number(&paint->walk, &oid);
	for (guint i = 0; i < n_goods; i++) {
		guint number;

		if (strcmp(bad->hex, goods[i].hex) == 0)
			return error_usage(error,
					   "the %s and the %s revision are the same commit, %s: "
					   "there is nothing between them",
					   spec->old_word ? spec->old_word : "good",
					   spec->new_word ? spec->new_word : "bad", bad->hex);
		if (!oid_of(&goods[i], &oid, error))
			return false;
		number = walk_number(&paint->walk, &oid);
		g_array_append_val(paint->goods, number);
		if (!mark(paint, number, G_GUINT64_CONSTANT(1) << i, error))
			return false;
	}
	return mark(paint, paint->bad, PAINT_BAD, error);
}

static bool explain_apart(const Paint *paint, const RepoRangeSpec *spec, guint index,
			  GError **error)
{
	guint64 mark_good = G_GUINT64_CONSTANT(1) << index;
	const char *good = spec->goods[index].hex;
	const char *old_word = spec->old_word ? spec->old_word : "good";
	const char *new_word = spec->new_word ? spec->new_word : "bad";
	g_autoptr(GArray) bases = paint_meets(paint, mark_good);
	g_autofree char *cut = repo_cut(paint->walk.repo);

	if (walk_at(&paint->walk, paint->bad)->marks & mark_good)
		return error_usage(error,
				   "the %s revision %s is newer than the %s one, %s, and descends "
				   "from it: are they the wrong way round? (--find-fix looks for "
				   "the first good one)",
				   old_word, good, new_word, spec->bad.hex);
	if (bases->len == 0)
		return error_usage(error,
				   "the %s revision %s and the %s one, %s, have no common "
				   "ancestor: give one that the %s one descends from%s",
				   old_word, good, new_word, spec->bad.hex, new_word, cut);
	return true;
}

bool paint_check(const Paint *paint, const RepoRangeSpec *spec, GError **error)
{
	for (guint i = 0; i < paint->goods->len; i++) {
		guint number = g_array_index(paint->goods, guint, i);

		if (!(walk_at(&paint->walk, number)->marks & PAINT_BAD) &&
		    !explain_apart(paint, spec, i, error))
			return false;
	}
	return true;
}

bool paint_is_inner(const Paint *paint, guint number)
{
	guint64 marks = walk_at(&paint->walk, number)->marks;

	return (marks & PAINT_BAD) && marks != paint->all;
}

bool paint_is_good(const Paint *paint, guint number)
{
	for (guint i = 0; i < paint->goods->len; i++)
		if (g_array_index(paint->goods, guint, i) == number)
			return true;
	return false;
}

static bool meets(const WalkCommit *commit, guint64 goods)
{
	return (commit->marks & PAINT_BAD) && (commit->marks & goods);
}

GArray *paint_meets(const Paint *paint, guint64 goods)
{
	const Walk *walk = &paint->walk;
	GArray *found = g_array_new(FALSE, FALSE, sizeof(guint));
	g_autofree guint8 *below = g_malloc0(walk->commits->len);

	for (guint i = 0; i < walk->commits->len; i++) {
		const WalkCommit *commit = walk_at(walk, i);

		for (guint k = 0; meets(commit, goods) && k < commit->n_parents; k++)
			below[g_array_index(walk->parents, guint, commit->first + k)] = 1;
	}
	for (guint i = 0; i < walk->commits->len; i++)
		if (!below[i] && meets(walk_at(walk, i), goods))
			g_array_append_val(found, i);
	return found;
}

bool paint_init(Paint *paint, Repo *repo, const RepoRangeSpec *spec, GError **error)
{
	return start(paint, repo, spec, error) && paint_all(paint, error);
}

void paint_clear(Paint *paint)
{
	walk_clear(&paint->walk);
	g_clear_pointer(&paint->goods, g_array_unref);
}
