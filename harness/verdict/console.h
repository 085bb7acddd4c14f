/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console scanner: reads what a guest printed, as it comes, and says what it means.
 * Pure; takes any bytes, in pieces of any size; a line over 4 KiB is cut.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Kinds of trouble that a kernel reports about itself. */
typedef enum {
	CONSOLE_PANIC = 1 << 0, /* "Kernel panic - not syncing" */
	CONSOLE_OOPS =
		1 << 1, /* Oops, BUG:, general protection fault in the kernel, "kernel BUG at" */
	CONSOLE_WARNING = 1 << 2, /* WARNING: CPU ... */
	CONSOLE_LOCKDEP =
		1 << 3, /* "possible circular locking dependency", "inconsistent lock state" */
	CONSOLE_HUNG_TASK = 1 << 4, /* "blocked for more than" */
	CONSOLE_RCU_STALL = 1 << 5,
	CONSOLE_LOCKUP = 1 << 6,    /* soft and hard lockup */
	CONSOLE_OOM = 1 << 7,       /* the OOM killer ran */
	CONSOLE_SANITIZER = 1 << 8, /* KASAN, UBSAN, KCSAN, KFENCE */
} ConsoleTrouble;

/* How the agent says a case ended. */
typedef enum {
	ANSWER_NONE,
	ANSWER_EXIT,
	ANSWER_TIMEOUT,
	ANSWER_BROKEN,
	ANSWER_CONTROL,
} AnswerKind;

typedef struct {
	char *name; /* the case's */
	AnswerKind kind;
	int exit_status; /* ANSWER_EXIT */
	unsigned ms;     /* how long it took, milliseconds */
	char *reason;    /* ANSWER_BROKEN, ANSWER_CONTROL: why; else NULL */
} Answer;

typedef struct Console Console;

/**
 * console_new() - a scanner
 * @token:     the boot's token; lines with another are not the agent's
 * @signature: regular expression looked for in every line (`--crash`), or NULL
 * @error:     @signature is not a regular expression (BOX_ERROR_USAGE)
 */
Console *console_new(const char *token, const char *signature, GError **error);
/**
 * console_greet() - the token of the kernel's command line, which marks the agent's lines until it
 * has the other one; they say that it is reached, or in trouble, and no more
 */
void console_greet(Console *console, const char *boot_token);
void console_free(Console *console);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Console, console_free)

/** console_feed() - the next bytes; a final line without newline waits for the rest */
void console_feed(Console *console, const char *data, gsize len);
/** console_end() - no more will come: looks at a last line without newline */
void console_end(Console *console);

/** console_feed_answers() - the agent's lines as they came by the share, whole; the kernel says
 * nothing there */
void console_feed_answers(Console *console, const char *data, gsize len);

/* What has been seen so far. Strings are owned by the console and end with it. */
guint64 console_bytes(const Console *console);
guint console_lines(const Console *console);
bool console_agent_reached(const Console *console);
bool console_done(const Console *console);  /* the agent's `done` */
bool console_waits(const Console *console); /* the agent's `waits`: a person is to speak */
const char *
console_agent_trouble(const Console *console);     /* the agent's `trouble REASON`, or NULL */
unsigned console_troubles(const Console *console); /* set of ConsoleTrouble */
/** console_trouble_line() - the first line that showed one of @kinds, or NULL */
const char *console_trouble_line(const Console *console, unsigned kinds);
/** console_fatal() - the kernel is dead (panic reported to its end): nothing more can come of this
 * guest */
bool console_fatal(const Console *console);
/** console_signature_line() - the first line that matched the signature, or NULL */
const char *console_signature_line(const Console *console);
/** console_started() - whether the agent said that it starts the case */
bool console_started(const Console *console, const char *name);
/** console_answer() - the agent's answer for a case that it had started; the first counts. NULL:
 * none, or two that differ */
const Answer *console_answer(const Console *console, const char *name);
/** console_contradicts() - whether there are two answers for a case that differ */
bool console_contradicts(const Console *console, const char *name);
