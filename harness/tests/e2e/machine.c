/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine room on real guests. Needs QEMU, libvirt's embedded driver, mke2fs, and a kernel
 * (ext2, virtio, 9p, serial console) named by BISECTBOX_TEST_KERNEL. With BISECTBOX_TEST_URI the
 * same tests go through that daemon. With `-m perf` it also measures guest_run() against bare QEMU.
 */
#include "tests/e2e/machine_fixture.h"
#include "machine/keeper.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define BENCH_ROUNDS 9

static void test_poweroff(void)
{
	g_auto(Fixture) fixture;
	unsigned ms = 0;

	fixture_init(&fixture, "poweroff", CMDLINE "poweroff");
	g_assert_cmpint(run_ok(&fixture, &ms), ==, GUEST_WENT);
	assert_has(fixture.seen->str, "init: here");
	assert_has(fixture.seen->str, "reboot: Power down");
	g_assert_cmpuint(ms, >, 100);
	g_assert_cmpuint(ms, <, 30000);
}

static void test_reset(void)
{
	g_auto(Fixture) fixture;

	fixture_init(&fixture, "reset", CMDLINE "reset");
	g_assert_cmpint(run_ok(&fixture, NULL), ==, GUEST_WENT);
	assert_has(fixture.seen->str, "reboot: Restarting system");
	/* and it did not come up a second time */
	g_assert_null(strstr(strstr(fixture.seen->str, "Linux version") + 1, "Linux version"));
}

static void test_panic(void)
{
	g_auto(Fixture) fixture;
	unsigned ms;

	fixture_init(&fixture, "panic", CMDLINE "none");
	fixture.spec.image = NULL;
	g_assert_cmpint(run_ok(&fixture, &ms), ==, GUEST_WENT);
	assert_has(fixture.seen->str, "Unable to mount root fs");
	assert_has(fixture.seen->str, "Kernel panic");
	g_assert_cmpuint(ms, <, 30000);
}

static void test_timeout(void)
{
	g_auto(Fixture) fixture;
	unsigned ms;

	fixture_init(&fixture, "timeout", CMDLINE "sleep");
	fixture.spec.timeout_ms = 4000;
	g_assert_cmpint(run_ok(&fixture, &ms), ==, GUEST_TIMEOUT);
	g_assert_cmpuint(ms, >=, 4000);
	g_assert_cmpuint(ms, <, 10000);
}

static void test_enough(void)
{
	g_auto(Fixture) fixture;
	unsigned ms;

	fixture_init(&fixture, "enough", CMDLINE "sleep");
	fixture.on = "init: here";
	fixture.enough = true;
	g_assert_cmpint(run_ok(&fixture, &ms), ==, GUEST_STOPPED);
	g_assert_cmpuint(ms, <, 30000);
}

static void test_cancel(void)
{
	g_auto(Fixture) fixture;
	g_autofree char *said = NULL;
	g_autofree char *again = NULL;

	fixture_init(&fixture, "cancel", CMDLINE "sleep");
	fixture.on = "init: here";
	fixture.cancel = g_cancellable_new();
	said = run_fail(&fixture, BOX_ERROR_INTERRUPTED);
	/* and before it starts */
	again = run_fail(&fixture, BOX_ERROR_INTERRUPTED);
}

static void test_console_flood(void)
{
	g_auto(Fixture) fixture;

	fixture_init(&fixture, "flood", CMDLINE "console-flood");
	fixture.spec.console_max = 200000;
	g_assert_cmpint(run_ok(&fixture, NULL), ==, GUEST_CONSOLE_FLOOD);
	/* and of a line that was cut there nothing */
	g_assert_cmpuint(fixture.seen->len, <=, 200000);
	g_assert_cmpuint(fixture.seen->len, >, 190000);
}

static void test_share_flood(gconstpointer data)
{
	g_auto(Fixture) fixture;
	g_autofree char *cmdline = g_strconcat(CMDLINE, data, NULL);

	fixture_init(&fixture, "share", cmdline);
	fixture.spec.share_max = 4 << 20;
	g_assert_cmpint(run_ok(&fixture, NULL), ==, GUEST_SHARE_FLOOD);
}

