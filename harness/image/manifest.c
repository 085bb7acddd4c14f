/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests: read back, and compared. */
#include "image/manifest.h"

#include "util/fs.h"
#include "util/text.h"

#include <string.h>

#define MANIFEST_MAX ((gsize)256 << 20)
#define FIRST_LINE "bisectbox manifest 1\n"
#define PACKAGE "package "

struct Manifest {
	GHashTable *packages; /* name -> version */
	GHashTable *files;    /* path -> all else of the line */
};

void manifest_free(Manifest *manifest)
{
	if (!manifest)
		return;
	g_hash_table_unref(manifest->packages);
	g_hash_table_unref(manifest->files);
	g_free(manifest);
}

/* Splits a line at its last space: a path has none that is not escaped. */
static bool take_line(Manifest *manifest, const char *line)
{
	bool package = g_str_has_prefix(line, PACKAGE);
	const char *from = package ? line + strlen(PACKAGE) : line;
	const char *space = strrchr(from, ' ');

	if (!space || space == from || !space[1])
		return false;
	if (package)
		g_hash_table_replace(manifest->packages, g_strndup(from, (gsize)(space - from)),
				     g_strdup(space + 1));
	else
		g_hash_table_replace(manifest->files, g_strdup(space + 1),
				     g_strndup(from, (gsize)(space - from)));
	return true;
}

Manifest *manifest_parse(const char *text)
{
	g_autoptr(Manifest) manifest = g_new0(Manifest, 1);
	g_auto(GStrv) lines = NULL;

	manifest->packages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	manifest->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	if (!g_str_has_prefix(text, FIRST_LINE))
		return NULL;
	lines = g_strsplit(text + strlen(FIRST_LINE), "\n", -1);
	for (char **line = lines; *line; line++)
		if (**line && !take_line(manifest, *line))
			return NULL;
	return g_steal_pointer(&manifest);
}

Manifest *manifest_read(const char *path)
{
	g_autofree char *text = NULL;

	if (!fs_read(path, MANIFEST_MAX, &text, NULL, NULL))
		return NULL;
	return manifest_parse(text);
}

guint manifest_packages(const Manifest *manifest)
{
	return g_hash_table_size(manifest->packages);
}

guint manifest_files(const Manifest *manifest)
{
	return g_hash_table_size(manifest->files);
}

const char *manifest_package(const Manifest *manifest, const char *name)
{
	return g_hash_table_lookup(manifest->packages, name);
}

/* ---- what changed ---- */

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of two tables that are in one only, or have different values; sorted. */
static GPtrArray *differing(GHashTable *before, GHashTable *after)
{
	GPtrArray *keys = g_ptr_array_new();
	GHashTableIter iter;
	gpointer key, value;

	g_hash_table_iter_init(&iter, before);
	while (g_hash_table_iter_next(&iter, &key, &value))
		if (g_strcmp0(value, g_hash_table_lookup(after, key)) != 0)
			g_ptr_array_add(keys, key);
	g_hash_table_iter_init(&iter, after);
	while (g_hash_table_iter_next(&iter, &key, &value))
		if (!g_hash_table_contains(before, key))
			g_ptr_array_add(keys, key);
	g_ptr_array_sort(keys, compare_strings);
	return keys;
}

static void add_packages(GString *text, const Manifest *before, const Manifest *after)
{
	g_autoptr(GPtrArray) names = differing(before->packages, after->packages);

	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		const char *old = g_hash_table_lookup(before->packages, name);
		const char *now = g_hash_table_lookup(after->packages, name);

		g_string_append_printf(text, "package %s %s%s%s\n", name,
				       old   ? old
				       : now ? "new: "
					     : "",
				       !now  ? " is gone"
				       : old ? " -> "
					     : "",
				       now ? now : "");
	}
}

static void add_files(GString *text, const Manifest *before, const Manifest *after, guint max)
{
	g_autoptr(GPtrArray) paths = differing(before->files, after->files);
	guint n[3] = { 0 };

	for (guint i = 0; i < paths->len; i++) {
		bool old = g_hash_table_contains(before->files, paths->pdata[i]);
		bool now = g_hash_table_contains(after->files, paths->pdata[i]);

		n[!old ? 0 : !now ? 1 : 2]++;
	}
	if (paths->len)
		g_string_append_printf(text, "files: %u new, %u gone, %u changed\n", n[0], n[1],
				       n[2]);
	for (guint i = 0; i < MIN(paths->len, max); i++)
		g_string_append_printf(text, "  %c %s\n",
				       !g_hash_table_contains(before->files, paths->pdata[i]) ? '+'
				       : !g_hash_table_contains(after->files, paths->pdata[i])
					       ? '-'
					       : '!',
				       (const char *)paths->pdata[i]);
	if (paths->len > max && max)
		g_string_append_printf(text, "  and %u more\n", paths->len - max);
}

/* Names come out of a root that may be anybody's. */
static char *clean_lines(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		char *clean = text_clean(*line, 0);

		g_free(*line);
		*line = clean;
	}
	return g_strjoinv("\n", lines);
}

char *manifest_changes(const Manifest *before, const Manifest *after, guint max)
{
	g_autoptr(GString) text = g_string_new(NULL);

	add_packages(text, before, after);
	add_files(text, before, after, max);
	if (!text->len)
		return NULL;
	g_string_truncate(text, text->len - 1);
	return clean_lines(text->str);
}
