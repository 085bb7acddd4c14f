/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts, controls, evidence, and waiting for children with a deadline. */
#include "common/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

Run run_of(int argc, char **argv)
{
	if (argc == 1)
		return RUN_CASE;
	if (argc == 3 && strcmp(argv[1], "--control") == 0 && strcmp(argv[2], "pass") == 0)
		return RUN_CONTROL_PASS;
	if (argc == 3 && strcmp(argv[1], "--control") == 0 && strcmp(argv[2], "fail") == 0)
		return RUN_CONTROL_FAIL;
	say_at_last(UNTESTABLE, "%s takes --control pass or --control fail, or nothing", argv[0]);
}

static void say_all(int verdict, const char *format, va_list args)
{
	printf("%s: ", verdict == GOOD ? "good" : verdict == BAD ? "bad" : "untestable");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
}

int say(int verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_all(verdict, format, args);
	va_end(args);
	return verdict;
}

void say_at_last(int verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_all(verdict, format, args);
	va_end(args);
	exit(verdict);
}

const char *error_name(int error)
{
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	return error == 0 ? "0" : name ? name : "?";
}

FILE *evidence_open(const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "/evidence/%s", name);
	file = fopen(path, "we");
	if (!file)
		say_at_last(UNTESTABLE, "cannot write %s: %s", path, error_name(errno));
	return file;
}

void evidence_close(FILE *file)
{
	if (fclose(file))
		say_at_last(UNTESTABLE, "cannot write /evidence: %s", error_name(errno));
}

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool wait_until(pid_t pid, int64_t deadline_ms, int *ret_status)
{
	const struct timespec tick = { .tv_nsec = 5 * 1000000 };
	pid_t gone;

	/* looks again and again: an old kernel has no descriptor for a process */
	while ((gone = waitpid(pid, ret_status, WNOHANG)) == 0 || (gone < 0 && errno == EINTR)) {
		if (clock_ms() >= deadline_ms)
			return false;
		nanosleep(&tick, NULL);
	}
	return gone == pid;
}

const char *status_name(int status, char *text, size_t size)
{
	if (WIFEXITED(status)) {
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	} else {
		const char *name = sigabbrev_np(WTERMSIG(status));

		snprintf(text, size, "signal %d (SIG%s)", WTERMSIG(status), name ? name : "?");
	}
	return text;
}
