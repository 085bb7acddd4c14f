/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksums of lines, and reading them back. */
#include "record/journal.h"

#include "util/fs.h"

#include <string.h>

#define SUM_START ",\"sum\":\""
#define SUM_END "\"}"
#define SUM_DIGITS 8
#define SUM_LEN (strlen(SUM_START) + SUM_DIGITS + strlen(SUM_END))
#define JOURNAL_MAX ((gsize)256 << 20)

static void sum_of(const char *line, char sum[SUM_DIGITS + 1])
{
	g_autofree char *whole = g_compute_checksum_for_string(G_CHECKSUM_SHA256, line, -1);

	g_strlcpy(sum, whole, SUM_DIGITS + 1);
}

char *journal_line(const Json *json)
{
	g_autofree char *text = json_text(json, false);
	gsize len = strlen(text);
	char sum[SUM_DIGITS + 1];

	sum_of(text, sum);
	/* Nothing has no comma after it. */
	if (g_str_equal(text, "{}"))
		return g_strdup_printf("{\"sum\":\"%s\"}", sum);
	return g_strdup_printf("%.*s" SUM_START "%s" SUM_END, (int)(len - 1), text, sum);
}

LineState journal_check(char *line)
{
	gsize len = strlen(line);
	char given[SUM_DIGITS + 1], sum[SUM_DIGITS + 1];
	char *tail;

	if (len < 2 || line[0] != '{' || line[len - 1] != '}')
		return LINE_DAMAGED;
	tail = len > SUM_LEN ? line + len - SUM_LEN : line;
	if (!g_str_has_prefix(tail, SUM_START) || !g_str_has_suffix(tail, SUM_END))
		return LINE_BARE;
	g_strlcpy(given, tail + strlen(SUM_START), sizeof(given));
	g_strlcpy(tail, "}", 2);
	sum_of(line, sum);
	return g_str_equal(sum, given) ? LINE_SOUND : LINE_DAMAGED;
}

void journal_free(Journal *journal)
{
	if (!journal)
		return;
	g_ptr_array_unref(journal->lines);
	g_array_unref(journal->numbers);
	g_array_unref(journal->damaged);
	g_free(journal);
}

/* Bytes that were never written read as zeros after a power cut. */
static LineState check_bytes(char *line, gsize len)
{
	return strlen(line) == len ? journal_check(line) : LINE_DAMAGED;
}

static void take_line(Journal *journal, char *line, gsize len, guint number, bool *sums)
{
	LineState state = check_bytes(line, len);

	if (state == LINE_SOUND)
		*sums = true;
	if (state == LINE_DAMAGED || (state == LINE_BARE && *sums)) {
		g_array_append_val(journal->damaged, number);
		return;
	}
	g_ptr_array_add(journal->lines, g_strdup(line));
	g_array_append_val(journal->numbers, number);
}

bool journal_read(const char *path, bool sums, Journal **ret_journal, GError **error)
{
	g_autoptr(Journal) journal = g_new0(Journal, 1);
	g_autofree char *text = NULL;
	gsize len = 0;
	char *line, *end;

	journal->lines = g_ptr_array_new_with_free_func(g_free);
	journal->numbers = g_array_new(FALSE, FALSE, sizeof(guint));
	journal->damaged = g_array_new(FALSE, FALSE, sizeof(guint));
	if (!fs_read(path, JOURNAL_MAX, &text, &len, error))
		return false;
	line = text;
	for (guint number = 1; (end = memchr(line, '\n', len - (gsize)(line - text))); number++) {
		*end = '\0';
		take_line(journal, line, (gsize)(end - line), number, &sums);
		line = end + 1;
	}
	*ret_journal = g_steal_pointer(&journal);
	return true;
}

char *journal_damage_text(const Journal *journal)
{
	guint n = journal->damaged->len;
	GString *text;

	if (n == 0)
		return NULL;
	text = g_string_new(n == 1 ? "line " : "lines ");
	for (guint i = 0; i < n; i++)
		g_string_append_printf(text, "%s%u",
				       i == 0       ? ""
				       : i + 1 == n ? " and "
						    : ", ",
				       g_array_index(journal->damaged, guint, i));
	return g_string_free(text, FALSE);
}
