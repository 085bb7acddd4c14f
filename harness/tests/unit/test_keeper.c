/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keeper: passes the status on, passes signals on, ends what is left. This program is its own
 * child. */
#include "machine/keeper.h"

#include <glib.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t got;

/* What a library that starts before main() sees of libvirt's setting. */
static char early[64] = "none";

static void __attribute__((constructor)) see_early(void)
{
	const char *log = getenv("LIBVIRT_LOG_OUTPUTS");

	snprintf(early, sizeof(early), "%s", log ? log : "none");
}

static void on_signal(int sig)
{
	got = sig;
}

/* Two forks, so that nobody of the program is the parent; tells its pid. */
static void orphan(bool deaf)
{
	int fds[2];
	pid_t pid = 0;

	g_assert_cmpint(pipe(fds), ==, 0);
	if (fork() == 0) {
		if (fork() == 0) {
			setsid();
			if (deaf)
				signal(SIGTERM, SIG_IGN);
			pid = getpid();
			/* its output is the test's pipe otherwise, which would never end */
			fclose(stdout);
			close(1);
			if (write(fds[1], &pid, sizeof(pid)) < 0)
				_exit(1);
			for (;;)
				pause();
		}
		_exit(0);
	}
	g_assert_cmpint(read(fds[0], &pid, sizeof(pid)), ==, sizeof(pid));
	wait(NULL);
	printf("%d\n", pid);
	fflush(stdout);
}

/* What the program under the keeper does. */
static int program(const char *what)
{
	struct sigaction action = { .sa_handler = on_signal };
	int sig, status, i;

	/* nothing of what started the tests may decide them */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	keeper_start();
	if (strcmp(what, "exit") == 0)
		return 42;
	if (strcmp(what, "environment") == 0) {
		for (i = 0; environ[i]; i++) {
			if (strncmp(environ[i], "LIBVIRT", 7) == 0 ||
			    strncmp(environ[i], "BISECTBOX_K", 11) == 0)
				printf("%s ", environ[i]);
		}
		printf("%s\n", early);
		return 0;
	}
	if (strcmp(what, "kill") == 0)
		raise(SIGKILL);
	if (strcmp(what, "abort") == 0)
		abort();
	if (strcmp(what, "orphan") == 0 || strcmp(what, "deaf") == 0) {
		orphan(strcmp(what, "deaf") == 0);
		return 7;
	}
	if (strcmp(what, "status") == 0) {
		/* a child of its own is still its own to wait for */
		if (fork() == 0)
			_exit(5);
		wait(&status);
		return WEXITSTATUS(status) == 5 ? 0 : 1;
	}
	if (strcmp(what, "reaped") == 0) {
		/* an orphan that ends is reaped although the program goes on */
		if (fork() == 0) {
			if (fork() == 0)
				_exit(0);
			_exit(0);
		}
		wait(NULL);
		g_usleep(300000);
		printf("%d\n", getppid());
		fflush(stdout);
		pause();
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	printf("%d\n", getpid());
	fflush(stdout);
	while (!got)
		g_usleep(10000);
	sig = got;
	return 100 + sig;
}

static GPid start(const char *what, int *ret_out)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	char *argv[] = { self, (char *)"--program", (char *)what, NULL };
	g_autoptr(GError) error = NULL;
	GPid pid;

	g_spawn_async_with_pipes(NULL, argv, NULL,
				 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
				 &pid, NULL, ret_out, NULL, &error);
	g_assert_no_error(error);
	return pid;
}

static pid_t read_pid(int fd)
{
	char buf[64];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	g_assert_cmpint(n, >, 0);
	buf[n] = '\0';
	return (pid_t)atoi(buf);
}

static char *read_all(int fd)
{
	char buf[256];
	ssize_t n, len = 0;

	while ((n = read(fd, buf + len, sizeof(buf) - 1 - (gsize)len)) > 0)
		len += n;
	buf[len] = '\0';
	return g_strdup(buf);
}

static int finish(GPid keeper, int out)
{
	int status = 0;

	g_assert_cmpint(waitpid(keeper, &status, 0), ==, keeper);
	close(out);
	return status;
}

static void test_exit(void)
{
	int out, status;
	GPid keeper = start("exit", &out);

	status = finish(keeper, out);
	g_assert_true(WIFEXITED(status));
	g_assert_cmpint(WEXITSTATUS(status), ==, 42);
	keeper = start("status", &out);
	g_assert_cmpint(finish(keeper, out), ==, 0);
}

static void test_died(gconstpointer data)
{
	int out, status;
	int sig = strcmp(data, "kill") == 0 ? SIGKILL : SIGABRT;
	GPid keeper = start(data, &out);

	status = finish(keeper, out);
	g_assert_true(WIFSIGNALED(status));
	g_assert_cmpint(WTERMSIG(status), ==, sig);
}

