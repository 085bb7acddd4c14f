/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A series for people: a line a commit as it comes, then what the commits do. */
#pragma once

#include "record/series.h"

/** report_series_head() - the line above the rows; g_free() */
char *report_series_head(const char *const *cases, bool builds_only);

/** report_series_row() - one line; g_free() */
char *report_series_row(const Series *series, const SeriesRow *row);

/** report_series_foot() - what the commits do, whether the series can be bisected, numbers;
 * g_free()
 */
char *report_series_foot(const Series *series, const char *folder);

/** report_series_text() - all of it; g_free() */
char *report_series_text(const Series *series, const char *folder);
