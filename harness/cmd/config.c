/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox config: which symbols turn the verdict. */
#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/matrix_job.h"
#include "cmd/newrun.h"
#include "loop/configs.h"
#include "report/config.h"
#include "util/error.h"

enum { KEY_MINIMIZE = 256, KEY_REPEAT };

#define REPEAT_MAX 1000

static const struct argp_option table[] = {
	{ "repeat", KEY_REPEAT, "N", 0,
	  "run it N times with each configuration: one bad time is enough", 1 },
	{ NULL, 0, NULL, 0, "Which kernel, and what to look for:", 2 },
	{ "minimize", KEY_MINIMIZE, NULL, 0,
	  "no GOOD.config: the least that BAD.config has to add to the smallest kernel", 2 },
	{ 0 },
};

typedef struct {
	MatrixJob common;
	unsigned repeat;
	bool minimize;
	GPtrArray *words; /* const char * */

	const char *good; /* or NULL */
	const char *bad;
	RepoId revision;
} Job;

static void job_clear(Job *job)
{
	matrix_job_clear(&job->common);
	g_ptr_array_unref(job->words);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

/* [GOOD] BAD [REV] */
static void check(const struct argp_state *state, Job *job)
{
	guint files = job->minimize ? 1 : 2;

	matrix_job_need_case(&job->common, state);
	if (job->common.cases->len > 1 || g_str_equal(job->common.cases->pdata[0], "all"))
		argp_failure(state, EXIT_USAGE, 0, "one --case at most: its verdict is what turns");
	if (job->common.guest.config)
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
		state->child_inputs[0] = &job->common;
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
	const MatrixJob *job = user;
	StepRecord step = { .number = row->number,
			    .revision = row->revision,
			    .subject = row->name };

	live_begin(job->live, &step, left);
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	(void)matrix;
	matrix_job_end_row(user, row, report_config_row(row));
}

/* ---- the command ---- */

static bool open_run(Job *job, int argc, char **argv, Run **ret_run, GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);

	json_add_string(json, "revision", job->revision.hex);
	json_add_string(json, "good_config", job->good);
	json_add_string(json, "bad_config", job->bad);
	json_add_int(json, "repeat", job->repeat);
	return matrix_job_run(&job->common, "config", json, ret_run, error);
}

static bool write_report(const Job *job, Run *run, const ConfigAnswer *found, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = config_answer_json(found, folder);
	g_autofree char *text = report_config_text(found, folder);
	g_autofree char *foot = report_config_foot(found, folder);
	const Answer answer = { json, text, foot, job->common.guest.json };

	return answer_give(&answer, run, error);
}

static bool open_all(Job *job, GCancellable *cancel, GError **error)
{
	const guint files = job->minimize ? 1 : 2;
	const char *name = job->words->len > files ? job->words->pdata[files] : "HEAD";

	for (guint i = 0; i < files; i++)
		if (!g_file_test(job->words->pdata[i], G_FILE_TEST_IS_REGULAR))
			return error_usage(error, "%s: no such file",
					   (const char *)job->words->pdata[i]);
	return matrix_job_repo(&job->common, error) &&
	       repo_resolve(job->common.repo, name, &job->revision, error) &&
	       matrix_job_open(&job->common, false, cancel, error);
}

static int find(MatrixJob *common, int argc, char **argv, GCancellable *cancel, GError **error)
{
	Job *job = (Job *)common;
	g_autoptr(ConfigAnswer) answer = NULL;
	g_autoptr(Run) run = NULL;
	ConfigsSpec spec;
	bool ok;

	if (!open_all(job, cancel, error) || !open_run(job, argc, argv, &run, error))
		return -1;
	spec = (ConfigsSpec){ .shop = common->shop,
			      .revision = &job->revision,
			      .good = job->good,
			      .bad = job->bad,
			      .repeat = job->repeat,
			      .run = run,
			      .events = { on_begin, on_end, matrix_job_note, common } };
	ok = configs_run(&spec, cancel, &answer, error);
	g_clear_pointer(&common->live, live_free);
	if (!write_report(job, run, answer, ok ? error : NULL) || !ok)
		return -1;
	return answer->end == CONFIG_FOUND || (answer->minimize && answer->end == CONFIG_GOOD_BAD)
		       ? EXIT_GOOD
		       : EXIT_INCONCLUSIVE;
}

int cmd_config(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &matrix_job_argp }, { 0 } };
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
	g_auto(Job) job = { .words = g_ptr_array_new(), .repeat = 1 };

	matrix_job_init(&job.common);
	job.common.guest.reconfigured = true;
	return matrix_job_main(&job.common, &argp, argc, argv, find, cancel);
}
