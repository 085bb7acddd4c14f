/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series: what findings are made of rows, and a whole one on a small kernel that is built. */
#include "stockfixture.h"

#include "loop/series.h"
#include "report/series.h"

/* ---- findings ---- */

static char *const CASES[] = { (char *)"audit", (char *)"overlay", NULL };

static SeriesRow *add(Series *series, int parent, Outcome outcome, Verdict first, Verdict second)
{
	MatrixRow *row = matrix_row_new(series->rows->len + 1, 2);
	SeriesRow *new;
	Verdict verdicts[] = { first, second };

	row->name = g_strdup_printf("%040u", row->number);
	row->revision = g_strdup(row->name);
	row->subject = g_strdup_printf("commit %u", row->number - 1);
	row->folder = g_strdup("steps/1");
	for (guint i = 0; i < 2; i++) {
		StepResult result = { .verdict = verdicts[i],
				      .outcome = verdicts[i] == VERDICT_GOOD ? OUTCOME_PASSED
						 : verdicts[i] == VERDICT_BAD &&
								 outcome == OUTCOME_PASSED
							 ? OUTCOME_FAILED
							 : outcome,
				      .kernel = g_strdup("k"),
				      .built = true,
				      .reason = g_strdup_printf("why %u", row->number - 1) };

		matrix_add_try(&row->cells[i], &result, "");
	}
	g_ptr_array_add(series->matrix->rows, row);
	new = series_add(series, row);
	if (parent >= 0)
		g_array_append_vals(new->parents, &(guint){ (guint)parent }, 1);
	return new;
}

static Series *start(void)
{
	Series *series = series_new();

	series->matrix = matrix_new((char **)CASES, 1);
	return series;
}

/* "NUMBER WHAT CASE-OR-FILE TEXT; " of all rows. */
static void assert_found(Series *series, const char *expected)
{
	g_autoptr(GString) text = g_string_new(NULL);

	series_judge(series);
	for (guint i = 0; i < series->rows->len; i++) {
		const SeriesRow *row = series->rows->pdata[i];

		for (guint j = 0; j < row->findings->len; j++) {
			const SeriesFinding *finding = row->findings->pdata[j];

			g_string_append_printf(
				text, "%u %s %s %s; ", i, series_kind_name(finding->kind),
				finding->file ? finding->file : CASES[finding->testcase],
				finding->text ? finding->text : "-");
		}
	}
	g_assert_cmpstr(text->str, ==, expected);
}

#define G VERDICT_GOOD
#define B VERDICT_BAD
#define S VERDICT_SKIP

/* A break in the middle, through a commit that does not build, and mended. */
static void test_line(void)
{
	g_autoptr(Series) series = start();
	SeriesSum sum;

	add(series, -1, OUTCOME_PASSED, G, B);
	add(series, 0, OUTCOME_PASSED, G, B);
	add(series, 1, OUTCOME_NO_BUILD, S, S);
	add(series, 2, OUTCOME_NO_BUILD, S, S);
	add(series, 3, OUTCOME_PASSED, B, B);
	add(series, 4, OUTCOME_PASSED, B, G);
	add(series, 5, OUTCOME_BOOT_PANIC, S, S);
	add(series, 6, OUTCOME_PASSED, G, G);
	assert_found(series, "2 breaks-build audit why 2; 4 mends-build audit -; "
			     "4 breaks-case audit why 4; 5 mends-case overlay -; "
			     "6 breaks-boot audit why 6; 7 mends-boot audit -; "
			     "7 mends-case audit -; ");
	sum = series_sum(series);
	g_assert_cmpuint(sum.commits, ==, 7);
	g_assert_cmpuint(sum.broken, ==, 2);
	g_assert_cmpuint(sum.bad, ==, 3);
	g_assert_false(sum.tip_bad);
}

/* A merge is to blame only for what none of its sides had. */
static void test_merge(void)
{
	g_autoptr(Series) series = start();
	SeriesRow *merge;

	add(series, -1, OUTCOME_PASSED, G, G);
	add(series, 0, OUTCOME_PASSED, G, B); /* one side breaks overlay */
	add(series, 0, OUTCOME_PASSED, G, G); /* the other is fine */
	merge = add(series, 1, OUTCOME_PASSED, B, B);
	g_array_append_vals(merge->parents, &(guint){ 2 }, 1);
	assert_found(series, "1 breaks-case overlay why 1; 3 breaks-case audit why 3; ");
}

static void test_lost(void)
{
	g_autoptr(Series) series = start();

	add(series, -1, OUTCOME_PASSED, G, G);
	add(series, 0, OUTCOME_NO_CONFIG, S, G);
	add(series, 1, OUTCOME_NO_CONFIG, S, G);
	assert_found(series, "1 loses-case audit why 1; ");
	g_assert_cmpuint(series_sum(series).untestable, ==, 2);
}

