/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as suites of tests. */
#include "report/suite.h"

#include "report/report.h"
#include "util/text.h"

#include <string.h>

#define OUTPUT_MAX (16 << 10) /* bytes of each output that a report carries */
#define READ_MAX ((gsize)1 << 20)

static void test_free(SuiteTest *test)
{
	g_free(test->name);
	g_free(test->word);
	g_free(test->reason);
	g_free(test->place);
	g_free(test->out);
	g_free(test->err);
	g_free(test);
}

static void suite_free(Suite *suite)
{
	g_free(suite->name);
	g_ptr_array_unref(suite->tests);
	g_free(suite);
}

static Suite *suite_new(char *name)
{
	Suite *suite = g_new0(Suite, 1);

	suite->name = name;
	suite->tests = g_ptr_array_new_with_free_func((GDestroyNotify)test_free);
	return suite;
}

static SuiteState state_of(Verdict verdict)
{
	static const SuiteState states[] = {
		[VERDICT_NONE] = SUITE_ERROR,
		[VERDICT_GOOD] = SUITE_PASS,
		[VERDICT_BAD] = SUITE_FAIL,
		[VERDICT_SKIP] = SUITE_SKIP,
	};

	return states[verdict];
}

/* The end of an output, from the beginning of a line. */
static char *read_end(const Past *past, const char *place, const char *name)
{
	gsize len = 0;
	g_autofree char *text = past_file(past, place, name, READ_MAX, &len, NULL);
	const char *from = text;

	if (!text || !len)
		return NULL;
	if (len > OUTPUT_MAX) {
		from = text + len - OUTPUT_MAX;
		from += strcspn(from, "\n") + 1;
	}
	return from < text + len ? g_utf8_make_valid(from, text + len - from) : NULL;
}

static SuiteTest *test_new(const Past *past, const char *folder, const StepResult *result)
{
	SuiteTest *test = g_new0(SuiteTest, 1);
	g_autofree char *boot = NULL;

	test->state = state_of(result->verdict);
	test->word = g_strdup(verdict_name(result->verdict));
	test->reason = result->reason ? text_clean(result->reason, 0) : NULL;
	test->ms = result->build_ms + result->boot_ms;
	past_places(past, folder, result, &boot, &test->place);
	test->out = read_end(past, test->place, "stdout");
	test->err = read_end(past, test->place, "stderr");
	return test;
}

static SuiteTest *of_step(const Past *past, const StepRecord *step)
{
	SuiteTest *test = test_new(past, step->folder, &step->result);
	g_autofree char *name =
		g_strdup_printf("step %u: %.12s %s", step->number, step->revision, step->subject);

	test->name = text_clean(name, 0);
	g_free(test->word);
	test->word = text_clean(step->word, 0);
	test->ms = step->wall_ms;
	return test;
}

/* Whether the run did its job: that a commit is bad is what it was to find. */
static SuiteTest *of_answer(const Past *past)
{
	const RunResult *result = past->result;
	SuiteTest *test = g_new0(SuiteTest, 1);

	test->name = g_strdup_printf("the first %s commit", result->terms.new_name);
	test->state = result->status == RUN_FOUND    ? SUITE_PASS
		      : result->status == RUN_FAILED ? SUITE_ERROR
						     : SUITE_SKIP;
	test->word = g_strdup(past_state_name(past));
	test->reason = result->reason ? text_clean(result->reason, 0) : NULL;
	test->out = report_answer(result);
	return test;
}

static Suite *of_run(const Past *past)
{
	/* A name that stays: CI keeps a history by it. */
	g_autofree char *question = past->exec ? g_strdup("exec") : past_question(past);
	Suite *suite = suite_new(text_clean(question, 0));

	suite->ms = past->result->wall_ms;
	for (guint i = 0; i < past->result->steps->len; i++)
		g_ptr_array_add(suite->tests, of_step(past, past->result->steps->pdata[i]));
	g_ptr_array_add(suite->tests, of_answer(past));
	return suite;
}

static Suite *of_row(const Past *past, const MatrixRow *row)
{
	Suite *suite = suite_new(text_clean(row->name, 0));

	suite->ms = row->wall_ms;
	for (guint i = 0; i < row->n_cells; i++) {
		const MatrixCell *cell = &row->cells[i];
		g_autofree char *folder =
			g_build_filename(row->folder, cell->try_dir ? cell->try_dir : "", NULL);
		SuiteTest *test = test_new(past, folder, &cell->result);

		test->name = text_clean(past->matrix->cases[i], 0);
		if (cell->result.verdict == VERDICT_NONE && !test->reason)
			test->reason = text_clean(past->matrix->trouble, 0);
		g_ptr_array_add(suite->tests, test);
	}
	return suite;
}

GPtrArray *suites_of(const Past *past)
{
	GPtrArray *suites = g_ptr_array_new_with_free_func((GDestroyNotify)suite_free);

	if (past->result)
		g_ptr_array_add(suites, of_run(past));
	for (guint i = 0; past->matrix && i < past->matrix->rows->len; i++)
		g_ptr_array_add(suites, of_row(past, past->matrix->rows->pdata[i]));
	return suites;
}

guint suite_count(const Suite *suite, SuiteState state)
{
	guint n = 0;

	for (guint i = 0; i < suite->tests->len; i++)
		n += ((const SuiteTest *)suite->tests->pdata[i])->state == state;
	return n;
}
