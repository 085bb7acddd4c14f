/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record/matrix and report/matrix: what tries add up to, and the table; boots that cases share. */
#include "record/matrix.h"
#include "report/matrix.h"
#include "step/boot.h"

#include <string.h>

static const char *const CASES[] = { "audit", "overlay", NULL };

static StepResult result_of(Verdict verdict, const char *reason)
{
	return (StepResult){ .verdict = verdict,
			     .outcome = verdict == VERDICT_GOOD  ? OUTCOME_PASSED
					: verdict == VERDICT_BAD ? OUTCOME_FAILED
								 : OUTCOME_SKIPPED,
			     .reason = g_strdup(reason),
			     .evidence = g_strdup("audit") };
}

static void add(MatrixCell *cell, Verdict verdict, const char *reason, const char *dir)
{
	StepResult result = result_of(verdict, reason);

	matrix_add_try(cell, &result, dir);
	g_assert_null(result.reason);
}

/* One bad try is a fact; the first of a kind is what people are shown. */
static void test_tries(void)
{
	g_autoptr(MatrixRow) row = matrix_row_new(1, 2);
	MatrixCell *cell = &row->cells[0];

	add(cell, VERDICT_SKIP, "s", "");
	add(cell, VERDICT_GOOD, "g", "try-2");
	g_assert_cmpint(cell->result.verdict, ==, VERDICT_GOOD);
	add(cell, VERDICT_BAD, "first", "try-3");
	add(cell, VERDICT_BAD, "second", "try-4");
	add(cell, VERDICT_GOOD, "g", "try-5");
	g_assert_cmpint(cell->result.verdict, ==, VERDICT_BAD);
	g_assert_cmpstr(cell->result.reason, ==, "first");
	g_assert_cmpstr(cell->try_dir, ==, "try-3");
	g_assert_cmpuint(cell->good, ==, 2);
	g_assert_cmpuint(cell->bad, ==, 2);
	g_assert_cmpuint(cell->skip, ==, 1);
}

static Matrix *matrix_of(Verdict first, Verdict second, guint repeat)
{
	Matrix *matrix = matrix_new((char **)(gpointer)CASES, repeat);
	MatrixRow *row = matrix_row_new(1, 2);

	row->name = g_strdup("/a/very/long/folder/of/kernels/that/nobody/would/type/bzImage-6.1");
	row->folder = g_strdup("steps/001-kernel");
	if (first != VERDICT_NONE)
		add(&row->cells[0], first, "why \033[31mred", "");
	if (second != VERDICT_NONE)
		add(&row->cells[1], second, "because", "");
	g_ptr_array_add(matrix->rows, row);
	return matrix;
}

static void test_verdict(void)
{
	static const struct {
		Verdict first, second, all;
	} table[] = {
		{ VERDICT_GOOD, VERDICT_GOOD, VERDICT_GOOD },
		{ VERDICT_GOOD, VERDICT_SKIP, VERDICT_SKIP },
		{ VERDICT_SKIP, VERDICT_BAD, VERDICT_BAD },
		{ VERDICT_GOOD, VERDICT_NONE, VERDICT_SKIP },
	};

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(Matrix) matrix = matrix_of(table[i].first, table[i].second, 1);

		g_assert_cmpint(matrix_verdict(matrix), ==, table[i].all);
	}
}

static void assert_has(const char *text, const char *words)
{
	if (!strstr(text, words))
		g_error("\"%s\" is not in: %s", words, text);
}

static void test_text(void)
{
	g_autoptr(Matrix) matrix = matrix_of(VERDICT_BAD, VERDICT_NONE, 1);
	g_autoptr(Matrix) often = matrix_of(VERDICT_GOOD, VERDICT_SKIP, 5);
	g_autofree char *text = report_matrix_text(matrix, "/r");
	g_autofree char *other = report_matrix_text(often, "/r");
	g_auto(GStrv) lines = g_strsplit(text, "\n", 3);

	assert_has(lines[1], "...nobody/would/type/bzImage-6.1");
	g_assert_cmpint(strstr(lines[0], "overlay") - lines[0], ==,
			strstr(lines[1], "! trouble") - lines[1]);
	assert_has(text, "x bad");
	assert_has(text, "steps/001-kernel/audit");
	assert_has(text, "0 good, 1 bad, 0 untestable, 1 not known");
	g_assert_null(strchr(text, '\033'));
	assert_has(other, "+ good 1/1");
	assert_has(other, "? untestable 1/1");
}

static void test_json(void)
{
	g_autoptr(Matrix) matrix = matrix_of(VERDICT_BAD, VERDICT_GOOD, 1);
	g_autoptr(Json) json = report_matrix_json(matrix, "/r");
	g_autofree char *text = json_text(json, false);

	assert_has(text, "\"verdict\":\"bad\"");
	assert_has(text, "\"cases\":[\"audit\",\"overlay\"]");
	assert_has(text, "\"good\":0,\"bad\":1,\"untestable\":0,\"evidence\":\"audit\"");
}

static void test_shared_boots(void)
{
	static const struct {
		const char *first, *second;
		bool agree;
	} table[] = {
		{ "", "", true },
		{ "audit=1", "", true },
		{ "audit=1", "audit=1 quiet", true },
		{ "audit=1", "audit=0", false },
		{ "quiet", "quiet=1", false },
		{ "mem=1G quiet", "nosmp mem=2G", false },
		{ "audit=1", "audit_backlog_limit=3", true },
	};

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		char *command[] = { (char *)"run", NULL };
		Case first = { .append = (char *)table[i].first,
			       .command = command,
			       .container = true };
		Case second = { .append = (char *)table[i].second,
				.command = command,
				.container = true };
		g_autoptr(GPtrArray) cases = g_ptr_array_new();

		g_assert_true(boot_agrees(cases, &first));
		g_ptr_array_add(cases, &first);
		g_assert_cmpint(boot_agrees(cases, &second), ==, table[i].agree);
		/* after root of the guest nothing is to be believed */
		second.container = false;
		g_assert_cmpint(boot_agrees(cases, &second), ==, table[i].agree);
		second.container = true;
		first.container = false;
		g_assert_false(boot_agrees(cases, &second));
		first.container = true;
		/* what another case provokes is not the crash that is looked for */
		second.judge = JUDGE_CRASH;
		g_assert_false(boot_agrees(cases, &second));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/matrix/tries", test_tries);
	g_test_add_func("/matrix/verdict", test_verdict);
	g_test_add_func("/matrix/text", test_text);
	g_test_add_func("/matrix/json", test_json);
	g_test_add_func("/matrix/shared-boots", test_shared_boots);
	return g_test_run();
}
