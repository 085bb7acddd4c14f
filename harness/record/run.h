/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of one run: what was asked, the journal, a folder a step. results/README.md describes
 * every file. */
#pragma once

#include "record/result.h"
#include "util/json.h"

typedef struct Run Run;

/**
 * run_create() - a new folder results/DATE-TIME-WHAT[-N]
 * @results: folder for runs, made where missing
 * @what:    the case's name; anything but [A-Za-z0-9._-] becomes "-"
 * @error:   not writable: says to use --results
 */
bool run_create(const char *results, const char *what, Run **ret_run, GError **error);
/** run_open() - a run's folder again, to add to its journal once it is run_mend()ed */
bool run_open(const char *folder, Run **ret_run, GError **error);
/**
 * run_lock() - nobody else works on it from here on; a run that was just made is locked already
 * @wait: until it is free
 * @ret_busy: set, with true returned, where another process has it and @wait is not
 */
bool run_lock(Run *run, bool wait, bool *ret_busy, GError **error);
/** run_mend() - take half a line off the end of the journal: it was never answered */
bool run_mend(Run *run, GError **error);
void run_close(Run *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Run, run_close)

/** run_folder() - its absolute path; borrowed */
const char *run_folder(const Run *run);

/** run_write() - write NAME in the folder as indented JSON, whole or not at all */
bool run_write(Run *run, const char *name, const Json *json, GError **error);

/** run_journal() - add one line (journal_line()); it is on the disk when this returns */
bool run_journal(Run *run, const Json *line, GError **error);

/** run_journal_all() - the same with several lines at once */
bool run_journal_all(Run *run, const GPtrArray *lines, GError **error);

/**
 * run_read_steps() - the steps that a run has finished, as its journal has them
 * @ret_steps:  StepRecord, in order, each number once; g_ptr_array_unref()
 * @ret_damage: which lines cannot be believed: their steps count as never done; NULL for none;
 *              g_free()
 * @error: the journal cannot be read, or a line that is sound says what this bisectbox does not
 *         know
 */
bool run_read_steps(const char *folder, GPtrArray **ret_steps, char **ret_damage, GError **error);

/** run_clear_steps() - remove the folders of steps after step @last: of those that were not
 * finished */
bool run_clear_steps(Run *run, guint last, GError **error);

/**
 * run_step_done() - step.json of a step that an earlier part of the run finished
 * @ret_folder: of it, relative to the run's; g_free(); or NULL
 *
 * Return: json_free(); NULL where there is none.
 */
Json *run_step_done(Run *run, guint number, const char *revision, char **ret_folder);

/** run_step_folder() - make the folder of step @number about @revision, emptied where it is left of
 * a step that was not finished; path relative to the run's; g_free() */
char *run_step_folder(Run *run, guint number, const char *revision, GError **error);

/** run_journal_step() - the journal's line about a step, and the step's own step.json */
bool run_journal_step(Run *run, const StepRecord *step, GError **error);

/** step_record_json() - a step as the journal and --json show it; json_free() */
Json *step_record_json(const StepRecord *step);

/** run_write_text() - write NAME in the folder, whole or not at all */
bool run_write_text(Run *run, const char *name, const char *text, GError **error);