static void test_share(void)
{
	g_auto(Fixture) fixture;
	g_autofree char *in = NULL;
	g_autofree char *out = NULL;
	g_autofree char *file = NULL;
	g_autofree char *text = NULL;
	gsize len;

	fixture_init(&fixture, "write", CMDLINE "write");
	in = g_build_filename(fixture.share, "in", NULL);
	out = g_build_filename(fixture.share, "out", NULL);
	file = g_build_filename(fixture.share, "dir", "file", NULL);
	g_assert_true(g_file_set_contents(in, "from the host", -1, NULL));
	g_assert_cmpint(run_ok(&fixture, NULL), ==, GUEST_WENT);
	assert_has(fixture.seen->str, "read: from the host");
	assert_has(fixture.seen->str, "written");
	g_assert_null(strstr(fixture.seen->str, "no chown"));
	g_assert_null(strstr(fixture.seen->str, "no mknod"));
	/* although the guest made them 0600 and 0700 */
	g_assert_true(g_file_get_contents(out, &text, &len, NULL));
	g_assert_cmpuint(len, ==, 100000);
	g_assert_cmpint(g_access(file, R_OK), ==, 0);
}

static void test_killed(gconstpointer data)
{
	g_auto(Fixture) fixture;
	g_autofree char *said = NULL;

	fixture_init(&fixture, "killed", CMDLINE "sleep");
	fixture.on = "init: here";
	fixture.kill_signal = GPOINTER_TO_INT(data);
	said = run_fail(&fixture, BOX_ERROR_HOST);
	assert_has(said, fixture.kill_signal == SIGTERM ? "ended from outside" : "QEMU died");
}

/* A QEMU that hangs is not a guest that hangs. */
static void test_stuck(void)
{
	g_auto(Fixture) fixture;
	g_autofree char *said = NULL;

	fixture_init(&fixture, "stuck", CMDLINE "sleep");
	fixture.on = "init: here";
	fixture.kill_signal = SIGSTOP;
	fixture.spec.timeout_ms = 5000;
	said = run_fail(&fixture, BOX_ERROR_HOST);
	assert_has(said, "QEMU does not answer");
}

/* A broken image is the host's trouble, whatever the guest makes of it. */
static void test_bad_image(void)
{
	g_auto(Fixture) fixture;
	g_autofree char *broken = at("broken.qcow2");
	g_autofree char *said = NULL;
	g_autoptr(GError) error = NULL;
	const char *argv[] = { "qemu-img", "convert", "-O", "qcow2", image, broken, NULL };
	ProcessSpec convert = { .argv = argv };
	guint64 table, entry;
	FILE *file;
	int i;

	g_assert_true(process_check(&convert, NULL, &error));
	g_assert_no_error(error);
	/* the first second-level table: everything from cluster 20 on is in no possible place */
	file = fopen(broken, "r+b");
	g_assert_nonnull(file);
	fseek(file, 40, SEEK_SET);
	g_assert_cmpuint(fread(&table, 8, 1, file), ==, 1);
	fseek(file, (long)GUINT64_FROM_BE(table), SEEK_SET);
	g_assert_cmpuint(fread(&entry, 8, 1, file), ==, 1);
	fseek(file, (long)(GUINT64_FROM_BE(entry) & 0x00fffffffffffe00), SEEK_SET);
	for (i = 0; i < 128; i++) {
		guint64 place = GUINT64_TO_BE(0x8000000000000000 | 0x12345600);

		fseek(file, i < 20 ? 8 : 0, SEEK_CUR);
		if (i >= 20)
			g_assert_cmpuint(fwrite(&place, 8, 1, file), ==, 1);
	}
	fclose(file);
	fixture_init(&fixture, "broken", CMDLINE "read-disk");
	fixture.spec.image = broken;
	fixture.spec.image_format = "qcow2";
	said = run_fail(&fixture, BOX_ERROR_HOST);
	assert_has(said, "QEMU paused the guest");
	assert_has(said, broken);
}

/* A full disk cuts what the guest writes: that is no verdict about its kernel. */
static void test_no_space(void)
{
	g_auto(Fixture) fixture;
	g_autofree char *said = NULL;

	fixture_init(&fixture, "full", CMDLINE "big");
	fixture.spec.share_max = 1 << 30;
	if (mount("tmpfs", fixture.share, "tmpfs", 0, "size=12m") < 0) {
		g_assert_true(g_file_set_contents(fixture.console, "", 0, NULL));
		g_test_skip("only root can make a small file system");
		return;
	}
	said = run_fail(&fixture, BOX_ERROR_HOST);
	assert_has(said, "no space left");
	assert_has(said, fixture.share);
	/* and before the guest starts */
	g_clear_pointer(&said, g_free);
	said = run_fail(&fixture, BOX_ERROR_HOST);
	assert_has(said, "no space left");
	g_string_truncate(fixture.seen, 0);
	/* QEMU may hold it for a moment more */
	g_assert_cmpint(umount2(fixture.share, MNT_DETACH), ==, 0);
}

