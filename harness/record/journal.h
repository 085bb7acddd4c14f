/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a journal: each has a checksum of its own, so that damage is seen and stays one
 * line's. */
#pragma once

#include "util/json.h"

/** journal_line() - an object as a line, without its end: its last member is "sum", the first eight
 * hex digits of the SHA-256 of the line without that member; g_free() */
char *journal_line(const Json *json);

typedef enum {
	LINE_DAMAGED, /* its sum does not fit it, or it is no line of ours */
	LINE_BARE,    /* without a sum: of an older bisectbox */
	LINE_SOUND,
} LineState;

/**
 * journal_check() - whether a line is as it was written
 * @line: without its end; the member "sum" is taken out of it
 */
LineState journal_check(char *line);

/**
 * struct Journal - a journal that was read; release with journal_free()
 * @lines:   char *, JSON without sums, in order
 * @numbers: guint, of @lines, from 1
 * @damaged: guint, numbers of lines that cannot be believed
 */
typedef struct {
	GPtrArray *lines;
	GArray *numbers;
	GArray *damaged;
} Journal;

/**
 * journal_read() - all whole lines
 * @path: a last line without its end was being written when the host went down: it was never
 *        answered, and is left out
 * @sums: every line must have one; else lines before the first that has one may be without
 * @error: cannot be read. Damage is no error: what to do about it is the caller's to say
 */
bool journal_read(const char *path, bool sums, Journal **ret_journal, GError **error);
void journal_free(Journal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_free)

/** journal_damage_text() - "line 3", "lines 3 and 17", or NULL where there is none; g_free() */
char *journal_damage_text(const Journal *journal);