static void test_warnings(void)
{
	static const char *const lists[][3] = {
		{ "a.c\nw", NULL },
		{ "a.c\nw", "b.c\nv", NULL },
		{ "a.c\nw", NULL },
		{ "b.c\nv", NULL },
	};
	g_autoptr(Series) series = start();
	g_autofree char *text = NULL;

	for (guint i = 0; i < 4; i++)
		add(series, (int)i - 1, OUTCOME_PASSED, G, G)->warnings =
			g_strdupv((char **)(gpointer)lists[i]);
	/* not known in between: against what was known before */
	add(series, 3, OUTCOME_PASSED, G, G);
	add(series, 4, OUTCOME_PASSED, G, G)->warnings = g_strdupv((char **)(gpointer)lists[1]);
	assert_found(series, "1 adds-warning b.c v; 3 adds-warning b.c v; 5 adds-warning a.c w; ");
	g_assert_cmpuint(series_sum(series).unknown, ==, 1);
	text = report_series_text(series, "results/x");
	g_assert_nonnull(strstr(text, "new warning: a.c: w"));
	g_assert_nonnull(strstr(text, "bisectable: each of the 5 commits builds on its own"));
}

/* ---- a whole one ---- */

#define SCRIPT                                                                                     \
	"sed -i 's/CC) -Wp/CC) -Wall -Wp/' Makefile; git commit -qam wall; git tag wall;"          \
	"echo 'int e;' >> drivers/d.c; c driver;"                                                  \
	"printf 'static int unused;\\nconst int b = 5;\\n' > kernel/b.c; c warns;"                 \
	"echo 'const int a = ;' > kernel/a.c; c breaks;"                                           \
	"echo 'int f;' >> drivers/d.c; c still;"                                                   \
	"printf 'const int a = 9;\\n' > kernel/a.c; c mends;"                                      \
	"printf 'static int unused;\\nstatic int more;\\nconst int b = 5;\\n' > kernel/b.c; c "    \
	"more;"                                                                                    \
	"git revert --no-edit HEAD >/dev/null; git tag back"

static Series *run_series(Shop *f, const char *results)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) range = range_of(f->shop.repo, "back", "wall", NULL, NULL, &error);
	g_autoptr(GArray) commits = NULL;
	g_autoptr(Run) run = NULL;
	RepoId base = resolve(f->shop.repo, "wall");
	Series *series = NULL;
	SeriesSpec spec;

	g_assert_no_error(error);
	series_commits(range, &commits);
	run_create(results, "series", &run, &error);
	g_assert_no_error(error);
	f->shop.relevance = relevance_new(f->shop.repo);
	spec = (SeriesSpec){ .shop = &f->shop,
			     .repo = f->shop.repo,
			     .base = &base,
			     .commits = commits,
			     .run = run };
	series_run(&spec, NULL, &series, &error);
	g_assert_no_error(error);
	g_clear_pointer(&f->shop.relevance, relevance_free);
	return series;
}

/* Twice: from nothing, and with all kernels in the cache. */
static void test_whole(Shop *f, gconstpointer script)
{
	static const int same[] = { -1, 0, -1, -1, -1, -1, -1, 5 };
	g_autofree char *results = g_build_filename(f->dir, "results", NULL);

	(void)script;
	for (guint round = 0; round < 2; round++) {
		g_autoptr(Series) series = run_series(f, results);
		g_autoptr(GString) text = g_string_new(NULL);
		SeriesSum sum = series_sum(series);

		for (guint i = 0; i < series->rows->len; i++) {
			const SeriesRow *row = series->rows->pdata[i];

			g_assert_cmpint(row->same_as, ==, same[i]);
			for (guint j = 0; j < row->findings->len; j++)
				g_string_append_printf(
					text, "%s %s; ", row->row->subject,
					series_kind_name(
						((SeriesFinding *)row->findings->pdata[j])->kind));
		}
		g_assert_cmpstr(text->str, ==,
				"warns adds-warning; breaks breaks-build; mends mends-build; "
				"more adds-warning; ");
		g_assert_cmpuint(sum.commits, ==, 7);
		g_assert_cmpuint(sum.compiled, ==, 5);
		g_assert_cmpuint(sum.same, ==, 2);
		g_assert_cmpuint(sum.broken, ==, 2);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/series/line", test_line);
	g_test_add_func("/series/merge", test_merge);
	g_test_add_func("/series/lost", test_lost);
	g_test_add_func("/series/warnings", test_warnings);
	g_test_add("/series/whole", Shop, SCRIPT, shop_start, test_whole, shop_end);
	return g_test_run();
}
