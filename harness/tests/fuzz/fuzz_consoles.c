/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two consoles' bytes, by turns (a form feed changes over): each line that one of them has printed
 * is in what is handed on, nothing else is, and the log is the same with stamps. */
#include "fuzz.h"

#include "machine/consoles.h"
#include "util/fs.h"
#include "util/stamp.h"

static void add_lines(GHashTable *set, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		gsize len = strlen(*line);

		while (len && (*line)[len - 1] == '\r')
			(*line)[--len] = '\0';
		if (len)
			g_hash_table_add(set, g_strdup(*line));
	}
}

static void check_subset(GHashTable *small, GHashTable *large)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, small);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		g_assert_true(g_hash_table_contains(large, key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_auto(GStrv) parts = g_strsplit(text, "\f", -1);
	g_autofree char *path = g_build_filename(fuzz_folder(), "console.log", NULL);
	g_autoptr(GHashTable) fed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) got = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GString) serial = g_string_new(NULL);
	g_autoptr(GString) virtio = g_string_new(NULL);
	g_autoptr(Consoles) consoles = consoles_open(path, NULL);
	g_autofree char *log = NULL;
	GString *plain;
	gsize len;

	g_assert_nonnull(consoles);
	for (guint i = 0; parts[i]; i++) {
		g_string_append(i % 2 ? virtio : serial, parts[i]);
		g_assert_true(
			consoles_feed(consoles, i % 2, i, parts[i], strlen(parts[i]), lines, NULL));
	}
	g_assert_true(consoles_end(consoles, size, lines, NULL));
	add_lines(fed, serial->str);
	add_lines(fed, virtio->str);
	add_lines(got, lines->str);
	check_subset(fed, got);
	check_subset(got, fed);
	g_assert_true(g_file_get_contents(path, &log, &len, NULL));
	plain = stamp_strip(log, len);
	g_assert_cmpmem(plain->str, plain->len, lines->str, lines->len);
	g_string_free(plain, TRUE);
	return 0;
}
