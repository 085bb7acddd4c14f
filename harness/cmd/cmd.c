/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all subcommands print alike. */
#include "cmd/cmd.h"

#include "util/error.h"
#include "util/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void cmd_print(FILE *to, const char *text)
{
	g_autofree char *local = isatty(fileno(to)) ? text_local(text) : NULL;

	fputs(local ? local : text, to);
}

int cmd_error(const GError *error)
{
	g_autofree char *clean = text_clean(error->message, 0);

	fputs("bisectbox: ", stderr);
	cmd_print(stderr, clean);
	fputc('\n', stderr);
	return error_exit_code(error);
}

int cmd_usage_error(const char *format, ...)
{
	g_autofree char *text = NULL;
	g_autofree char *clean = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	clean = text_clean(text, 0);
	fputs("bisectbox: ", stderr);
	cmd_print(stderr, clean);
	fputs("; see --help\n", stderr);
	return EXIT_USAGE;
}

unsigned cmd_number(const struct argp_state *state, const char *option, const char *value,
		    unsigned min, unsigned max)
{
	guint64 number = 0;

	if (!g_ascii_string_to_unsigned(value, 10, min, max, &number, NULL))
		argp_failure(state, EXIT_USAGE, 0, "%s %s: a number from %u to %u is expected",
			     option, value, min, max);
	return (unsigned)number;
}

void cmd_describe(Json *json, const char *schema, int argc, char **argv)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *date = g_date_time_format_iso8601(now);
	g_autofree char *cwd = g_get_current_dir();
	bool exact = g_utf8_validate(cwd, -1, NULL);
	Json *list;

	json_add_string(json, "schema", schema);
	json_add_string(json, "version", BOX_VERSION);
	json_add_string(json, "date", date);
	list = json_add(json, "command", json_new_array());
	for (int i = 0; i < argc; i++) {
		json_append_string(list, argv[i]);
		exact = exact && g_utf8_validate(argv[i], -1, NULL);
	}
	json_add_string(json, "cwd", cwd);
	json_add_bool(json, "exact", exact);
}

error_t cmd_words_parse(int key, char *value, struct argp_state *state)
{
	CommandWords *words = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (state->arg_num == 0)
		words->action = value;
	else if (state->arg_num == 1)
		words->name = value;
	else
		argp_failure(state, EXIT_USAGE, 0, "\"%s\": unexpected word; see --help", value);
	return 0;
}
