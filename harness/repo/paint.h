/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who reaches whom: the walk from bad and from each good, down to what all of them reach. Of this
 * room only. */
#pragma once

#include "repo/internal.h"

#define PAINT_GOODS_MAX 63
/* The mark of what bad reaches; good i's is bit i. */
#define PAINT_BAD (G_GUINT64_CONSTANT(1) << PAINT_GOODS_MAX)

typedef struct {
	Walk walk;
	guint bad;
	GArray *goods; /* guint: numbers in the walk, in the caller's order */
	guint64 all;   /* marks of a commit that every end reaches */
	guint n_open;  /* commits in the queue that some end may still come to reach */
	gint64 oldest; /* date of the oldest commit of the range */
} Paint;

/** paint_init() - walk from the ends; BOX_ERROR_USAGE: more than PAINT_GOODS_MAX goods, good ==
 * bad, a missing object */
bool paint_init(Paint *paint, Repo *repo, const RepoRangeSpec *spec, GError **error);
void paint_clear(Paint *paint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Paint, paint_clear)

/** paint_check() - BOX_ERROR_USAGE where a good descends from bad or is unrelated to it */
bool paint_check(const Paint *paint, const RepoRangeSpec *spec, GError **error);

/** paint_is_inner() - whether bad reaches it and some good does not */
bool paint_is_inner(const Paint *paint, guint number);
/** paint_is_good() - whether it is one of the goods */
bool paint_is_good(const Paint *paint, guint number);
/**
 * paint_meets() - commits that bad and one of @goods (marks) reach, and no child of theirs does
 * @ret_numbers: guint; free with g_array_unref()
 */
GArray *paint_meets(const Paint *paint, guint64 goods);

/**
 * struct RangePlan - which commits of a walk become a graph; arrays by the commit's number
 * @inner:   goes in with its parents
 * @passage: an inner one that is never the culprit; or NULL
 * @follow:  which parent alone an inner one is followed to, from 1; 0 for all; or NULL. The others
 *           are put aside, or left out where it is a passage
 */
typedef struct {
	Paint *paint;
	const guint8 *inner;
	const guint8 *passage;
	const guint8 *follow;
} RangePlan;

/** range_build() - the graph of a plan, with bases, goods and the rim */
RepoRange *range_build(const RangePlan *plan);
/** range_simplified() - the range of a spec with first_parent or paths */
bool range_simplified(Paint *paint, const RepoRangeSpec *spec, RepoRange **ret_range,
		      GError **error);

/* Paths that a range is limited to. */
typedef struct Paths Paths;

/** paths_new() - take the words of `-- PATH...`; BOX_ERROR_USAGE for magic that is not known here
 */
Paths *paths_new(Repo *repo, const char *const *words, GError **error);
void paths_free(Paths *paths);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Paths, paths_free)
/** paths_same() - whether two commits have the same at the paths; @old NULL: nothing at all */
bool paths_same(Paths *paths, const WalkCommit *old, const WalkCommit *young, bool *ret_same,
		GError **error);
