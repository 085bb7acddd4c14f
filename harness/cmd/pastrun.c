/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which run a person means. */
#include "cmd/pastrun.h"

#include "report/matrix.h"
#include "report/report.h"
#include "util/error.h"
#include "util/paths.h"

#define FILE_MAX ((gsize)256 << 20)

enum { KEY_RESULTS = 1792 };

static const struct argp_option table[] = {
	{ "results", KEY_RESULTS, "DIR", 0, "where runs are (default: where `run` puts them)", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	WhichRun *which = state->input;

	switch (key) {
	case KEY_RESULTS:
		which->results = value;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_failure(state, EXIT_USAGE, 0, "\"%s\": one RUN at most; see --help",
				     value);
		which->word = value;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp which_run_argp = { .options = table, .parser = parse };

char *pastrun_results(const WhichRun *which)
{
	return which->results ? g_strdup(which->results) : paths_results();
}

/* What is newest may be no run, or damaged: the newest that is one. */
static char *newest(const char *results, GError **error)
{
	g_autoptr(GPtrArray) names = past_names(results);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *folder = g_build_filename(results, names->pdata[i], NULL);
		g_autoptr(Past) past = NULL;

		if (past_read_brief(folder, &past, NULL))
			return g_steal_pointer(&folder);
	}
	error_usage(error, "there is no run in %s: name one, or give --results DIR", results);
	return NULL;
}

char *pastrun_folder(const WhichRun *which, GError **error)
{
	g_autofree char *where = pastrun_results(which);
	const char *word = which->word;
	g_autofree char *below = NULL;

	if (!word)
		return newest(where, error);
	below = g_build_filename(where, word, NULL);
	if (!g_file_test(word, G_FILE_TEST_IS_DIR) && g_file_test(below, G_FILE_TEST_IS_DIR))
		return g_steal_pointer(&below);
	if (g_file_test(word, G_FILE_TEST_EXISTS))
		return g_strdup(word);
	error_usage(error, "%s: no such run, here or in %s: `bisectbox list` shows them", word,
		    where);
	return NULL;
}

bool pastrun_read(const WhichRun *which, Past **ret_past, GError **error)
{
	g_autofree char *folder = pastrun_folder(which, error);

	return folder && past_read(folder, ret_past, error);
}

/* What the command left of its own; NULL where it did not end, or has nothing beside the matrix. */
static char *own_file(const Past *past, const char *name)
{
	return past->state == PAST_FINISHED && past->matrix && past->answer
		       ? past_file(past, "", name, FILE_MAX, NULL, NULL)
		       : NULL;
}

char *pastrun_text(const Past *past)
{
	char *own = own_file(past, "report.txt");

	if (own)
		return own;
	return past->matrix ? report_matrix_text(past->matrix, past->folder)
			    : report_text(past->result, past->folder);
}

Json *pastrun_json(const Past *past)
{
	g_autofree char *own = own_file(past, "result.json");
	Json *json = own ? json_parse(own, "result.json", BOX_ERROR_USAGE, NULL) : NULL;

	if (json)
		return json;
	return past->matrix ? report_matrix_json(past->matrix, past->folder)
			    : report_json(past->result, past->folder);
}
