/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One fix, several branches. */
#include "record/backport.h"

const char *backport_answer_name(BackportAnswer answer)
{
	static const char *const names[] = {
		[BACKPORT_TAKE] = "take",           [BACKPORT_HAS] = "has",
		[BACKPORT_HAS_BAD] = "has-and-bad", [BACKPORT_NOT_AFFECTED] = "not-affected",
		[BACKPORT_NOT_SHOWN] = "not-shown", [BACKPORT_CONFLICTS] = "conflicts",
		[BACKPORT_NO_BUILD] = "no-build",   [BACKPORT_NO_USE] = "no-use",
		[BACKPORT_BREAKS] = "breaks",       [BACKPORT_UNTESTABLE] = "untestable",
		[BACKPORT_TROUBLE] = "trouble",
	};

	return names[answer];
}

void backport_commit_free(BackportCommit *commit)
{
	if (!commit)
		return;
	g_free(commit->id);
	g_free(commit->subject);
	g_free(commit->as);
	g_free(commit->reverted);
	g_free(commit);
}

BackportRow *backport_row_new(const char *branch)
{
	BackportRow *row = g_new0(BackportRow, 1);

	row->branch = g_strdup(branch);
	row->fixes = g_ptr_array_new_with_free_func((GDestroyNotify)backport_commit_free);
	row->later = g_ptr_array_new_with_free_func((GDestroyNotify)backport_commit_free);
	row->broken = g_array_new(FALSE, FALSE, sizeof(guint));
	return row;
}

void backport_row_free(BackportRow *row)
{
	if (!row)
		return;
	g_free(row->branch);
	g_free(row->tip);
	backport_commit_free(row->fix);
	g_ptr_array_unref(row->fixes);
	g_ptr_array_unref(row->later);
	g_strfreev(row->conflicts);
	g_array_unref(row->broken);
	g_free(row);
}

Backport *backport_new(void)
{
	Backport *backport = g_new0(Backport, 1);

	backport->rows = g_ptr_array_new_with_free_func((GDestroyNotify)backport_row_free);
	return backport;
}

void backport_free(Backport *backport)
{
	if (!backport)
		return;
	g_ptr_array_unref(backport->rows);
	matrix_free(backport->matrix);
	g_free(backport->fix);
	g_free(backport->subject);
	g_strfreev(backport->unknown);
	g_free(backport);
}

/* ---- rules ---- */

static Verdict verdict_at(const MatrixRow *row, guint i)
{
	return row ? row->cells[i].result.verdict : VERDICT_NONE;
}

static bool is_there(const BackportCommit *commit)
{
	return !g_str_equal(commit->how, "no") && !commit->reverted;
}

static bool any_there(const GPtrArray *commits)
{
	for (guint i = 0; i < commits->len; i++)
		if (is_there(commits->pdata[i]))
			return true;
	return false;
}

static BackportAnswer judge_with(const BackportRow *row)
{
	const StepResult *with = row->with ? &row->with->cells[0].result : NULL;

	if (!with || with->verdict == VERDICT_NONE)
		return BACKPORT_TROUBLE;
	if (with->outcome == OUTCOME_NO_BUILD || with->outcome == OUTCOME_NO_CONFIG)
		return BACKPORT_NO_BUILD;
	if (with->verdict == VERDICT_SKIP)
		return BACKPORT_UNTESTABLE;
	if (with->verdict == VERDICT_BAD)
		return BACKPORT_NO_USE;
	return row->broken->len ? BACKPORT_BREAKS : BACKPORT_TAKE;
}

static BackportAnswer judge(const BackportRow *row)
{
	Verdict without = verdict_at(row->without, 0);

	if (without == VERDICT_NONE)
		return BACKPORT_TROUBLE;
	if (is_there(row->fix) && without != VERDICT_SKIP)
		return without == VERDICT_BAD ? BACKPORT_HAS_BAD : BACKPORT_HAS;
	if (without == VERDICT_SKIP)
		return BACKPORT_UNTESTABLE;
	if (without == VERDICT_GOOD)
		return row->fixes->len && !any_there(row->fixes) ? BACKPORT_NOT_AFFECTED
								 : BACKPORT_NOT_SHOWN;
	return row->conflicts ? BACKPORT_CONFLICTS : judge_with(row);
}

