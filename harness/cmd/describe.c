/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command's argp tables as lines that a script can read. */
#include "cmd/complete.h"
#include "cmd/options.h"
#include "util/error.h"

#include <stdio.h>
#include <string.h>

static void print_options(const Options *options)
{
	int group = 0;

	for (guint i = 0; i < options->options->len; i++) {
		const Option *option = &g_array_index(options->options, Option, i);
		g_autofree char *heading = options_heading(options, option->group);
		char letter[3] = { '-', option->key <= 255 ? (char)option->key : '\0', '\0' };

		if (option->hidden)
			continue;
		if (i == 0 || option->group != group)
			printf("group\t%s\n", heading ? heading : "");
		group = option->group;
		printf("option\t%s\t--%s\t%s\t%s\n", letter, option->name,
		       option->value ? option->value : "-", option->doc ? option->doc : "");
	}
}

/* "about\vafter": what --help says before and after the options. */
static void print_doc(const struct argp *argp)
{
	g_auto(GStrv) parts = g_strsplit(argp->doc ? argp->doc : "", "\v", 2);
	g_auto(GStrv) usages = g_strsplit(argp->args_doc ? argp->args_doc : "", "\n", -1);

	if (!usages[0])
		puts("usage\t");
	for (char **usage = usages; *usage; usage++)
		printf("usage\t%s\n", *usage);
	if (parts[0])
		printf("doc\t%s\n", parts[0]);
	if (parts[0] && parts[1])
		printf("after\t%s\n", parts[1]);
}

int describe_command(const Command *command, const struct argp *argp)
{
	g_autoptr(Options) options = options_list(argp);

	if (command)
		printf("name\t%s\t%s\n", command->name, command->summary);
	/* The outer argp has only what all commands have. */
	print_doc(argp->doc || !argp->children ? argp : argp->children->argp);
	print_options(options);
	return EXIT_GOOD;
}
