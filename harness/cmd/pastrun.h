/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which run a person means. */
#pragma once

#include "record/past.h"

#include <argp.h>

/**
 * struct WhichRun - as given; strings point into argv
 * @results: --results, or NULL for where runs go
 * @word:    a folder, or a name below @results; NULL: the newest run there
 */
typedef struct {
	const char *results;
	const char *word;
} WhichRun;

/* --results DIR, and one word that no other parser takes; a WhichRun is its input. */
extern const struct argp which_run_argp;

/**
 * pastrun_folder() - the folder that is meant; g_free()
 * @error: BOX_ERROR_USAGE: there is none
 */
char *pastrun_folder(const WhichRun *which, GError **error);
/** pastrun_read() - that run, all of it */
bool pastrun_read(const WhichRun *which, Past **ret_past, GError **error);
/** pastrun_results() - where it is looked for; g_free() */
char *pastrun_results(const WhichRun *which);

/** pastrun_text() - its report for people, as the command that made it printed it; g_free() */
char *pastrun_text(const Past *past);
/** pastrun_json() - its result, likewise; json_free() */
Json *pastrun_json(const Past *past);
