/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result.json, read again. */
#include "record/past_internal.h"

#include "util/error.h"

#include <string.h>

static void read_commit(JsonReader *reader, const char *field, CommitRecord *commit)
{
	JsonReader *part = json_object_or_null(reader, field);

	if (!part)
		return;
	commit->id = json_string(part, "id");
	commit->subject = json_string_or(part, "subject", "");
	commit->author = json_string_or(part, "author", "");
	commit->date = json_string_or(part, "date", "");
	commit->files = json_strings(part, "files");
}

static void read_list(JsonReader *reader, const char *field, GPtrArray *list)
{
	g_auto(GStrv) words = json_strings(reader, field);

	for (char **word = words; *word; word++)
		g_ptr_array_add(list, g_strdup(*word));
}

static void read_certainty(JsonReader *reader, RunResult *result)
{
	JsonReader *part = json_object_or_null(reader, "certainty");
	JsonReader **leaders;
	guint n = 0;

	if (!part)
		return;
	result->tests = (guint)json_int_or(part, "tests", 0, G_MAXINT, 0);
	result->odd = (guint)json_int_or(part, "odd_answers", 0, G_MAXINT, 0);
	result->rate = json_double_or(part, "rate", 0, 1, 0);
	leaders = json_objects(part, "leaders", &n);
	for (guint i = 0; i < n; i++) {
		LeaderRecord *leader = g_new0(LeaderRecord, 1);

		leader->id = json_string(leaders[i], "id");
		leader->subject = json_string_or(leaders[i], "subject", "");
		leader->probability = json_double_or(leaders[i], "probability", 0, 1, 0);
		g_ptr_array_add(result->leaders, leader);
	}
}

static void read_revert(JsonReader *reader, RevertRecord *revert)
{
	static const char *const states[] = { "mends", "remains", "untested", "conflict", NULL };
	JsonReader *part = json_object_or_null(reader, "revert");

	if (!part)
		return;
	revert->state = (RevertState)(1 + json_choice_or(part, "state", states, 0));
	revert->onto = json_string(part, "onto");
	revert->files = json_strings(part, "files");
	revert->step = json_string_or_null(part, "step");
	revert->reason = json_string_or_null(part, "reason");
}

static void read_range(JsonReader *reader, RunResult *result)
{
	JsonReader *part = json_object_or_null(reader, "range");

	if (!part)
		return;
	result->commits = (guint)json_int_or(part, "commits", 0, G_MAXINT, 0);
	result->weighed = json_has(part, "relevant") && !json_is_null(part, "relevant");
	if (result->weighed)
		result->relevant = (guint)json_int_or(part, "relevant", 0, G_MAXINT, 0);
}

static void read_run(JsonReader *reader, RunResult *result)
{
	static const char *const states[] = { "found", "inconclusive", "failed", NULL };

	if (!json_has(reader, "status"))
		json_reader_fail(reader, "status", "is missing");
	result->status = (RunStatus)json_choice_or(reader, "status", states, RUN_FAILED);
	result->reason = json_string_or_null(reader, "reason");
	result->finding = json_string_or_null(reader, "finding");
	read_commit(reader, "culprit", &result->culprit);
	read_commit(reader, "masked_by", &result->masked_by);
	read_commit(reader, "exposed_at", &result->exposed_at);
	read_commit(reader, "exposed_by", &result->exposed_by);
	read_commit(reader, "brought_by", &result->brought_by);
	read_commit(reader, "pair_side", &result->pair[0]);
	read_commit(reader, "pair_other", &result->pair[1]);
	read_revert(reader, &result->revert);
	read_certainty(reader, result);
	read_list(reader, "suspects", result->suspects);
	read_list(reader, "patches", result->patches);
	read_range(reader, result);
	result->wall_ms = json_ms(reader, "wall_s");
}

/* ---- matrices ---- */

static void add_row(JsonReader *row, Matrix *matrix)
{
	if (row)
		g_ptr_array_add(matrix->rows, matrix_row_read(row, g_strv_length(matrix->cases)));
}

/* Each command has them where they say most. */
static void read_rows(JsonReader *reader, Matrix *matrix)
{
	static const char *const fields[] = { "kernels", "rows" };
	guint n = 0;

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
		JsonReader **rows =
			json_has(reader, fields[i]) ? json_objects(reader, fields[i], &n) : NULL;

		for (guint j = 0; rows && j < n; j++)
			add_row(rows[j], matrix);
	}
	if (json_has(reader, "branches")) {
		JsonReader **branches = json_objects(reader, "branches", &n);

		for (guint j = 0; j < n; j++) {
			add_row(json_object_or_null(branches[j], "without"), matrix);
			add_row(json_object_or_null(branches[j], "with"), matrix);
		}
	}
}

static void read_matrix(JsonReader *reader, Matrix *matrix)
{
	matrix->trouble = json_string_or_null(reader, "trouble");
	matrix->repeat = (guint)json_int_or(reader, "repeat", 1, G_MAXINT, 1);
	g_strfreev(matrix->cases);
	matrix->cases = json_strings(reader, "cases");
	read_rows(reader, matrix);
	matrix->wall_ms = json_ms(reader, "wall_s");
}

static bool check_schema(const Past *past, JsonReader *reader, GError **error)
{
	g_autofree char *wanted =
		g_strdup_printf("bisectbox.%s/1", past->kind == PAST_MATRIX ? past->verb : "run");
	g_autofree char *schema = json_string_or_null(reader, "schema");

	return g_strcmp0(schema, wanted) == 0 ||
	       error_usage(error, "%s/result.json is %s, not %s: of another bisectbox, or damaged",
			   past->folder, schema ? schema : "something else", wanted);
}

/* Always true, so that callers read well. */
static bool take_unfinished(Past *past)
{
	RunResult *result = past->result;

	if (!result)
		return true;
	result->status = RUN_INCONCLUSIVE;
	if (past->state == PAST_GOING)
		result->reason = g_strdup("it is going on still");
	else if (past->kind == PAST_RUN)
		result->reason = g_strdup_printf("it was interrupted: `bisectbox resume %s` goes "
						 "on with it",
						 past->folder);
	else
		result->reason = g_strdup("it is not finished");
	return true;
}

bool past_read_result(Past *past, GError **error)
{
	g_autofree char *name = g_build_filename(past->folder, "result.json", NULL);
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;

	if (past->kind == PAST_MATRIX)
		past->matrix = matrix_new(past->cases, 1);
	else
		past->result = run_result_new(&past->terms);
	if (past->state != PAST_FINISHED) {
		return take_unfinished(past);
	}
	if (!past_json(past, "result.json", &json, error))
		return false;
	reader = json_reader_new(json, name, BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader);
	if (!check_schema(past, reader, error))
		return false;
	past->word = json_string_or_null(reader, "state");
	past->answer = json_string_or_null(reader, "answer");
	if (past->matrix)
		read_matrix(reader, past->matrix);
	else
		read_run(reader, past->result);
	return json_reader_end(reader, error) || (g_prefix_error(error, "damaged: "), false);
}
