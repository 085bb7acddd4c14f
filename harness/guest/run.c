/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One case: crun or the case's own process, watched by ppoll(2) until it ends or its time does. */
#include "guest/run.h"

#include "guest/root.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READY_FD 3 /* crun hands on descriptors from here */
#define STARTED "started\n"
#define CONTROL "control "
#define EVIDENCE_MS 250   /* how often a running case's evidence is looked at */
#define KILL_WAIT_MS 1000 /* for killed processes to go; one stuck in the kernel never does */
#define COMMAND_MAX 65536 /* bytes of the bundle's command */
#define LOG_MAX 65536     /* bytes of crun's log */

/* What a case's controls must end with: the bisect convention, whatever the case's own is. */
enum {
	CONTROL_PASSES = 0,
	CONTROL_FAILS = 1,
};

/* One stream of a case's output on its way to the share, cut at its bound. */
typedef struct {
	int from;
	int to;
	size_t left;
	int failed; /* errno of the first write that failed, else 0 */
} Stream;

/* Where a case's evidence is, and goes to. */
typedef struct {
	const char *bundle;
	const char *out;
	Evidence *kept;
} Paths;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- in the child ---- */

static _Noreturn void starter_fail(const Reason *reason)
{
	write_all(READY_FD, reason->text, strlen(reason->text));
	_exit(127);
}

/* A command as a child of its own process group, stdout going to stderr; returns its status. */
static int run_control(char **argv, Reason *reason)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0) {
		fail(reason, "cannot fork");
		starter_fail(reason);
	}
	if (pid == 0) {
		setpgid(0, 0);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	return status;
}

/*
 * Takes a control's words from the front of @argv and runs it. One that answers wrongly is told
 * to the agent, and the case does not run.
 */
static char **check_control(char **argv, const char *name, int expected)
{
	long n = argv[0] ? strtol(argv[0], NULL, 10) : 0;
	char **command = argv + 1, *next;
	Reason reason = { CONTROL };
	size_t at = strlen(CONTROL);
	int status;

	if (n <= 0)
		return argv[0] ? argv + 1 : argv;
	for (long i = 0; i < n; i++)
		if (!command[i]) {
			snprintf(reason.text, sizeof(reason.text), "the case's words are cut off");
			starter_fail(&reason);
		}
	next = command[n];
	command[n] = NULL;
	status = run_control(command, &reason);
	command[n] = next;
	if (WIFEXITED(status) && WEXITSTATUS(status) == expected)
		return command + n;
	snprintf(reason.text + at, sizeof(reason.text) - at,
		 "the control that must %s ended with %s%d, not %d", name,
		 WIFEXITED(status) ? "" : "signal ",
		 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), expected);
	starter_fail(&reason);
}

/* Stays PID 1 in front of the command, and ends as it does. */
static _Noreturn void stay_in_front(pid_t command)
{
	for (;;) {
		int status = 0;
		pid_t pid = wait(&status);

		if (pid == command)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		if (pid < 0 && errno != EINTR)
			_exit(127);
	}
}

_Noreturn void run_starter(char **argv)
{
	Reason reason = { 0 };
	bool child = argv[0] && strcmp(argv[0], PROTOCOL_AS_CHILD) == 0;
	pid_t pid;

	fcntl(READY_FD, F_SETFD, FD_CLOEXEC);
	argv += argv[0] != NULL;
	argv = check_control(argv, "pass", CONTROL_PASSES);
	argv = check_control(argv, "fail", CONTROL_FAILS);
	if (!argv[0]) {
		snprintf(reason.text, sizeof(reason.text), "the case has no command");
		starter_fail(&reason);
	}
	if (!write_all(READY_FD, STARTED, strlen(STARTED)))
		_exit(127);
	pid = child ? fork() : 0;
	if (pid > 0)
		stay_in_front(pid);
	if (pid == 0)
		execvp(argv[0], argv);
	fail(&reason, "cannot run %s", argv[0]);
	starter_fail(&reason);
}

