/* SPDX-License-Identifier: GPL-2.0-or-later */
/* git's bisect log: what `git bisect log` prints and `git bisect replay` takes. */
#pragma once

#include "record/terms.h"

/* One `git bisect WORD REVISION`. */
typedef struct {
	char *word;     /* a term, or "skip" */
	char *revision; /* a name or an id */
	char *subject;  /* or NULL */
	guint line;     /* where it was read; 0 for not */
} BisectEntry;

/**
 * struct BisectLog - a whole log; release with bisect_log_free()
 * @bad, @goods:  the ends of `git bisect start`; @bad may be NULL, @goods empty
 * @paths:        NULL-terminated
 * @dashes:       there was a "--" before the paths
 * @entries:      BisectEntry
 * @end:          a last comment ("first bad commit: [ID] SUBJECT"), or NULL
 */
typedef struct {
	Terms terms;
	bool first_parent;
	BisectEntry *bad;
	GPtrArray *goods;
	char **paths;
	bool dashes;
	GPtrArray *entries;
	char *end;
} BisectLog;

/** bisect_log_new() - an empty log with a copy of the terms (NULL: none yet) */
BisectLog *bisect_log_new(const Terms *terms);
void bisect_log_free(BisectLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BisectLog, bisect_log_free)

/** bisect_log_add() - a verdict; @word as in BisectEntry, all copied */
void bisect_log_add(BisectLog *log, const char *word, const char *revision, const char *subject);
/** bisect_log_start() - the ends; copied */
void bisect_log_start(BisectLog *log, const char *bad, const char *subject);
void bisect_log_start_good(BisectLog *log, const char *good, const char *subject);

/** bisect_log_text() - as git writes it; g_free() */
char *bisect_log_text(const BisectLog *log);

/**
 * bisect_log_parse() - read git's own, or ours
 * @name: of the file, for errors
 * @error: BOX_ERROR_USAGE: file, line, what is wrong with it. A word that is none of the log's
 *         terms is an error, as is a verdict without a revision
 */
BisectLog *bisect_log_parse(const char *text, const char *name, GError **error);
