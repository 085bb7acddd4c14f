/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running other programs: an argument vector, never a shell; always bounded, always reaped. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * struct ProcessSpec - what to run and where its output goes; all fields borrowed
 * @argv:       program and arguments, NULL-terminated; argv[0] is looked up in PATH
 * @cwd:        folder to run in, NULL for ours
 * @env:        the whole environment (g_environ_*()), NULL for ours
 * @input:      text for standard input, NULL for /dev/null
 * @output:     file that takes stdout and stderr together, appended to; NULL captures them
 * @timeout_s:  seconds until its process group is killed, 0 for none
 * @on_line:    called for each line of captured output as it comes, without its newline; or NULL
 * @user:       handed to @on_line
 */
typedef struct {
	const char *const *argv;
	const char *cwd;
	const char *const *env;
	const char *input;
	const char *output;
	unsigned timeout_s;
	void (*on_line)(const char *line, void *user);
	void *user;
} ProcessSpec;

/**
 * struct ProcessEnd - how it ended; release with process_end_clear()
 * @status:    exit status, or -1 when a signal ended it
 * @signal:    that signal, else 0
 * @timed_out: killed at its time limit
 * @out:       captured stdout (NULL where @output was given)
 * @err:       captured stderr (likewise); at most the last 1 MiB of each is kept
 */
typedef struct {
	int status;
	int signal;
	bool timed_out;
	char *out;
	char *err;
} ProcessEnd;

void process_end_clear(ProcessEnd *end);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProcessEnd, process_end_clear)

/**
 * process_run() - run a program in a process group of its own and wait for it
 * @spec:   what to run
 * @cancel: ends the group with SIGTERM, after two seconds SIGKILL; or NULL
 * @ret_end: how it ended; set on success; may be NULL
 * @error:  could not be started (BOX_ERROR_HOST, names the program) or BOX_ERROR_INTERRUPTED
 *
 * Return: true also where the program failed: look at @ret_end.
 */
bool process_run(const ProcessSpec *spec, GCancellable *cancel, ProcessEnd *ret_end,
		 GError **error);

/**
 * process_check() - process_run() for programs whose failure is host trouble
 *
 * The error has the program's name and the last line it wrote to stderr.
 */
bool process_check(const ProcessSpec *spec, GCancellable *cancel, GError **error);
