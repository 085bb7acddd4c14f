/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox case: list the cases, show one. */
#include "cmd/cmd.h"
#include "testcase/testcase.h"
#include "util/error.h"

#include <stdio.h>

static int list(void)
{
	g_auto(GStrv) names = case_names();

	for (guint i = 0; names[i]; i++) {
		g_autoptr(Case) testcase = NULL;
		g_autoptr(GError) error = NULL;

		if (!case_load(names[i], &testcase, &error))
			return cmd_error(error);
		printf("%-14s %s\n", testcase->name, testcase->title);
	}
	return EXIT_GOOD;
}

static void print_words(const char *label, char **words)
{
	g_autofree char *line = g_strjoinv(" ", words);

	if (*line)
		printf("%-14s %s\n", label, line);
}

static void print_text(const char *label, const char *text)
{
	if (text && *text)
		printf("%-14s %s\n", label, text);
}

static int show(const char *name)
{
	g_autoptr(Case) testcase = NULL;
	g_autoptr(GError) error = NULL;

	if (!case_load(name, &testcase, &error))
		return cmd_error(error);
	print_text("case", testcase->name);
	print_text("title", testcase->title);
	print_text("about", testcase->about);
	print_text("report", testcase->report);
	print_text("good", testcase->good);
	print_text("bad", testcase->bad);
	print_text("untestable", testcase->untestable);
	print_words("command", testcase->command);
	print_text("runs in", !testcase->command[0] ? "nothing: reaching the agent is all"
			      : testcase->container ? "an OCI container"
						    : "the guest itself");
	print_words("capabilities", testcase->capabilities);
	print_words("namespaces", testcase->namespaces);
	print_text("rootfs", testcase->rootfs);
	print_words("kconfig", testcase->kconfig);
	print_text("kernel words", testcase->append);
	printf("%-14s %u s\n", "time limit", testcase->timeout_s);
	print_text("folder", testcase->folder);
	return EXIT_GOOD;
}

int cmd_case(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.parser = cmd_words_parse,
		.args_doc = "list\nshow NAME|FOLDER",
		.doc = "List the cases that bisectbox knows, or show what one checks.\v"
		       "testcases/README.md describes how a case is made.",
	};
	CommandWords words = { 0 };

	(void)cancel;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &words);
	if (g_strcmp0(words.action, "list") == 0 && !words.name)
		return list();
	if (g_strcmp0(words.action, "show") == 0 && words.name)
		return show(words.name);
	return cmd_usage_error("`bisectbox case list` or `bisectbox case show NAME` is expected");
}
