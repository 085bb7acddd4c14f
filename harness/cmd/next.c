/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox next and log: looking at a search. */
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "cmd/pastrun.h"
#include "cmd/show.h"
#include "util/error.h"
#include "util/fs.h"

#include <stdio.h>

#define LOG_MAX (64 << 20)

static const struct argp_option next_table[] = {
	{ "all", LOOK_ALL, NULL, 0,
	  "all that could be tested, best first, as `git rev-list --bisect-all` prints it", 3 },
	{ "together", LOOK_TOGETHER, "N", 0,
	  "N revisions that N machines would best test at the same time (at most 8)", 3 },
	{ "json", LOOK_JSON, NULL, 0, "print JSON", 3 },
	{ 0 },
};

int cmd_next(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &search_options_argp }, { 0 } };
	static const struct argp argp = {
		.options = next_table,
		.parser = look_parse,
		.children = children,
		.args_doc = "[-- PATH...]",
		.doc = "Print which revision would be tested next, and how many steps are left; of "
		       "the "
		       "bisection by hand where no ends are given. Tests nothing.\v"
		       "Exit status 3: nothing is left to test.",
	};
	g_auto(Look) look = { .options = look_options(&argp, argc, argv) };
	g_autoptr(GError) error = NULL;
	InquiryStep step;
	bool done = false;

	if (look.options.words->len)
		return cmd_usage_error("\"%s\": unexpected word",
				       (const char *)look.options.words->pdata[0]);
	if (!look_at(&look, &error))
		return cmd_error(error);
	if (look.session && !look.options.all && !look.options.together) {
		int status = show_session(look.session, look.options.json, cancel, &error);

		return error ? cmd_error(error) : status;
	}
	if (!inquiry_next(look.inquiry, &step, &done, &error))
		return cmd_error(error);
	if (look.options.all) {
		show_ranking(look.inquiry, look.options.json);
		return EXIT_GOOD;
	}
	if (!done && look.options.together) {
		show_together(look.inquiry, look.options.together, look.options.json);
		return EXIT_GOOD;
	}
	if (done) {
		fprintf(stderr, "bisectbox: nothing is left to test\n");
		return EXIT_INCONCLUSIVE;
	}
	show_next(look.inquiry, look.repo, look.terms, &step, NULL, look.options.json);
	return EXIT_GOOD;
}

static const struct argp_option repo_table[] = {
	{ "repo", LOOK_REPO, "PATH", 0, "the git repository (default: the one around here)", 1 },
	{ 0 },
};

static int print_log(const char *name)
{
	const WhichRun which = { .word = name };
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = pastrun_folder(&which, &error);
	g_autofree char *path = folder ? g_build_filename(folder, "bisect.log", NULL) : NULL;
	g_autofree char *text = NULL;

	if (!folder)
		return cmd_error(error);
	if (!fs_read(path, LOG_MAX, &text, NULL, NULL))
		return cmd_usage_error("no run \"%s\": %s cannot be read", name, path);
	fputs(text, stdout);
	return EXIT_GOOD;
}

int cmd_log(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = repo_table,
		.parser = look_parse,
		.args_doc = "[RUN]",
		.doc = "Print a run, or the bisection by hand that is going on, as git's bisect "
		       "log: "
		       "`git bisect replay` and `bisectbox replay` take it. RUN is a run's folder.",
	};
	g_auto(Look) look = { .options = look_options(&argp, argc, argv) };
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	(void)cancel;
	if (look.options.words->len > 1)
		return cmd_usage_error("one RUN is expected");
	if (look.options.words->len)
		return print_log(look.options.words->pdata[0]);
	if (!repo_open(look.options.search.repo, &look.repo, &error) ||
	    !session_load(look.repo, &look.session, &error))
		return cmd_error(error);
	text = session_log(look.session);
	fputs(text, stdout);
	return EXIT_GOOD;
}
