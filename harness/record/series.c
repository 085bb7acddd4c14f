/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each commit of a series does. */
#include "record/series.h"

#include <string.h>

const char *series_kind_name(SeriesKind kind)
{
	static const char *const names[] = {
		[SERIES_BREAKS_BUILD] = "breaks-build", [SERIES_MENDS_BUILD] = "mends-build",
		[SERIES_BREAKS_BOOT] = "breaks-boot",   [SERIES_MENDS_BOOT] = "mends-boot",
		[SERIES_BREAKS_CASE] = "breaks-case",   [SERIES_MENDS_CASE] = "mends-case",
		[SERIES_LOSES_CASE] = "loses-case",     [SERIES_ADDS_WARNING] = "adds-warning",
	};

	return names[kind];
}

static void finding_free(gpointer data)
{
	SeriesFinding *finding = data;

	g_free(finding->file);
	g_free(finding->text);
	g_free(finding);
}

static void row_free(gpointer data)
{
	SeriesRow *row = data;

	g_array_unref(row->parents);
	g_free(row->path);
	g_strfreev(row->warnings);
	g_ptr_array_unref(row->findings);
	g_free(row);
}

Series *series_new(void)
{
	Series *series = g_new0(Series, 1);

	series->rows = g_ptr_array_new_with_free_func(row_free);
	return series;
}

void series_free(Series *series)
{
	if (!series)
		return;
	g_ptr_array_unref(series->rows);
	matrix_free(series->matrix);
	g_free(series->quilt);
	g_free(series);
}

SeriesRow *series_add(Series *series, const MatrixRow *row)
{
	SeriesRow *new = g_new0(SeriesRow, 1);

	new->row = row;
	new->same_as = -1;
	new->parents = g_array_new(FALSE, FALSE, sizeof(guint));
	new->findings = g_ptr_array_new_with_free_func(finding_free);
	g_ptr_array_add(series->rows, new);
	return new;
}

/* ---- what is known of a row ---- */

typedef enum {
	STATE_UNKNOWN,
	STATE_FINE,
	STATE_BAD,
} State;

/* After a commit: what it showed, else what was known before it. */
typedef struct {
	State build;
	State boot;
	State *cases;
	const char *const *warnings;
} Known;

static bool is_boot(Outcome outcome)
{
	return outcome >= OUTCOME_SILENT && outcome <= OUTCOME_BOOT_POWEROFF;
}

static State build_of(const MatrixRow *row)
{
	State state = STATE_UNKNOWN;

	for (guint i = 0; i < row->n_cells; i++) {
		const StepResult *result = &row->cells[i].result;

		if (result->verdict == VERDICT_NONE)
			continue;
		if (result->outcome == OUTCOME_NO_BUILD)
			return STATE_BAD;
		if (result->outcome != OUTCOME_NO_CONFIG && result->outcome != OUTCOME_UNFIT)
			state = STATE_FINE;
	}
	return state;
}

static State boot_of(const MatrixRow *row)
{
	State state = STATE_UNKNOWN;

	for (guint i = 0; i < row->n_cells; i++) {
		const StepResult *result = &row->cells[i].result;

		if (result->verdict == VERDICT_NONE)
			continue;
		if (is_boot(result->outcome))
			return STATE_BAD;
		if (result->outcome != OUTCOME_NO_BUILD && result->outcome != OUTCOME_NO_CONFIG &&
		    result->outcome != OUTCOME_UNFIT)
			state = STATE_FINE;
	}
	return state;
}

static State case_of(const MatrixRow *row, guint i)
{
	Verdict verdict = row->cells[i].result.verdict;

	return verdict == VERDICT_GOOD  ? STATE_FINE
	       : verdict == VERDICT_BAD ? STATE_BAD
					: STATE_UNKNOWN;
}

/* ---- against the parents ---- */

/* All rows' states so far, and the row at hand. */
typedef struct {
	const Series *series;
	Known *known;
	SeriesRow *row;
	guint n_cases;
} Judging;

static SeriesFinding *find(const Judging *judging, SeriesKind kind, const char *text)
{
	SeriesFinding *finding = g_new0(SeriesFinding, 1);

	finding->kind = kind;
	finding->text = g_strdup(text);
	g_ptr_array_add(judging->row->findings, finding);
	return finding;
}

static const Known *parent(const Judging *judging, guint i)
{
	return &judging->known[g_array_index(judging->row->parents, guint, i)];
}

typedef State (*Part)(const Known *known, guint testcase);

static State build_part(const Known *known, guint testcase)
{
	(void)testcase;
	return known->build;
}

static State boot_part(const Known *known, guint testcase)
{
	(void)testcase;
	return known->boot;
}

static State case_part(const Known *known, guint testcase)
{
	return known->cases[testcase];
}

