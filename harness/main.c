/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox: the table of subcommands, signals, and the way out. */
#include "cmd/cmd.h"
#include "machine/keeper.h"
#include "util/error.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const Command commands[] = {
	{ "run", "find the commit that broke a case", cmd_run },
	{ "resume", "go on with a run that was interrupted", cmd_resume },
	{ "status", "what a running one is doing", cmd_status },
	{ "list", "the runs: when, question, answer", cmd_list },
	{ "show", "a run again, or one of its steps", cmd_show },
	{ "report", "a run as HTML, JUnit, KTAP, mail, KCIDB, JSON, text", cmd_report },
	{ "rejudge", "judge a run's evidence again, by today's rules", cmd_rejudge },
	{ "test", "run cases on kernels: a table of verdicts", cmd_test },
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
	{ "image", "build or list the images that guests boot", cmd_image },
	{ "cache", "show what is kept, and make room", cmd_cache },
	{ "doctor", "try every part that bisectbox needs on this host", cmd_doctor },
};

static void print_help(FILE *to)
{
	fputs("Usage: bisectbox COMMAND [OPTION...]\n"
	      "Finds the commit that broke a Linux kernel: builds, boots, tests, bisects.\n\n",
	      to);
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "  -h, --help     this list; each command has its own --help\n"
	      "  -V, --version  print the version\n\n"
	      "Exit status: 0 found or all well, 1 bad, 3 inconclusive, 125 untestable,\n"
	      "128 trouble on this host, 129 usage, 130 interrupted.\n",
	      to);
}

/* Signals become one cancellation that every wait listens to; a second one ends at once. */
static void *wait_for_signals(void *data)
{
	GCancellable *cancel = data;
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	for (guint n = 0; sigwait(&set, &number) == 0; n++) {
		if (n > 0)
			_exit(EXIT_INTERRUPTED);
		g_cancellable_cancel(cancel);
	}
	return NULL;
}

static void start_signal_thread(GCancellable *cancel)
{
	pthread_t thread;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_create(&thread, NULL, wait_for_signals, cancel) == 0)
		pthread_detach(thread);
}

static int run_command(const Command *command, int argc, char **argv)
{
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	g_autofree char *name = g_strconcat("bisectbox ", command->name, NULL);

	argp_err_exit_status = EXIT_USAGE;
	argv[1] = name;
	start_signal_thread(cancel);
	return command->run(argc - 1, argv + 1, cancel);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") ||
	    g_str_equal(argv[1], "help")) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	if (g_str_equal(argv[1], "--version") || g_str_equal(argv[1], "-V")) {
		puts("bisectbox " BOX_VERSION);
		return EXIT_GOOD;
	}
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (!g_str_equal(argv[1], commands[i].name))
			continue;
		keeper_start();
		return run_command(&commands[i], argc, argv);
	}
	if (cmd_is_term(argv[1])) {
		const Command verdict = { argv[1], NULL, cmd_verdict };

		return run_command(&verdict, argc, argv);
	}
	return cmd_usage_error("\"%s\" is no command", argv[1]);
}
