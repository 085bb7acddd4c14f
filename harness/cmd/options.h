/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command's options, read from its argp tables: what --help, man pages, completions and the files
 * of defaults all know is written there, once.
 */
#pragma once

#include <argp.h>
#include <glib.h>
#include <stdbool.h>

/**
 * struct Option - an option of a command; strings are the table's
 * @group: as in struct argp_option
 * @key:   its letter where it has a short form, else above 255
 * @value: what its value is called ("REV", "on|off|auto"); NULL for a switch
 */
typedef struct {
	int group;
	int key;
	const char *name;
	const char *value;
	const char *doc;
	bool hidden;
} Option;

/* The heading of a group of options in --help. */
typedef struct {
	int group;
	const char *text;
} OptionGroup;

typedef struct {
	GArray *options; /* Option, in the order of their groups */
	GArray *groups;  /* OptionGroup */
} Options;

/** options_list() - all of a command's, its children's too; options_free() */
Options *options_list(const struct argp *argp);
void options_free(Options *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

/** options_find() - by its name of @len bytes, or by the beginning of one alone, as getopt takes
 * them; NULL for none or several */
const Option *options_find(const Options *options, const char *name, gsize len);
/** options_heading() - of a group, without its colon; NULL where it has none; g_free() */
char *options_heading(const Options *options, int group);

/* An option as it was given; @value is NULL for a switch. */
typedef struct {
	const Option *option;
	const char *value;
} OptionGiven;

/**
 * struct Words - what a command's words are; borrows them; words_clear()
 * @given:   OptionGiven, in order
 * @plain:   const char *: words that are no options, in order, those after "--" too
 * @pending: the last word is an option that still wants its value; or NULL
 * @dashes:  there was a "--"
 */
typedef struct {
	GArray *given;
	GPtrArray *plain;
	const Option *pending;
	bool dashes;
} Words;

/** words_read() - sort words (NULL-terminated, without the command's name); unknown options are
 * passed over */
Words words_read(const Options *options, char *const *words);
void words_clear(Words *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)
/** words_value() - the last value given to an option, or NULL */
const char *words_value(const Words *words, const char *name);
/** words_have() - whether an option was given */
bool words_have(const Words *words, const char *name);
