/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between a person's terminal and a shell in a guest. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#define PUMP_ESCAPE                                                                                \
	0x1d /* Ctrl-], as of telnet and virsh console: the end, whatever the guest does */

/* How it ended. */
typedef enum {
	PUMP_EXIT, /* the shell did */
	PUMP_ESCAPED,
	PUMP_OVER,   /* the guest did */
	PUMP_HANGUP, /* the terminal did, or we are told to end */
} PumpEnd;

/** pump_size() - of the terminal at stdin: "24 80 xterm", as the guest is told; g_free() */
char *pump_size(void);

/**
 * pump_run() - pass bytes to and fro, the terminal in raw mode, until one of them ends
 * @path: socket of the guest's port
 * @over: becomes readable when the guest has ended
 * @ret_status: of the shell, where it ended
 * @error: BOX_ERROR_HOST: the socket cannot be reached
 *
 * Afterwards the terminal is as it was.
 */
bool pump_run(const char *path, int over, GCancellable *cancel, PumpEnd *ret_end, int *ret_status,
	      GError **error);
