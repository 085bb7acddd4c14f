/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people and programs read at the end of a run. Makes text; prints nothing. */
#pragma once

#include "record/result.h"
#include "util/json.h"

/**
 * report_text() - the answer, the table of verdicts, where the evidence is
 * @result: of the run
 * @folder: the run's, as people should see it
 *
 * Every control character of subjects and reasons is replaced. Return: free with g_free().
 */
char *report_text(const RunResult *result, const char *folder);

/** report_answer() - the answer alone; g_free() */
char *report_answer(const RunResult *result);

/** report_revert() - one sentence on what becomes of the newer end without the culprit, or NULL
 * where that was not tried; g_free() */
char *report_revert(const RunResult *result);

/** report_json() - the object of `run --json` and result.json, schema bisectbox.run/1; json_free()
 */
Json *report_json(const RunResult *result, const char *folder);

/** report_duration() - "7.4 s", "3 min 12 s", "2 h 5 min"; g_free() */
char *report_duration(gint64 ms);