/* -1 it breaks, 1 it mends, 0 neither. */
static int turn(const Judging *judging, Part part, guint testcase, State now)
{
	guint fine = 0, bad = 0;

	for (guint i = 0; i < judging->row->parents->len; i++) {
		State before = part(parent(judging, i), testcase);

		fine += before == STATE_FINE;
		bad += before == STATE_BAD;
	}
	if (now == STATE_BAD && fine && !bad)
		return -1;
	return now == STATE_FINE && bad && !fine ? 1 : 0;
}

/* What the first parent's state was, where this row says nothing. */
static State after(const Judging *judging, Part part, guint testcase, State now)
{
	if (now != STATE_UNKNOWN || !judging->row->parents->len)
		return now;
	return part(parent(judging, 0), testcase);
}

static const char *reason_of(const MatrixRow *row, bool boot)
{
	for (guint i = 0; i < row->n_cells; i++) {
		const StepResult *result = &row->cells[i].result;

		if (boot ? is_boot(result->outcome) : result->outcome == OUTCOME_NO_BUILD)
			return result->reason;
	}
	return NULL;
}

static void judge_build(const Judging *judging, Known *known)
{
	const MatrixRow *row = judging->row->row;
	State build = build_of(row), boot = boot_of(row);
	int turned = turn(judging, build_part, 0, build);

	if (turned)
		find(judging, turned < 0 ? SERIES_BREAKS_BUILD : SERIES_MENDS_BUILD,
		     turned < 0 ? reason_of(row, false) : NULL);
	known->build = after(judging, build_part, 0, build);
	turned = turn(judging, boot_part, 0, boot);
	if (turned)
		find(judging, turned < 0 ? SERIES_BREAKS_BOOT : SERIES_MENDS_BOOT,
		     turned < 0 ? reason_of(row, true) : NULL);
	known->boot = after(judging, boot_part, 0, boot);
}

static bool loses(const Judging *judging, guint i)
{
	const MatrixRow *row = judging->row->row;

	return row->cells[i].result.verdict == VERDICT_SKIP && build_of(row) != STATE_BAD &&
	       boot_of(row) != STATE_BAD && judging->row->parents->len &&
	       case_part(parent(judging, 0), i) != STATE_UNKNOWN;
}

static void judge_cases(const Judging *judging, Known *known)
{
	const MatrixRow *row = judging->row->row;

	for (guint i = 0; i < judging->n_cases; i++) {
		State now = case_of(row, i);
		int turned = turn(judging, case_part, i, now);
		bool lost = loses(judging, i);

		/* a case that only asks whether it boots has said so */
		if (turned < 0 && boot_of(row) == STATE_BAD)
			turned = 0;
		if (turned || lost)
			find(judging,
			     lost         ? SERIES_LOSES_CASE
			     : turned < 0 ? SERIES_BREAKS_CASE
					  : SERIES_MENDS_CASE,
			     turned > 0 ? NULL : row->cells[i].result.reason)
				->testcase = i;
		known->cases[i] = lost ? STATE_UNKNOWN : after(judging, case_part, i, now);
	}
}

static bool knew(const Judging *judging, const char *place, bool *ret_any)
{
	for (guint i = 0; i < judging->row->parents->len; i++) {
		const char *const *before = parent(judging, i)->warnings;

		if (!before)
			continue;
		*ret_any = true;
		if (g_strv_contains(before, place))
			return true;
	}
	return false;
}

static void judge_warnings(const Judging *judging, Known *known)
{
	const SeriesRow *row = judging->row;
	char **all = row->warnings;

	known->warnings = (const char *const *)all;
	if (!all && row->parents->len)
		known->warnings = parent(judging, 0)->warnings;
	for (; all && *all; all++) {
		bool any = false;

		if (!knew(judging, *all, &any) && any) {
			const char *text = strchr(*all, '\n');
			SeriesFinding *finding =
				find(judging, SERIES_ADDS_WARNING, text ? text + 1 : *all);

			finding->file = g_strndup(*all, strcspn(*all, "\n"));
		}
	}
}

void series_judge(Series *series)
{
	guint n = series->rows->len;
	guint n_cases = series->matrix ? g_strv_length(series->matrix->cases) : 0;
	g_autofree Known *known = g_new0(Known, n + 1);

	for (guint i = 0; i < n; i++) {
		Judging judging = { series, known, series->rows->pdata[i], n_cases };

		g_ptr_array_set_size(judging.row->findings, 0);
		known[i].cases = g_new0(State, n_cases + 1);
		judge_build(&judging, &known[i]);
		judge_cases(&judging, &known[i]);
		judge_warnings(&judging, &known[i]);
	}
	for (guint i = 0; i < n; i++)
		g_free(known[i].cases);
}

/* ---- the whole ---- */

