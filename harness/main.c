/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox: finding the subcommand, signals, and the way out. */
#include "cmd/cmd.h"
#include "cmd/complete.h"
#include "machine/keeper.h"
#include "util/error.h"
#include "util/rights.h"
#include "util/text.h"

#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void print_help(FILE *to)
{
	fputs("Usage: bisectbox COMMAND [OPTION...]\n"
	      "Finds the commit that broke a Linux kernel: builds, boots, tests, bisects.\n\n",
	      to);
	for (const Command *command = commands; command->name; command++)
		fprintf(to, "  %-10s%s\n", command->name, command->summary);
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

/* Before the keeper: a note comes once. */
static int settle_rights(void)
{
	g_autofree char *note = NULL;
	g_autofree char *clean = NULL;
	g_autoptr(GError) error = NULL;

	if (!rights_settle(&note, &error))
		return cmd_error(error);
	clean = text_clean(note, 0);
	if (note)
		fprintf(stderr, "bisectbox: %s\n", clean);
	return EXIT_GOOD;
}

int main(int argc, char **argv)
{
	const Command *command;
	int status;

	setlocale(LC_CTYPE, ""); /* what people read is put into their character set */
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
	if (g_str_equal(argv[1], COMPLETE_WORD))
		return complete_command(argc - 2, argv + 2);
	status = settle_rights();
	if (status != EXIT_GOOD)
		return status;
	command = command_find(argv[1]);
	if (command) {
		keeper_start();
		return run_command(command, argc, argv);
	}
	if (cmd_is_term(argv[1])) {
		const Command verdict = { argv[1], NULL, cmd_verdict };

		return run_command(&verdict, argc, argv);
	}
	return cmd_usage_error("\"%s\" is no command", argv[1]);
}
