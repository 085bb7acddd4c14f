/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does abort() end a process, be it PID 1 of a pid namespace, and whatever SIGABRT does?
 *
 * PID 1 does not die of a signal that it does not handle, so there abort() goes on to its last
 * resort, the HLT instruction: a general protection fault, and SIGSEGV by force, which ends PID 1
 * too. Others die of SIGABRT. Each child has a time of its own; one that is still there
 * after it is what this case calls bad. Static, so that the image's libc decides nothing.
 */
#include "common/verdict.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "elsewhere another instruction ends abort(), and another signal comes of it"
#endif

#define CASE_WAIT_MS 4000 /* some ten ms, under emulation too */
#define CONTROL_WAIT_MS 700
#define KILL_WAIT_MS 3000

typedef enum { SIGABRT_DEFAULT, SIGABRT_IGNORED, SIGABRT_BLOCKED, SIGABRT_HANDLED } Disposition;

static const char *const disposition_names[] = { "default", "ignored", "blocked", "handled" };

/* A child, and the only way in which it may end. */
typedef struct {
	const char *name;
	bool init; /* PID 1 of a pid namespace of its own */
	Disposition disposition;
	void (*act)(void);
	int status; /* of waitpid(2) */
} Variant;

static void on_abort(int signal)
{
	(void)signal; /* returns, so that abort() must go on */
}

static void act_abort(void)
{
	abort();
}

static void act_exit(void)
{
	_exit(7);
}

static void act_kill(void)
{
	kill(getpid(), SIGKILL);
}

static void act_nothing(void)
{
	for (;;)
		pause();
}

static void act_raise_and_exit(void)
{
	raise(SIGABRT);
	_exit(42);
}

static _Noreturn void become(const Variant *variant)
{
	const struct rlimit no_core = { 0, 0 };
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;

	setrlimit(RLIMIT_CORE, &no_core);
	sigaction(SIGSEGV, &action, NULL);
	if (variant->disposition == SIGABRT_IGNORED)
		action.sa_handler = SIG_IGN;
	if (variant->disposition == SIGABRT_HANDLED)
		action.sa_handler = on_abort;
	sigaction(SIGABRT, &action, NULL);
	sigemptyset(&set);
	if (variant->disposition == SIGABRT_BLOCKED)
		sigaddset(&set, SIGABRT);
	sigprocmask(SIG_SETMASK, &set, NULL);
	variant->act();
	_exit(99);
}

/* glibc's fork() does not make namespaces; this is what it comes to, for one thread. */
static pid_t start(const Variant *variant)
{
	const unsigned long flags = SIGCHLD | (variant->init ? CLONE_NEWPID : 0);
	pid_t pid;

	fflush(NULL);
	pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (pid == 0)
		become(variant);
	if (pid < 0)
		say_at_last(UNTESTABLE, "no %s: clone: %s",
			    variant->init && errno == EINVAL ? "pid namespaces in this kernel"
							     : "child could be made",
			    error_name(errno));
	return pid;
}

/* Sees a child to its end and notes it. Return: GOOD or BAD; @why says which end it was. */
static int judge(const Variant *variant, int64_t wait_ms, FILE *table, char *why, size_t size)
{
	char ended[64], expected[64];
	const int64_t begin = clock_ms();
	pid_t pid = start(variant);
	int status = 0, verdict = BAD;

	status_name(variant->status, expected, sizeof(expected));
	if (wait_until(pid, begin + wait_ms, &status)) {
		status_name(status, ended, sizeof(ended));
		/* a core_pattern with a pipe in it may have its core all the same */
		verdict = (status & ~WCOREFLAG) == variant->status ? GOOD : BAD;
	} else {
		kill(pid, SIGKILL);
		snprintf(ended, sizeof(ended), "nothing in %d ms%s", (int)wait_ms,
			 wait_until(pid, clock_ms() + KILL_WAIT_MS, &status) ? ""
									     : ", nor by SIGKILL");
	}
	fprintf(table, "%-6s %-18s %-8s %-22s %-22s %5d\n", variant->init ? "1" : "other",
		variant->name, disposition_names[variant->disposition], expected, ended,
		(int)(clock_ms() - begin));
	snprintf(why, size, "%s as %s with SIGABRT %s: %s, not %s", variant->name,
		 variant->init ? "PID 1" : "another PID than 1",
		 disposition_names[variant->disposition], ended, expected);
	return verdict;
}

static void print_head(FILE *table)
{
	fprintf(table, "%-6s %-18s %-8s %-22s %-22s %5s\n", "PID", "what it does", "SIGABRT",
		"must end by", "ended by", "ms");
}

static int run_case(void)
{
	FILE *table = evidence_open("ends");
	char why[256], first[256] = "";
	int bad = 0, all = 0;

	print_head(table);
	for (int init = 0; init < 2; init++)
		for (Disposition i = SIGABRT_DEFAULT; i <= SIGABRT_HANDLED; i++, all++) {
			const Variant variant = { .name = "abort()",
						  .init = init,
						  .disposition = i,
						  .act = act_abort,
						  .status = init ? SIGSEGV : SIGABRT };

			if (judge(&variant, CASE_WAIT_MS, table, why, sizeof(why)) == BAD &&
			    bad++ == 0)
				strcpy(first, why);
		}
	evidence_close(table);
	if (bad)
		return say(BAD, "%s%s", first, bad > 1 ? ", and others too" : "");
	return say(GOOD, "abort() ended all %d: PID 1 by SIGSEGV, others by SIGABRT", all);
}

/* Ends that have nothing to do with abort(): all of them right, or all of them wrong. */
static int run_control(int expected)
{
	static const Variant right[] = {
		{ "_exit(7)", false, SIGABRT_DEFAULT, act_exit, 7 << 8 },
		{ "_exit(7)", true, SIGABRT_DEFAULT, act_exit, 7 << 8 },
		{ "kill(SIGKILL)", false, SIGABRT_HANDLED, act_kill, SIGKILL },
		{ "raise(SIGABRT)", false, SIGABRT_HANDLED, act_raise_and_exit, 42 << 8 },
	};
	static const Variant wrong[] = {
		{ "nothing", false, SIGABRT_DEFAULT, act_nothing, SIGABRT },
		{ "nothing", true, SIGABRT_DEFAULT, act_nothing, SIGSEGV },
		{ "_exit(7)", true, SIGABRT_DEFAULT, act_exit, SIGSEGV },
		{ "kill(SIGKILL)", false, SIGABRT_DEFAULT, act_kill, SIGABRT },
	};
	const Variant *list = expected == GOOD ? right : wrong;
	char why[256];

	print_head(stdout);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (judge(&list[i], expected == GOOD ? CASE_WAIT_MS : CONTROL_WAIT_MS, stdout, why,
			  sizeof(why)) != expected)
			return say(UNTESTABLE, "a control is judged wrongly: %s", why);
	return say(expected, "each of these ends is the %s one",
		   expected == GOOD ? "right" : "wrong");
}

int main(int argc, char **argv)
{
	switch (run_of(argc, argv)) {
	case RUN_CONTROL_PASS:
		return run_control(GOOD);
	case RUN_CONTROL_FAIL:
		return run_control(BAD);
	default:
		return run_case();
	}
}
