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
	WhichRun which;
	bool json;
	bool verbose;
} Options;

enum { KEY_JSON = 256 };

static const struct argp_option table[] = {
	{ "json", KEY_JSON, NULL, 0, "print the result as one JSON object on stdout", 1 },
	{ "verbose", 'v', NULL, 0, "show every phase and the guests' consoles", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	Options *options = state->input;

	(void)value;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->which;
		break;
	case KEY_JSON:
		options->json = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool find(const Options *options, RunRecord **ret_record, GError **error)
{
	g_autofree char *results = pastrun_results(&options->which);
	g_autoptr(RunRecord) record = NULL;
	g_autofree char *folder = NULL;
	bool busy = false;

	if (!options->which.word) {
		*ret_record = run_record_find(results, NULL);
		return *ret_record ||
		       error_usage(error, "no run in %s is unfinished: name one to see it again",
				   results);
	}
	folder = pastrun_folder(&options->which, error);
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
static bool go_there(const char *folder, const char *cwd, bool exact, GError **error)
{
	if (!exact || !cwd)
		return error_usage(error,
				   "%s: its command line has bytes that are no UTF-8, which "
				   "run.json cannot hold: give the same words again",
				   folder);
	if (chdir(cwd) < 0)
		return error_usage(error, "%s was started in %s: %s", folder, cwd,
				   g_strerror(errno));
	return true;
}

/* ---- commands whose rows follow from their words: test, series, backport, config ---- */

static bool is_unfinished(const Past *past)
{
	return past->state == PAST_INTERRUPTED ||
	       (past->state == PAST_FINISHED && past->matrix && past->matrix->trouble);
}

/* The one that is meant, where it is such a command's; or NULL. */
static Past *find_matrix(const Options *options)
{
	g_autofree char *results = pastrun_results(&options->which);
	g_autoptr(GPtrArray) names = NULL;
	g_autoptr(Past) past = NULL;

	if (options->which.word) {
		g_autofree char *folder = pastrun_folder(&options->which, NULL);

		if (folder && past_read_brief(folder, &past, NULL) && past->kind == PAST_MATRIX)
			return g_steal_pointer(&past);
		return NULL;
	}
	names = past_names(results);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *folder = g_build_filename(results, names->pdata[i], NULL);

		g_clear_pointer(&past, past_free);
		if (past_read_brief(folder, &past, NULL) && past->kind != PAST_BY_HAND &&
		    (past->kind == PAST_RUN ? past->state == PAST_INTERRUPTED
					    : is_unfinished(past)))
			break;
		g_clear_pointer(&past, past_free);
	}
	return past && past->kind == PAST_MATRIX ? g_steal_pointer(&past) : NULL;
}

static int print_finished(const Past *past, const Options *options)
{
	g_autofree char *text = options->json ? NULL : pastrun_text(past);
	g_autoptr(Json) json = options->json ? pastrun_json(past) : NULL;
	g_autofree char *line = json ? json_text(json, false) : NULL;

	fprintf(stderr, "%s is finished\n", past->folder);
	if (line)
		puts(line);
	else
		print_lines(text);
	return EXIT_GOOD;
}

static int go_on_with_matrix(const Past *past, const Options *options, GCancellable *cancel)
{
	const Command *command = command_find(past->verb);
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autoptr(GError) error = NULL;

	if (past->state == PAST_FINISHED && !is_unfinished(past))
		return print_finished(past, options);
	if (!command) {
		error_usage(&error, "%s: `bisectbox %s` is no command of this bisectbox",
			    past->folder, past->verb);
		return cmd_error(error);
	}
	if (!go_there(past->folder, past->cwd, past->exact, &error))
		return cmd_error(error);
	g_ptr_array_add(words, past->command[0]);
	g_ptr_array_add(words, (gpointer) "--again");
	g_ptr_array_add(words, past->folder);
	if (options->json)
		g_ptr_array_add(words, (gpointer) "--json");
	if (options->verbose)
		g_ptr_array_add(words, (gpointer) "-v");
	for (char **word = past->command + 1; *word; word++)
		g_ptr_array_add(words, *word);
	g_ptr_array_add(words, NULL);
	return command->run((int)words->len - 1, (char **)words->pdata, cancel);
}

int cmd_resume(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &which_run_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
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
	g_autoptr(Past) matrix = NULL;
	g_autoptr(GError) error = NULL;

	cmd_parse(&argp, PARSE_USUAL, argc, argv, &options, NULL);
	matrix = find_matrix(&options);
	if (matrix)
		return go_on_with_matrix(matrix, &options, cancel);
	if (!find(&options, &record, &error))
		return cmd_error(error);
	if (!run_record_finished(record)) {
		if (!go_there(record->folder, record->cwd, record->exact, &error))
			return cmd_error(error);
		return run_go_on(g_steal_pointer(&record), options.json, options.verbose, cancel);
	}
	fprintf(stderr, "%s is finished\n", record->folder);
	if (!print_again(record, &options, &error))
		return cmd_error(error);
	return g_str_equal(record->status, run_status_name(RUN_FOUND)) ? EXIT_GOOD
								       : EXIT_INCONCLUSIVE;
}
