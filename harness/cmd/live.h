/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person sees while a run works: one live line on a terminal, else one line per event. On a
 * terminal it keeps to its width and character set; colours but for NO_COLOR, and nothing that
 * moves the cursor where TERM is dumb.
 */
#pragma once

#include "record/result.h"

#include <glib.h>

typedef struct Live Live;

/** live_new() - writes to stderr; @verbose: every phase gets a line, and the console is shown */
Live *live_new(bool verbose);
/** live_free() - ends the live line; NULL is fine */
void live_free(Live *live);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Live, live_free)

/** live_record() - keep the run's status.json (record/progress.h) from here on, too
 * @folder: the run's; copied */
void live_record(Live *live, const char *folder);

/** live_event() - a line that stays */
void live_event(Live *live, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** live_notice() - something being made ready: a line without a terminal, the live line on one */
void live_notice(Live *live, const char *what, const char *detail);
/** live_begin() - a step begins; @left is about how many more tests, 0 for unknown. Says how long
 * it may still take, as far as forecast_left() knows */
void live_begin(Live *live, const StepRecord *step, guint left);
/** live_phase() - the step's phase: "checkout", "build", "boot" */
void live_phase(Live *live, const char *phase);
/** live_end() - the step's verdict */
void live_end(Live *live, const StepRecord *step);
/** live_took() - a step that live_end() is not told of was done: it took so long */
void live_took(Live *live, const StepRecord *step);
/** live_pause() - takes the live line away until the next change, for a line on stdout */
void live_pause(Live *live);
/** live_console() - console bytes, control characters taken out */
void live_console(Live *live, const char *data, gsize len);
