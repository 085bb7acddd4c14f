/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commits of a run's range, and what is known of each. */
#pragma once

#include "record/past.h"
#include "record/range.h"

typedef enum {
	SPOT_OPEN,  /* nothing is known of it */
	SPOT_OLD,   /* as before the culprit: "good" */
	SPOT_NEW,   /* as since the culprit: "bad" */
	SPOT_SKIP,  /* cannot be tested */
	SPOT_NEVER, /* cannot matter to the kernel, and was not tested */
	SPOT_COUNT,
} SpotState;

/**
 * struct Spot - one commit
 * @commit:  borrowed
 * @state:   seen in a test, or what follows from those
 * @step:    the last step about it; NULL where it was not tested; borrowed
 * @culprit: it is the answer
 * @mark:    why a person wants to see it besides ("suspect", "masked it"), or NULL; static
 * @parents, @n_parents: indexes, each below its own
 */
typedef struct {
	const RangeCommit *commit;
	SpotState state;
	const StepRecord *step;
	bool culprit;
	const char *mark;
	guint *parents;
	guint n_parents;
} Spot;

/**
 * struct RangeMap - release with range_map_free()
 * @spots: Spot, oldest first
 */
typedef struct {
	GPtrArray *commits; /* RangeCommit */
	GArray *spots;
} RangeMap;

/** range_map_read() - of a run; empty where it left no range; BOX_ERROR_USAGE: damaged */
bool range_map_read(const Past *past, RangeMap **ret_map, GError **error);
void range_map_free(RangeMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RangeMap, range_map_free)

/** range_map_spot() - by index; borrowed */
const Spot *range_map_spot(const RangeMap *map, guint index);

/**
 * struct RangeRow - a line of the picture: a commit that is shown
 * @spot:    its index
 * @parents: indexes of rows (all behind it) that it descends from with nothing shown in between;
 *           of guint
 * @folded:  how many commits of each state are left out between it and those
 */
typedef struct {
	guint spot;
	GArray *parents;
	guint folded[SPOT_COUNT];
} RangeRow;

/**
 * range_map_rows() - the picture of the range, newest first: all commits where they are few, else
 * those that were tested or are the answer, and how they descend from each other
 * @all: show all up to so many
 * Return: of RangeRow; g_ptr_array_unref()
 */
GPtrArray *range_map_rows(const RangeMap *map, guint all);
