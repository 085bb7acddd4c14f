/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One case, watched by ppoll(2) until it ends or its time does. */
#include "guest/run.h"

#include "guest/kin.h"
#include "guest/start.h"
#include "guest/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVIDENCE_MS 250     /* how often a running case's evidence is looked at */
#define KILL_WAIT_MS 1000   /* for killed processes to go; one stuck in the kernel never does */
#define STRACE_WAIT_MS 1000 /* for strace to say its last after the case */

/* One stream of a case's output on its way to the share, cut at its bound. */
typedef struct {
	int from;
	int to;
	size_t left;
	int failed; /* errno of the first write that failed, else 0 */
} Stream;

enum { OUT, ERR, STRACE, FTRACE, STREAMS };

/* A case that runs: where its evidence is, and goes to; what it says; what looks at it. */
typedef struct {
	const char *bundle;
	const char *out;
	Evidence *kept;
	Stream streams[STREAMS];
	int ready;  /* what the starter says is read here */
	bool heard; /* it has said something, or never will */
	Trace trace;
} Watch;

long long run_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t now_ms(void)
{
	return run_now_us() / 1000;
}

/* Returns what read(2) did. Output beyond the bound is read and dropped. */
static ssize_t stream_pump(Stream *stream)
{
	static char buffer[64 * 1024];
	ssize_t n = read(stream->from, buffer, sizeof(buffer));
	size_t keep;

	if (n <= 0)
		return n;
	keep = (size_t)n < stream->left ? (size_t)n : stream->left;
	if (!stream->failed && keep > 0 && !write_all(stream->to, buffer, keep))
		stream->failed = errno;
	stream->left -= keep;
	return n;
}

static void stream_close(Stream *stream)
{
	if (stream->from >= 0)
		close(stream->from);
	stream->from = -1;
}

/* Everything but ourselves, in whatever namespace, or all that descends from us; false where
 * something does not die. */
