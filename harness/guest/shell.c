/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the serial port and the shell's terminal: frames on one side, bytes on the other. */
#include "guest/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* One frame as it comes in, and the bytes for the terminal that wait to be taken. */
typedef struct {
	int port;
	int terminal; /* its master's side */
	unsigned char frame[PORT_HEAD + PORT_FRAME_MAX];
	size_t have;
	unsigned char typed[PORT_WINDOW];
	size_t n_typed;
} Shell;

bool shell_parse(const char *line, Screen *ret_screen)
{
	_Static_assert(sizeof(ret_screen->term) == 64, "the width below");
	return sscanf(line, PROTOCOL_SHELL "%hu %hu %63s", &ret_screen->rows, &ret_screen->columns,
		      ret_screen->term) == 3;
}

_Noreturn void shell_become(void)
{
	/* no login shells: /etc/profile would take PATH away, and with it the case's commands */
	execlp("bash", "bash", "-i", NULL);
	execlp("sh", "sh", "-i", NULL);
	fprintf(stderr, "there is no shell here: %s\n", strerror(errno));
	_exit(127);
}

static bool send_frame(int port, char kind, const void *payload, size_t len)
{
	unsigned char frame[PORT_HEAD + PORT_FRAME_MAX] = { (unsigned char)kind,
							    (unsigned char)(len >> 8),
							    (unsigned char)len };

	memcpy(frame + PORT_HEAD, payload, len);
	return write_all(port, (const char *)frame, PORT_HEAD + len);
}

static unsigned two_bytes(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void set_size(int terminal, unsigned rows, unsigned columns)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	ioctl(terminal, TIOCSWINSZ, &size);
}

/* A whole frame. The host keeps to PORT_WINDOW; what is over it would be lost. */
static void take_frame(Shell *shell, size_t len)
{
	const unsigned char *payload = shell->frame + PORT_HEAD;

	if (shell->frame[0] == PORT_SIZE && len == 4) {
		set_size(shell->terminal, two_bytes(payload), two_bytes(payload + 2));
	} else if (shell->frame[0] == PORT_DATA) {
		if (len > sizeof(shell->typed) - shell->n_typed)
			len = sizeof(shell->typed) - shell->n_typed;
		memcpy(shell->typed + shell->n_typed, payload, len);
		shell->n_typed += len;
	}
}

/* Return: false where the port fails, or what comes is no frame. */
static bool read_port(Shell *shell)
{
	size_t want = PORT_HEAD;
	ssize_t n;

	if (shell->have >= PORT_HEAD)
		want += two_bytes(shell->frame + 1);
	if (want > sizeof(shell->frame))
		return false;
	n = read(shell->port, shell->frame + shell->have, want - shell->have);
	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	shell->have += (size_t)n;
	if (shell->have < want || (want == PORT_HEAD && two_bytes(shell->frame + 1) > 0))
		return true;
	take_frame(shell, want - PORT_HEAD);
	shell->have = 0;
	return true;
}

/* To the shell as much as its terminal takes now; the host is told. */
static void type(Shell *shell)
{
	ssize_t n = write(shell->terminal, shell->typed, shell->n_typed);
	unsigned char taken[2];

	if (n <= 0)
		return;
	shell->n_typed -= (size_t)n;
	memmove(shell->typed, shell->typed + n, shell->n_typed);
	taken[0] = (unsigned char)((size_t)n >> 8);
	taken[1] = (unsigned char)n;
	send_frame(shell->port, PORT_TAKEN, taken, sizeof(taken));
}

/* Return: false where there is nothing more. */
static bool show(const Shell *shell)
{
	char buffer[PORT_FRAME_MAX];
	ssize_t n = read(shell->terminal, buffer, sizeof(buffer));

	return n > 0 && send_frame(shell->port, PORT_DATA, buffer, (size_t)n);
}

/* Reaps whoever is orphaned, until it is the shell: its wait status. */
static bool has_ended(pid_t pid, int *ret_status)
{
	pid_t gone;
	int status;

	while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
		if (gone == pid) {
			*ret_status = status;
			return true;
		}
	return false;
}

static bool pass(Shell *shell, pid_t pid, int *ret_status)
{
	sigset_t none;

	sigemptyset(&none);
	while (!has_ended(pid, ret_status)) {
		struct pollfd fds[2] = {
			{ .fd = shell->port, .events = POLLIN },
			{ .fd = shell->terminal,
			  .events = (short)(POLLIN | (shell->n_typed ? POLLOUT : 0)) },
		};

		if (ppoll(fds, 2, NULL, &none) < 0)
			continue;
		if (fds[0].revents && !read_port(shell))
			return false;
		if (fds[1].revents & POLLOUT)
			type(shell);
		/* nobody has it open: until its end is told, there is nothing to wait for here */
		if (fds[1].revents & (POLLIN | POLLHUP) && !show(shell) && fds[1].revents & POLLHUP)
			usleep(10000);
	}
	while (show(shell))
		;
	return true;
}

static _Noreturn void become(int master, const Screen *screen)
{
	const char *name = ptsname(master);
	int slave = name && setsid() >= 0 ? open(name, O_RDWR) : -1;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(127);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(slave, fd);
	if (slave > STDERR_FILENO)
		close(slave);
	setenv("TERM", screen->term, 1);
	if (chdir("/root") < 0)
		chdir("/");
	shell_become();
}

static int open_terminal(const Screen *screen, Reason *reason)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
		fail(reason, "cannot make a terminal for the shell");
		return -1;
	}
	set_size(master, screen->rows, screen->columns);
	return master;
}

bool shell_run(int port, const Screen *screen, Reason *reason)
{
	Shell shell = { .port = port, .terminal = open_terminal(screen, reason) };
	unsigned char byte;
	int status = 0;
	pid_t pid;

	if (shell.terminal < 0)
		return false;
	pid = fork();
	if (pid < 0)
		return fail(reason, "cannot fork");
	if (pid == 0)
		become(shell.terminal, screen);
	if (!pass(&shell, pid, &status))
		return fail(reason, "cannot read from " PROTOCOL_PORT);
	byte = (unsigned char)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return send_frame(port, PORT_EXIT, &byte, 1) ||
	       fail(reason, "cannot write to " PROTOCOL_PORT);
}
