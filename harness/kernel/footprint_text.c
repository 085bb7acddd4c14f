/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Footprints as they are stored. */
#include "kernel/footprint_internal.h"

#include "util/error.h"

#include <string.h>

#define HEAD "bisectbox.footprint/3"

const char *footprint_version(void)
{
	return HEAD;
}

static void add_lines(GString *text, const char *word, const GPtrArray *list)
{
	for (guint i = 0; i < list->len; i++)
		g_string_append_printf(text, "%s %s\n", word, (const char *)list->pdata[i]);
}

/* Sorted as the files are. */
static void add_uses(GString *text, const Footprint *footprint)
{
	if (footprint->made)
		g_string_append_printf(text, "made %u\n", footprint->made);
	for (guint i = 0; i < footprint->files->len; i++) {
		const char *path = footprint->files->pdata[i];
		guint uses = GPOINTER_TO_UINT(g_hash_table_lookup(footprint->uses, path));

		if (uses)
			g_string_append_printf(text, "uses %u %s\n", uses, path);
	}
}

char *footprint_text(const Footprint *footprint)
{
	GString *text = g_string_new(HEAD "\n");
	g_autofree char *sum = NULL;

	g_string_append_printf(text, "arch %s\n", footprint->arch);
	if (footprint->failed)
		g_string_append(text, "failed yes\n");
	add_lines(text, "file", footprint->files);
	add_uses(text, footprint);
	add_lines(text, "name", footprint->names);
	add_lines(text, "glob", footprint->globs);
	add_lines(text, "near", footprint->nears);
	sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);
	g_string_append_printf(text, "sum %s\n", sum);
	return g_string_free(text, FALSE);
}

static bool parse_uses(Footprint *footprint, const char *line, gsize len)
{
	char *end;
	guint64 n;

	/* a newline would be skipped like a blank */
	if (!g_ascii_isdigit(line[5]))
		return false;
	n = g_ascii_strtoull(line + 5, &end, 10);
	if (n == 0 || n > G_MAXINT)
		return false;
	if (line[0] == 'm') {
		footprint->made = (guint)n;
		return *end == '\n';
	}
	if (*end != ' ')
		return false;
	g_hash_table_insert(footprint->uses, g_strndup(end + 1, (gsize)(line + len - end - 1)),
			    GUINT_TO_POINTER((guint)n));
	return true;
}

static bool parse_line(Footprint *footprint, const char *line, gsize len)
{
	const char *const words[] = { "file ", "name ", "glob ", "near " };
	GPtrArray *lists[] = { footprint->files, footprint->names, footprint->globs,
			       footprint->nears };

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(line, words[i])) {
			g_ptr_array_add(lists[i], g_strndup(line + 5, len - 5));
			return true;
		}
	if (g_str_has_prefix(line, "made ") || g_str_has_prefix(line, "uses "))
		return parse_uses(footprint, line, len);
	if (g_str_has_prefix(line, "arch ")) {
		g_free(footprint->arch);
		footprint->arch = g_strndup(line + 5, len - 5);
		return true;
	}
	footprint->failed = g_str_has_prefix(line, "failed yes\n");
	return footprint->failed;
}

bool footprint_parse(const char *text, Footprint **ret_footprint, GError **error)
{
	g_autoptr(Footprint) footprint = footprint_new("", false);
	const char *end = g_strrstr(text, "\nsum ");
	g_autofree char *sum = NULL;
	g_autofree char *said = NULL;

	if (end) {
		sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, end + 1 - text);
		said = g_strdup_printf("sum %s\n", sum);
	}
	if (!end || !g_str_equal(end + 1, said))
		return error_host(error, "this footprint is damaged: its checksum does not fit");
	if (!g_str_has_prefix(text, HEAD "\n"))
		return error_host(error, "this footprint is of another version of bisectbox");
	for (const char *line = text + strlen(HEAD "\n"); line < end + 1;) {
		gsize len = strcspn(line, "\n");

		if (!parse_line(footprint, line, len))
			return error_host(error, "this footprint has a line that is unknown: %.*s",
					  (int)MIN(len, 60), line);
		line += len + 1;
	}
	footprint_finish(footprint);
	*ret_footprint = g_steal_pointer(&footprint);
	return true;
}
