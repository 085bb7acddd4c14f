/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of fstab(5). */
#include "image/fstab.h"

#include <string.h>

#define MARK "#bisectbox# "

/* Begins as what names a device does: by tag, or by its file. */
static gboolean is_device(const char *source)
{
	static const char *const heads[] = { "/dev/",      "UUID=", "LABEL=", "PARTUUID=",
					     "PARTLABEL=", "ID=",   "ZFS=",   "\"" };

	for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
		if (g_ascii_strncasecmp(source, heads[i], strlen(heads[i])) == 0)
			return TRUE;
	return FALSE;
}

/* "host:/path", "//host/share", "user@host:". */
static gboolean is_server(const char *source)
{
	return g_str_has_prefix(source, "//") || strchr(source, ':') || strchr(source, '@');
}

static gboolean wants_clearing(const char *line)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
	const char *fields[3] = { NULL };
	guint n = 0;

	for (char **word = words; *word && n < G_N_ELEMENTS(fields); word++)
		if (**word)
			fields[n++] = *word;
	if (n == 0 || fields[0][0] == '#')
		return FALSE;
	return is_device(fields[0]) || is_server(fields[0]) ||
	       (n == 3 && (g_str_equal(fields[2], "swap") || g_str_equal(fields[1], "/")));
}

char *fstab_clear(const char *text, guint *ret_n)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint n = 0;

	for (char **line = lines; *line; line++) {
		char *cleared;

		if (!wants_clearing(*line))
			continue;
		cleared = g_strconcat(MARK, *line, NULL);
		g_free(*line);
		*line = cleared;
		n++;
	}
	if (ret_n)
		*ret_n = n;
	return g_strjoinv("\n", lines);
}