void backport_judge(Backport *backport)
{
	guint n = g_strv_length(backport->matrix->cases);

	for (guint i = 0; i < backport->rows->len; i++) {
		BackportRow *row = backport->rows->pdata[i];

		g_array_set_size(row->broken, 0);
		for (guint j = 1; j < n; j++)
			if (verdict_at(row->without, j) == VERDICT_GOOD &&
			    verdict_at(row->with, j) == VERDICT_BAD)
				g_array_append_val(row->broken, j);
		row->answer = judge(row);
	}
}

Verdict backport_verdict(const Backport *backport)
{
	Verdict worst = VERDICT_GOOD;

	for (guint i = 0; i < backport->rows->len; i++) {
		switch (((const BackportRow *)backport->rows->pdata[i])->answer) {
		case BACKPORT_HAS_BAD:
		case BACKPORT_CONFLICTS:
		case BACKPORT_NO_BUILD:
		case BACKPORT_NO_USE:
		case BACKPORT_BREAKS:
			return VERDICT_BAD;
		case BACKPORT_UNTESTABLE:
		case BACKPORT_TROUBLE:
			worst = VERDICT_SKIP;
			break;
		case BACKPORT_TAKE:
		case BACKPORT_HAS:
		case BACKPORT_NOT_AFFECTED:
		case BACKPORT_NOT_SHOWN:
			break;
		}
	}
	return worst;
}

/* ---- JSON ---- */

static Json *commit_json(const BackportCommit *commit)
{
	Json *json = json_new_object();

	json_add_string(json, "commit", commit->id);
	json_add_string(json, "subject", commit->subject);
	json_add_string(json, "in_branch", commit->how);
	json_add_string(json, "as", commit->as);
	json_add_string(json, "reverted_by", commit->reverted);
	return json;
}

static void add_commits(Json *json, const char *field, const GPtrArray *commits)
{
	Json *list = json_add(json, field, json_new_array());

	for (guint i = 0; i < commits->len; i++)
		json_append(list, commit_json(commits->pdata[i]));
}

static void add_row(Json *json, const char *field, const Backport *backport, const MatrixRow *row)
{
	if (row)
		json_add(json, field, matrix_row_json(backport->matrix, row));
	else
		json_add_string(json, field, NULL);
}

static Json *row_json(const Backport *backport, const BackportRow *row)
{
	Json *json = json_new_object();
	Json *list;

	json_add_string(json, "branch", row->branch);
	json_add_string(json, "tip", row->tip);
	json_add_string(json, "answer", backport_answer_name(row->answer));
	json_add(json, "fix", commit_json(row->fix));
	add_commits(json, "fixes", row->fixes);
	add_commits(json, "later_fixes", row->later);
	json_add_bool(json, "applies", !row->conflicts);
	json_add_bool(json, "changes_nothing", row->empty);
	if (row->conflicts)
		json_add_strings(json, "conflicts", (const char *const *)row->conflicts);
	list = json_add(json, "breaks", json_new_array());
	for (guint i = 0; i < row->broken->len; i++)
		json_append_string(list,
				   backport->matrix->cases[g_array_index(row->broken, guint, i)]);
	add_row(json, "without", backport, row->without);
	add_row(json, "with", backport, row->with);
	return json;
}

/* In a word and in a line, for lists of runs. */
static void add_answer(Json *json, const Backport *backport)
{
	const char *trouble = backport->matrix->trouble;
	g_autoptr(GString) line = g_string_new(NULL);

	for (guint i = 0; i < backport->rows->len; i++) {
		const BackportRow *row = backport->rows->pdata[i];

		g_string_append_printf(line, "%s%s: %s", i ? ", " : "", row->branch,
				       backport_answer_name(row->answer));
	}
	json_add_string(json, "state", trouble ? "failed" : "answered");
	json_add_string(json, "answer", trouble ? trouble : line->str);
}

Json *backport_json(const Backport *backport, const char *folder)
{
	Json *json = json_new_object();
	Json *list;

	json_add_string(json, "schema", "bisectbox.backport/1");
	add_answer(json, backport);
	json_add_string(json, "trouble", backport->matrix->trouble);
	json_add_string(json, "fix", backport->fix);
	json_add_string(json, "subject", backport->subject);
	json_add_strings(json, "fixes_unknown", (const char *const *)backport->unknown);
	json_add_strings(json, "cases", (const char *const *)backport->matrix->cases);
	list = json_add(json, "branches", json_new_array());
	for (guint i = 0; i < backport->rows->len; i++)
		json_append(list, row_json(backport, backport->rows->pdata[i]));
	json_add_double(json, "wall_s", (double)backport->matrix->wall_ms / 1000);
	json_add_string(json, "results", folder);
	return json;
}
