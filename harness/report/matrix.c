/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels times cases, for people and programs. */
#include "report/matrix.h"

#include "report/report.h"
#include "util/text.h"

#include <string.h>

#define NAME_SHOWN 32
#define WIDEST_CELL "? untestable"

/* Long names are mostly paths: their ends tell them apart. */
static char *shown_name(const char *name)
{
	g_autofree char *clean = text_clean(name, 0);
	glong len = g_utf8_strlen(clean, -1);

	if (len <= NAME_SHOWN)
		return g_steal_pointer(&clean);
	return g_strconcat("...", g_utf8_offset_to_pointer(clean, len - NAME_SHOWN + 3), NULL);
}

static guint width(const char *text)
{
	return (guint)g_utf8_strlen(text, -1);
}

MatrixLayout report_matrix_layout(const char *const *names, const char *const *cases, guint repeat)
{
	g_autofree char *count = g_strdup_printf(" %u/%u", repeat, repeat);
	MatrixLayout layout = {
		.cell = width(WIDEST_CELL) + (repeat > 1 ? width(count) : 0),
	};

	for (; *names; names++) {
		g_autofree char *shown = shown_name(*names);

		layout.name = MAX(layout.name, width(shown));
	}
	for (; *cases; cases++)
		layout.cell = MAX(layout.cell, width(*cases));
	return layout;
}

/* A line of cells, without blanks at its end. */
static char *line_of(MatrixLayout layout, const char *name, char **cells)
{
	GString *line = g_string_new(NULL);
	g_autofree char *shown = shown_name(name);

	g_string_append_printf(line, "%s%*s", shown, (int)(layout.name - width(shown)), "");
	for (; *cells; cells++)
		g_string_append_printf(line, "  %-*s", (int)layout.cell, *cells);
	while (line->len && line->str[line->len - 1] == ' ')
		g_string_truncate(line, line->len - 1);
	g_string_append_c(line, '\n');
	return g_string_free(line, FALSE);
}

char *report_matrix_head(MatrixLayout layout, const char *const *cases)
{
	return line_of(layout, "", (char **)(gpointer)cases);
}

static const char *verdict_words(Verdict verdict)
{
	static const char *const words[] = {
		[VERDICT_NONE] = "! trouble",
		[VERDICT_GOOD] = "+ good",
		[VERDICT_BAD] = "x bad",
		[VERDICT_SKIP] = "? untestable",
	};

	return words[verdict];
}

/* With tries, how many of them were so: "x bad 2/5". */
static char *cell_text(const Matrix *matrix, const MatrixCell *cell)
{
	Verdict verdict = cell->result.verdict;
	guint n = verdict == VERDICT_GOOD  ? cell->good
		  : verdict == VERDICT_BAD ? cell->bad
					   : cell->skip;

	if (matrix->repeat == 1 || verdict == VERDICT_NONE)
		return g_strdup(verdict_words(verdict));
	return g_strdup_printf("%s %u/%u", verdict_words(verdict), n,
			       cell->good + cell->bad + cell->skip);
}

char *report_matrix_row(MatrixLayout layout, const Matrix *matrix, const MatrixRow *row)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) cells = NULL;

	for (guint i = 0; i < row->n_cells; i++) {
		g_autofree char *cell = cell_text(matrix, &row->cells[i]);

		g_strv_builder_add(builder, cell);
	}
	cells = g_strv_builder_end(builder);
	return line_of(layout, row->name, cells);
}

static void add_reason(GString *text, const Matrix *matrix, const MatrixRow *row, guint i)
{
	const MatrixCell *cell = &row->cells[i];
	g_autofree char *reason = text_clean(cell->result.reason, 0);
	g_autofree char *name = shown_name(row->name);

	g_string_append_printf(text, "\n  %s, %s: %s\n    %s\n", name, matrix->cases[i],
			       cell->result.verdict == VERDICT_BAD ? "bad" : "untestable", reason);
	if (cell->result.evidence) {
		g_autofree char *path =
			g_build_filename(row->folder, cell->try_dir ? cell->try_dir : "",
					 cell->result.evidence, NULL);

		g_string_append_printf(text, "    %s\n", path);
	}
}

static void add_fixups(GString *text, const MatrixRow *row)
{
	char **fixups = row->n_cells ? row->cells[0].result.fixups : NULL;
	g_autofree char *all = fixups ? g_strjoinv(", ", fixups) : NULL;
	g_autofree char *name = shown_name(row->name);

	if (all && *all)
		g_string_append_printf(text, "\n  %s: built with fixups: %s\n", name, all);
}

char *report_matrix_foot(const Matrix *matrix, const char *folder)
{
	GString *text = g_string_new(NULL);
	g_autofree char *took = report_duration(matrix->wall_ms);
	guint counts[VERDICT_SKIP + 1] = { 0 };

	for (guint i = 0; i < matrix->rows->len; i++) {
		const MatrixRow *row = matrix->rows->pdata[i];

		for (guint j = 0; j < row->n_cells; j++) {
			Verdict verdict = row->cells[j].result.verdict;

			counts[verdict]++;
			if (verdict == VERDICT_BAD || verdict == VERDICT_SKIP)
				add_reason(text, matrix, row, j);
		}
		add_fixups(text, row);
	}
	g_string_append_printf(text, "\n  %u good, %u bad, %u untestable", counts[VERDICT_GOOD],
			       counts[VERDICT_BAD], counts[VERDICT_SKIP]);
	if (counts[VERDICT_NONE])
		g_string_append_printf(text, ", %u not known: trouble on this host",
				       counts[VERDICT_NONE]);
	g_string_append_printf(text, "; %s\n  evidence: %s\n", took, folder);
	return g_string_free(text, FALSE);
}

char *report_matrix_text(const Matrix *matrix, const char *folder)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	const char *const *cases = (const char *const *)matrix->cases;
	g_auto(GStrv) names = NULL;
	g_autofree char *head = NULL;
	g_autofree char *foot = report_matrix_foot(matrix, folder);
	GString *text = g_string_new(NULL);
	MatrixLayout layout;

	for (guint i = 0; i < matrix->rows->len; i++)
		g_strv_builder_add(builder, ((MatrixRow *)matrix->rows->pdata[i])->name);
	names = g_strv_builder_end(builder);
	layout = report_matrix_layout((const char *const *)names, cases, matrix->repeat);
	head = report_matrix_head(layout, cases);
	g_string_append(text, head);
	for (guint i = 0; i < matrix->rows->len; i++) {
		g_autofree char *row = report_matrix_row(layout, matrix, matrix->rows->pdata[i]);

		g_string_append(text, row);
	}
	g_string_append(text, foot);
	return g_string_free(text, FALSE);
}

Json *report_matrix_json(const Matrix *matrix, const char *folder)
{
	Json *json = json_new_object();
	Json *list;

	json_add_string(json, "schema", "bisectbox.test/1");
	json_add_string(json, "verdict",
			matrix->trouble ? NULL : verdict_name(matrix_verdict(matrix)));
	json_add_string(json, "trouble", matrix->trouble);
	json_add_strings(json, "cases", (const char *const *)matrix->cases);
	json_add_int(json, "repeat", matrix->repeat);
	list = json_add(json, "kernels", json_new_array());
	for (guint i = 0; i < matrix->rows->len; i++)
		json_append(list, matrix_row_json(matrix, matrix->rows->pdata[i]));
	json_add_double(json, "wall_s", (double)matrix->wall_ms / 1000);
	json_add_string(json, "results", folder);
	return json;
}
