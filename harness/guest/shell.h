/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shell for a person: its terminal in the guest, and the case that it can run. */
#pragma once

#include "guest/files.h"
#include "guest/protocol.h"

/* The terminal at the other end of the port. */
typedef struct {
	unsigned short rows;
	unsigned short columns;
	char term[64];
} Screen;

/** shell_parse() - the line of in/job, without its newline */
bool shell_parse(const char *line, Screen *ret_screen);

/**
 * shell_run() - a root shell on a terminal of its own, until it ends
 * @port: port_open()'s
 *
 * Needs SIGCHLD blocked and with a handler.
 * Return: false with a reason where there cannot be one.
 */
bool shell_run(int port, const Screen *screen, Reason *reason);

/** shell_become() - become a shell on the terminal that there is: bash, else sh */
_Noreturn void shell_become(void);
