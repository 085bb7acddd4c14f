/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Job control for one program, as in the C library's manual. */
#include "cmd/foreground.h"

#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define TICK_MS 100 /* how often it is looked whether it was stopped */
#define GRACE_S 2   /* between SIGHUP and SIGKILL */

typedef struct {
	pid_t pid;
	pid_t own; /* our process group */
	bool terminal;
	struct termios settings;
} Job;

/* Async-signal-safe calls only: this is between fork and exec of a program with threads. */
static void G_GNUC_NORETURN become(const char *program, const char *const *argv, bool terminal,
				   int report)
{
	static const int defaults[] = { SIGPIPE, SIGTTOU, SIGTTIN, SIGTSTP };
	sigset_t none;
	int saved;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	signal(SIGTTOU, SIG_IGN);
	if (terminal)
		tcsetpgrp(STDIN_FILENO, getpid());
	for (gsize i = 0; i < G_N_ELEMENTS(defaults); i++)
		signal(defaults[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(program, (char *const *)argv);
	saved = errno;
	(void)!write(report, &saved, sizeof(saved));
	_exit(127);
}

/* The terminal to a process group; who is in the background may not, but for this. */
static void give_terminal(pid_t group)
{
	sigset_t out, old;

	sigemptyset(&out);
	sigaddset(&out, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &out, &old);
	tcsetpgrp(STDIN_FILENO, group);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void take_terminal_back(const Job *job)
{
	sigset_t out, old;

	if (!job->terminal)
		return;
	give_terminal(job->own);
	sigemptyset(&out);
	sigaddset(&out, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &out, &old);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &job->settings);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void hang_up(const Job *job, int number)
{
	kill(-job->pid, number);
	kill(-job->pid, SIGCONT);
}

/* Where it is stopped we all are, as the shell that started us expects. */
static void stop_all(const Job *job)
{
	take_terminal_back(job);
	kill(0, SIGSTOP);
	if (job->terminal)
		give_terminal(job->pid);
	kill(-job->pid, SIGCONT);
}

/* Whether it has ended, or has been stopped and is to go on. */
static bool look(const Job *job)
{
	int status;
	pid_t pid = waitpid(job->pid, &status, WUNTRACED | WNOHANG);

	if (pid == job->pid && WIFSTOPPED(status))
		stop_all(job);
	else if (pid != 0)
		return true;
	return false;
}

/* Until it ends; it has to where we have to, or the terminal is gone. */
static void wait_for(const Job *job, GCancellable *cancel)
{
	struct pollfd fds[3] = {
		{ .fd = (int)syscall(SYS_pidfd_open, job->pid, 0), .events = POLLIN },
		{ .fd = cancel ? g_cancellable_get_fd(cancel) : -1, .events = POLLIN },
		{ .fd = job->terminal ? STDIN_FILENO : -1 },
	};
	gint64 kill_at = 0;

	while (!look(job)) {
		poll(fds, G_N_ELEMENTS(fds), TICK_MS);
		if (!kill_at && (fds[1].revents || fds[2].revents & POLLHUP)) {
			hang_up(job, SIGHUP);
			fds[1].fd = fds[2].fd = -1;
			kill_at = g_get_monotonic_time() + GRACE_S * G_TIME_SPAN_SECOND;
		} else if (kill_at && g_get_monotonic_time() > kill_at) {
			hang_up(job, SIGKILL);
		}
	}
	if (cancel)
		g_cancellable_release_fd(cancel);
	if (fds[0].fd >= 0)
		close(fds[0].fd);
}

bool foreground_run(const char *const *argv, GCancellable *cancel, GError **error)
{
	g_autofree char *program = g_find_program_in_path(argv[0]);
	Job job = { .own = getpgrp() };
	int report[2], failed = 0;

	if (!program)
		return error_host(error, "%s is missing: apt install %s", argv[0], argv[0]);
	job.terminal =
		tcgetpgrp(STDIN_FILENO) == job.own && tcgetattr(STDIN_FILENO, &job.settings) == 0;
	if (pipe2(report, O_CLOEXEC) < 0)
		return error_host(error, "cannot make a pipe: %s", g_strerror(errno));
	job.pid = fork();
	if (job.pid == 0)
		become(program, argv, job.terminal, report[1]);
	if (job.pid < 0)
		failed = errno;
	close(report[1]);
	if (job.pid > 0) {
		setpgid(job.pid, job.pid);
		(void)!read(report[0], &failed, sizeof(failed));
		wait_for(&job, cancel);
		take_terminal_back(&job);
	}
	close(report[0]);
	return !failed || error_host(error, "cannot run %s: %s", program, g_strerror(failed));
}