static void test_no_start(void)
{
	g_auto(Fixture) fixture;
	g_autofree char *said = NULL;
	g_autofree char *fine = NULL;

	fixture_init(&fixture, "nothing", CMDLINE "none");
	fixture.spec.kernel = "/nowhere/bzImage";
	said = run_fail(&fixture, BOX_ERROR_HOST);
	assert_has(said, "/nowhere/bzImage");
	g_clear_pointer(&said, g_free);
	fixture.spec.kernel = kernel;
	fixture.spec.image_format = "qcow2"; /* which it is not */
	said = run_fail(&fixture, BOX_ERROR_HOST);
	assert_has(said, "cannot start the guest");
	g_assert_true(g_file_set_contents(fixture.console, "", 0, NULL));
}

typedef struct {
	int number;
	unsigned rounds;
} Worker;

static gpointer worker(gpointer data)
{
	Worker *self = data;
	unsigned i;

	for (i = 0; i < self->rounds; i++) {
		g_auto(Fixture) fixture;
		g_autofree char *name = g_strdup_printf("worker %d", self->number);

		fixture_init(&fixture, name, CMDLINE "write");
		g_assert_true(g_file_set_contents(g_build_filename(fixture.share, "in", NULL), name,
						  -1, NULL));
		g_assert_cmpint(run_ok(&fixture, NULL), ==, GUEST_WENT);
		assert_has(fixture.seen->str, name);
	}
	return NULL;
}

/* Several at a time on one image, each with more than one guest, none waiting for clean-up. */
static void test_parallel(void)
{
	Worker workers[] = { { 1, 2 }, { 2, 2 }, { 3, 2 } };
	GThread *threads[G_N_ELEMENTS(workers)];
	guint i;

	for (i = 0; i < G_N_ELEMENTS(workers); i++)
		threads[i] = g_thread_new("worker", worker, &workers[i]);
	for (i = 0; i < G_N_ELEMENTS(workers); i++)
		g_thread_join(threads[i]);
}

static void test_describe(void)
{
	GuestSpec spec = { .cpus = 2, .mem_mib = 300 };
	g_autofree char *text = machine_describe(machine, &spec);

	g_test_message("is: %s", text);
	assert_has(text, "QEMU ");
	assert_has(text, "pc-q35-");
	assert_has(text, "2 CPUs, 300 MiB");
}

/* The last test on the machine: closing ends what still runs. */
static void test_close(void)
{
	g_autofree char *home = at("h");

	test_enough();
	machine_close(machine);
	machine = NULL;
	g_assert_cmpint(qemu_own(), ==, 0);
	if (!uri)
		assert_nothing_left(home);
}

