/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a subcommand's words: what all of them have in common around argp. */
#include "cmd/cmd.h"
#include "cmd/complete.h"
#include "cmd/default_files.h"
#include "util/error.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_NO_CONFIG = 0x100000, KEY_AT };

/* A word before each default: what argp says from there on is about that line of a file. */
#define AT "__at"

#define AT_OPTION                                                                                  \
	{                                                                                          \
		AT, KEY_AT, "FILE:LINE", OPTION_HIDDEN, NULL, -1                                   \
	}

static const struct argp_option common[] = {
	{ "no-config", KEY_NO_CONFIG, NULL, 0,
	  "leave the files of defaults out (`bisectbox defaults` shows them)", -1 },
	AT_OPTION,
	{ 0 },
};

/* Of a command that no default is about: taken, but nothing to know of. */
static const struct argp_option common_hidden[] = {
	{ "no-config", KEY_NO_CONFIG, NULL, OPTION_HIDDEN, NULL, -1 },
	AT_OPTION,
	{ 0 },
};

/* What the outer parser hands on. */
typedef struct {
	void *input;
	char *name;
} Outer;

static error_t parse(int key, char *value, struct argp_state *state)
{
	Outer *outer = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		outer->name = state->name;
		state->child_inputs[0] = outer->input;
		return 0;
	case KEY_NO_CONFIG:
		return 0;
	case KEY_AT:
		state->name = *value ? value : outer->name;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Words outlive the parsing, as argv does: options point into them. */
static void add_word(GPtrArray *list, const char *word)
{
	g_ptr_array_add(list, (gpointer)g_intern_string(word));
}

static bool add_default(GPtrArray *used, GPtrArray *recorded, const Default *one,
			const Options *options, GError **error)
{
	const Option *option = options_find(options, one->key, strlen(one->key));
	g_autofree char *at = g_strdup_printf("--" AT "=bisectbox: %s:%u", one->file, one->line);
	g_autofree char *word = NULL;

	if (!defaults_word(one, option, &word, error))
		return false;
	if (!word)
		return true;
	add_word(used, at);
	add_word(used, word);
	add_word(recorded, word);
	return true;
}

/* The words of files: for argp, and as they go into records. */
static bool add_defaults(const Options *options, const char *command, char **argv, GPtrArray *used,
			 GPtrArray *recorded, GError **error)
{
	g_auto(Words) words = words_read(options, argv + 1);
	const char *repo = words_value(&words, "repo");
	bool has_repo = options_find(options, "repo", strlen("repo")) != NULL;
	g_autoptr(GPtrArray) all = NULL;
	g_autoptr(GPtrArray) chosen = NULL;

	if (words_have(&words, "no-config"))
		return true;
	all = defaults_read(has_repo ? (repo ? repo : ".") : NULL, error);
	if (!all || !defaults_choose(all, command, options, &words, &chosen, error))
		return false;
	if (chosen->len)
		add_word(recorded, "--no-config");
	for (guint i = 0; i < chosen->len; i++)
		if (!add_default(used, recorded, chosen->pdata[i], options, error))
			return false;
	if (chosen->len)
		add_word(used, "--" AT "=");
	return true;
}

static bool wants_help(char **argv)
{
	for (char **word = argv + 1; *word && !g_str_equal(*word, "--"); word++)
		if (g_str_equal(*word, "--help") || g_str_equal(*word, "-?") ||
		    g_str_equal(*word, "--usage"))
			return true;
	return false;
}

static bool any_known(const Options *options)
{
	for (guint i = 0; i < options->options->len; i++)
		if (defaults_known(g_array_index(options->options, Option, i).name))
			return true;
	return false;
}

/* What is asked about the command in place of running it. */
static void answer_questions(const Command *command, const struct argp *argp, int argc, char **argv)
{
	if (argc > 1 && g_str_equal(argv[1], COMPLETE_WORD))
		exit(complete_words(argp, argv + 2));
	if (argc > 1 && g_str_equal(argv[1], DESCRIBE_WORD))
		exit(describe_command(command, argp));
}

void cmd_parse(const struct argp *argp, ParseFlags flags, int argc, char **argv, void *input,
	       char ***ret_words)
{
	const struct argp_child children[] = { { .argp = argp }, { 0 } };
	struct argp whole = { .options = common, .parser = parse, .children = children };
	const char *space = strchr(argv[0], ' ');
	const Command *command = space ? command_find(space + 1) : NULL;
	g_autoptr(Options) options = options_list(&whole);
	g_autoptr(GPtrArray) used = g_ptr_array_new();
	g_autoptr(GPtrArray) recorded = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	Outer outer = { .input = input };

	if (!any_known(options))
		whole.options = common_hidden;
	answer_questions(command, &whole, argc, argv);
	g_ptr_array_add(used, argv[0]);
	g_ptr_array_add(recorded, argv[0]);
	if (command && !(flags & PARSE_EXACT) && !wants_help(argv) &&
	    !add_defaults(options, command->name, argv, used, recorded, &error))
		exit(cmd_error(error));
	for (int i = 1; i <= argc; i++) {
		g_ptr_array_add(used, argv[i]);
		g_ptr_array_add(recorded, argv[i]);
	}
	argp_parse(&whole, (int)used->len - 1, (char **)used->pdata,
		   flags & PARSE_MIXED ? 0 : ARGP_IN_ORDER, NULL, &outer);
	if (ret_words)
		*ret_words = (char **)g_ptr_array_free(g_steal_pointer(&recorded), FALSE);
}
