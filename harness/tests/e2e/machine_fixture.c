/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the machine room stand on: an image, a guest, and finding its QEMU. */
#include "tests/e2e/machine_fixture.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/stamp.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *top; /* the test's folder, short */
char *kernel;
char *image;
const char *uri; /* NULL for the embedded driver */
Machine *machine;

char *at(const char *name)
{
	return g_build_filename(top, name, NULL);
}

/* The first QEMU whose command line has the text, and how many there are. */
static pid_t qemu_find(const char *text, guint *ret_n)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;
	pid_t pid = 0;
	guint n = 0;

	while ((name = g_dir_read_name(proc))) {
		g_autofree char *path = g_build_filename("/proc", name, "cmdline", NULL);
		g_autofree char *line = NULL;
		gsize len, i;

		if (!g_ascii_isdigit(name[0]) || !g_file_get_contents(path, &line, &len, NULL))
			continue;
		for (i = 0; i < len; i++)
			line[i] = line[i] ? line[i] : ' ';
		if (strstr(line, "qemu-system") && strstr(line, text)) {
			pid = n++ ? pid : (pid_t)atoi(name);
		}
	}
	if (ret_n)
		*ret_n = n;
	return pid;
}

guint qemus_of(const char *home)
{
	guint n;

	qemu_find(home, &n);
	return n;
}

/* The pid of this process's only guest. */
pid_t qemu_own(void)
{
	g_autofree char *home = at("h");
	g_autofree char *name = g_strdup_printf("guest=bisectbox-%d-", getpid());

	return qemu_find(uri ? name : home, NULL);
}

static bool on_console(const char *data, gsize len, void *user)
{
	Fixture *fixture = user;

	g_string_append_len(fixture->seen, data, (gssize)len);
	if (!fixture->on || fixture->done || !strstr(fixture->seen->str, fixture->on))
		return false;
	fixture->done = true;
	if (fixture->kill_signal) {
		pid_t pid = qemu_own();

		g_assert_cmpint(pid, >, 1);
		g_assert_cmpint(kill(pid, fixture->kill_signal), ==, 0);
	}
	if (fixture->cancel)
		g_cancellable_cancel(fixture->cancel);
	return fixture->enough;
}

void fixture_init(Fixture *fixture, const char *name, const char *cmdline)
{
	g_autofree char *console = g_strconcat(name, " <&'\"> console", NULL);
	g_autofree char *share = g_strconcat(name, " <&'\">, share", NULL);

	memset(fixture, 0, sizeof(*fixture));
	fixture->console = at(console);
	fixture->share = at(share);
	fixture->seen = g_string_new(NULL);
	g_assert_cmpint(g_mkdir_with_parents(fixture->share, 0755), ==, 0);
	fixture->spec = (GuestSpec){
		.kernel = kernel,
		.cmdline = cmdline,
		.image = image,
		.image_format = "raw",
		.share = fixture->share,
		.console = fixture->console,
		.console_max = 1 << 20,
		.share_max = 16 << 20,
		.cpus = 1,
		.mem_mib = 256,
		.timeout_ms = 60000,
		.on_console = on_console,
		.user = fixture,
	};
}

void fixture_clear(Fixture *fixture)
{
	g_autofree char *text = NULL;
	GString *plain;
	gsize len;

	/* whatever came in pieces is what the file holds, but for its stamps */
	g_assert_true(g_file_get_contents(fixture->console, &text, &len, NULL));
	plain = stamp_strip(text, len);
	g_assert_true(g_str_has_prefix(plain->str, fixture->seen->str));
	g_string_free(plain, TRUE);
	fs_remove_tree(fixture->share, NULL);
	g_unlink(fixture->console);
	g_free(fixture->console);
	g_free(fixture->share);
	g_string_free(fixture->seen, TRUE);
	g_clear_object(&fixture->cancel);
}
GuestEnd run_ok(Fixture *fixture, unsigned *ret_ms)
{
	g_autoptr(GError) error = NULL;
	GuestEnd end = (GuestEnd)-1;
	bool ok = guest_run(machine, &fixture->spec, fixture->cancel, &end, ret_ms, &error);

	g_assert_no_error(error);
	g_assert_true(ok);
	return end;
}

char *run_fail(Fixture *fixture, BoxError code)
{
	GError *error = NULL;
	GuestEnd end = (GuestEnd)-1;
	char *said;

	g_assert_false(guest_run(machine, &fixture->spec, fixture->cancel, &end, NULL, &error));
	g_assert_error(error, BOX_ERROR, (int)code);
	g_assert_cmpint((int)end, ==, -1);
	g_assert_null(strchr(error->message, '\n'));
	said = g_strdup(error->message);
	g_test_message("says: %s", said);
	g_error_free(error);
	return said;
}

void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		g_error("'%s' lacks '%s'", text, part);
}

void make_image(void)
{
	static const char *const folders[] = { "sbin", "proc", "dev", "share", NULL };
	g_autofree char *root = at("root");
	g_autofree char *init = paths_built("tests/e2e/machine_init");
	g_autofree char *to = g_build_filename(root, "sbin", "init", NULL);
	const char *argv[] = { "mke2fs", "-q", "-t", "ext2", "-d", root, image, "8M", NULL };
	ProcessSpec mke2fs = { .argv = argv };
	g_autoptr(GError) error = NULL;
	int i;

	for (i = 0; folders[i]; i++) {
		g_autofree char *folder = g_build_filename(root, folders[i], NULL);

		fs_mkdir(folder, &error);
		g_assert_no_error(error);
	}
	fs_copy(init, to, &error);
	g_assert_no_error(error);
	g_autofree char *path = g_strconcat(g_getenv("PATH"), ":/usr/sbin:/sbin", NULL);
	g_setenv("PATH", path, TRUE);
	process_check(&mke2fs, NULL, &error);
	g_assert_no_error(error);
}
