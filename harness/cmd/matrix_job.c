/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands have in common that fill a matrix. */
#include "cmd/matrix_job.h"

#include "cmd/cmd.h"
#include "cmd/newrun.h"
#include "util/error.h"

#include <stdio.h>

#define SHORT_ID 12

enum { KEY_CASE = 1024, KEY_CRASH, KEY_REPO };

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to test with:", 1 },
	{ "case", KEY_CASE, "CASE|FOLDER|all", 0,
	  "a case, or all that are shipped (crash only with --crash); may be given again", 1 },
	{ "crash", KEY_CRASH, "REGEX", 0, "with --case crash: this on the console is bad", 1 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 2 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	MatrixJob *job = state->input;

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
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = { { .argp = &guest_options_argp }, { 0 } };
const struct argp matrix_job_argp = { .options = table, .parser = parse, .children = children };

void matrix_job_init(MatrixJob *job)
{
	job->cases = g_ptr_array_new();
	guest_options_init(&job->guest);
}

void matrix_job_clear(MatrixJob *job)
{
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->repo, repo_close);
	g_ptr_array_unref(job->cases);
	guest_options_clear(&job->guest);
}

void matrix_job_need_case(const MatrixJob *job, const struct argp_state *state)
{
	if (!job->cases->len)
		argp_failure(state, EXIT_USAGE, 0,
			     "--case NAME is needed (`bisectbox case list` shows them)");
}

bool matrix_job_repo(MatrixJob *job, GError **error)
{
	return repo_open(job->repo_path ? job->repo_path : ".", &job->repo, error);
}

static void add_all_cases(const MatrixJob *job, GStrvBuilder *words)
{
	g_auto(GStrv) names = case_names();

	for (char **name = names; *name; name++) {
		g_autoptr(Case) testcase = NULL;

		if (!case_load(*name, &testcase, NULL) || testcase->judge != JUDGE_CRASH ||
		    job->signature)
			g_strv_builder_add(words, *name);
	}
}

static char **case_words(const MatrixJob *job)
{
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();

	for (guint i = 0; i < job->cases->len; i++) {
		const char *word = job->cases->pdata[i];

		if (g_str_equal(word, "all"))
			add_all_cases(job, words);
		else
			g_strv_builder_add(words, word);
	}
	return g_strv_builder_end(words);
}

bool matrix_job_open(MatrixJob *job, bool no_builds, GCancellable *cancel, GError **error)
{
	g_auto(GStrv) cases = case_words(job);

	return guest_options_open(&job->guest, (const char *const *)cases, job->signature,
				  job->repo, no_builds, job->live, cancel, &job->shop, error);
}

bool matrix_job_run(MatrixJob *job, const char *what, Json *question, Run **ret_run, GError **error)
{
	json_add_string(question, "repository", job->repo ? repo_path(job->repo) : NULL);
	json_add(question, "workshop", workshop_describe(job->shop));
	if (!newrun_open(&job->guest, what, question, ret_run, error))
		return false;
	live_record(job->live, run_folder(*ret_run));
	return true;
}

void matrix_job_begin_row(const MatrixJob *job, const MatrixRow *row, guint left)
{
	g_autofree char *leaf = g_path_get_basename(row->name);
	StepRecord step = { .number = row->number,
			    .revision = row->revision ? row->revision : leaf,
			    .subject = row->subject ? row->subject : (char *)"" };

	live_begin(job->live, &step, left);
}

void matrix_job_end_row(const MatrixJob *job, const MatrixRow *row, char *line)
{
	const StepRecord step = { .wall_ms = row->wall_ms };
	const StepResult *result = &row->cells[0].result;
	bool is_id = g_strcmp0(row->name, row->revision) == 0;

	live_took(job->live, &step);
	if (result->note && !result->same_as)
		live_event(job->live, "%.*s: %s", is_id ? SHORT_ID : -1, row->name, result->note);
	matrix_job_print(job, line);
}

void matrix_job_note(const char *text, void *user)
{
	live_event(((MatrixJob *)user)->live, "%s", text);
}

void matrix_job_print(const MatrixJob *job, char *text)
{
	g_autofree char *own = text;

	if (job->guest.json || !own)
		return;
	live_pause(job->live);
	cmd_print(stdout, own);
	fflush(stdout);
}

int matrix_job_main(MatrixJob *job, const struct argp *argp, int argc, char **argv, MatrixWork work,
		    GCancellable *cancel)
{
	g_autoptr(GError) error = NULL;
	g_autofree char **words = NULL;
	int status;

	cmd_parse(argp, PARSE_USUAL, argc, argv, job, &words);
	job->live = live_new(job->guest.verbose);
	status = work(job, (int)g_strv_length(words), words, cancel, &error);
	if (status >= 0)
		return status;
	g_clear_pointer(&job->live, live_free);
	return cmd_error(error);
}