/* A guest case's words for the starter, each ended by a NUL. */
static char **read_command(const char *path)
{
	size_t len = 0, n = 0;
	char *text = read_text(path, COMMAND_MAX, &len);
	char **argv;

	if (len == 0)
		errno = text ? EINVAL : errno;
	argv = len > 0 ? calloc(len + 1, sizeof(*argv)) : NULL;
	for (size_t at = 0; argv && at < len; at += strlen(text + at) + 1)
		argv[n++] = text + at;
	return argv;
}

static _Noreturn void run_child(const Job *job, const char *bundle, const int fds[3])
{
	/* no cgroup: the agent ends by itself what a case leaves, and fewer kernels fail it */
	const char *crun[] = { "crun",
			       "--cgroup-manager=disabled",
			       "--log=crun.log",
			       "run",
			       "--no-new-keyring",
			       "--preserve-fds=1",
			       job->name,
			       NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ready = fcntl(fds[2], F_DUPFD_CLOEXEC, 10);
	Reason reason = { "" };
	char **argv;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(fds[0], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	dup2(ready, READY_FD);
	if (chdir(bundle) < 0) {
		fail(&reason, "cannot go to %s", bundle);
	} else if (job->container) {
		execvp(crun[0], (char **)crun);
		fail(&reason, "cannot run crun");
	} else if (!(argv = read_command("command"))) {
		fail(&reason, "cannot read the case's command");
	} else if (root_enter(bundle, &reason)) {
		run_starter(argv);
	}
	write_all(READY_FD, reason.text, strlen(reason.text));
	_exit(127);
}

/* ---- in the agent ---- */

/* Returns false at the end of the stream. Output beyond the bound is read and dropped. */
static bool stream_pump(Stream *stream)
{
	static char buffer[64 * 1024];
	ssize_t n = read(stream->from, buffer, sizeof(buffer));
	size_t keep;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	keep = (size_t)n < stream->left ? (size_t)n : stream->left;
	if (!stream->failed && keep > 0 && !write_all(stream->to, buffer, keep))
		stream->failed = errno;
	stream->left -= keep;
	return true;
}

/* Everything but ourselves, in whatever namespace; false where something does not die. */
static bool kill_all(void)
{
	const int64_t deadline = now_ms() + KILL_WAIT_MS;
	const struct timespec tick = { .tv_nsec = 50 * 1000000 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		pid_t pid;

		kill(-1, SIGKILL);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return true;
		if (now_ms() > deadline)
			return false;
		sigtimedwait(&child, NULL, &tick);
	}
}

/* Passes on what there is, for as long as @wait_ms at most. */
static void pump(Stream streams[2], int64_t wait_ms)
{
	struct pollfd polls[2] = { { .fd = streams[0].from, .events = POLLIN },
				   { .fd = streams[1].from, .events = POLLIN } };
	struct timespec wait = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000 };
	sigset_t none;

	sigemptyset(&none);
	if (ppoll(polls, 2, &wait, &none) <= 0)
		return;
	for (int i = 0; i < 2; i++)
		if (polls[i].revents && !stream_pump(&streams[i])) {
			close(streams[i].from);
			streams[i].from = -1;
		}
}

/* Waits for the case, its output and its evidence passing to the share as they come. */
static void watch(const Job *job, pid_t pid, Stream streams[2], const Paths *paths, Ending *ending)
{
	Reason ignored; /* what cannot be copied now is tried again, and told, after the case */
	const int64_t start = now_ms(), deadline = start + (int64_t)job->timeout_s * 1000;
	int64_t look = start + EVIDENCE_MS;
	bool ended = false;

	while (!ended && !ending->timed_out) {
		int64_t left = deadline - now_ms();
		pid_t gone;
		int status;

		pump(streams, left <= 0 ? 0 : left < EVIDENCE_MS ? left : EVIDENCE_MS);
		if (now_ms() >= look) {
			evidence_keep(paths->kept, EVIDENCE_CHANGED, paths->bundle, paths->out,
				      &ignored);
			look = now_ms() + EVIDENCE_MS;
		}
		while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
			if (gone == pid) {
				ended = true;
				ending->status = status;
			}
		ending->timed_out = !ended && left <= 0;
	}
	ending->ms = (unsigned)(now_ms() - start);
	ending->stuck = !kill_all();
	for (int i = 0; i < 2; i++)
		if (streams[i].from >= 0) {
			fcntl(streams[i].from, F_SETFL, O_NONBLOCK);
			while (stream_pump(&streams[i]))
				;
			close(streams[i].from);
		}
}

static bool open_streams(const char *out, int pipes[3][2], Stream streams[2], Reason *reason)
{
	static const char *const names[] = { "stdout", "stderr" };
	char path[PATH_MAX];

	for (int i = 0; i < 3; i++)
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			return fail(reason, "cannot make a pipe");
	for (int i = 0; i < 2; i++) {
		set_path(path, "%s/%s", out, names[i]);
		streams[i] = (Stream){ .from = pipes[i][0], .left = PROTOCOL_OUTPUT_MAX };
		streams[i].to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (streams[i].to < 0)
			return fail(reason, "cannot make %s", path);
	}
	return true;
}

bool run_bundle(const Job *job, const char *bundle, const char *out, Evidence *kept,
		Ending *ret_ending)
{
	const Paths paths = { bundle, out, kept };
	const char *said;
	int pipes[3][2];
	Stream streams[2];
	bool ok = true;
	ssize_t n;
	pid_t pid;

	*ret_ending = (Ending){ .status = 0 };
	if (!open_streams(out, pipes, streams, &ret_ending->failure))
		return false;
	pid = fork();
	if (pid < 0)
		return fail(&ret_ending->failure, "cannot fork");
	if (pid == 0)
		run_child(job, bundle, (const int[]){ pipes[0][1], pipes[1][1], pipes[2][1] });
	for (int i = 0; i < 3; i++)
		close(pipes[i][1]);
	watch(job, pid, streams, &paths, ret_ending);

	fcntl(pipes[2][0], F_SETFL, O_NONBLOCK);
	n = read(pipes[2][0], ret_ending->ready.text, sizeof(ret_ending->ready.text) - 1);
	ret_ending->ready.text[n > 0 ? n : 0] = '\0';
	close(pipes[2][0]);
	for (int i = 0; i < 2; i++) {
		if (close(streams[i].to) < 0 && !streams[i].failed)
			streams[i].failed = errno;
		errno = streams[i].failed;
		said = i == 0 ? "stdout" : "stderr";
		if (errno)
			ok = fail(&ret_ending->failure, "cannot write %s to the share", said);
	}
	return ok;
}

/* crun's own words: the last line of its log, without the time that it begins with. */
static void crun_reason(const char *bundle, Reason *reason)
{
	char path[PATH_MAX], *text, *save = NULL;

	set_path(path, "%s/crun.log", bundle);
	text = read_text(path, LOG_MAX, NULL);
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *colon = strstr(line, "Z: ");

		snprintf(reason->text, sizeof(reason->text), "%s", colon ? colon + 3 : line);
	}
	free(text);
}

