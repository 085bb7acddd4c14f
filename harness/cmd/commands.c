/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of subcommands: main.c, completions, man pages and the files of defaults go by it. */
#include "cmd/cmd.h"

const Command commands[] = {
	{ "run", "find the commit that broke a case", cmd_run },
	{ "resume", "go on with a run that was interrupted", cmd_resume },
	{ "status", "what a running one is doing", cmd_status },
	{ "list", "the runs: when, question, answer", cmd_list },
	{ "show", "a run again, or one of its steps", cmd_show },
	{ "report", "a run as HTML, JUnit, KTAP, mail, KCIDB, JSON, text", cmd_report },
	{ "rejudge", "judge a run's evidence again, by today's rules", cmd_rejudge },
	{ "test", "run cases on kernels: a table of verdicts", cmd_test },
	{ "series", "what each commit of a series builds, breaks, mends, warns", cmd_series },
	{ "backport", "whether branches need a fix, and whether it works there", cmd_backport },
	{ "config", "which configuration symbols turn the verdict", cmd_config },
	{ "shell", "a root shell in a guest with a revision's kernel", cmd_shell },
	{ "debug", "a guest with gdb at its kernel, its case held", cmd_debug },
	{ "next", "what would be tested next, and how much is left", cmd_next },
	{ "start", "begin a bisection by hand", cmd_start },
	{ "good", "by hand: this revision is good", cmd_verdict },
	{ "bad", "by hand: this revision is bad", cmd_verdict },
	{ "skip", "by hand: this revision cannot be tested", cmd_verdict },
	{ "terms", "by hand: what good and bad are called", cmd_terms },
	{ "reset", "by hand: end it", cmd_reset },
	{ "log", "print a run or a bisection by hand as git's bisect log", cmd_log },
	{ "replay", "begin a bisection by hand from a bisect log", cmd_replay },
	{ "visualize", "show what is left with gitk or git log", cmd_visualize },
	{ "relevant", "which commits of a range could matter to the kernel", cmd_relevant },
	{ "footprint", "the files that a kernel is built from", cmd_footprint },
	{ "case", "list, show, make or check cases", cmd_case },
	{ "image", "build, import, look at the images that guests boot", cmd_image },
	{ "cache", "show what is kept, and make room", cmd_cache },
	{ "defaults", "show the defaults that files set, and check them", cmd_defaults },
	{ "doctor", "try every part that bisectbox needs on this host", cmd_doctor },
	{ NULL, NULL, NULL },
};

const Command *command_find(const char *name)
{
	for (const Command *command = commands; command->name; command++)
		if (g_str_equal(command->name, name))
			return command;
	return NULL;
}
