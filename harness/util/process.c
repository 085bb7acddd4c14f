/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running other programs: fork and exec in a group of its own, pipes and pidfd in one poll loop. */
#include "util/process.h"

#include "util/error.h"
#include "util/orphans.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEEP_MAX ((gsize)1 << 20)
#define GRACE_US (2 * G_USEC_PER_SEC)
#define READS_MAX 64
#define ASK_MS 20 /* how often whether it has ended, without a pidfd */

/* One captured stream. */
typedef struct {
	int fd;
	GString *text;
	gsize line_start;
} Capture;

/* A running child. */
typedef struct {
	const ProcessSpec *spec;
	pid_t pid;
	int pidfd;
	Capture out;
	Capture err;
	gint64 kill_at; /* monotonic microseconds of the SIGKILL, 0 for none */
	gint64 deadline;
	bool timed_out;
	bool cancelled;
} Child;

void process_end_clear(ProcessEnd *end)
{
	g_clear_pointer(&end->out, g_free);
	g_clear_pointer(&end->err, g_free);
}

static void child_clear(Child *child)
{
	Capture *captures[] = { &child->out, &child->err };

	for (guint i = 0; i < G_N_ELEMENTS(captures); i++) {
		if (captures[i]->fd >= 0)
			close(captures[i]->fd);
		if (captures[i]->text)
			g_string_free(captures[i]->text, TRUE);
	}
	if (child->pidfd >= 0)
		close(child->pidfd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Child, child_clear)

static void feed_lines(const ProcessSpec *spec, Capture *capture)
{
	char *newline;

	if (!spec->on_line) {
		capture->line_start = capture->text->len;
		return;
	}
	while ((newline = memchr(capture->text->str + capture->line_start, '\n',
				 capture->text->len - capture->line_start))) {
		*newline = '\0';
		spec->on_line(capture->text->str + capture->line_start, spec->user);
		*newline = '\n';
		capture->line_start = (gsize)(newline - capture->text->str) + 1;
	}
}

/* Takes what is there; closes at the end of file. */
static void drain(const ProcessSpec *spec, Capture *capture)
{
	char buffer[16384];

	/* not until there is no more: a writer may be faster */
	for (guint reads = 0; reads < READS_MAX; reads++) {
		ssize_t n = read(capture->fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(capture->fd);
			capture->fd = -1;
			return;
		}
		g_string_append_len(capture->text, buffer, n);
		feed_lines(spec, capture);
		if (capture->text->len > 2 * KEEP_MAX) {
			gsize drop = capture->text->len - KEEP_MAX;

			g_string_erase(capture->text, 0, (gssize)drop);
			capture->line_start -= MIN(drop, capture->line_start);
		}
	}
}

/* What the child does between fork and exec; async-signal-safe calls only. */
static void G_GNUC_NORETURN child_exec(const ProcessSpec *spec, const char *program, char **env,
				       int in, int out, int err, int report)
{
	sigset_t none;
	int saved;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0 &&
	    (!spec->cwd || chdir(spec->cwd) == 0))
		execve(program, (char *const *)spec->argv, env);
	saved = errno;
	(void)!write(report, &saved, sizeof(saved));
	_exit(127);
}

