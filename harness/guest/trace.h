/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at a case while it runs: strace from outside, the kernel's tracers, the kernel's log. */
#pragma once

#include "guest/files.h"
#include "guest/protocol.h"

#include <sys/types.h>

/**
 * struct Trace - of one case; begin with trace_load()
 * @any:     there is something to trace
 * @strace, @dmesg, @tracer: what; @tracer is the kernel's name of one, or empty
 * @strace_out, @ftrace_out: descriptors to read from, or -1; the caller's to close
 * @strace_pid: 0: none
 * @notes:   what could not be traced, and why: lines for people
 */
typedef struct {
	bool any;
	bool strace;
	bool dmesg;
	char tracer[32];
	unsigned functions; /* of the kernel's, that were found */
	int strace_out;
	int ftrace_out;
	pid_t strace_pid;
	char folder[PATH_MAX]; /* of tracefs; empty where it is not there */
	char notes[2048];
} Trace;

/** trace_load() - what the bundle asks for, and the kernel made ready for it */
void trace_load(Trace *trace, const char *bundle);

/**
 * trace_attach() - begin, with a process that is about to become the case
 *
 * Returns when strace is there, and in five seconds at most.
 */
void trace_attach(Trace *trace, pid_t pid);

/** trace_stop() - the kernel's tracer off; what it has is still to be read */
void trace_stop(Trace *trace);

/** trace_keep() - the kernel's log since trace_load(), and the notes, as files of @out's evidence
 */
void trace_keep(const Trace *trace, const char *out);
