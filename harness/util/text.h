/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that came from outside, made fit to be shown; and small words. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** text_is_control() - whether a character is obeyed, not shown: C0, DEL, C1, what turns the
 * direction of writing round, Unicode's line and paragraph separators */
bool text_is_control(gunichar c);

/**
 * text_clean() - text without control characters, for a terminal or a report
 * @text: any bytes, or NULL; borrowed
 * @max:  characters after which it is cut, with "..." after it; 0 for no limit
 *
 * Return: valid UTF-8; free with g_free().
 */
char *text_clean(const char *text, glong max);

/**
 * text_fit() - the beginning of a line that fits into some columns of a terminal
 * @text: valid UTF-8 without control characters
 *
 * Wide characters take two columns, combining ones none; "..." stands for what is left out.
 * Return: free with g_free().
 */
char *text_fit(const char *text, guint columns);

/**
 * text_local() - UTF-8 as the user's locale can show it, "?" for what it cannot
 *
 * Wants setlocale(LC_CTYPE, "") before. Return: bytes in the locale's charset; free with g_free().
 */
char *text_local(const char *text);

/**
 * text_markup() - text for HTML and XML, in an element or a quoted attribute
 * @text: any bytes; borrowed
 * @len:  their number, -1 for a C string
 *
 * Characters with a meaning in markup are escaped; what XML 1.0 has no way to write (control
 * characters but tab and line feed, bytes that are no UTF-8, U+FFFE and U+FFFF) becomes U+FFFD; a
 * carriage return before a line feed goes. Return: free with g_free().
 */
char *text_markup(const char *text, gssize len);
/** text_last_line() - the last line of @text (or NULL) that is not blank, stripped; NULL where
 * there is none; g_free() */
char *text_last_line(const char *text);

/** text_s() - the ending of a plural: "s" unless there is one; static */
static inline const char *text_s(unsigned n)
{
	return n == 1 ? "" : "s";
}