/* A descriptor that reads as @text; NULL reads as nothing. */
static int input_fd(const char *text)
{
	int fd;

	if (!text)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd >= 0 && (write(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void close_all(int *fds, guint n)
{
	for (guint i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Where the child's output goes: the file, or two pipes. fds: in, out, err, out's and err's reading
 * ends, report pipe. */
static bool open_streams(const ProcessSpec *spec, int fds[7], GError **error)
{
	for (guint i = 0; i < 7; i++)
		fds[i] = -1;
	fds[0] = input_fd(spec->input);
	if (fds[0] < 0 || pipe2(fds + 5, O_CLOEXEC) < 0)
		return error_host(error, "cannot open a pipe: %s", g_strerror(errno));
	if (spec->output) {
		fds[1] = open(spec->output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		fds[2] = fds[1] < 0 ? -1 : fcntl(fds[1], F_DUPFD_CLOEXEC, 3);
		if (fds[2] < 0)
			return error_host(error, "cannot write %s: %s", spec->output,
					  g_strerror(errno));
		return true;
	}

	int out[2], err[2];
	if (pipe2(out, O_CLOEXEC) < 0)
		return error_host(error, "cannot open a pipe: %s", g_strerror(errno));
	fds[3] = out[0];
	fds[1] = out[1];
	if (pipe2(err, O_CLOEXEC) < 0)
		return error_host(error, "cannot open a pipe: %s", g_strerror(errno));
	fds[4] = err[0];
	fds[2] = err[1];
	fcntl(fds[3], F_SETFL, O_NONBLOCK);
	fcntl(fds[4], F_SETFL, O_NONBLOCK);
	return true;
}

/* Its environment, with the mark that finds it should we be gone without ending it. */
static char **marked_environ(const ProcessSpec *spec)
{
	g_autofree char *mark = orphans_mark();
	char **env = spec->env ? g_strdupv((char **)(gpointer)spec->env) : g_get_environ();

	return mark ? g_environ_setenv(env, ORPHANS_MARK, mark, TRUE) : env;
}

static bool start(Child *child, GError **error)
{
	const ProcessSpec *spec = child->spec;
	g_auto(GStrv) env = marked_environ(spec);
	g_autofree char *program = NULL;
	int fds[7], failed = 0;

	program = g_find_program_in_path(spec->argv[0]);
	if (!program)
		return error_host(error, "cannot run %s: not found in PATH", spec->argv[0]);
	if (!open_streams(spec, fds, error)) {
		close_all(fds, 7);
		return false;
	}
	child->pid = fork();
	if (child->pid < 0) {
		error_host(error, "cannot start %s: %s", spec->argv[0], g_strerror(errno));
		close_all(fds, 7);
		return false;
	}
	if (child->pid == 0)
		child_exec(spec, program, env, fds[0], fds[1], fds[2], fds[6]);
	setpgid(child->pid, child->pid);
	child->out.fd = fds[3];
	child->err.fd = fds[4];
	close_all(fds, 3);
	close(fds[6]);
	if (read(fds[5], &failed, sizeof(failed)) != sizeof(failed))
		failed = 0;
	close(fds[5]);
	if (failed) {
		waitpid(child->pid, NULL, 0);
		return error_host(error, "cannot run %s%s%s: %s", program, spec->cwd ? " in " : "",
				  spec->cwd ? spec->cwd : "", g_strerror(failed));
	}
	/* old containers and valgrind have no such call: has_ended() asks then, now and then */
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return true;
}

static bool has_ended(const Child *child)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == child->pid;
}

/* Asks the group to end; after a grace it is killed. */
static void stop(Child *child)
{
	if (child->kill_at)
		return;
	kill(-child->pid, SIGTERM);
	child->kill_at = g_get_monotonic_time() + GRACE_US;
}

static int poll_ms(const Child *child)
{
	gint64 until = child->kill_at ? child->kill_at : child->deadline;
	int most = child->pidfd < 0 ? ASK_MS : G_MAXINT;
	gint64 left;

	if (!until)
		return child->pidfd < 0 ? ASK_MS : -1;
	left = until - g_get_monotonic_time();
	return left <= 0 ? 0 : (int)MIN(left / 1000 + 1, most);
}

/* Polls until the child has ended; its output may still be open in a grandchild, which is not
 * waited for. */
static void watch(Child *child, GCancellable *cancel)
{
	int cancel_fd = cancel ? g_cancellable_get_fd(cancel) : -1;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = child->pidfd, .events = POLLIN },
			{ .fd = child->out.fd, .events = POLLIN },
			{ .fd = child->err.fd, .events = POLLIN },
			{ .fd = child->cancelled ? -1 : cancel_fd, .events = POLLIN },
		};

		poll(fds, G_N_ELEMENTS(fds), poll_ms(child));
		if (child->out.fd >= 0 && fds[1].revents)
			drain(child->spec, &child->out);
		if (child->err.fd >= 0 && fds[2].revents)
			drain(child->spec, &child->err);
		if (fds[0].revents || (child->pidfd < 0 && has_ended(child)))
			break;
		if (fds[3].revents) {
			child->cancelled = true;
			stop(child);
		}
		/* looked at each time: one that never stops writing is never idle */
		if (child->kill_at && g_get_monotonic_time() >= child->kill_at) {
			kill(-child->pid, SIGKILL);
			child->kill_at = g_get_monotonic_time() + GRACE_US;
		} else if (!child->kill_at && child->deadline &&
			   g_get_monotonic_time() >= child->deadline) {
			child->timed_out = true;
			stop(child);
		}
	}
	if (child->out.fd >= 0)
		drain(child->spec, &child->out);
	if (child->err.fd >= 0)
		drain(child->spec, &child->err);
	if (cancel_fd >= 0)
		g_cancellable_release_fd(cancel);
}

static char *take_text(Capture *capture)
{
	if (capture->text->len > KEEP_MAX)
		g_string_erase(capture->text, 0, (gssize)(capture->text->len - KEEP_MAX));
	return g_string_free(g_steal_pointer(&capture->text), FALSE);
}

bool process_run(const ProcessSpec *spec, GCancellable *cancel, ProcessEnd *ret_end, GError **error)
{
	g_auto(Child) child = {
		.spec = spec,
		.pidfd = -1,
		.out = { .fd = -1, .text = g_string_new(NULL) },
		.err = { .fd = -1, .text = g_string_new(NULL) },
	};
	int status = 0;

	if (cancel && g_cancellable_is_cancelled(cancel))
		return error_interrupted(error);
	if (spec->timeout_s)
		child.deadline = g_get_monotonic_time() + (gint64)spec->timeout_s * G_USEC_PER_SEC;
	if (!start(&child, error))
		return false;
	watch(&child, cancel);
	kill(-child.pid, SIGKILL); /* what it left in its group */
	while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (child.cancelled)
		return error_interrupted(error);
	if (ret_end)
		*ret_end = (ProcessEnd){
			.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
			.timed_out = child.timed_out,
			.out = spec->output ? NULL : take_text(&child.out),
			.err = spec->output ? NULL : take_text(&child.err),
		};
	return true;
}

bool process_check(const ProcessSpec *spec, GCancellable *cancel, GError **error)
{
	g_auto(ProcessEnd) end = { 0 };

	if (!process_run(spec, cancel, &end, error))
		return false;
	if (end.status == 0)
		return true;
	g_autofree char *line = text_last_line(end.err && *end.err ? end.err : end.out);
	if (end.timed_out)
		return error_host(error, "%s did not end within %u s", spec->argv[0],
				  spec->timeout_s);
	if (end.signal)
		return error_host(error, "%s was ended by signal %d (%s)", spec->argv[0],
				  end.signal, g_strsignal(end.signal));
	return error_host(error, "%s failed with status %d: %s", spec->argv[0], end.status,
			  spec->output ? spec->output
			  : line       ? line
				       : "no message");
}
