/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of `bisectbox test`. Makes text; prints nothing. */
#pragma once

#include "record/matrix.h"

/**
 * struct MatrixLayout - widths in characters, known before the first row is
 * @name: of the first column
 */
typedef struct {
	guint name;
	guint cell;
} MatrixLayout;

/** report_matrix_layout() - for kernels of these names (NULL-terminated) and these cases */
MatrixLayout report_matrix_layout(const char *const *names, const char *const *cases, guint repeat);

/** report_matrix_head() - the line with the cases' names; g_free() */
char *report_matrix_head(MatrixLayout layout, const char *const *cases);
/** report_matrix_row() - one kernel's line: a symbol and a word for each case; g_free() */
char *report_matrix_row(MatrixLayout layout, const Matrix *matrix, const MatrixRow *row);
/** report_matrix_foot() - why each bad or untestable one is, how many there are of each, and where
 * the evidence is; g_free() */
char *report_matrix_foot(const Matrix *matrix, const char *folder);

/** report_matrix_text() - all of it; g_free() */
char *report_matrix_text(const Matrix *matrix, const char *folder);
/** report_matrix_json() - the object of `test --json` and result.json, schema bisectbox.test/1;
 * json_free() */
Json *report_matrix_json(const Matrix *matrix, const char *folder);
