/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of a matrix, read again. */
#include "record/matrix.h"

static void read_cell(JsonReader *reader, MatrixCell *cell)
{
	static const char *const verdicts[] = { "none", "good", "bad", "skip", NULL };
	StepResult *result = &cell->result;
	g_autofree char *outcome = json_string_or_null(reader, "outcome");

	result->verdict = (Verdict)json_choice_or(reader, "verdict", verdicts, VERDICT_NONE);
	if (outcome && !outcome_parse(outcome, &result->outcome))
		json_reader_fail(reader, "outcome", "is none that is known: %s", outcome);
	result->reason = json_string_or_null(reader, "reason");
	result->booted = json_bool_or(reader, "booted", false);
	result->boot_ms = json_ms(reader, "boot_s");
	result->key = json_string_or_null(reader, "key");
	result->same_as = json_string_or_null(reader, "same_as");
	result->evidence = json_string_or_null(reader, "evidence");
	cell->good = (guint)json_int_or(reader, "good", 0, G_MAXINT, 0);
	cell->bad = (guint)json_int_or(reader, "bad", 0, G_MAXINT, 0);
	cell->skip = (guint)json_int_or(reader, "untestable", 0, G_MAXINT, 0);
}

/* What is the kernel's is each cell's. */
static void read_kernel(JsonReader *reader, StepResult *result)
{
	result->built = json_bool_or(reader, "built", false);
	result->cached = json_bool_or(reader, "cached", false);
	result->note = json_string_or_null(reader, "note");
	result->build_ms = json_ms(reader, "build_s");
	result->kernel = json_string_or_null(reader, "sha256");
	result->compiler = json_string_or_null(reader, "compiler");
	if (!json_is_null(reader, "fixups"))
		result->fixups = json_strings(reader, "fixups");
}

MatrixRow *matrix_row_read(JsonReader *reader, guint n_cases)
{
	guint n = 0;
	JsonReader **cells = json_objects(reader, "results", &n);
	MatrixRow *row = matrix_row_new((guint)json_int_or(reader, "kernel", 1, G_MAXINT, 1), n);

	if (n != n_cases)
		json_reader_fail(reader, "results", "must be one a case");
	row->name = json_string_or(reader, "name", "");
	row->revision = json_string_or_null(reader, "revision");
	row->subject = json_string_or_null(reader, "subject");
	row->folder = json_string_or(reader, "folder", "");
	row->wall_ms = json_ms(reader, "wall_s");
	for (guint i = 0; i < n; i++) {
		read_cell(cells[i], &row->cells[i]);
		read_kernel(reader, &row->cells[i].result);
	}
	return row;
}
