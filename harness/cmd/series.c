/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox series: every commit of a series by itself. */
#include "loop/series.h"

#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/matrix_job.h"
#include "cmd/newrun.h"
#include "cmd/quilt_options.h"
#include "report/series.h"
#include "util/error.h"

#include <stdio.h>
#include <string.h>

enum {
	KEY_FIRST_PARENT = 256,
	KEY_BUILD_ONLY,
	KEY_WERROR,
};

static const struct argp_option table[] = {
	{ "build-only", KEY_BUILD_ONLY, NULL, 0,
	  "boot nothing: builds and warnings are all that is looked at", 1 },
	{ "werror", KEY_WERROR, NULL, 0, "a new warning counts as something broken", 1 },
	{ NULL, 0, NULL, 0, "Which commits:", 2 },
	{ "first-parent", KEY_FIRST_PARENT, NULL, 0, "leave out what merges brought in", 2 },
	{ 0 },
};

typedef struct {
	MatrixJob common;
	const char *words;
	bool first_parent;
	bool werror;
	QuiltOptions quilt;

	Relevance *relevance;
	RepoId base;
	GArray *commits;
} Job;

static void job_clear(Job *job)
{
	g_clear_pointer(&job->commits, g_array_unref);
	quilt_options_clear(&job->quilt);
	matrix_job_clear(&job->common);
	g_clear_pointer(&job->relevance, relevance_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static void check(const struct argp_state *state, Job *job)
{
	if (!job->common.cases->len && !job->common.guest.no_boots)
		argp_failure(state, EXIT_USAGE, 0,
			     "--case NAME is needed (`bisectbox case list` shows them), or "
			     "--build-only");
	if (!job->common.cases->len)
		g_ptr_array_add(job->common.cases, (gpointer) "boot");
	if (!job->words == !job->quilt.folder)
		argp_failure(state, EXIT_USAGE, 0,
			     "which commits? give A..B (base and tip), or --quilt DIR --base TREE");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->quilt;
		state->child_inputs[1] = &job->common;
		break;
	case KEY_FIRST_PARENT:
		job->first_parent = true;
		break;
	case KEY_BUILD_ONLY:
		job->common.guest.no_boots = true;
		break;
	case KEY_WERROR:
		job->werror = true;
		break;
	case ARGP_KEY_ARG:
		if (job->words)
			argp_failure(state, EXIT_USAGE, 0, "\"%s\": one A..B at most", value);
		job->words = value;
		break;
	case ARGP_KEY_END:
		check(state, job);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- which commits ---- */

static bool resolve_words(Job *job, RepoId *ret_tip, GError **error)
{
	g_auto(GStrv) ends = g_strsplit(job->words, "..", 2);

	if (!ends[1] || !*ends[0] || *ends[1] == '.')
		return error_usage(error, "\"%s\": A..B is expected: base and tip", job->words);
	return matrix_job_repo(&job->common, error) &&
	       repo_resolve(job->common.repo, ends[0], &job->base, error) &&
	       repo_resolve(job->common.repo, *ends[1] ? ends[1] : "HEAD", ret_tip, error);
}

static bool plant(Job *job, GCancellable *cancel, RepoId *ret_tip, GError **error)
{
	if (!quilt_options_plant(&job->quilt, job->common.repo_path, job->common.live, cancel,
				 error) ||
	    !repo_open(job->quilt.commits.path, &job->common.repo, error))
		return false;
	job->base = job->quilt.commits.base;
	*ret_tip = job->quilt.commits.tip;
	return true;
}

static bool collect(Job *job, GCancellable *cancel, GError **error)
{
	RepoRangeSpec spec = {
		.n_goods = 1, .goods = &job->base, .old_word = "the base", .new_word = "the tip"
	};
	g_autoptr(RepoRange) range = NULL;

	if (job->quilt.folder ? !plant(job, cancel, &spec.bad, error)
			      : !resolve_words(job, &spec.bad, error))
		return false;
	if (g_str_equal(spec.bad.hex, job->base.hex))
		return error_usage(error, "the series %s is empty: base and tip are one commit",
				   job->words);
	spec.first_parent = job->first_parent;
	if (!repo_range(job->common.repo, &spec, &range, error))
		return false;
	series_commits(range, &job->commits);
	if (!job->commits->len)
		return error_usage(error, "the series %s is empty", job->words);
	return true;
}

/* ---- what is told ---- */

static void on_begin(const MatrixRow *row, void *user)
{
	const Job *job = user;

	matrix_job_begin_row(&job->common, row, job->commits->len + 1 - row->number);
}

static void on_end(const Series *series, const SeriesRow *row, void *user)
{
	const Job *job = user;

	matrix_job_end_row(&job->common, row->row, report_series_row(series, row));
}

static void print_head(const Job *job)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < job->common.shop->cases->len; i++)
		g_ptr_array_add(names, ((Case *)job->common.shop->cases->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	matrix_job_print(&job->common, report_series_head((const char *const *)names->pdata,
							  job->common.guest.no_boots));
}

static bool open_run(Job *job, int argc, char **argv, Run **ret_run, GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);

	json_add_string(json, "quilt", job->quilt.folder);
	json_add_string(json, "base", job->base.hex);
	json_add_string(json, "tip",
			g_array_index(job->commits, RepoId, job->commits->len - 1).hex);
	json_add_bool(json, "first_parent", job->first_parent);
	json_add_bool(json, "builds_only", job->common.guest.no_boots);
	return matrix_job_run(&job->common, "series", json, ret_run, error);
}

static bool write_report(const Job *job, Run *run, const Series *series, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = series_json(series, folder);
	g_autofree char *text = report_series_text(series, folder);
	g_autofree char *foot = report_series_foot(series, folder);
	const Answer answer = { json, text, foot, job->common.guest.json };

	return answer_give(&answer, run, error);
}

static int exit_code(const Job *job, const Series *series)
{
	SeriesSum sum = series_sum(series);

	if (sum.bad || sum.tip_bad || (job->werror && sum.warnings))
		return EXIT_BAD;
	return sum.untestable ? EXIT_UNTESTABLE : EXIT_GOOD;
}

static bool open_all(Job *job, GCancellable *cancel, GError **error)
{
	if (!collect(job, cancel, error) || !matrix_job_open(&job->common, false, cancel, error))
		return false;
	job->relevance = relevance_new(job->common.repo);
	if (job->first_parent)
		relevance_first_parent(job->relevance);
	job->common.shop->relevance = job->relevance;
	return true;
}

static int test(MatrixJob *common, int argc, char **argv, GCancellable *cancel, GError **error)
{
	Job *job = (Job *)common;
	g_autoptr(Series) series = NULL;
	g_autoptr(Run) run = NULL;
	SeriesSpec spec;
	bool ok;

	if (!open_all(job, cancel, error) || !open_run(job, argc, argv, &run, error))
		return -1;
	print_head(job);
	spec = (SeriesSpec){ .shop = common->shop,
			     .repo = common->repo,
			     .base = &job->base,
			     .commits = job->commits,
			     .repeat = job->common.guest.no_boots ? 0 : 1,
			     .first_parent = job->first_parent,
			     .run = run,
			     .events = { on_begin, on_end, matrix_job_note, job } };
	ok = series_run(&spec, cancel, &series, error);
	g_clear_pointer(&common->live, live_free);
	if (!series)
		return -1;
	series->quilt = g_strdup(job->quilt.folder);
	if (!write_report(job, run, series, ok ? error : NULL) || !ok)
		return -1;
	return exit_code(job, series);
}

int cmd_series(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &quilt_options_argp },
						      { .argp = &matrix_job_argp },
						      { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[A..B]",
		.doc = "Look at every commit of a series by itself: does it build, what does it "
		       "break or mend, which compiler warnings does it add? What a commit cannot "
		       "change is not built again.\v"
		       "Exit status: 0 all good, 1 something broke or is bad at the end, 125 "
		       "something untestable and nothing bad, 128 trouble on this host, 129 "
		       "usage, 130 interrupted. harness/docs/SERIES.md says more.",
	};
	g_auto(Job) job = { .words = NULL };

	matrix_job_init(&job.common);
	return matrix_job_main(&job.common, &argp, argc, argv, test, cancel);
}
