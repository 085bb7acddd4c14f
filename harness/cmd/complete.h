/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What shells and man pages ask about a command. The answers come from its argp tables: the name of
 * an option's value, and args_doc, say what can stand there.
 */
#pragma once

#include "cmd/cmd.h"

#include <argp.h>

/* `bisectbox __complete WORD...`: how the last WORD could go on. */
#define COMPLETE_WORD "__complete"
/* `bisectbox COMMAND __describe`: its options, for harness/man/page.awk. */
#define DESCRIBE_WORD "__describe"

/**
 * complete_command() - answer a shell: a line for each way on, "WORD", or "WORD<TAB>what it is"
 * @argv: words after `bisectbox`, the unfinished one last; NULL-terminated
 *
 * A line ":files" or ":folders" asks the shell to add names of its own. Anything that goes wrong
 * is no answer: nobody wants to read errors while typing.
 * Return: EXIT_GOOD.
 */
int complete_command(int argc, char **argv);
/** complete_words() - the same for the words after a command's name, that has @argp */
int complete_words(const struct argp *argp, char **argv);

/**
 * describe_command() - print a command's tables, a line each, fields separated by tabs
 *
 * "name NAME SUMMARY", "usage ARGS", "doc TEXT", "after TEXT", "group HEADING",
 * "option -X|- --NAME VALUE|- TEXT". @command may be NULL. Return: EXIT_GOOD.
 */
int describe_command(const Command *command, const struct argp *argp);
