/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox backport: is a fix needed on a branch, and does it work there? */
#include "backport.h"

#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/guest_options.h"
#include "cmd/newrun.h"
#include "report/backport.h"
#include "util/error.h"

#include <stdio.h>

enum { KEY_CASE = 256, KEY_CRASH, KEY_REPO, KEY_FIX, KEY_ONTO };

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to test with:", 1 },
	{ "case", KEY_CASE, "CASE|FOLDER", 0,
	  "the case that the fix is to mend; given again: others, which it must not break", 1 },
	{ "crash", KEY_CRASH, "REGEX", 0, "with --case crash: this on the console is bad", 1 },
	{ NULL, 0, NULL, 0, "What goes where:", 2 },
	{ "fix", KEY_FIX, "REV", 0, "the fix", 2 },
	{ "onto", KEY_ONTO, "REV", 0,
	  "a branch, or any revision; may be given again, and further words are branches, too", 2 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 2 },
	{ 0 },
};

typedef struct {
	GPtrArray *cases;    /* const char *, as given */
	GPtrArray *branches; /* likewise */
	const char *signature;
	const char *repo_path;
	const char *fix;
	GuestOptions guest;

	Live *live;
	Repo *repo;
	Workshop *shop;
} Job;

static void job_clear(Job *job)
{
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->repo, repo_close);
	g_ptr_array_unref(job->cases);
	g_ptr_array_unref(job->branches);
	guest_options_clear(&job->guest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static void check(const struct argp_state *state, Job *job)
{
	if (!job->fix || !job->branches->len)
		argp_failure(state, EXIT_USAGE, 0, "--fix REV and --onto REV are needed");
	if (!job->cases->len)
		argp_failure(state, EXIT_USAGE, 0,
			     "--case NAME is needed (`bisectbox case list` shows them)");
	g_ptr_array_add(job->cases, NULL);
	g_ptr_array_add(job->branches, NULL);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->guest;
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
	case KEY_FIX:
		job->fix = value;
		break;
	case KEY_ONTO:
	case ARGP_KEY_ARG:
		g_ptr_array_add(job->branches, value);
		break;
	case ARGP_KEY_END:
		check(state, job);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void on_begin(const MatrixRow *row, void *user)
{
	StepRecord step = { .number = row->number,
			    .revision = row->revision,
			    .subject = row->subject ? row->subject : (char *)"" };

	live_begin(((Job *)user)->live, &step, 0);
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	Job *job = user;

	for (guint i = 0; i < row->n_cells; i++)
		live_event(job->live, "%s, %s: %s", row->name, matrix->cases[i],
			   verdict_name(row->cells[i].result.verdict));
}

static void on_note(const char *text, void *user)
{
	live_event(((Job *)user)->live, "%s", text);
}

static bool open_run(const Job *job, const RepoId *fix, int argc, char **argv, Run **ret_run,
		     GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);

	json_add_string(json, "repository", repo_path(job->repo));
	json_add_string(json, "fix", fix->hex);
	json_add_strings(json, "onto", (const char *const *)job->branches->pdata);
	json_add(json, "workshop", workshop_describe(job->shop));
	return newrun_open(&job->guest, "backport", json, ret_run, error);
}

static bool write_report(const Job *job, Run *run, const Backport *backport, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = backport_json(backport, folder);
	g_autofree char *text = report_backport_text(backport, folder);
	const Answer answer = { json, text, text, job->guest.json };

	return answer_give(&answer, run, error);
}

static int exit_code(const Backport *backport)
{
	Verdict verdict = backport_verdict(backport);

	return verdict == VERDICT_GOOD  ? EXIT_GOOD
	       : verdict == VERDICT_BAD ? EXIT_BAD
					: EXIT_UNTESTABLE;
}

static int test(Job *job, int argc, char **argv, GCancellable *cancel, GError **error)
{
	g_autoptr(Backport) backport = NULL;
	g_autoptr(Run) run = NULL;
	BackportSpec spec = {
		.branches = (const char *const *)job->branches->pdata,
		.events = { .begin = on_begin, .end = on_end, .note = on_note, .user = job }
	};
	bool ok;

	if (!repo_open(job->repo_path, &job->repo, error) ||
	    !repo_resolve(job->repo, job->fix, &spec.fix, error) ||
	    !guest_options_open(&job->guest, (const char *const *)job->cases->pdata, job->signature,
				job->repo, false, job->live, cancel, &job->shop, error) ||
	    !open_run(job, &spec.fix, argc, argv, &run, error))
		return -1;
	spec.shop = job->shop;
	spec.repo = job->repo;
	spec.run = run;
	ok = backport_run(&spec, cancel, &backport, error);
	g_clear_pointer(&job->live, live_free);
	if (!backport || !write_report(job, run, backport, ok ? error : NULL) || !ok)
		return -1;
	return exit_code(backport);
}

int cmd_backport(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &guest_options_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[REV...]",
		.doc = "Say of each branch whether it needs a fix, has it, or has what it fixes; "
		       "whether the fix applies, builds, mends the case and breaks others.\v"
		       "Exit status: 0 each branch has it, takes it or does not need it, 1 one "
		       "needs a person, 125 one is untestable, 128 trouble on this host, 129 "
		       "usage, 130 interrupted. harness/docs/SERIES.md says more.",
	};
	g_auto(Job) job = { .cases = g_ptr_array_new(),
			    .branches = g_ptr_array_new(),
			    .repo_path = "." };
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
