/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a run will still take, from what its steps have taken so far. */
#pragma once

#include "record/result.h"

#include <glib.h>

#define FORECAST_UNKNOWN ((gint64)-1)

typedef struct Forecast Forecast;

Forecast *forecast_new(void);
void forecast_free(Forecast *forecast);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Forecast, forecast_free)

/** forecast_add() - a step was done; only its times, @why and @clean are read */
void forecast_add(Forecast *forecast, const StepRecord *step);

/**
 * forecast_left() - milliseconds from the beginning of a step to the end of the run
 * @step: that begins; without a @why it is one of a plain list, which nothing is confirmed after
 * @left: about how many more after it narrow the search down, or are on the list
 *
 * Of either kind of step, from clean builds and not, the median of the last ones counts: the first
 * is slow, and what is near the culprit is quick. No clean build known yet takes a third of the
 * slowest step: the compiler's cache has most of it by then. On a list the mean of all but the
 * first counts: next to a patch that costs minutes are many that cost nothing.
 * Return: FORECAST_UNKNOWN before two steps are done, and where ends are still looked for.
 */
gint64 forecast_left(const Forecast *forecast, const StepRecord *step, guint left);

/** forecast_text() - as a person wants to know it: "1 min", "25 min", "2 h 10 min"; g_free() */
char *forecast_text(gint64 ms);
