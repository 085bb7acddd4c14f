/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of defaults: the user's own, and one at the top of a repository. They set options that were
 * not given. A repository comes from elsewhere: its file has no say in anything that could run a
 * program on this host or name a file of it.
 */
#pragma once

#include "cmd/options.h"

/**
 * struct Default - one line of a file
 * @file, @line: where
 * @command: whose section it is in; NULL for all commands that have the option
 * @key:     the option's long name
 * @foreign: it is a repository's
 */
typedef struct {
	char *file;
	guint line;
	char *command;
	char *key;
	char *value;
	bool foreign;
} Default;

/**
 * defaults_parse() - read the text of a file
 * @text:    lines "KEY = VALUE", "[COMMAND]", "# ..."
 * @name:    what errors call it
 * @foreign: it is a repository's: only what is harmless passes
 * @list:    of Default; they are added to it
 * @error:   BOX_ERROR_USAGE: names file and line
 */
bool defaults_parse(const char *text, const char *name, bool foreign, GPtrArray *list,
		    GError **error);
void default_free(Default *one);

/**
 * defaults_read() - all that files set around here
 * @repo: where the repository is; NULL: no repository's file is read
 * @error: BOX_ERROR_USAGE: a file that is wrong, or no regular one, or another user's
 *
 * A file that is not there, and a repository that cannot be opened, set nothing.
 * Return: of Default, the weakest first; free with g_ptr_array_unref().
 */
GPtrArray *defaults_read(const char *repo, GError **error);

/**
 * defaults_choose() - those that hold for a command, given its words
 * @command: its name
 * @given:   what the words have; that and what it excludes is left out
 * @ret_chosen: of const Default *, borrowed from @all, in the order to be used in
 * @error:   BOX_ERROR_USAGE: a section's key is no option of its command, a key is set twice
 */
bool defaults_choose(const GPtrArray *all, const char *command, const Options *options,
		     const Words *given, GPtrArray **ret_chosen, GError **error);

/** defaults_word() - as a word of a command line ("--mem=1024"), or NULL for a switch that is off;
 * @option is the key's; BOX_ERROR_USAGE for a switch that is neither; g_free() */
bool defaults_word(const Default *one, const Option *option, char **ret_word, GError **error);

/** defaults_user_file() - where the user's own is; g_free() */
char *defaults_user_file(void);
/** defaults_known() - whether files can set an option of this name */
bool defaults_known(const char *key);
