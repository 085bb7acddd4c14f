/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two texts side by side: which lines they share. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A line of each text, or of one; G_MAXUINT for none. */
typedef struct {
	guint left;
	guint right;
	bool same;
} LinePair;

/**
 * line_diff() - pair the lines of two texts
 * @left, @right: NULL-terminated; lines are the same where their strings are
 *
 * The longest common subsequence of what is between the lines that both begin and end with; where
 * that would take too long (about four million comparisons), all of it differs.
 * Return: of LinePair, in order; g_array_unref()
 */
GArray *line_diff(const char *const *left, const char *const *right);

/** line_console_key() - a console's line without what differs from boot to boot: its time,
 * addresses, fractions, long numbers; g_free() */
char *line_console_key(const char *line);
