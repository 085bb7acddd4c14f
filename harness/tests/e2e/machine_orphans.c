/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left behind when guests end, and when processes with guests are killed. */
#include "tests/e2e/machine_fixture.h"
#include "machine/keeper.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static guint entries_of(const char *home, const char *folder, const char *prefix,
			const char *suffix)
{
	g_autofree char *path = g_build_filename(home, folder, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;
	guint n = 0;

	g_assert_nonnull(dir);
	while ((name = g_dir_read_name(dir)))
		n += g_str_has_prefix(name, prefix) && g_str_has_suffix(name, suffix);
	return n;
}

void assert_nothing_left(const char *home)
{
	g_assert_cmpuint(qemus_of(home), ==, 0);
	g_assert_cmpuint(entries_of(home, "run/qemu", "bb", ""), ==, 0);
	g_assert_cmpuint(entries_of(home, "lib/qemu", "domain-", ""), ==, 0);
	g_assert_cmpuint(entries_of(home, "log/qemu", "bb", ""), ==, 0);
}

/* One process with a guest that never ends: what becomes of it when the process is killed? */
static gpointer cancel_soon(gpointer cancel)
{
	g_usleep(1500000);
	g_cancellable_cancel(cancel);
	g_object_unref(cancel);
	return NULL;
}

/* QEMU takes eight seconds to start, the user lost patience after one and a half. */
static int child_slow(const char *home, Machine *mine)
{
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	g_autoptr(GError) error = NULL;
	Fixture fixture;
	GuestEnd end;
	gint64 from;

	fixture_init(&fixture, "slow", CMDLINE "sleep");
	g_thread_unref(g_thread_new("cancel", cancel_soon, g_object_ref(cancel)));
	from = g_get_monotonic_time();
	g_assert_false(guest_run(mine, &fixture.spec, cancel, &end, NULL, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_INTERRUPTED);
	g_assert_cmpint((int)((g_get_monotonic_time() - from) / 1000), <, 5000);
	/* it comes up after all, and is gone when the machine is closed */
	machine_close(mine);
	g_assert_cmpint((int)((g_get_monotonic_time() - from) / 1000), >, 8000);
	assert_nothing_left(home);
	fixture_clear(&fixture);
	return 0;
}

int child_main(const char *how, const char *home)
{
	g_autoptr(Machine) mine = NULL;
	g_autoptr(GError) error = NULL;
	Fixture fixture; /* never cleared: this process is killed */
	GuestEnd end;

	if (strcmp(how, "kept") == 0 || strcmp(how, "slow") == 0)
		keeper_start();
	const MachineSpec where = { .home = home, .arch = arch_usual(), .accel = ACCEL_TCG };

	if (!machine_open(&where, NULL, &mine, &error)) {
		printf("%s\n", error->message);
		return error_exit_code(error);
	}
	if (strcmp(how, "open") == 0)
		return 0;
	if (strcmp(how, "slow") == 0)
		return child_slow(home, g_steal_pointer(&mine));
	fixture_init(&fixture, home + strlen(top) + 1, CMDLINE "sleep");
	printf("%d\n", getpid());
	fflush(stdout);
	return !guest_run(mine, &fixture.spec, NULL, &end, NULL, &error);
}

/* @path: its PATH, NULL for ours */
static GPid child_start(const char *how, const char *home, const char *path, int *ret_out)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	const char *argv[] = { self, "--child", how, home, top, kernel, image, NULL };
	g_auto(GStrv) env = g_get_environ();
	g_autoptr(GError) error = NULL;
	GPid pid;

	/* without a keeper, nobody else keeps libvirt's log off stderr */
	env = g_environ_setenv(env, "LIBVIRT_LOG_OUTPUTS", "3:file:/dev/null", FALSE);
	if (path)
		env = g_environ_setenv(env, "PATH", path, TRUE);
	g_spawn_async_with_pipes(NULL, (char **)argv, env, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
				 &pid, NULL, ret_out, NULL, &error);
	g_assert_no_error(error);
	return pid;
}

static char *child_line(int fd)
{
	char buf[1024];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	g_assert_cmpint(n, >, 0);
	buf[n] = '\0';
	return g_strdup(g_strchomp(buf));
}

static void wait_for_qemu(const char *home)
{
	g_autofree char *guest = g_strconcat(home, "/lib/qemu/domain-", NULL);
	int i;

	for (i = 0; i < 300 && qemus_of(guest) == 0; i++)
		g_usleep(100000);
	g_assert_cmpuint(qemus_of(guest), ==, 1);
	/* it is there before libvirt knows that it is up */
	g_usleep(1000000);
}

/* The program dies without a chance; its keeper ends the guest, and dies the same way. */
void test_kept(void)
{
	g_autofree char *home = at("k");
	g_autofree char *line = NULL;
	int out, status;
	GPid keeper = child_start("kept", home, NULL, &out);
	pid_t program;

	line = child_line(out);
	program = (pid_t)atoi(line);
	g_assert_cmpint(program, !=, keeper);
	wait_for_qemu(home);
	g_assert_cmpuint(qemus_of(home), ==, 1);
	kill(program, SIGKILL);
	g_assert_cmpint(waitpid(keeper, &status, 0), ==, keeper);
	g_assert_true(WIFSIGNALED(status));
	g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
	g_assert_cmpuint(qemus_of(home), ==, 0);
	close(out);
}

/* Without a keeper the guest goes on, until somebody opens that home again. */
void test_leftover(void)
{
	g_autofree char *home = at("l");
	g_autofree char *line = NULL;
	g_autofree char *second = NULL;
	int out, out2, status;
	GPid program = child_start("alone", home, NULL, &out);
	GPid other;

	line = child_line(out);
	wait_for_qemu(home);
	/* meanwhile nobody else gets this home */
	other = child_start("open", home, NULL, &out2);
	second = child_line(out2);
	assert_has(second, "in use by another bisectbox");
	waitpid(other, &status, 0);
	g_assert_cmpint(WEXITSTATUS(status), ==, EXIT_HOST);
	close(out2);
	kill(program, SIGKILL);
	waitpid(program, &status, 0);
	close(out);
	g_assert_cmpuint(qemus_of(home), ==, 1);
	other = child_start("open", home, NULL, &out);
	waitpid(other, &status, 0);
	close(out);
	g_assert_cmpint(WEXITSTATUS(status), ==, 0);
	assert_nothing_left(home);
}

/* Starting QEMU has no bound of its own; cancelling does not wait for it. */
void test_slow_start(void)
{
	static const char script[] =
		"#!/bin/sh\ncase \"$*\" in *-name*) sleep 8;; esac\nexec %s \"$@\"\n";
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");
	g_autofree char *bin = at("bin");
	g_autofree char *fake = g_build_filename(bin, "qemu-system-x86_64", NULL);
	g_autofree char *home = at("s");
	g_autofree char *path = g_strconcat(bin, ":", g_getenv("PATH"), NULL);
	g_auto(GStrv) parts = g_strsplit(script, "%s", 2);
	g_autofree char *text = g_strjoinv(qemu, parts);
	int out, status;
	GPid child;

	g_assert_cmpint(g_mkdir_with_parents(bin, 0755), ==, 0);
	g_assert_true(g_file_set_contents(fake, text, -1, NULL));
	g_assert_cmpint(chmod(fake, 0755), ==, 0);
	child = child_start("slow", home, path, &out);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(status, ==, 0);
	close(out);
}