static void sum_findings(const SeriesRow *row, SeriesSum *sum)
{
	for (guint i = 0; i < row->findings->len; i++) {
		SeriesKind kind = ((const SeriesFinding *)row->findings->pdata[i])->kind;

		sum->warnings += kind == SERIES_ADDS_WARNING;
		sum->lost += kind == SERIES_LOSES_CASE;
		sum->bad += kind == SERIES_BREAKS_BUILD || kind == SERIES_BREAKS_BOOT ||
			    kind == SERIES_BREAKS_CASE;
	}
}

SeriesSum series_sum(const Series *series)
{
	SeriesSum sum = { 0 };

	for (guint i = 0; i < series->rows->len; i++) {
		const SeriesRow *row = series->rows->pdata[i];
		bool tip = i + 1 == series->rows->len;

		for (guint j = 0; j < row->row->n_cells; j++) {
			Verdict verdict = row->row->cells[j].result.verdict;

			sum.tip_bad |= tip && verdict == VERDICT_BAD;
			sum.untestable += verdict == VERDICT_SKIP || verdict == VERDICT_NONE;
		}
		if (i == 0)
			continue;
		sum.commits++;
		sum.same += row->same_as >= 0;
		sum.compiled += row->same_as < 0 && build_of(row->row) != STATE_UNKNOWN;
		sum.broken += build_of(row->row) == STATE_BAD;
		sum.unknown += build_of(row->row) == STATE_FINE && !row->warnings;
		sum_findings(row, &sum);
	}
	return sum;
}

static Json *finding_json(const Series *series, const SeriesFinding *finding)
{
	Json *json = json_new_object();
	bool of_case = finding->kind == SERIES_BREAKS_CASE || finding->kind == SERIES_MENDS_CASE ||
		       finding->kind == SERIES_LOSES_CASE;

	json_add_string(json, "what", series_kind_name(finding->kind));
	json_add_string(json, "case", of_case ? series->matrix->cases[finding->testcase] : NULL);
	json_add_string(json, "file", finding->file);
	json_add_string(json, "text", finding->text);
	return json;
}

static Json *row_json(const Series *series, const SeriesRow *row)
{
	Json *json = matrix_row_json(series->matrix, row->row);
	const SeriesRow *same = row->same_as >= 0 ? series->rows->pdata[row->same_as] : NULL;
	Json *list;

	json_add_string(json, "same_kernel_as", same ? same->row->revision : NULL);
	json_add_string(json, "file", row->path);
	json_add_string(json, "why", row->why);
	json_add_bool(json, "warnings_known", row->warnings != NULL);
	json_add_int(json, "warnings", row->warnings ? g_strv_length(row->warnings) : 0);
	list = json_add(json, "findings", json_new_array());
	for (guint i = 0; i < row->findings->len; i++)
		json_append(list, finding_json(series, row->findings->pdata[i]));
	return json;
}

/* In a word and in a line, for lists of runs. */
static void add_answer(Json *json, const Series *series, const SeriesSum *sum)
{
	bool bad = sum->bad || sum->tip_bad;
	g_autofree char *line = g_strdup_printf(
		"%u commit%s, %sbisectable: %u broken, %u new warning%s", sum->commits,
		sum->commits == 1 ? "" : "s", sum->broken ? "NOT " : "", sum->bad, sum->warnings,
		sum->warnings == 1 ? "" : "s");

	json_add_string(json, "state",
			series->matrix->trouble ? "failed"
			: bad                   ? "bad"
			: sum->untestable       ? "untestable"
						: "good");
	json_add_string(json, "answer", series->matrix->trouble ? series->matrix->trouble : line);
}

Json *series_json(const Series *series, const char *folder)
{
	SeriesSum sum = series_sum(series);
	Json *json = json_new_object();
	Json *list;

	json_add_string(json, "schema", "bisectbox.series/1");
	add_answer(json, series, &sum);
	json_add_string(json, "trouble", series->matrix->trouble);
	json_add_string(json, "quilt", series->quilt);
	json_add_bool(json, "first_parent", series->first_parent);
	json_add_bool(json, "builds_only", series->builds_only);
	json_add_strings(json, "cases", (const char *const *)series->matrix->cases);
	json_add_int(json, "commits", sum.commits);
	json_add_int(json, "compiled", sum.compiled);
	json_add_int(json, "same_kernel", sum.same);
	json_add_bool(json, "bisectable", !sum.broken);
	json_add_int(json, "broken", sum.bad);
	json_add_int(json, "new_warnings", sum.warnings);
	list = json_add(json, "rows", json_new_array());
	for (guint i = 0; i < series->rows->len; i++)
		json_append(list, row_json(series, series->rows->pdata[i]));
	json_add_double(json, "wall_s", (double)series->matrix->wall_ms / 1000);
	json_add_string(json, "results", folder);
	return json;
}