void run_answer(const Job *job, const char *bundle, const Ending *ending, char *line, size_t size)
{
	const char *said = ending->ready.text;
	bool ran = strncmp(said, STARTED, strlen(STARTED)) == 0;
	Reason reason = { "" };

	if (ran)
		said += strlen(STARTED);
	if (!ran && strncmp(said, CONTROL, strlen(CONTROL)) == 0) {
		snprintf(line, size, "answer %s %s", job->name, said);
	} else if (*said || (!ran && ending->failure.text[0])) {
		snprintf(line, size, "answer %s broken %s", job->name,
			 *said ? said : ending->failure.text);
	} else if (!ran) {
		crun_reason(bundle, &reason);
		snprintf(line, size, "answer %s broken not started%s%s%s", job->name,
			 ending->timed_out ? " in its time" : "", reason.text[0] ? ": " : "",
			 reason.text);
	} else if (ending->timed_out) {
		snprintf(line, size, "answer %s timeout ms %u", job->name, ending->ms);
	} else if (WIFEXITED(ending->status)) {
		snprintf(line, size, "answer %s exit %d ms %u", job->name,
			 WEXITSTATUS(ending->status), ending->ms);
	} else if (job->container) {
		snprintf(line, size, "answer %s broken crun was killed by signal %d", job->name,
			 WTERMSIG(ending->status));
	} else {
		snprintf(line, size, "answer %s exit %d ms %u", job->name,
			 128 + WTERMSIG(ending->status), ending->ms);
	}
}