static int compare_double(gconstpointer a, gconstpointer b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double bare_run(const char *console)
{
	g_autofree char *serial = g_strconcat("file:", console, NULL);
	g_auto(GStrv) parts = g_strsplit(image, ",", -1);
	g_autofree char *path = g_strjoinv(",,", parts);
	g_autofree char *drive = g_strdup_printf("file=%s,if=virtio,format=raw,readonly=on", path);
	const char *argv[] = { "qemu-system-x86_64",
			       "-machine",
			       "q35,accel=tcg",
			       "-cpu",
			       "max",
			       "-m",
			       "256",
			       "-display",
			       "none",
			       "-nodefaults",
			       "-serial",
			       serial,
			       "-no-reboot",
			       "-kernel",
			       kernel,
			       "-append",
			       CMDLINE "poweroff",
			       "-drive",
			       drive,
			       NULL };
	ProcessSpec spec = { .argv = argv };
	g_autoptr(GError) error = NULL;
	gint64 from = g_get_monotonic_time();

	g_assert_true(process_check(&spec, NULL, &error));
	g_assert_no_error(error);
	return (double)(g_get_monotonic_time() - from) / 1e6;
}

static double our_run(void)
{
	g_auto(Fixture) fixture;
	gint64 from = g_get_monotonic_time();

	fixture_init(&fixture, "bench", CMDLINE "poweroff");
	fixture.spec.share = NULL;
	g_assert_cmpint(run_ok(&fixture, NULL), ==, GUEST_WENT);
	return (double)(g_get_monotonic_time() - from) / 1e6;
}

static void test_bench(void)
{
	g_autofree char *console = at("bare");
	double ours[BENCH_ROUNDS], bare[BENCH_ROUNDS], ratio;
	int i;

	for (i = 0; i < BENCH_ROUNDS; i++) {
		ours[i] = our_run();
		bare[i] = bare_run(console);
	}
	qsort(ours, BENCH_ROUNDS, sizeof(double), compare_double);
	qsort(bare, BENCH_ROUNDS, sizeof(double), compare_double);
	ratio = ours[BENCH_ROUNDS / 2] / bare[BENCH_ROUNDS / 2];
	g_test_message("guest_run() %.2f s (best %.2f), bare QEMU %.2f s (best %.2f)",
		       ours[BENCH_ROUNDS / 2], ours[0], bare[BENCH_ROUNDS / 2], bare[0]);
	g_test_minimized_result(ratio, "ratio %.2f", ratio);
}

static void add_tests(void)
{
	g_test_add_func("/machine/poweroff", test_poweroff);
	g_test_add_func("/machine/reset", test_reset);
	g_test_add_func("/machine/panic", test_panic);
	g_test_add_func("/machine/timeout", test_timeout);
	g_test_add_func("/machine/enough", test_enough);
	g_test_add_func("/machine/cancel", test_cancel);
	g_test_add_func("/machine/console-flood", test_console_flood);
	g_test_add_data_func("/machine/share-flood", "share-flood", test_share_flood);
	g_test_add_data_func("/machine/share-empty-files", "empty-files", test_share_flood);
	g_test_add_data_func("/machine/share-burst", "burst", test_share_flood);
	g_test_add_func("/machine/share", test_share);
	g_test_add_data_func("/machine/sigkill", GINT_TO_POINTER(SIGKILL), test_killed);
	g_test_add_data_func("/machine/sigterm", GINT_TO_POINTER(SIGTERM), test_killed);
	g_test_add_data_func("/machine/sigsegv", GINT_TO_POINTER(SIGSEGV), test_killed);
	g_test_add_func("/machine/stuck", test_stuck);
	g_test_add_func("/machine/bad-image", test_bad_image);
	g_test_add_func("/machine/no-space", test_no_space);
	g_test_add_func("/machine/no-start", test_no_start);
	g_test_add_func("/machine/parallel", test_parallel);
	g_test_add_func("/machine/describe", test_describe);
	if (g_test_perf())
		g_test_add_func("/machine/bench", test_bench);
	g_test_add_func("/machine/close", test_close);
	if (uri)
		return;
	g_test_add_func("/machine/kept", test_kept);
	g_test_add_func("/machine/leftover", test_leftover);
	g_test_add_func("/machine/slow-start", test_slow_start);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *cache = NULL;
	g_autofree char *home = NULL;
	int status;

	if (argc == 7 && strcmp(argv[1], "--child") == 0) {
		top = argv[4];
		kernel = argv[5];
		image = argv[6];
		return child_main(argv[2], argv[3]);
	}
	keeper_start();
	g_test_init(&argc, &argv, NULL);
	kernel = g_strdup(g_getenv("BISECTBOX_TEST_KERNEL"));
	if (!kernel)
		g_error("name a kernel by BISECTBOX_TEST_KERNEL");
	top = g_strdup("/tmp/bbXXXXXX");
	g_assert_nonnull(g_mkdtemp(top));
	cache = at("c");
	g_setenv("BISECTBOX_CACHE", cache, TRUE);
	image = at("disk, <&'\"> a.img");
	make_image();
	home = at("h");
	uri = g_getenv("BISECTBOX_TEST_URI");
	const MachineSpec where = {
		.uri = uri, .home = home, .arch = arch_usual(), .accel = ACCEL_TCG
	};

	machine_open(&where, NULL, &machine, &error);
	g_assert_no_error(error);
	add_tests();
	status = g_test_run();
	machine_close(machine);
	fs_remove_tree(top, NULL);
	return status;
}
