/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `bisectbox test` found out: kernels times cases. Plain data. */
#pragma once

#include "record/result.h"
#include "util/json.h"

/**
 * struct MatrixCell - one case on one kernel, as often as it was run
 * @result:  the try that decides: the first bad one, else the first good, else the first
 * @try_dir: folder of that try, relative to the row's ("" for that itself)
 * @good, @bad, @skip: number of tries with each verdict
 */
typedef struct {
	StepResult result;
	char *try_dir;
	guint good;
	guint bad;
	guint skip;
} MatrixCell;

/**
 * struct MatrixRow - one kernel; release with matrix_row_free()
 * @number:   from 1
 * @name:     as the user gave it: revision, folder or bzImage
 * @revision: the commit, or NULL
 * @subject:  the commit's, or the version that the kernel says; may be NULL
 * @folder:   its folder, relative to the run's
 * @cells:    one a case; no verdict where host trouble came in between
 */
typedef struct {
	guint number;
	char *name;
	char *revision;
	char *subject;
	char *folder;
	MatrixCell *cells;
	guint n_cells;
	gint64 wall_ms;
} MatrixRow;

MatrixRow *matrix_row_new(guint number, guint n_cells);
void matrix_row_free(MatrixRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MatrixRow, matrix_row_free)

/**
 * struct Matrix - all rows; release with matrix_free()
 * @cases:   names, NULL-terminated
 * @rows:    MatrixRow, in the order given
 * @repeat:  tries of each cell
 * @trouble: of the host, which ended it; else NULL
 */
typedef struct {
	char **cases;
	GPtrArray *rows;
	guint repeat;
	char *trouble;
	gint64 wall_ms;
} Matrix;

Matrix *matrix_new(char **cases, guint repeat);
void matrix_free(Matrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Matrix, matrix_free)

/** matrix_add_try() - count a try in and let it decide where it says more than those before;
 * takes over what is in @result */
void matrix_add_try(MatrixCell *cell, StepResult *result, const char *try_dir);

/** matrix_verdict() - of all of it: bad where a cell is, else skip where one is, else good */
Verdict matrix_verdict(const Matrix *matrix);

/** matrix_try_json() - one try of one case, a line of the journal; json_free() */
Json *matrix_try_json(const MatrixRow *row, const char *testcase, guint number,
		      const StepResult *result);
/** matrix_row_json() - a row as --json and its step.json show it; json_free() */
Json *matrix_row_json(const Matrix *matrix, const MatrixRow *row);
/** matrix_row_read() - such a row again; what is wrong with it is the reader's error;
 * matrix_row_free() */
MatrixRow *matrix_row_read(JsonReader *reader, guint n_cases);
