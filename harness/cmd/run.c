/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox run: the main job. */
#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/run_options.h"
#include "driver.h"
#include "report/report.h"
#include "step_exec.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "workshop.h"

#include <stdio.h>
#include <string.h>

/* One run, from the words to the report. */
typedef struct {
	RunOptions options;
	GCancellable *cancel;
	Live *live;
	Repo *repo;
	RepoId bad;
	GArray *goods;       /* RepoId */
	Workshop *shop;      /* with --case */
	Worktree *exec_tree; /* with --exec */
	Worktree *exec_clean;
	Run *run;
} Job;

static void job_clear(Job *job)
{
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->exec_tree, worktree_close);
	g_clear_pointer(&job->exec_clean, worktree_close);
	g_clear_pointer(&job->run, run_close);
	g_clear_pointer(&job->repo, repo_close);
	g_clear_pointer(&job->goods, g_array_unref);
	run_options_clear(&job->options);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static void on_begin(const StepRecord *step, guint left, void *user)
{
	live_begin(((Job *)user)->live, step, left);
}

static void on_end(const StepRecord *step, void *user)
{
	live_end(((Job *)user)->live, step);
}

static void on_note(const char *text, void *user)
{
	live_event(((Job *)user)->live, "%s", text);
}

static bool test_case(const RepoId *revision, bool clean, const char *folder, GCancellable *cancel,
		      StepResult *ret_result, void *user, GError **error)
{
	StepFlags flags = clean ? STEP_CLEAN | STEP_FRESH : STEP_USUAL;

	return step_run(((Job *)user)->shop, revision, flags, folder, cancel, ret_result, error);
}

static bool test_exec(const RepoId *revision, bool clean, const char *folder, GCancellable *cancel,
		      StepResult *ret_result, void *user, GError **error)
{
	Job *job = user;

	return step_exec(clean ? job->exec_clean : job->exec_tree, job->options.exec, revision,
			 folder, cancel, ret_result, error);
}

/* The revisions that the user named; wrong names are found before anything is made ready. */
static bool resolve_ends(Job *job, GError **error)
{
	const RunOptions *options = &job->options;

	if (!repo_open(options->repo, &job->repo, error) ||
	    !repo_resolve(job->repo, options->bad, &job->bad, error))
		return false;
	job->goods = g_array_new(FALSE, TRUE, sizeof(RepoId));
	for (guint i = 0; i < options->goods->len; i++) {
		RepoId id;

		if (!repo_resolve(job->repo, options->goods->pdata[i], &id, error))
			return false;
		g_array_append_val(job->goods, id);
	}
	if (job->goods
		    ->len) { /* unrelated, equal, or objects missing: said now, not after a boot */
		g_autoptr(RepoRange) range = NULL;

		return repo_range(job->repo, &job->bad, (const RepoId *)job->goods->data,
				  job->goods->len, &range, error);
	}
	return true;
}

static bool open_exec(Job *job, GError **error)
{
	g_autofree char *trees = paths_cache("trees");

	return fs_mkdir(trees, error) &&
	       worktree_open(job->repo, trees, WORKTREE_KEEP_UNTRACKED, &job->exec_tree, error) &&
	       worktree_open(job->repo, trees, WORKTREE_CLEAN, &job->exec_clean, error);
}

static bool open_case(Job *job, GError **error)
{
	const char *cases[] = { job->options.testcase, NULL };

	return guest_options_open(&job->options.guest, cases, job->options.signature, job->repo,
				  false, job->live, job->cancel, &job->shop, error);
}

/* run.json: what was asked, so that the run can be understood, and done again. */
static bool write_question(Job *job, int argc, char **argv, GError **error)
{
	g_autoptr(Json) json = json_new_object();
	Json *list;

	cmd_describe(json, "bisectbox.question/1", argc, argv);
	json_add_string(json, "repository", repo_path(job->repo));
	json_add_string(json, "bad", job->bad.hex);
	list = json_add(json, "good", json_new_array());
	for (guint i = 0; i < job->goods->len; i++)
		json_append_string(list, g_array_index(job->goods, RepoId, i).hex);
	if (job->shop)
		json_add(json, "workshop", workshop_describe(job->shop));
	else
		json_add_string(json, "exec", job->options.exec);
	return run_write(job->run, "run.json", json, error);
}

static bool open_run(Job *job, int argc, char **argv, GError **error)
{
	g_autofree char *standard = paths_results();
	const char *results = job->options.guest.results ? job->options.guest.results : standard;
	const char *what = job->shop ? ((const Case *)job->shop->cases->pdata[0])->name : "exec";

	return run_create(results, what, &job->run, error) &&
	       write_question(job, argc, argv, error);
}

static bool write_report(Job *job, const RunResult *result, GError **error)
{
	const char *folder = run_folder(job->run);
	g_autoptr(Json) json = report_json(result, folder);
	g_autofree char *path = g_build_filename(folder, "report.txt", NULL);
	g_autofree char *text = report_text(result, folder);

	return run_write(job->run, "result.json", json, error) && fs_write(path, text, -1, error);
}

static void print_report(Job *job, const RunResult *result)
{
	const char *folder = run_folder(job->run);

	g_clear_pointer(&job->live, live_free);
	if (job->options.guest.json) {
		g_autoptr(Json) json = report_json(result, folder);
		g_autofree char *text = json_text(json, false);

		puts(text);
	} else {
		g_autofree char *text = report_text(result, folder);

		printf("\n%s", text);
	}
}

static bool prepare(Job *job, int argc, char **argv, GError **error)
{
	return resolve_ends(job, error) &&
	       (job->options.exec ? open_exec(job, error) : open_case(job, error)) &&
	       open_run(job, argc, argv, error);
}

static bool drive(Job *job, RunResult **ret_result, GError **error)
{
	DriverSpec spec = {
		.repo = job->repo,
		.bad = job->bad,
		.goods = job->goods,
		.trust_ends = job->options.trust_ends,
		.run = job->run,
		.test = job->shop ? test_case : test_exec,
		.user = job,
		.events = { on_begin, on_end, on_note, job },
	};

	return driver_run(&spec, job->cancel, ret_result, error);
}

int cmd_run(int argc, char **argv, GCancellable *cancel)
{
	g_auto(Job) job = { .options = run_options_parse(argc, argv), .cancel = cancel };
	g_autoptr(GError) error = NULL;
	g_autoptr(RunResult) result = NULL;
	bool ok;

	job.live = live_new(job.options.guest.verbose);
	if (!prepare(&job, argc, argv, &error)) {
		g_clear_pointer(&job.live, live_free);
		return cmd_error(error);
	}
	ok = drive(&job, &result, &error);
	if (!write_report(&job, result, ok ? &error : NULL))
		ok = false;
	print_report(&job, result);
	if (!ok)
		return cmd_error(error);
	return result->status == RUN_FOUND ? EXIT_GOOD : EXIT_INCONCLUSIVE;
}
