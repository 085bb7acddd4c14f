/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Becoming a case: what a new process does, on its way to the case's command. */
#pragma once

#include "guest/run.h"

/* What the starter says to the agent, by its descriptor READY_FD. */
#define READY_FD 3 /* crun hands on descriptors from here */
#define STARTED "started\n"
#define CONTROL "control "
#define TRACED "traced\n" /* the starter waits to be looked at */

/**
 * start_case() - in a new process: become crun, or the case's own process
 * @fds: stdout, stderr, and what the starter speaks by
 */
_Noreturn void start_case(const Job *job, const char *bundle, const int fds[3]);

/** start_crun_reason() - crun's own last words in a bundle; untouched where it has left none */
void start_crun_reason(const char *bundle, Reason *reason);

/**
 * start_attended() - a person runs a case, or enters where it would run: on the terminal that there
 * is
 * @enter: a shell there in its place
 *
 * Return: an exit status; what there is to say of it is on stderr.
 */
int start_attended(const Job *job, const char *bundle, bool enter);

/**
 * start_command() - become the case; what crun starts in a finished container
 * @argv: the words after PROTOCOL_START (guest/protocol.h)
 *
 * What it says through its descriptor tells the agent that all before it worked. An exit status
 * cannot: crun fails with 1, and so does a case.
 */
_Noreturn void start_command(char **argv);
