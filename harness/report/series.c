/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A series for people. */
#include "report/series.h"

#include "report/report.h"
#include "util/text.h"

#include <string.h>

#define CELL 12        /* columns of a verdict */
#define SUBJECT_MIN 20 /* columns, however many cases there are */
#define LINE 100
#define WARNINGS_SHOWN 10 /* of one commit */

static guint cell_width(const char *name)
{
	return MAX(CELL, (guint)strlen(name));
}

char *report_series_head(const char *const *cases, bool builds_only)
{
	GString *line = g_string_new(NULL);

	g_string_append_printf(line, "%4s  %-12s  %-11s", "", "commit", "build");
	for (; *cases && !builds_only; cases++)
		g_string_append_printf(line, "  %-*s", (int)cell_width(*cases), *cases);
	g_string_append(line, "  subject\n");
	return g_string_free(line, FALSE);
}

static const char *verdict_words(Verdict verdict)
{
	static const char *const words[] = { "! trouble", "+ good", "x bad", "? untestable" };

	return words[verdict];
}

static char *build_words(const SeriesRow *row)
{
	const StepResult *result = &row->row->cells[0].result;

	if (row->same_as >= 0)
		return g_strdup_printf("same as %d", row->same_as);
	for (guint i = 0; i < row->row->n_cells; i++)
		if (row->row->cells[i].result.outcome == OUTCOME_NO_BUILD &&
		    row->row->cells[i].result.verdict != VERDICT_NONE)
			return g_strdup("x fails");
	if (result->cached)
		return g_strdup("+ cached");
	return result->built ? g_strdup_printf("+ %.1f s", (double)result->build_ms / 1000)
			     : g_strdup("-");
}

char *report_series_row(const Series *series, const SeriesRow *row)
{
	g_autofree char *build = build_words(row);
	const char *said = row->row->subject ? row->row->subject : "";
	g_autofree char *subject = NULL;
	GString *line = g_string_new(NULL);

	g_string_append_printf(line, "%4u  %-12.12s  %-11s", row->row->number - 1,
			       row->row->revision ? row->row->revision : row->row->name, build);
	for (guint i = 0; i < row->row->n_cells && !series->builds_only; i++)
		g_string_append_printf(line, "  %-*s", (int)cell_width(series->matrix->cases[i]),
				       verdict_words(row->row->cells[i].result.verdict));
	subject = text_clean(said, MAX(SUBJECT_MIN, LINE - 2 - (glong)line->len));
	g_string_append_printf(line, "  %s\n", subject);
	return g_string_free(line, FALSE);
}

static void add_finding(GString *text, const Series *series, const SeriesFinding *finding)
{
	g_autofree char *said = text_clean(finding->text, 0);
	const char *testcase = series->matrix->cases[finding->testcase];

	switch (finding->kind) {
	case SERIES_BREAKS_BUILD:
		g_string_append_printf(text, "    does not build: %s\n", said);
		break;
	case SERIES_MENDS_BUILD:
		g_string_append(text, "    builds again\n");
		break;
	case SERIES_BREAKS_BOOT:
		g_string_append_printf(text, "    boots badly: %s\n", said);
		break;
	case SERIES_MENDS_BOOT:
		g_string_append(text, "    boots again\n");
		break;
	case SERIES_BREAKS_CASE:
		g_string_append_printf(text, "    breaks %s: %s\n", testcase, said);
		break;
	case SERIES_MENDS_CASE:
		g_string_append_printf(text, "    mends %s\n", testcase);
		break;
	case SERIES_LOSES_CASE:
		g_string_append_printf(text, "    cannot be tested with %s any more: %s\n",
				       testcase, said);
		break;
	case SERIES_ADDS_WARNING:
		g_string_append_printf(text, "    new warning: %s: %s\n", finding->file, said);
		break;
	}
}

static void add_findings(GString *text, const Series *series, const SeriesRow *row)
{
	g_autofree char *subject = text_clean(row->row->subject, 60);
	guint warnings = 0;

	if (!row->findings->len)
		return;
	g_string_append_printf(text, "\n  %u  %.12s  %s\n", row->row->number - 1,
			       row->row->revision ? row->row->revision : row->row->name, subject);
	for (guint i = 0; i < row->findings->len; i++) {
		const SeriesFinding *finding = row->findings->pdata[i];

		if (finding->kind != SERIES_ADDS_WARNING || ++warnings <= WARNINGS_SHOWN)
			add_finding(text, series, finding);
	}
	if (warnings > WARNINGS_SHOWN)
		g_string_append_printf(text, "    and %u more new warnings: result.json has all\n",
				       warnings - WARNINGS_SHOWN);
}

static void add_base(GString *text, const Series *series)
{
	const SeriesRow *base = series->rows->len ? series->rows->pdata[0] : NULL;

	for (guint i = 0; base && i < base->row->n_cells; i++) {
		const StepResult *result = &base->row->cells[i].result;
		g_autofree char *reason = text_clean(result->reason, 0);

		if (result->verdict == VERDICT_BAD || result->verdict == VERDICT_SKIP)
			g_string_append_printf(
				text, "\n  the base itself, %s: %s: %s\n", series->matrix->cases[i],
				result->verdict == VERDICT_BAD ? "bad" : "untestable", reason);
	}
}

/* In one line: can the series be bisected? */
static void add_bisectable(GString *text, const SeriesSum *sum, bool whole)
{
	g_string_append(text, "\n  ");
	if (!whole)
		g_string_append(text, "not finished: ");
	if (sum->broken)
		g_string_append_printf(
			text, "NOT bisectable: %u of %u commit%s not build on %s own", sum->broken,
			sum->commits, sum->broken == 1 ? " does" : "s do",
			sum->broken == 1 ? "its" : "their");
	else
		g_string_append_printf(text,
				       "bisectable: each of the %u commit%s builds on its own",
				       sum->commits, text_s(sum->commits));
	g_string_append_printf(text, " (%u compiled", sum->compiled);
	if (sum->same)
		g_string_append_printf(text,
				       ", %u change%s nothing that this configuration compiles",
				       sum->same, sum->same == 1 ? "s" : "");
	g_string_append(text, ")\n");
}

char *report_series_foot(const Series *series, const char *folder)
{
	SeriesSum sum = series_sum(series);
	GString *text = g_string_new(NULL);
	g_autofree char *took = report_duration(series->matrix->wall_ms);

	add_base(text, series);
	for (guint i = 1; i < series->rows->len; i++)
		add_findings(text, series, series->rows->pdata[i]);
	add_bisectable(text, &sum, !series->matrix->trouble);
	g_string_append_printf(text, "  %u thing%s broken, %u new warning%s", sum.bad,
			       text_s(sum.bad), sum.warnings, text_s(sum.warnings));
	if (sum.unknown)
		g_string_append_printf(
			text,
			" (those of %u commit%s are not known: kernels that an older "
			"bisectbox built; --no-cache builds them again)",
			sum.unknown, text_s(sum.unknown));
	g_string_append_printf(text, "; %s\n  evidence: %s\n", took, folder);
	return g_string_free(text, FALSE);
}

char *report_series_text(const Series *series, const char *folder)
{
	g_autofree char *head =
		report_series_head((const char *const *)series->matrix->cases, series->builds_only);
	g_autofree char *foot = report_series_foot(series, folder);
	GString *text = g_string_new(head);

	for (guint i = 0; i < series->rows->len; i++) {
		g_autofree char *row = report_series_row(series, series->rows->pdata[i]);

		g_string_append(text, row);
	}
	g_string_append(text, foot);
	return g_string_free(text, FALSE);
}
