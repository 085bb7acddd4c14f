/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox backport: is a fix needed on a branch, and does it work there? */
#include "loop/backport.h"

#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/matrix_job.h"
#include "cmd/newrun.h"
#include "report/backport.h"
#include "util/error.h"

enum { KEY_FIX = 256, KEY_ONTO };

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What goes where:", 2 },
	{ "fix", KEY_FIX, "REV", 0, "the fix", 2 },
	{ "onto", KEY_ONTO, "REV", 0,
	  "a branch, or any revision; may be given again, and further words are branches, too", 2 },
	{ 0 },
};

typedef struct {
	MatrixJob common;
	GPtrArray *branches; /* const char *, as given */
	const char *fix;
} Job;

static void job_clear(Job *job)
{
	matrix_job_clear(&job->common);
	g_ptr_array_unref(job->branches);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->common;
		break;
	case KEY_FIX:
		job->fix = value;
		break;
	case KEY_ONTO:
	case ARGP_KEY_ARG:
		g_ptr_array_add(job->branches, value);
		break;
	case ARGP_KEY_END:
		if (!job->fix || !job->branches->len)
			argp_failure(state, EXIT_USAGE, 0, "--fix REV and --onto REV are needed");
		matrix_job_need_case(&job->common, state);
		g_ptr_array_add(job->branches, NULL);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void on_begin(const MatrixRow *row, void *user)
{
	matrix_job_begin_row(user, row, 0);
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	const MatrixJob *job = user;

	matrix_job_end_row(job, row, NULL);
	for (guint i = 0; i < row->n_cells; i++)
		live_event(job->live, "%s, %s: %s", row->name, matrix->cases[i],
			   verdict_name(row->cells[i].result.verdict));
}

static bool open_run(Job *job, const RepoId *fix, int argc, char **argv, Run **ret_run,
		     GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);

	json_add_string(json, "fix", fix->hex);
	json_add_strings(json, "onto", (const char *const *)job->branches->pdata);
	return matrix_job_run(&job->common, "backport", json, ret_run, error);
}

static bool write_report(const Job *job, Run *run, const Backport *backport, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = backport_json(backport, folder);
	g_autofree char *text = report_backport_text(backport, folder);
	const Answer answer = { json, text, text, job->common.guest.json };

	return answer_give(&answer, run, error);
}

static int exit_code(const Backport *backport)
{
	Verdict verdict = backport_verdict(backport);

	return verdict == VERDICT_GOOD  ? EXIT_GOOD
	       : verdict == VERDICT_BAD ? EXIT_BAD
					: EXIT_UNTESTABLE;
}

static int test(MatrixJob *common, int argc, char **argv, GCancellable *cancel, GError **error)
{
	Job *job = (Job *)common;
	g_autoptr(Backport) backport = NULL;
	g_autoptr(Run) run = NULL;
	BackportSpec spec = { .branches = (const char *const *)job->branches->pdata,
			      .events = { .begin = on_begin,
					  .end = on_end,
					  .note = matrix_job_note,
					  .user = common } };
	bool ok;

	if (!matrix_job_repo(common, error) ||
	    !repo_resolve(common->repo, job->fix, &spec.fix, error) ||
	    !matrix_job_open(common, false, cancel, error) ||
	    !open_run(job, &spec.fix, argc, argv, &run, error))
		return -1;
	spec.shop = common->shop;
	spec.repo = common->repo;
	spec.run = run;
	ok = backport_run(&spec, cancel, &backport, error);
	g_clear_pointer(&common->live, live_free);
	if (!backport || !write_report(job, run, backport, ok ? error : NULL) || !ok)
		return -1;
	return exit_code(backport);
}

int cmd_backport(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &matrix_job_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[REV...]",
		.doc = "Say of each branch whether it needs a fix, has it, or has what it fixes; "
		       "whether the fix applies, builds, mends the first case and breaks "
		       "others.\v"
		       "Exit status: 0 each branch has it, takes it or does not need it, 1 one "
		       "needs a person, 125 one is untestable, 128 trouble on this host, 129 "
		       "usage, 130 interrupted. harness/docs/SERIES.md says more.",
	};
	g_auto(Job) job = { .branches = g_ptr_array_new() };

	matrix_job_init(&job.common);
	return matrix_job_main(&job.common, &argp, argc, argv, test, cancel);
}
