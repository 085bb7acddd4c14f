/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox series: every commit of a series by itself. */
#include "series.h"

#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/guest_options.h"
#include "cmd/newrun.h"
#include "cmd/quilt_options.h"
#include "report/series.h"
#include "util/error.h"

#include <stdio.h>
#include <string.h>

enum {
	KEY_CASE = 256,
	KEY_CRASH,
	KEY_REPO,
	KEY_FIRST_PARENT,
	KEY_BUILD_ONLY,
	KEY_WERROR,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to test with:", 1 },
	{ "case", KEY_CASE, "CASE|FOLDER", 0, "a case; may be given again", 1 },
	{ "crash", KEY_CRASH, "REGEX", 0, "with --case crash: this on the console is bad", 1 },
	{ "build-only", KEY_BUILD_ONLY, NULL, 0,
	  "boot nothing: builds and warnings are all that is looked at", 1 },
	{ "werror", KEY_WERROR, NULL, 0, "a new warning counts as something broken", 1 },
	{ NULL, 0, NULL, 0, "Which commits:", 2 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 2 },
	{ "first-parent", KEY_FIRST_PARENT, NULL, 0, "leave out what merges brought in", 2 },
	{ 0 },
};

typedef struct {
	GPtrArray *cases; /* const char *, as given */
	const char *signature;
	const char *repo_path; /* or NULL */
	const char *words;
	bool first_parent;
	bool werror;
	QuiltOptions quilt;
	GuestOptions guest;

	Live *live;
	Repo *repo;
	Relevance *relevance;
	Workshop *shop;
	RepoId base;
	GArray *commits;
} Job;

static void job_clear(Job *job)
{
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->relevance, relevance_free);
	g_clear_pointer(&job->repo, repo_close);
	g_clear_pointer(&job->commits, g_array_unref);
	g_ptr_array_unref(job->cases);
	quilt_options_clear(&job->quilt);
	guest_options_clear(&job->guest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static void check(const struct argp_state *state, Job *job)
{
	if (!job->cases->len && !job->guest.no_boots)
		argp_failure(state, EXIT_USAGE, 0,
			     "--case NAME is needed (`bisectbox case list` shows them), or "
			     "--build-only");
	if (!job->cases->len)
		g_ptr_array_add(job->cases, (gpointer) "boot");
	g_ptr_array_add(job->cases, NULL);
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
		state->child_inputs[1] = &job->guest;
		break;
	case KEY_CASE:
		g_ptr_array_add(job->cases, value);
		break;
	case KEY_CRASH:
		job->signature = value;
		break;
	case KEY_REPO:
		job->repo_path = value;
		break;
	case KEY_FIRST_PARENT:
		job->first_parent = true;
		break;
	case KEY_BUILD_ONLY:
		job->guest.no_boots = true;
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
	return repo_open(job->repo_path ? job->repo_path : ".", &job->repo, error) &&
	       repo_resolve(job->repo, ends[0], &job->base, error) &&
	       repo_resolve(job->repo, *ends[1] ? ends[1] : "HEAD", ret_tip, error);
}

static bool plant(Job *job, GCancellable *cancel, RepoId *ret_tip, GError **error)
{
	if (!quilt_options_plant(&job->quilt, job->repo_path, job->live, cancel, error) ||
	    !repo_open(job->quilt.commits.path, &job->repo, error))
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
	if (!repo_range(job->repo, &spec, &range, error))
		return false;
	series_commits(range, &job->commits);
	if (!job->commits->len)
		return error_usage(error, "the series %s is empty", job->words);
	return true;
}

/* ---- what is told ---- */

static void on_begin(const MatrixRow *row, void *user)
{
	Job *job = user;
	StepRecord step = { .number = row->number,
			    .revision = row->revision,
			    .subject = row->subject ? row->subject : (char *)"" };

	live_begin(job->live, &step, job->commits->len + 1 - row->number);
}

static void print(const Job *job, char *text)
{
	g_autofree char *own = text;

	if (job->guest.json)
		return;
	live_pause(job->live);
	fputs(own, stdout);
	fflush(stdout);
}

static void on_end(const Series *series, const SeriesRow *row, void *user)
{
	Job *job = user;
	const StepResult *result = &row->row->cells[0].result;

	if (result->note && row->same_as < 0)
		live_event(job->live, "%.12s: %s", row->row->revision, result->note);
	print(job, report_series_row(series, row));
}

static void on_note(const char *text, void *user)
{
	live_event(((Job *)user)->live, "%s", text);
}

static void print_head(const Job *job)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < job->shop->cases->len; i++)
		g_ptr_array_add(names, ((Case *)job->shop->cases->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	print(job, report_series_head((const char *const *)names->pdata, job->guest.no_boots));
}

static bool open_run(const Job *job, int argc, char **argv, Run **ret_run, GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);

	json_add_string(json, "repository", repo_path(job->repo));
	json_add_string(json, "quilt", job->quilt.folder);
	json_add_string(json, "base", job->base.hex);
	json_add_string(json, "tip",
			g_array_index(job->commits, RepoId, job->commits->len - 1).hex);
	json_add_bool(json, "first_parent", job->first_parent);
	json_add_bool(json, "builds_only", job->guest.no_boots);
	json_add(json, "workshop", workshop_describe(job->shop));
	return newrun_open(&job->guest, "series", json, ret_run, error);
}

static bool write_report(const Job *job, Run *run, const Series *series, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = series_json(series, folder);
	g_autofree char *text = report_series_text(series, folder);
	g_autofree char *foot = report_series_foot(series, folder);
	const Answer answer = { json, text, foot, job->guest.json };

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
	if (!collect(job, cancel, error) ||
	    !guest_options_open(&job->guest, (const char *const *)job->cases->pdata, job->signature,
				job->repo, false, job->live, cancel, &job->shop, error))
		return false;
	job->relevance = relevance_new(job->repo);
	if (job->first_parent)
		relevance_first_parent(job->relevance);
	job->shop->relevance = job->relevance;
	return true;
}

static int test(Job *job, int argc, char **argv, GCancellable *cancel, GError **error)
{
	g_autoptr(Series) series = NULL;
	g_autoptr(Run) run = NULL;
	SeriesSpec spec;
	bool ok;

	if (!open_all(job, cancel, error) || !open_run(job, argc, argv, &run, error))
		return -1;
	print_head(job);
	spec = (SeriesSpec){ .shop = job->shop,
			     .repo = job->repo,
			     .base = &job->base,
			     .commits = job->commits,
			     .repeat = job->guest.no_boots ? 0 : 1,
			     .first_parent = job->first_parent,
			     .run = run,
			     .events = { on_begin, on_end, on_note, job } };
	ok = series_run(&spec, cancel, &series, error);
	g_clear_pointer(&job->live, live_free);
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
						      { .argp = &guest_options_argp },
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
	g_auto(Job) job = { .cases = g_ptr_array_new() };
	g_autoptr(GError) error = NULL;
	g_autofree char **words = NULL;
	int status;

	guest_options_init(&job.guest);
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &job, &words);
	job.live = live_new(job.guest.verbose);
	status = test(&job, (int)g_strv_length(words), words, cancel, &error);
	if (status >= 0)
		return status;
	g_clear_pointer(&job.live, live_free);
	return cmd_error(error);
}
