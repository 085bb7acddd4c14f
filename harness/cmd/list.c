/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox list: the runs of a results folder. */
#include "cmd/cmd.h"
#include "cmd/pastrun.h"
#include "util/error.h"
#include "util/text.h"

#include <stdio.h>

#define SHOWN 20
#define COLUMNS 80

/* As given; strings point into argv. */
typedef struct {
	WhichRun which;
	unsigned count; /* 0: all */
	bool json;
} Options;

enum {
	KEY_ALL = 256,
	KEY_JSON,
};

static const struct argp_option table[] = {
	{ "count", 'n', "N", 0, "how many (default: 20)", 1 },
	{ "all", KEY_ALL, NULL, 0, "all of them", 1 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object a line", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	Options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->which;
		break;
	case 'n':
		options->count = cmd_number(state, "--count", value, 1, G_MAXINT);
		break;
	case KEY_ALL:
		options->count = 0;
		break;
	case KEY_JSON:
		options->json = true;
		break;
	case ARGP_KEY_ARG:
		argp_failure(state, EXIT_USAGE, 0,
			     "\"%s\": unexpected word: --results DIR is where to look", value);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_json(const Past *past)
{
	g_autoptr(Json) json = json_new_object();
	g_autofree char *question = past_question(past);
	g_autofree char *answer = past_answer(past);
	g_autofree char *text = NULL;

	json_add_string(json, "schema", "bisectbox.list/1");
	json_add_string(json, "name", past->name);
	json_add_string(json, "folder", past->folder);
	json_add_string(json, "command", past->verb);
	json_add_string(json, "date", past->date);
	json_add_string(json, "state", past_state_name(past));
	json_add_string(json, "question", question);
	json_add_string(json, "answer", *answer ? answer : NULL);
	json_add_string(json, "culprit", past->result ? past->result->culprit.id : NULL);
	text = json_text(json, false);
	puts(text);
}

/* The name says when, and of what case; the second line what came out. */
static void print_text(const Past *past)
{
	g_autofree char *question = past_question(past);
	g_autofree char *answer = past_answer(past);
	g_autofree char *asked = text_clean(question, 40);
	g_autofree char *told = text_clean(answer, COLUMNS - 7);
	g_autofree char *date = g_strndup(past->date ? past->date : "", 16);
	g_autofree char *when = text_clean(date, 0);

	g_strdelimit(when, "T", ' ');
	printf("%s  %-12s  %s\n    %s\n", when, past_state_name(past), asked, past->name);
	if (*told)
		printf("    %s\n", told);
}

static void print_damaged(const char *name, const GError *error, bool json)
{
	g_autofree char *clean = text_clean(error->message, 0);

	/* Files may lie beside the runs; what has a run's name and cannot be read is said. */
	if (!json)
		fprintf(stderr, "%s: %s\n", name, clean);
}

int cmd_list(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &which_run_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.doc = "List the runs, newest first: when, how far, what was asked, the folder's "
		       "name, what came out. The other commands take that name.",
	};
	Options options = { .count = SHOWN };
	g_autoptr(GPtrArray) names = NULL;
	g_autofree char *results = NULL;
	guint n = 0;

	(void)cancel;
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &options, NULL);
	results = pastrun_results(&options.which);
	names = past_names(results);
	for (guint i = 0; i < names->len && (!options.count || n < options.count); i++) {
		g_autofree char *folder = g_build_filename(results, names->pdata[i], NULL);
		g_autoptr(Past) past = NULL;
		g_autoptr(GError) error = NULL;

		if (!past_read_brief(folder, &past, &error)) {
			print_damaged(names->pdata[i], error, options.json);
			continue;
		}
		n++;
		if (options.json)
			print_json(past);
		else
			print_text(past);
	}
	if (!n)
		fprintf(stderr, "there is no run in %s\n", results);
	return EXIT_GOOD;
}
