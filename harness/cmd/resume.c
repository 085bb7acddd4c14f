/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox resume: a run that was interrupted goes on; one that was not is shown again. */
#include "cmd/cmd.h"
#include "cmd/pastrun.h"
#include "cmd/run_job.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define REPORT_MAX ((gsize)64 << 20)

/* As given; strings point into argv. */
typedef struct {
	const char *folder;
	const char *results;
	bool json;
	bool verbose;
} Options;

enum {
	KEY_RESULTS = 256,
	KEY_JSON,
};

static const struct argp_option table[] = {
	{ "results", KEY_RESULTS, "DIR", 0, "where runs are (default: where `run` puts them)", 1 },
	{ "json", KEY_JSON, NULL, 0, "print the result as one JSON object on stdout", 1 },
	{ "verbose", 'v', NULL, 0, "show every phase and the guests' consoles", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	Options *options = state->input;

	switch (key) {
	case KEY_RESULTS:
		options->results = value;
		break;
	case KEY_JSON:
		options->json = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_failure(state, EXIT_USAGE, 0, "\"%s\": one RUN at most; see --help",
				     value);
		options->folder = value;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool find(const Options *options, RunRecord **ret_record, GError **error)
{
	g_autofree char *standard = paths_results();
	const char *results = options->results ? options->results : standard;
	g_autoptr(RunRecord) record = NULL;
	g_autofree char *folder = NULL;
	bool busy = false;

	if (!options->folder) {
		*ret_record = run_record_find(results, NULL);
		return *ret_record ||
		       error_usage(error, "no run in %s is unfinished: name one to see it again",
				   results);
	}
	folder = pastrun_folder(options->results, options->folder, error);
	if (!folder || !run_record_read(folder, &record, error) ||
	    (!run_record_finished(record) && !run_record_take(record, &busy, error)))
		return false;
	if (busy)
		return error_usage(error, "%s is being worked on by another process",
				   record->folder);
	*ret_record = g_steal_pointer(&record);
	return true;
}

/* The run may be another user's, and its report whatever they like. */
static void print_lines(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	putchar('\n');
	for (char **line = lines; *line; line++) {
		g_autofree char *clean = text_clean(*line, 0);

		cmd_print(stdout, clean);
		if (line[1])
			putchar('\n');
	}
}

static bool print_again(const RunRecord *record, const Options *options, GError **error)
{
	g_autofree char *path = g_build_filename(
		record->folder, options->json ? "result.json" : "report.txt", NULL);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = NULL;
	g_autofree char *line = NULL;

	if (!fs_read(path, REPORT_MAX, &text, NULL, error))
		return false;
	if (!options->json) {
		print_lines(text);
		return true;
	}
	json = json_parse(text, path, BOX_ERROR_HOST, error);
	if (!json)
		return false;
	line = json_text(json, false);
	puts(line);
	return true;
}

/* The words are those of then, and so is the folder that their paths are from. */
static bool go_there(const RunRecord *record, GError **error)
{
	if (!record->exact)
		return error_usage(
			error,
			"%s: its command line has bytes that are no UTF-8, which "
			"run.json cannot hold: give `bisectbox run` the same words again",
			record->folder);
	if (chdir(record->cwd) < 0)
		return error_usage(error, "%s was started in %s: %s", record->folder, record->cwd,
				   g_strerror(errno));
	return true;
}

int cmd_resume(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "[RUN]",
		.doc = "Go on with a run that was killed, interrupted, or met trouble on this "
		       "host: RUN is "
		       "its folder or its name among the results, or else the newest that is not "
		       "finished. A finished one is "
		       "shown again.\v"
		       "Nothing that was answered is asked again. `bisectbox run` with the same "
		       "words goes on, too.",
	};
	Options options = { 0 };
	g_autoptr(RunRecord) record = NULL;
	g_autoptr(GError) error = NULL;

	cmd_parse(&argp, PARSE_USUAL, argc, argv, &options, NULL);
	if (!find(&options, &record, &error))
		return cmd_error(error);
	if (!run_record_finished(record)) {
		if (!go_there(record, &error))
			return cmd_error(error);
		return run_go_on(g_steal_pointer(&record), options.json, options.verbose, cancel);
	}
	fprintf(stderr, "%s is finished\n", record->folder);
	if (!print_again(record, &options, &error))
		return cmd_error(error);
	return g_str_equal(record->status, run_status_name(RUN_FOUND)) ? EXIT_GOOD
								       : EXIT_INCONCLUSIVE;
}
