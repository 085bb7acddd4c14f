/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Object folders that a repository borrows from (objects/info/alternates). libgit2 knows neither
 * quoted lines nor relative ones below the first level; git does.
 */
#include "repo/internal.h"

#include "util/fs.h"

#include <stdlib.h>
#include <string.h>

#define ALTERNATES_MAX (1 << 20) /* bytes of one alternates file */
#define ALTERNATES_DEPTH 5       /* levels, as in git */

/* A line that starts with a quote is quoted like a C string, with octal escapes. */
static char *unquote(const char *line)
{
	const char *end;
	g_autofree char *inner = NULL;

	if (line[0] != '"')
		return g_strdup(line);
	end = strrchr(line + 1, '"');
	if (!end)
		return g_strdup(line);
	inner = g_strndup(line + 1, (gsize)(end - line - 1));
	return g_strcompress(inner);
}

static void add(GPtrArray *found, const char *objects, guint depth)
{
	g_autofree char *list = g_build_filename(objects, "info", "alternates", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (depth > ALTERNATES_DEPTH || !fs_read(list, ALTERNATES_MAX, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		g_autofree char *path = unquote(lines[i]);
		g_autofree char *whole = g_canonicalize_filename(path, objects);
		char *real;

		if (lines[i][0] == '\0' || lines[i][0] == '#')
			continue;
		real = realpath(whole, NULL);
		/* One that is gone is git's to complain about, when an object turns out to be
		 * missing. */
		if (!real || g_ptr_array_find_with_equal_func(found, real, g_str_equal, NULL)) {
			free(real);
			continue;
		}
		g_ptr_array_add(found, real);
		add(found, real, depth + 1);
	}
}

GPtrArray *alternates_find(const char *objects)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(free);

	add(found, objects, 1);
	return found;
}
