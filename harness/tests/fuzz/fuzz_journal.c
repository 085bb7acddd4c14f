/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's journal. Nobody guesses a checksum: lines that look like objects get the right one. */
#include "fuzz.h"

#include "record/journal.h"
#include "record/run.h"

static char *seal(const char *line)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, line, -1);

	return g_strdup_printf("%.*s,\"sum\":\"%.8s\"}", (int)strlen(line) - 1, line, sum);
}

static GString *seal_lines(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *sealed = g_string_new(NULL);

	for (guint i = 0; lines[i]; i++) {
		bool object = lines[i][0] == '{' && g_str_has_suffix(lines[i], "}");
		g_autofree char *line = object ? seal(lines[i]) : g_strdup(lines[i]);

		g_string_append(sealed, line);
		if (lines[i + 1])
			g_string_append_c(sealed, '\n');
	}
	return sealed;
}

/* A step that was read is written as it was: told again, it is the same. */
static void check_step(const StepRecord *step)
{
	g_autoptr(Json) json = step_record_json(step);
	g_autofree char *line = journal_line(json);

	g_assert_cmpint(journal_check(line), ==, LINE_SOUND);
}

static void read_steps(const void *data, size_t size)
{
	g_autoptr(GPtrArray) steps = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *damage = NULL;
	bool ok;

	fuzz_write("journal.jsonl", data, size);
	ok = run_read_steps(fuzz_folder(), &steps, &damage, &error);
	fuzz_check(ok, &error);
	for (guint i = 0; ok && i < steps->len; i++)
		check_step(steps->pdata[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_autoptr(GString) sealed = seal_lines(text);

	read_steps(data, size);
	read_steps(sealed->str, sealed->len);
	return 0;
}
