/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels times cases. */
#include "record/matrix.h"

MatrixRow *matrix_row_new(guint number, guint n_cells)
{
	MatrixRow *row = g_new0(MatrixRow, 1);

	row->number = number;
	row->n_cells = n_cells;
	row->cells = g_new0(MatrixCell, n_cells);
	return row;
}

void matrix_row_free(MatrixRow *row)
{
	if (!row)
		return;
	for (guint i = 0; i < row->n_cells; i++) {
		step_result_clear(&row->cells[i].result);
		g_free(row->cells[i].try_dir);
	}
	g_free(row->cells);
	g_free(row->name);
	g_free(row->revision);
	g_free(row->subject);
	g_free(row->folder);
	g_free(row);
}

Matrix *matrix_new(char **cases, guint repeat)
{
	Matrix *matrix = g_new0(Matrix, 1);

	matrix->cases = g_strdupv(cases);
	matrix->rows = g_ptr_array_new_with_free_func((GDestroyNotify)matrix_row_free);
	matrix->repeat = repeat;
	return matrix;
}

void matrix_free(Matrix *matrix)
{
	if (!matrix)
		return;
	g_strfreev(matrix->cases);
	g_ptr_array_unref(matrix->rows);
	g_free(matrix->trouble);
	g_free(matrix);
}

/* What says more goes first: one failure is a fact, one pass is not. */
static int weight(Verdict verdict)
{
	static const int weights[] = {
		[VERDICT_NONE] = 0, [VERDICT_SKIP] = 1, [VERDICT_GOOD] = 2, [VERDICT_BAD] = 3
	};

	return weights[verdict];
}

void matrix_add_try(MatrixCell *cell, StepResult *result, const char *try_dir)
{
	cell->good += result->verdict == VERDICT_GOOD;
	cell->bad += result->verdict == VERDICT_BAD;
	cell->skip += result->verdict == VERDICT_SKIP;
	if (weight(result->verdict) > weight(cell->result.verdict)) {
		step_result_clear(&cell->result);
		cell->result = *result;
		g_free(cell->try_dir);
		cell->try_dir = g_strdup(try_dir);
	} else {
		step_result_clear(result);
	}
	*result = (StepResult){ 0 };
}

Verdict matrix_verdict(const Matrix *matrix)
{
	Verdict worst = VERDICT_GOOD;

	for (guint i = 0; i < matrix->rows->len; i++) {
		const MatrixRow *row = matrix->rows->pdata[i];

		for (guint j = 0; j < row->n_cells; j++) {
			Verdict verdict = row->cells[j].result.verdict;

			if (verdict == VERDICT_BAD)
				return VERDICT_BAD;
			if (verdict != VERDICT_GOOD)
				worst = VERDICT_SKIP;
		}
	}
	return worst;
}

static void add_result(Json *json, const StepResult *result)
{
	json_add_string(json, "verdict", verdict_name(result->verdict));
	json_add_string(json, "outcome",
			result->verdict == VERDICT_NONE ? NULL : outcome_name(result->outcome));
	json_add_string(json, "reason", result->reason);
	json_add_bool(json, "booted", result->booted);
	json_add_double(json, "boot_s", (double)result->boot_ms / 1000);
	json_add_string(json, "key", result->key);
	json_add_string(json, "same_as", result->same_as);
}

static void add_kernel(Json *json, const MatrixRow *row)
{
	json_add_int(json, "kernel", row->number);
	json_add_string(json, "name", row->name);
	json_add_string(json, "revision", row->revision);
	json_add_string(json, "subject", row->subject);
}

Json *matrix_try_json(const MatrixRow *row, const char *testcase, guint number,
		      const StepResult *result)
{
	Json *json = json_new_object();

	add_kernel(json, row);
	json_add_string(json, "case", testcase);
	json_add_int(json, "try", number);
	add_result(json, result);
	return json;
}

Json *matrix_row_json(const Matrix *matrix, const MatrixRow *row)
{
	Json *json = json_new_object();
	const StepResult *first = &row->cells[0].result;
	Json *list;

	add_kernel(json, row);
	json_add_bool(json, "built", first->built);
	json_add_bool(json, "cached", first->cached);
	json_add_string(json, "note", first->note);
	json_add_double(json, "build_s", (double)first->build_ms / 1000);
	json_add_double(json, "wall_s", (double)row->wall_ms / 1000);
	json_add_string(json, "sha256", first->kernel);
	json_add_string(json, "compiler", first->compiler);
	json_add_strings(json, "fixups", (const char *const *)first->fixups);
	json_add_string(json, "folder", row->folder);
	list = json_add(json, "results", json_new_array());
	for (guint i = 0; i < row->n_cells; i++) {
		const MatrixCell *cell = &row->cells[i];
		Json *one = json_append(list, json_new_object());
		g_autofree char *evidence = NULL;

		if (cell->result.evidence)
			evidence = g_build_filename(cell->try_dir ? cell->try_dir : "",
						    cell->result.evidence, NULL);
		json_add_string(one, "case", matrix->cases[i]);
		add_result(one, &cell->result);
		json_add_int(one, "good", cell->good);
		json_add_int(one, "bad", cell->bad);
		json_add_int(one, "untestable", cell->skip);
		json_add_string(one, "evidence", evidence);
	}
	return json;
}