/* The program answers a signal that only the keeper was sent; who is stronger than it is not asked.
 */
static void test_forward(gconstpointer data)
{
	int out, status;
	int sig = GPOINTER_TO_INT(data);
	GPid keeper = start("listen", &out);
	pid_t inner = read_pid(out);

	g_assert_cmpint(inner, !=, keeper);
	kill(keeper, sig);
	status = finish(keeper, out);
	g_assert_true(WIFEXITED(status));
	g_assert_cmpint(WEXITSTATUS(status), ==, 100 + sig);
}

/* Killed itself, the keeper is the program's reason to end in good order. */
static void test_keeper_killed(void)
{
	int out, i;
	GPid keeper = start("listen", &out);
	pid_t inner = read_pid(out);

	kill(keeper, SIGKILL);
	finish(keeper, out);
	for (i = 0; i < 500 && kill(inner, 0) == 0; i++) {
		/* whoever adopts it may be slow to reap it */
		g_autofree char *path = g_strdup_printf("/proc/%d/stat", inner);
		g_autofree char *stat = NULL;

		if (g_file_get_contents(path, &stat, NULL, NULL) && strstr(stat, ") Z"))
			break;
		g_usleep(10000);
	}
	g_assert_cmpint(i, <, 500);
}

static void test_orphan(gconstpointer data)
{
	gint64 from = g_get_monotonic_time();
	int out, status;
	GPid keeper = start(data, &out);
	pid_t left = read_pid(out);

	status = finish(keeper, out);
	g_assert_cmpint(WEXITSTATUS(status), ==, 7);
	/* ended and reaped: not even a zombie */
	g_assert_cmpint(kill(left, 0), ==, -1);
	g_assert_cmpint(errno, ==, ESRCH);
	g_assert_cmpint((int)((g_get_monotonic_time() - from) / 1000), <, 60000);
}

/* libvirt is quiet from its first moment, and nobody else is told to be. */
static void test_environment(void)
{
	g_autofree char *plain = NULL;
	g_autofree char *own = NULL;
	int out;
	GPid keeper;

	g_unsetenv("LIBVIRT_LOG_OUTPUTS");
	keeper = start("environment", &out);
	plain = read_all(out);
	g_assert_cmpint(finish(keeper, out), ==, 0);
	g_assert_cmpstr(plain, ==, "3:file:/dev/null\n");
	g_setenv("LIBVIRT_LOG_OUTPUTS", "1:stderr", TRUE);
	keeper = start("environment", &out);
	own = read_all(out);
	g_assert_cmpint(finish(keeper, out), ==, 0);
	g_assert_cmpstr(own, ==, "LIBVIRT_LOG_OUTPUTS=1:stderr 1:stderr\n");
	g_unsetenv("LIBVIRT_LOG_OUTPUTS");
}

static void test_reaped(void)
{
	int out, status;
	GPid keeper = start("reaped", &out);
	g_autofree char *path = NULL;
	g_autofree char *children = NULL;
	g_auto(GStrv) pids = NULL;

	g_assert_cmpint(read_pid(out), ==, keeper);
	path = g_strdup_printf("/proc/%d/task/%d/children", keeper, keeper);
	if (g_file_get_contents(path, &children, NULL, NULL)) {
		pids = g_strsplit(g_strchomp(children), " ", -1);
		g_assert_cmpuint(g_strv_length(pids), ==, 1);
	}
	kill(keeper, SIGTERM);
	status = finish(keeper, out);
	g_assert_true(WIFSIGNALED(status));
	g_assert_cmpint(WTERMSIG(status), ==, SIGTERM);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--program") == 0)
		return program(argv[2]);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/keeper/exit", test_exit);
	g_test_add_data_func("/keeper/killed", "kill", test_died);
	g_test_add_data_func("/keeper/aborted", "abort", test_died);
	g_test_add_data_func("/keeper/term", GINT_TO_POINTER(SIGTERM), test_forward);
	g_test_add_data_func("/keeper/int", GINT_TO_POINTER(SIGINT), test_forward);
	g_test_add_data_func("/keeper/usr1", GINT_TO_POINTER(SIGUSR1), test_forward);
	g_test_add_func("/keeper/keeper-killed", test_keeper_killed);
	g_test_add_data_func("/keeper/orphan", "orphan", test_orphan);
	g_test_add_data_func("/keeper/deaf-orphan", "deaf", test_orphan);
	g_test_add_func("/keeper/environment", test_environment);
	g_test_add_func("/keeper/reaped", test_reaped);
	return g_test_run();
}
