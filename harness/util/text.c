/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that came from outside, made fit to be shown. */
#include "util/text.h"

#include <string.h>

/* Terminals obey the C1 controls too; what turns the direction of writing round shows another text
 * than there is, and the two separators break lines. */
bool text_is_control(gunichar c)
{
	return g_unichar_iscntrl(c) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *text_clean(const char *text, glong max)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
	GString *clean = g_string_new(NULL);
	glong n = 0;

	for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
		gunichar u = g_utf8_get_char(c);

		if (max > 0 && n++ >= max) {
			g_string_append(clean, "...");
			break;
		}
		g_string_append_unichar(clean, text_is_control(u) ? '?' : u);
	}
	return g_string_free(clean, FALSE);
}

static guint width(gunichar c)
{
	return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

char *text_fit(const char *text, guint columns)
{
	const char *keep = text; /* what fits with "..." after it */
	guint used = 0;

	for (const char *c = text; *c; c = g_utf8_next_char(c)) {
		used += width(g_utf8_get_char(c));
		if (used + 3 <= columns)
			keep = g_utf8_next_char(c);
		if (used > columns)
			return g_strdup_printf("%.*s%.*s", (int)(keep - text), text,
					       (int)MIN(columns, 3), "...");
	}
	return g_strdup(text);
}

char *text_local(const char *text)
{
	const char *charset = NULL;
	char *local;

	if (g_get_charset(&charset))
		return g_strdup(text);
	local = g_convert_with_fallback(text, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
	if (!local)
		local = g_str_to_ascii(text, "C");
	return local;
}

static void add_markup(GString *text, gunichar c)
{
	switch (c) {
	case '&':
		g_string_append(text, "&amp;");
		break;
	case '<':
		g_string_append(text, "&lt;");
		break;
	case '>':
		g_string_append(text, "&gt;");
		break;
	case '"':
		g_string_append(text, "&quot;");
		break;
	case '\'':
		g_string_append(text, "&#39;");
		break;
	default:
		if ((text_is_control(c) && c != '\n' && c != '\t') || c == 0xfffe || c == 0xffff)
			c = 0xfffd;
		g_string_append_unichar(text, c);
	}
}

char *text_markup(const char *text, gssize len)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", text ? len : 0);
	GString *markup = g_string_sized_new(strlen(valid) + 16);

	for (const char *c = valid; *c; c = g_utf8_next_char(c))
		if (c[0] != '\r' || c[1] != '\n')
			add_markup(markup, g_utf8_get_char(c));
	return g_string_free(markup, FALSE);
}

char *text_last_line(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (guint i = g_strv_length(lines); i > 0; i--)
		if (*g_strstrip(lines[i - 1]))
			return g_strdup(lines[i - 1]);
	return NULL;
}
