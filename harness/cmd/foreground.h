/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another program that has the terminal for a while. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * foreground_run() - run a program on our own stdin, stdout and stderr until it ends
 * @argv: NULL-terminated; argv[0] is looked up in PATH
 * @cancel: has it hang up (SIGHUP, after two seconds SIGKILL); so has the terminal's end
 * @error: BOX_ERROR_HOST: it cannot be started
 *
 * On a terminal it is the foreground job, as a shell would have it: Ctrl-C and Ctrl-Z are its own.
 * Afterwards the terminal is ours again, and as it was.
 */
bool foreground_run(const char *const *argv, GCancellable *cancel, GError **error);
