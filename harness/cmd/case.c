/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox case: list the cases, show one, make one, check one. */
#include "cmd/cmd.h"
#include "testcase/testcase.h"
#include "util/error.h"

#include <stdio.h>
#include <string.h>

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

static void print_commits(const char *label, char **commits)
{
	for (char **commit = commits; *commit; commit++)
		printf("%-14s %s\n", commit == commits ? label : "", *commit);
}

static void print_kernels(const Case *testcase)
{
	const Version *from = &testcase->from, *to = &testcase->to;

	if (from->parts || to->parts)
		printf("%-14s Linux", "kernels");
	if (from->parts)
		printf(" from %u.%u", from->part[0], from->part[1]);
	if (to->parts)
		printf(" to %u.%u", to->part[0], to->part[1]);
	if (from->parts || to->parts)
		putchar('\n');
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
	print_commits("culprit", testcase->culprit);
	print_commits("fix", testcase->fix);
	print_words("architectures", testcase->architectures);
	print_kernels(testcase);
	print_text("good", testcase->good);
	print_text("bad", testcase->bad);
	print_text("untestable", testcase->untestable);
	print_words("command", testcase->command);
	print_words("must pass", testcase->control_pass);
	print_words("must fail", testcase->control_fail);
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

static int make(const char *name)
{
	g_autofree char *folder = NULL;
	g_autoptr(GError) error = NULL;

	if (!case_new(name, &folder, &error))
		return cmd_error(error);
	printf("made %s\n"
	       "  try it:   bisectbox test --case %s%s HEAD    (in a kernel repository)\n"
	       "  check it: bisectbox case check %s%s\n",
	       folder, strchr(name, '/') ? "" : "./", name, strchr(name, '/') ? "" : "./", name);
	return EXIT_GOOD;
}

/* What is no error, and yet not as it should be. */
static void print_advice(const Case *testcase)
{
	if (testcase->judge == JUDGE_CASE && !testcase->control_pass[0])
		puts("  no controls: a case that always says the same would go unnoticed; see "
		     "\"controls\" in testcases/README.md");
	if (testcase->judge == JUDGE_CASE && !testcase->untestable)
		puts("  no \"untestable\": say what it looks like where a kernel cannot show it");
	if (!testcase->report && !testcase->culprit[0])
		puts("  neither \"report\" nor \"culprit\": what is it about?");
}

static int check(const char *name)
{
	g_autofree char *folder =
		strchr(name, '/') ? g_strdup(name) : g_strconcat("./", name, NULL);
	g_autoptr(Case) testcase = NULL;
	g_autoptr(GError) error = NULL;

	if (!case_load(folder, &testcase, &error))
		return cmd_error(error);
	printf("%s: case %s is well-formed\n", testcase->folder, testcase->name);
	print_advice(testcase);
	return EXIT_GOOD;
}

int cmd_case(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.parser = cmd_words_parse,
		.args_doc = "list\nshow CASE|FOLDER\nnew NAME\ncheck FOLDER",
		.doc = "List the cases that bisectbox knows, show what one checks, make a new one "
		       "in a folder of this name, or check a folder: an error names file, line and "
		       "field.\v"
		       "testcases/README.md describes every field; harness/docs/CASES.md goes from "
		       "a "
		       "bug report to a case in ten minutes.",
	};
	CommandWords words = { 0 };

	(void)cancel;
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &words, NULL);
	if (g_strcmp0(words.action, "list") == 0 && !words.name)
		return list();
	if (g_strcmp0(words.action, "show") == 0 && words.name)
		return show(words.name);
	if (g_strcmp0(words.action, "new") == 0 && words.name)
		return make(words.name);
	if (g_strcmp0(words.action, "check") == 0 && words.name)
		return check(words.name);
	return cmd_usage_error("`list`, `show NAME`, `new NAME` or `check FOLDER` is expected");
}
