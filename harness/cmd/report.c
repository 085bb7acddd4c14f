/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox report: a run, in the format that somebody else reads. */
#include "cmd/cmd.h"
#include "cmd/pastrun.h"
#include "cmd/report_mail.h"
#include "report/formats.h"
#include "report/report.h"
#include "util/error.h"

#include <stdio.h>

/* As given; strings point into argv. */
typedef struct {
	WhichRun which;
	const char *format;
	const char *origin;
} Options;

enum {
	KEY_FORMAT = 256,
	KEY_ORIGIN,
};

static const struct argp_option table[] = {
	{ "format", KEY_FORMAT, "text|json|html|junit|ktap|mail|kcidb", 0, "(default: text)", 1 },
	{ "origin", KEY_ORIGIN, "NAME", 0,
	  "with kcidb: the CI system that the data is of (default: bisectbox)", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	Options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->which;
		break;
	case KEY_FORMAT:
		options->format = value;
		break;
	case KEY_ORIGIN:
		options->origin = value;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

typedef struct {
	const Options *options;
	const Past *past;
	GCancellable *cancel;
} Job;

static bool as_text(const Job *job, char **ret_text, GError **error)
{
	(void)error;
	*ret_text = pastrun_text(job->past);
	return true;
}

static bool as_json(const Job *job, char **ret_text, GError **error)
{
	g_autoptr(Json) json = pastrun_json(job->past);
	g_autofree char *text = json_text(json, false);

	(void)error;
	*ret_text = g_strconcat(text, "\n", NULL);
	return true;
}

static bool as_html(const Job *job, char **ret_text, GError **error)
{
	return report_html(job->past, ret_text, error);
}

static bool as_junit(const Job *job, char **ret_text, GError **error)
{
	(void)error;
	*ret_text = report_junit(job->past);
	return true;
}

static bool as_ktap(const Job *job, char **ret_text, GError **error)
{
	(void)error;
	*ret_text = report_ktap(job->past);
	return true;
}

static bool as_mail(const Job *job, char **ret_text, GError **error)
{
	return report_mail_of(job->past, job->cancel, ret_text, error);
}

static bool as_kcidb(const Job *job, char **ret_text, GError **error)
{
	return report_kcidb(job->past, job->options->origin, ret_text, error);
}

static const struct {
	const char *name;
	bool (*make)(const Job *job, char **ret_text, GError **error);
} formats[] = {
	{ "text", as_text }, { "json", as_json }, { "html", as_html },   { "junit", as_junit },
	{ "ktap", as_ktap }, { "mail", as_mail }, { "kcidb", as_kcidb },
};

static bool make(const Job *job, char **ret_text, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
		if (g_str_equal(formats[i].name, job->options->format))
			return formats[i].make(job, ret_text, error);
		g_string_append_printf(names, "%s%s", i ? ", " : "", formats[i].name);
	}
	return error_usage(error, "--format %s: none of %s", job->options->format, names->str);
}

/* Half a run's report would be taken for a whole one's. */
static bool check(const Past *past, GError **error)
{
	if (past->state != PAST_GOING)
		return true;
	return error_usage(error,
			   "%s is going on still: `bisectbox status` says how far it is, "
			   "`bisectbox show` what there is so far",
			   past->folder);
}

int cmd_report(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &which_run_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[RUN]",
		.doc = "Print a run as others want to read it, from what its folder has. RUN is a "
		       "folder or the name that `list` shows, without it the newest. Nothing is "
		       "ever sent.\v"
		       "text is what the run itself printed, json its result.json; html one page "
		       "with graph and evidence; junit and ktap for CI; mail a report for the "
		       "kernel's lists; kcidb for KernelCI's database. harness/docs/REPORTS.md "
		       "describes them.",
	};
	Options options = { .format = "text", .origin = "bisectbox" };
	g_autoptr(Past) past = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	Job job = { .options = &options, .cancel = cancel };

	cmd_parse(&argp, PARSE_USUAL, argc, argv, &options, NULL);
	if (!pastrun_read(&options.which, &past, &error) || !check(past, &error))
		return cmd_error(error);
	job.past = past;
	if (!make(&job, &text, &error))
		return cmd_error(error);
	if (past->damage)
		fprintf(stderr, "%s/journal.jsonl: %s: damaged, and left out\n", past->folder,
			past->damage);
	fputs(text, stdout);
	return EXIT_GOOD;
}
