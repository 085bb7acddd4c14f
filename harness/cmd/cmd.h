/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands. Each parses its words, calls what it needs and prints; returns an exit code. */
#pragma once

#include "util/json.h"

#include <argp.h>
#include <gio/gio.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * struct Command - one subcommand
 * @name:    the word
 * @summary: for `bisectbox --help`, up to 60 characters
 * @run:     @argv[0] is "bisectbox NAME"; @cancel ends what it does (Ctrl-C)
 */
typedef struct {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv, GCancellable *cancel);
} Command;

/* All of them, in the order of `bisectbox --help`; ends with an empty one. */
extern const Command commands[];
/** command_find() - the one of that name, or NULL */
const Command *command_find(const char *name);

int cmd_run(int argc, char **argv, GCancellable *cancel);
int cmd_report(int argc, char **argv, GCancellable *cancel);
int cmd_list(int argc, char **argv, GCancellable *cancel);
int cmd_show(int argc, char **argv, GCancellable *cancel);
int cmd_status(int argc, char **argv, GCancellable *cancel);
int cmd_resume(int argc, char **argv, GCancellable *cancel);
int cmd_rejudge(int argc, char **argv, GCancellable *cancel);
int cmd_test(int argc, char **argv, GCancellable *cancel);
int cmd_shell(int argc, char **argv, GCancellable *cancel);
int cmd_debug(int argc, char **argv, GCancellable *cancel);
int cmd_series(int argc, char **argv, GCancellable *cancel);
int cmd_backport(int argc, char **argv, GCancellable *cancel);
int cmd_config(int argc, char **argv, GCancellable *cancel);
int cmd_footprint(int argc, char **argv, GCancellable *cancel);
int cmd_relevant(int argc, char **argv, GCancellable *cancel);
int cmd_case(int argc, char **argv, GCancellable *cancel);
int cmd_image(int argc, char **argv, GCancellable *cancel);
int cmd_cache(int argc, char **argv, GCancellable *cancel);
int cmd_doctor(int argc, char **argv, GCancellable *cancel);
int cmd_defaults(int argc, char **argv, GCancellable *cancel);
int cmd_next(int argc, char **argv, GCancellable *cancel);
int cmd_start(int argc, char **argv, GCancellable *cancel);
int cmd_terms(int argc, char **argv, GCancellable *cancel);
int cmd_reset(int argc, char **argv, GCancellable *cancel);
int cmd_log(int argc, char **argv, GCancellable *cancel);
int cmd_replay(int argc, char **argv, GCancellable *cancel);
int cmd_visualize(int argc, char **argv, GCancellable *cancel);
/** cmd_verdict() - good, bad, skip, or a term of the bisection by hand: the word is argv[0]'s */
int cmd_verdict(int argc, char **argv, GCancellable *cancel);
/** cmd_is_term() - whether the bisection by hand around here has a term of that name */
bool cmd_is_term(const char *word);

/* How cmd_parse() takes the words. */
typedef enum {
	PARSE_USUAL = 0,
	PARSE_MIXED = 1 << 0, /* options may come after other words */
	PARSE_EXACT = 1 << 1, /* the words of a recorded run: files of defaults are left out */
} ParseFlags;

/**
 * cmd_parse() - argp_parse(), as every subcommand does it
 * @argp:  its options and doc; a value's name ("REV", "CASE", "on|off") says what shells complete
 * @input: for @argp's parser
 * @ret_words: the words as they were used, "--no-config" and those of files among them, so that the
 *             same words mean the same later; NULL-terminated, g_free() it and not the words; or
 *             NULL
 *
 * Puts the defaults that files set (defaults.h) before the words. Ends the program for --help, for
 * wrong words, and where a shell asks how words could go on.
 */
void cmd_parse(const struct argp *argp, ParseFlags flags, int argc, char **argv, void *input,
	       char ***ret_words);

/** cmd_print() - text for people, UTF-8: on a terminal in its character set, else as it is */
void cmd_print(FILE *to, const char *text);

/** cmd_error() - print "bisectbox: MESSAGE" on stderr; returns the error's exit code */
int cmd_error(const GError *error);

/** cmd_usage_error() - print one line and where help is; returns EXIT_USAGE */
int cmd_usage_error(const char *format, ...) G_GNUC_PRINTF(1, 2);

/** cmd_describe() - what was asked, when, where, and of which version: what each run.json begins
 * with
 */
void cmd_describe(Json *json, const char *schema, int argc, char **argv);

/* The words of a subcommand that has actions: `case show NAME`. Both NULL where not given. */
typedef struct {
	const char *action;
	const char *name;
} CommandWords;

/** cmd_words_parse() - argp's parser for a CommandWords as its input; ends the program at a third
 * word */
error_t cmd_words_parse(int key, char *value, struct argp_state *state);

/**
 * cmd_number() - an option's value as a number in a range
 * Ends the program with EXIT_USAGE and one line where it is none.
 */
unsigned cmd_number(const struct argp_state *state, const char *option, const char *value,
		    unsigned min, unsigned max);
