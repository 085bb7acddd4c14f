/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `bisectbox series` found out: what each commit of a series does to kernel and cases. Plain
 * data, and the rules that make findings of it; those are pure. */
#pragma once

#include "record/matrix.h"

/** enum SeriesKind - what a commit does, against its parents */
typedef enum {
	SERIES_BREAKS_BUILD,
	SERIES_MENDS_BUILD,
	SERIES_BREAKS_BOOT,
	SERIES_MENDS_BOOT,
	SERIES_BREAKS_CASE,
	SERIES_MENDS_CASE,
	SERIES_LOSES_CASE, /* cannot be tested with it any more, though it builds and boots */
	SERIES_ADDS_WARNING,
} SeriesKind;

/** series_kind_name() - "breaks-build" ..., for JSON; static */
const char *series_kind_name(SeriesKind kind);

/**
 * struct SeriesFinding - series_finding_free()
 * @testcase: of a case; index in Series.cases
 * @text:     the first error; why it boots badly; the case's reason; the warning
 * @file:     of a warning
 */
typedef struct {
	SeriesKind kind;
	guint testcase;
	char *file;
	char *text;
} SeriesFinding;

/**
 * struct SeriesRow - the base, or a commit
 * @row:      of the matrix; borrowed
 * @parents:  guint: rows of those parents that were looked at
 * @same_as:  the row whose kernel this certainly is, so that nothing was built; -1 for none
 * @path, @why: with @same_as: a file that it changes, and why that does not matter; or NULL
 * @warnings: Warning-like places, "FILE\nTEXT", sorted; NULL where they are not known
 * @findings: SeriesFinding, filled by series_judge()
 */
typedef struct {
	const MatrixRow *row;
	GArray *parents;
	int same_as;
	char *path;
	const char *why;
	char **warnings;
	GPtrArray *findings;
} SeriesRow;

/**
 * struct Series - release with series_free()
 * @matrix: owned
 * @rows:   SeriesRow; the base is the first
 * @first_parent: side branches were left out
 * @builds_only: nothing was booted
 * @quilt: folder of the quilt series, or NULL
 */
typedef struct {
	Matrix *matrix;
	GPtrArray *rows;
	bool first_parent;
	bool builds_only;
	char *quilt;
} Series;

Series *series_new(void);
void series_free(Series *series);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Series, series_free)

/** series_add() - a row without parents yet; owned by @series */
SeriesRow *series_add(Series *series, const MatrixRow *row);

/**
 * series_judge() - find out what each commit does
 *
 * Against its parents; where one could not be tested, against what was last known before it. A
 * commit breaks what was good in a parent and bad in none; it mends what was bad in one and good
 * in none.
 */
void series_judge(Series *series);

/**
 * struct SeriesSum - the whole in numbers
 * @commits:  without the base
 * @compiled: a kernel was built for it, or it was seen that none can be
 * @same:     cannot change the kernel of this configuration
 * @broken:   of @compiled, those that do not build
 * @warnings: new ones
 * @unknown:  commits whose warnings are not known
 * @bad:      findings that something broke
 * @lost:     findings of SERIES_LOSES_CASE
 * @tip_bad:  a case is bad at the end
 * @untestable: cells without an answer
 */
typedef struct {
	guint commits;
	guint compiled;
	guint same;
	guint broken;
	guint warnings;
	guint unknown;
	guint bad;
	guint lost;
	bool tip_bad;
	guint untestable;
} SeriesSum;

SeriesSum series_sum(const Series *series);

/** series_json() - the object of --json and result.json, schema bisectbox.series/1; json_free() */
Json *series_json(const Series *series, const char *folder);
