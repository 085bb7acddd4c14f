/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox config: which symbols turn the verdict. */
#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/guest_options.h"
#include "cmd/newrun.h"
#include "configs.h"
#include "report/config.h"
#include "util/error.h"

#include <stdio.h>

enum { KEY_CASE = 256, KEY_CRASH, KEY_REPO, KEY_MINIMIZE, KEY_REPEAT };

#define REPEAT_MAX 1000

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to test with:", 1 },
	{ "case", KEY_CASE, "CASE|FOLDER", 0, "the case", 1 },
	{ "crash", KEY_CRASH, "REGEX", 0, "with --case crash: this on the console is bad", 1 },
	{ "repeat", KEY_REPEAT, "N", 0,
	  "run it N times with each configuration: one bad time is enough", 1 },
	{ NULL, 0, NULL, 0, "Which kernel, and what to look for:", 2 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 2 },
	{ "minimize", KEY_MINIMIZE, NULL, 0,
	  "no GOOD.config: the least that BAD.config has to add to the smallest kernel", 2 },
	{ 0 },
};

typedef struct {
	const char *testcase;
	const char *signature;
	const char *repo_path;
	unsigned repeat;
	bool minimize;
	GPtrArray *words; /* const char * */
	GuestOptions guest;

	const char *good; /* or NULL */
	const char *bad;
	Live *live;
	Repo *repo;
	Workshop *shop;
	RepoId revision;
} Job;

static void job_clear(Job *job)
{
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->repo, repo_close);
	g_ptr_array_unref(job->words);
	guest_options_clear(&job->guest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

/* [GOOD] BAD [REV] */
static void check(const struct argp_state *state, Job *job)
{
	guint files = job->minimize ? 1 : 2;

	if (!job->testcase)
		argp_failure(state, EXIT_USAGE, 0,
			     "--case NAME is needed (`bisectbox case list` shows them)");
	if (job->guest.config)
		argp_failure(state, EXIT_USAGE, 0,
			     "--config is not for this command: GOOD.config and BAD.config are");
	if (job->words->len < files || job->words->len > files + 1)
		argp_failure(state, EXIT_USAGE, 0,
			     job->minimize
				     ? "which configuration? give BAD.config, and REV after it"
				     : "which configurations? give GOOD.config and "
				       "BAD.config, and REV after them (or --minimize)");
	job->good = job->minimize ? NULL : job->words->pdata[0];
	job->bad = job->words->pdata[files - 1];
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->guest;
		break;
	case KEY_CASE:
		if (job->testcase)
			argp_failure(state, EXIT_USAGE, 0, "one --case at most");
		job->testcase = value;
		break;
	case KEY_CRASH:
		job->signature = value;
		break;
	case KEY_REPO:
		job->repo_path = value;
		break;
	case KEY_MINIMIZE:
		job->minimize = true;
		break;
	case KEY_REPEAT:
		job->repeat = cmd_number(state, "--repeat", value, 1, REPEAT_MAX);
		break;
	case ARGP_KEY_ARG:
		g_ptr_array_add(job->words, value);
		break;
	case ARGP_KEY_END:
		check(state, job);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- what is told ---- */

static void on_begin(const MatrixRow *row, guint left, void *user)
{
	Job *job = user;
	StepRecord step = { .number = row->number,
			    .revision = row->revision,
			    .subject = row->name };

	live_begin(job->live, &step, left);
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	Job *job = user;
	g_autofree char *line = report_config_row(row);
	const StepRecord step = { .wall_ms = row->wall_ms };

	(void)matrix;
	live_took(job->live, &step);
	if (row->cells[0].result.note)
		live_event(job->live, "%s: %s", row->name, row->cells[0].result.note);
	if (job->guest.json)
		return;
	live_pause(job->live);
	cmd_print(stdout, line);
	fflush(stdout);
}

static void on_note(const char *text, void *user)
{
	live_event(((Job *)user)->live, "%s", text);
}

/* ---- the command ---- */

static bool open_run(const Job *job, int argc, char **argv, Run **ret_run, GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);

	json_add_string(json, "repository", repo_path(job->repo));
	json_add_string(json, "revision", job->revision.hex);
	json_add_string(json, "good_config", job->good);
	json_add_string(json, "bad_config", job->bad);
	json_add_int(json, "repeat", job->repeat);
	json_add(json, "workshop", workshop_describe(job->shop));
	return newrun_open(&job->guest, "config", json, ret_run, error);
}

static bool write_report(const Job *job, Run *run, const ConfigAnswer *found, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = config_answer_json(found, folder);
	g_autofree char *text = report_config_text(found, folder);
	g_autofree char *foot = report_config_foot(found, folder);
	const Answer answer = { json, text, foot, job->guest.json };

	return answer_give(&answer, run, error);
}

static bool open_all(Job *job, GCancellable *cancel, GError **error)
{
	const char *const cases[] = { job->testcase, NULL };
	const guint files = job->minimize ? 1 : 2;
	const char *name = job->words->len > files ? job->words->pdata[files] : "HEAD";

	for (guint i = 0; i < files; i++)
		if (!g_file_test(job->words->pdata[i], G_FILE_TEST_IS_REGULAR))
			return error_usage(error, "%s: no such file",
					   (const char *)job->words->pdata[i]);
	return repo_open(job->repo_path, &job->repo, error) &&
	       repo_resolve(job->repo, name, &job->revision, error) &&
	       guest_options_open(&job->guest, cases, job->signature, job->repo, false, job->live,
				  cancel, &job->shop, error);
}

static int find(Job *job, int argc, char **argv, GCancellable *cancel, GError **error)
{
	g_autoptr(ConfigAnswer) answer = NULL;
	g_autoptr(Run) run = NULL;
	ConfigsSpec spec;
	bool ok;

	if (!open_all(job, cancel, error) || !open_run(job, argc, argv, &run, error))
		return -1;
	live_record(job->live, run_folder(run));
	spec = (ConfigsSpec){ .shop = job->shop,
			      .revision = &job->revision,
			      .good = job->good,
			      .bad = job->bad,
			      .repeat = job->repeat,
			      .run = run,
			      .events = { on_begin, on_end, on_note, job } };
	ok = configs_run(&spec, cancel, &answer, error);
	g_clear_pointer(&job->live, live_free);
	if (!write_report(job, run, answer, ok ? error : NULL) || !ok)
		return -1;
	return answer->end == CONFIG_FOUND || (answer->minimize && answer->end == CONFIG_GOOD_BAD)
		       ? EXIT_GOOD
		       : EXIT_INCONCLUSIVE;
}

int cmd_config(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &guest_options_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[GOOD.config] BAD.config [REV]",
		.doc = "Find the smallest set of configuration symbols that turns a case from good "
		       "to bad, on one revision (default: HEAD).\v"
		       "What the case needs is laid over both configurations, and each one between "
		       "them goes through the tree's own kconfig: what comes out the same is "
		       "tested once. Exit status: 0 found, 3 inconclusive, 128 trouble on this "
		       "host, 129 usage, 130 interrupted.",
	};
	g_auto(Job) job = { .words = g_ptr_array_new(), .repo_path = ".", .repeat = 1 };
	g_autoptr(GError) error = NULL;
	g_autofree char **words = NULL;
	int status;

	guest_options_init(&job.guest);
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &job, &words);
	job.live = live_new(job.guest.verbose);
	status = find(&job, (int)g_strv_length(words), words, cancel, &error);
	if (status >= 0)
		return status;
	g_clear_pointer(&job.live, live_free);
	return cmd_error(error);
}
