/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A config bisection for people. */
#include "report/config.h"

#include "report/report.h"
#include "util/text.h"

#define REASON 60 /* columns */

char *report_config_row(const MatrixRow *row)
{
	static const char *const words[] = { "! trouble", "+ good", "x bad", "? untestable" };
	const StepResult *result = &row->cells[0].result;
	g_autofree char *took = report_duration(row->wall_ms);
	g_autofree char *reason = text_clean(result->reason ? result->reason : "", REASON);

	return g_strdup_printf("%4u  %-26s  %-12s  %-9s  %s\n", row->number, row->name,
			       words[result->verdict], took, reason);
}

static const char *name_of_good(const ConfigAnswer *answer)
{
	return answer->good ? answer->good : "the smallest kernel that the case can run on";
}

static void add_changes(GString *text, const ConfigAnswer *answer)
{
	guint n = answer->changes->len;

	if (answer->minimize)
		g_string_append_printf(text,
				       "%u symbol%s more than the smallest kernel show%s it:\n", n,
				       text_s(n), n == 1 ? "s" : "");
	else
		g_string_append_printf(text,
				       "%u symbol%s of the %u that differ turn%s the verdict:\n", n,
				       text_s(n), answer->differ, n == 1 ? "s" : "");
	for (guint i = 0; i < n; i++) {
		const ConfigChange *change = answer->changes->pdata[i];

		g_string_append_printf(text, "  CONFIG_%s: %s -> %s\n", change->name, change->from,
				       change->to);
	}
}

static void add_back(GString *text, const ConfigAnswer *answer)
{
	if (answer->back == VERDICT_GOOD)
		g_string_append_printf(text, "%s without %s is good.\n", answer->bad,
				       answer->changes->len == 1 ? "it" : "them");
	else if (answer->back == VERDICT_BAD)
		g_string_append_printf(text,
				       "%s without %s is still bad: something else in it does the "
				       "same.\n",
				       answer->bad, answer->changes->len == 1 ? "it" : "them");
	else if (answer->back == VERDICT_SKIP)
		g_string_append_printf(text, "%s without %s cannot be tested.\n", answer->bad,
				       answer->changes->len == 1 ? "it" : "them");
}

static void add_sure(GString *text, const ConfigAnswer *answer)
{
	if (answer->confirmed)
		g_string_append(text,
				"Confirmed from clean builds; none of them can be left out.\n");
	if (answer->untestable)
		g_string_append_printf(text,
				       "%u configuration%s could not be tested, and counted as not "
				       "bad.\n",
				       answer->untestable, text_s(answer->untestable));
}

static void add_answer(GString *text, const ConfigAnswer *answer)
{
	switch (answer->end) {
	case CONFIG_FOUND:
	case CONFIG_UNSTEADY:
		if (answer->end == CONFIG_UNSTEADY)
			g_string_append(text, "Clean builds do not agree with what was found from "
					      "incremental ones:\n");
		add_changes(text, answer);
		add_back(text, answer);
		add_sure(text, answer);
		break;
	case CONFIG_GOOD_BAD:
		g_string_append_printf(text, "%s is bad already: no symbol is needed for it.\n",
				       name_of_good(answer));
		break;
	case CONFIG_GOOD_UNTESTABLE:
		g_string_append_printf(text, "%s cannot be tested: %s\n", name_of_good(answer),
				       "give one that boots and runs the case.");
		break;
	case CONFIG_BAD_GOOD:
		g_string_append_printf(text, "%s is good here: there is nothing to find.\n",
				       answer->bad);
		break;
	case CONFIG_BAD_UNTESTABLE:
		g_string_append_printf(text,
				       "%s cannot be tested: give one that boots and runs "
				       "the case.\n",
				       answer->bad);
		break;
	case CONFIG_TROUBLE:
		g_string_append(text, "Not finished.\n");
		break;
	}
}

char *report_config_foot(const ConfigAnswer *answer, const char *folder)
{
	GString *text = g_string_new("\n");
	g_autofree char *took = report_duration(answer->matrix->wall_ms);

	add_answer(text, answer);
	if (answer->found)
		g_string_append_printf(text, "The configuration: %s/%s\n", folder,
				       answer->changes ? "found.config" : "good.config");
	g_string_append_printf(text, "%u kernel%s built and tested; %s; evidence: %s\n",
			       answer->matrix->rows->len, text_s(answer->matrix->rows->len), took,
			       folder);
	return g_string_free(text, FALSE);
}

char *report_config_text(const ConfigAnswer *answer, const char *folder)
{
	GString *text = g_string_new(NULL);
	g_autofree char *foot = report_config_foot(answer, folder);

	for (guint i = 0; i < answer->notes->len; i++) {
		g_autofree char *note = text_clean(answer->notes->pdata[i], 0);

		g_string_append_printf(text, "note: %s\n", note);
	}
	for (guint i = 0; i < answer->matrix->rows->len; i++) {
		g_autofree char *row = report_config_row(answer->matrix->rows->pdata[i]);

		g_string_append(text, row);
	}
	g_string_append(text, foot);
	return g_string_free(text, FALSE);
}
