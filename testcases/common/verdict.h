/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases' programs share: verdicts, controls, evidence, and children that are waited
 * for no longer than they may take. Plain C and libc; runs on any kernel.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Exit statuses, as testcases/README.md has them. */
enum { GOOD = 0, BAD = 1, UNTESTABLE = 125 };

/* What a program is asked to be: the case, or one of its controls. */
typedef enum { RUN_CASE, RUN_CONTROL_PASS, RUN_CONTROL_FAIL } Run;

/**
 * run_of() - read `--control pass` and `--control fail` off a command line
 * @argc: what is left after the program's own options; the name counts
 * @argv: likewise
 *
 * Ends the program with UNTESTABLE if there is anything else on it.
 */
Run run_of(int argc, char **argv);

/**
 * say() - print the verdict and why, one line on stdout
 * @verdict: GOOD, BAD or UNTESTABLE
 * @format:  why, in the words of the reader of a report
 *
 * Return: @verdict, for main() to return.
 */
int say(int verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * say_at_last() - say() from anywhere; ends the program
 */
_Noreturn void say_at_last(int verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** error_name() - "EPERM" for EPERM; "0" for 0; static */
const char *error_name(int error);

/**
 * evidence_open() - begin a file of evidence
 * @name: in /evidence
 *
 * Ends the program with UNTESTABLE where that cannot be: a verdict without evidence is none.
 */
FILE *evidence_open(const char *name);

/** evidence_close() - end it; ends the program with UNTESTABLE if it was not written */
void evidence_close(FILE *file);

/** clock_ms() - milliseconds of the monotonic clock */
int64_t clock_ms(void);

/**
 * wait_until() - wait for a child, but not for ever
 * @pid:         the child
 * @deadline_ms: of clock_ms()
 * @ret_status:  takes what waitpid(2) says
 *
 * Return: false when the time is up, or there is no such child.
 */
bool wait_until(pid_t pid, int64_t deadline_ms, int *ret_status);

/**
 * status_name() - "exit status 3", "signal 6 (SIGABRT)"; @text takes it
 */
const char *status_name(int status, char *text, size_t size);
