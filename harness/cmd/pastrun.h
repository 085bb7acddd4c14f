/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which run a person means. */
#pragma once

#include "record/past.h"

/**
 * pastrun_folder() - the folder that a word means; g_free()
 * @results: --results, or NULL for where runs go
 * @word:    a folder, or a name below @results; NULL: the newest run there
 * @error:   BOX_ERROR_USAGE: there is none
 */
char *pastrun_folder(const char *results, const char *word, GError **error);
/** pastrun_read() - that run, all of it */
bool pastrun_read(const char *results, const char *word, Past **ret_past, GError **error);
/** pastrun_results() - --results, or where runs go; g_free() */
char *pastrun_results(const char *results);

/** pastrun_text() - its report for people, as the command that made it printed it; g_free() */
char *pastrun_text(const Past *past);
/** pastrun_json() - its result, likewise; json_free() */
Json *pastrun_json(const Past *past);
