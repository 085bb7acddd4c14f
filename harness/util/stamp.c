/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stamps in front of console.log's lines. */
#include "util/stamp.h"

#include <string.h>

#define WIDTH 9 /* of the seconds; more of them make it wider */

void stamp_add(GString *log, gint64 ms, char source, const char *line, gsize len)
{
	g_string_append_printf(log, "%*" G_GINT64_FORMAT ".%03d %c ", WIDTH - 4, ms / 1000,
			       (int)(ms % 1000), source);
	g_string_append_len(log, line, (gssize)len);
	g_string_append_c(log, '\n');
}

const char *stamp_skip(const char *line)
{
	const char *at = line + strspn(line, " ");
	gsize digits = strspn(at, "0123456789");

	if (digits == 0 || at + digits - line < WIDTH - 4 || at[digits] != '.')
		return line;
	at += digits + 1;
	if (strspn(at, "0123456789") != 3 || at[3] != ' ' || (at[4] != 'S' && at[4] != 'V') ||
	    at[5] != ' ')
		return line;
	return at + 6;
}

GString *stamp_strip(const char *text, gsize len)
{
	GString *plain = g_string_sized_new(len);
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (gsize)(end - text));
		const char *next = newline ? newline + 1 : end;
		g_autofree char *line = g_strndup(text, (gsize)(next - text));
		const char *rest = stamp_skip(line);

		/* from the text itself: a line may hold a NUL */
		text += rest - line;
		g_string_append_len(plain, text, next - text);
		text = next;
	}
	return plain;
}
