/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox defaults: what files set here, and from which line. */
#include "cmd/cmd.h"
#include "cmd/default_files.h"
#include "util/error.h"
#include "util/text.h"

#include <stdio.h>

/* As given; strings point into argv. */
typedef struct {
	const char *repo;
	bool json;
} Job;

enum { KEY_REPO = 256, KEY_JSON };

static const struct argp_option table[] = {
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 1 },
	{ "json", KEY_JSON, NULL, 0, "print JSON", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case KEY_REPO:
		job->repo = value;
		break;
	case KEY_JSON:
		job->json = true;
		break;
	case ARGP_KEY_ARG:
		argp_failure(state, EXIT_USAGE, 0, "\"%s\": unexpected word; see --help", value);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_json(const GPtrArray *all)
{
	g_autoptr(Json) json = json_new_object();
	g_autofree char *own = defaults_user_file();
	g_autofree char *text = NULL;
	Json *list;

	json_add_string(json, "schema", "bisectbox.defaults/1");
	json_add_string(json, "file", own);
	list = json_add(json, "defaults", json_new_array());
	for (guint i = 0; i < all->len; i++) {
		const Default *one = all->pdata[i];
		Json *line = json_append(list, json_new_object());

		json_add_string(line, "command", one->command);
		json_add_string(line, "key", one->key);
		json_add_string(line, "value", one->value);
		json_add_string(line, "file", one->file);
		json_add_int(line, "line", one->line);
	}
	text = json_text(json, false);
	puts(text);
}

static void print_text(const GPtrArray *all)
{
	g_autofree char *own = defaults_user_file();

	for (guint i = 0; i < all->len; i++) {
		const Default *one = all->pdata[i];
		g_autofree char *value = text_clean(one->value, 0);
		g_autofree char *file = text_clean(one->file, 0);

		printf("%s%s%s = %s\n    %s:%u\n", one->command ? one->command : "",
		       one->command ? ": " : "", one->key, value, file, one->line);
	}
	if (!all->len)
		printf("no defaults are set: neither in %s nor in a .bisectbox at the top of the "
		       "repository\n",
		       own);
}

int cmd_defaults(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.doc = "Show the defaults that files set, and check them: the user's own, "
		       "~/.config/bisectbox/config, and .bisectbox at the top of the "
		       "repository. An error names file and line.\v"
		       "A line is KEY = VALUE, KEY an option's long name; below [COMMAND] it is "
		       "for that command alone. What is given on the command line wins, then the "
		       "repository's file, then the user's own. --no-config leaves both out.",
	};
	Job job = { .repo = "." };
	g_autoptr(GPtrArray) all = NULL;
	g_autoptr(GError) error = NULL;

	(void)cancel;
	cmd_parse(&argp, PARSE_EXACT, argc, argv, &job, NULL);
	all = defaults_read(job.repo, &error);
	if (!all)
		return cmd_error(error);
	if (job.json)
		print_json(all);
	else
		print_text(all);
	return EXIT_GOOD;
}