static bool kill_all(bool service)
{
	const int64_t deadline = now_ms() + KILL_WAIT_MS;
	const struct timespec tick = { .tv_nsec = 50 * 1000000 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		pid_t pid;

		if (service)
			kin_kill();
		else
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

static bool stream_open(Stream *stream, int from, const char *out, const char *name, Reason *reason)
{
	char path[PATH_MAX];

	set_path(path, "%s/%s", out, name);
	*stream = (Stream){ .from = from, .left = PROTOCOL_OUTPUT_MAX };
	stream->to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return stream->to >= 0 || fail(reason, "cannot make %s", path);
}

/* Who it is that waits: the socket says, in the agent's own numbers. */
static pid_t read_traced(Watch *watch, Reason *said)
{
	union {
		char room[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec text = { said->text, sizeof(said->text) - 1 };
	struct msghdr message = { .msg_iov = &text,
				  .msg_iovlen = 1,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(watch->ready, &message, 0);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	struct ucred who;

	said->text[n > 0 ? n : 0] = '\0';
	if (strcmp(said->text, TRACED) != 0 || !head || head->cmsg_type != SCM_CREDENTIALS)
		return 0;
	said->text[0] = '\0';
	memcpy(&who, CMSG_DATA(head), sizeof(who));
	return who.pid;
}

/* The starter says that it waits; or why it will not come to that. */
static void take_traced(Watch *watch, Reason *said)
{
	char evidence[PATH_MAX];
	pid_t pid = read_traced(watch, said);
	Trace *trace = &watch->trace;
	Reason ignored = { "" };

	if (pid <= 0)
		return;
	set_path(evidence, "%s/evidence", watch->out);
	make_dir(evidence, &ignored);
	trace_attach(trace, pid);
	if (trace->strace_out >= 0)
		stream_open(&watch->streams[STRACE], trace->strace_out, evidence, "trace-strace",
			    &ignored);
	if (trace->ftrace_out >= 0)
		stream_open(&watch->streams[FTRACE], trace->ftrace_out, evidence, "trace-ftrace",
			    &ignored);
	write_all(watch->ready, "", 1);
}

/* Passes on what there is, for as long as @wait_ms at most. */
static void pump(Watch *watch, int64_t wait_ms, Ending *ending)
{
	struct pollfd polls[STREAMS + 1];
	struct timespec wait = { 0 };
	sigset_t none;

	sigemptyset(&none);
	if (wait_ms > 0)
		wait = (struct timespec){ wait_ms / 1000, wait_ms % 1000 * 1000000 };
	for (int i = 0; i < STREAMS; i++)
		polls[i] = (struct pollfd){ .fd = watch->streams[i].from, .events = POLLIN };
	polls[STREAMS] =
		(struct pollfd){ .fd = watch->heard ? -1 : watch->ready, .events = POLLIN };
	if (ppoll(polls, STREAMS + 1, &wait, &none) <= 0)
		return;
	for (int i = 0; i < STREAMS; i++) {
		ssize_t n = polls[i].revents ? stream_pump(&watch->streams[i]) : 1;

		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			stream_close(&watch->streams[i]);
	}
	if (!polls[STREAMS].revents)
		return;
	watch->heard = true;
	if (watch->trace.any)
		take_traced(watch, &ending->ready);
	ending->begun_us = run_now_us();
}

/* What is there now, and no more. */
static void drain(Watch *watch)
{
	trace_stop(&watch->trace);
	for (int i = 0; i < STREAMS; i++) {
		if (watch->streams[i].from < 0)
			continue;
		fcntl(watch->streams[i].from, F_SETFL, O_NONBLOCK);
		while (stream_pump(&watch->streams[i]) > 0)
			;
		stream_close(&watch->streams[i]);
	}
}

/* Reaps; whether the case's process is gone. */
static bool reap(Watch *watch, pid_t pid, int *ret_status)
{
	bool ended = false;
	pid_t gone;
	int status;

	while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
		if (gone == watch->trace.strace_pid)
			watch->trace.strace_pid = 0;
		if (gone == pid) {
			ended = true;
			*ret_status = status;
		}
	}
	return ended;
}

/* Waits for the case, its output and its evidence passing to the share as they come. */
static void watch_case(Watch *watch, const Job *job, pid_t pid, Ending *ending)
{
	Reason ignored = {
		""
	}; /* what cannot be copied now is tried again, and told, after the case */
	const int64_t start = now_ms(), deadline = start + (int64_t)job->timeout_s * 1000;
	int64_t look = start + EVIDENCE_MS, strace_until;
	bool ended = false;

	ending->begun_us = run_now_us();
	while (!ended && !ending->timed_out) {
		int64_t left = deadline - now_ms();

		pump(watch, left < EVIDENCE_MS ? left : EVIDENCE_MS, ending);
		if (now_ms() >= look) {
			evidence_keep(watch->kept, EVIDENCE_CHANGED, watch->bundle, watch->out,
				      &ignored);
			look = now_ms() + EVIDENCE_MS;
		}
		ended = reap(watch, pid, &ending->status);
		ending->timed_out = !ended && left <= 0;
	}
	ending->ended_us = run_now_us();
	ending->ms = (unsigned)(ending->ended_us / 1000 - start);
	strace_until = now_ms() + STRACE_WAIT_MS;
	while (watch->trace.strace_pid && now_ms() < strace_until) {
		pump(watch, 20, ending);
		reap(watch, pid, &ending->status);
	}
	ending->stuck = !kill_all(job->service);
	drain(watch);
}

/* How the starter speaks: a pipe, or where it is to wait for an answer a socket. */
static bool open_ready(Watch *watch, int ends[2])
{
	const int on = 1;

	if (!watch->trace.any)
		return pipe2(ends, O_CLOEXEC) == 0;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 &&
	       setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0;
}

static bool open_streams(Watch *watch, int pipes[3][2], Reason *reason)
{
	if (pipe2(pipes[0], O_CLOEXEC) < 0 || pipe2(pipes[1], O_CLOEXEC) < 0 ||
	    !open_ready(watch, pipes[2]))
		return fail(reason, "cannot make a pipe");
	watch->ready = pipes[2][0];
	return stream_open(&watch->streams[OUT], pipes[0][0], watch->out, "stdout", reason) &&
	       stream_open(&watch->streams[ERR], pipes[1][0], watch->out, "stderr", reason);
}

/* Their files closed, and whether all of stdout and stderr is there. */
static bool close_streams(Watch *watch, Reason *reason)
{
	bool ok = true;

	for (int i = 0; i < STREAMS; i++) {
		Stream *stream = &watch->streams[i];

		if (stream->to < 0)
			continue;
		if (close(stream->to) < 0 && !stream->failed)
			stream->failed = errno;
		errno = stream->failed;
		if (stream->failed && i <= ERR)
			ok = fail(reason, "cannot write %s to the share",
				  i == OUT ? "stdout" : "stderr");
	}
	return ok;
}

bool run_bundle(const Job *job, const char *bundle, const char *out, Evidence *kept,
		Ending *ret_ending)
{
	Watch watch = { .bundle = bundle, .out = out, .kept = kept };
	size_t len;
	int pipes[3][2];
	ssize_t n;
	pid_t pid;
	bool ok;

	*ret_ending = (Ending){ .status = 0 };
	for (int i = 0; i < STREAMS; i++)
		watch.streams[i] = (Stream){ .from = -1, .to = -1 };
	trace_load(&watch.trace, bundle);
	if (!open_streams(&watch, pipes, &ret_ending->failure))
		return false;
	pid = fork();
	if (pid < 0)
		return fail(&ret_ending->failure, "cannot fork");
	if (pid == 0)
		start_case(job, bundle, (const int[]){ pipes[0][1], pipes[1][1], pipes[2][1] });
	for (int i = 0; i < 3; i++)
		close(pipes[i][1]);
	watch_case(&watch, job, pid, ret_ending);

	fcntl(watch.ready, F_SETFL, O_NONBLOCK);
	len = strlen(ret_ending->ready.text);
	n = read(watch.ready, ret_ending->ready.text + len,
		 sizeof(ret_ending->ready.text) - 1 - len);
	ret_ending->ready.text[len + (size_t)(n > 0 ? n : 0)] = '\0';
	close(watch.ready);
	ok = close_streams(&watch, &ret_ending->failure);
	if (watch.trace.any)
		trace_keep(&watch.trace, out);
	return ok;
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
		start_crun_reason(bundle, &reason);
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
