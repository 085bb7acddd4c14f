/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox doctor: tries every part for real, and says what to type where one does not work. */
#include "cmd/cmd.h"
#include "image/image.h"
#include "image/oci.h"
#include "kernel/build.h"
#include "machine/machine.h"
#include "testcase/testcase.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/rundir.h"
#include "util/text.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define CACHE_WANTS                                                                                \
	((guint64)6 << 30) /* bytes: image, appliance, one work tree, builds, ccache               \
			    */

/* What the checks share. */
typedef struct {
	GCancellable *cancel;
	Accel accel;
	const char *home;
} Patient;

static bool check_compiler(Patient *patient, char **ret_detail, GError **error)
{
	const ToolchainSpec spec = { .ccs = NULL };
	g_autoptr(Toolchains) chains = NULL;
	const Toolchain *chain;

	(void)patient;
	if (!kernel_tools_check(error) || !toolchains_open(&spec, &chains, error) ||
	    !toolchains_choose(chains, NULL, &chain, error))
		return false;
	*ret_detail = g_strdup(chain->text);
	return true;
}

/* Compiles one file twice in a cache of its own: the second time must be a hit. */
static bool check_ccache(Patient *patient, char **ret_detail, GError **error)
{
	g_autofree char *cache = g_build_filename(patient->home, "ccache", NULL);
	g_autofree char *source = g_build_filename(patient->home, "x.c", NULL);
	g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "CCACHE_DIR", cache, TRUE);
	const char *compile[] = { "ccache", "gcc", "-c", source, "-o", "x.o", NULL };
	const char *stats[] = { "ccache", "--print-stats", NULL };
	ProcessSpec spec = { .argv = compile,
			     .cwd = patient->home,
			     .env = (const char *const *)env,
			     .timeout_s = 60 };
	g_auto(ProcessEnd) end = { 0 };

	if (!fs_write(source, "int x;\n", -1, error) ||
	    !process_check(&spec, patient->cancel, error) ||
	    !process_check(&spec, patient->cancel, error))
		return false;
	spec.argv = stats;
	if (!process_run(&spec, patient->cancel, &end, error))
		return false;
	if (!strstr(end.out, "direct_cache_hit\t1") &&
	    !strstr(end.out, "preprocessed_cache_hit\t1"))
		return error_host(error, "ccache does not find what it has just stored");
	*ret_detail = g_strdup("stores and finds an object");
	return true;
}

static bool check_cache_folder(Patient *patient, char **ret_detail, GError **error)
{
	g_autofree char *probe = g_build_filename(patient->home, "probe", NULL);
	guint64 bytes;

	if (!fs_write(probe, "x", 1, error) || !fs_free_bytes(patient->home, &bytes, error))
		return false;
	if (bytes < CACHE_WANTS)
		return error_host(error,
				  "%.1f GiB are free there; about %.0f are needed: set "
				  "BISECTBOX_CACHE to a folder on a larger disk",
				  (double)bytes / (1 << 30), (double)CACHE_WANTS / (1 << 30));
	g_autofree char *cache = paths_cache("");
	*ret_detail = g_strdup_printf("%s, %.1f GiB free", cache, (double)bytes / (1 << 30));
	return true;
}

static bool check_shipped(Patient *patient, char **ret_detail, GError **error)
{
	g_auto(GStrv) cases = case_names();
	g_autofree char *agent = paths_built("agent");

	(void)patient;
	if (!g_file_test(agent, G_FILE_TEST_IS_EXECUTABLE))
		return error_host(error, "%s is missing: run make", agent);
	for (guint i = 0; cases[i]; i++) {
		g_autoptr(Case) testcase = NULL;

		if (!case_load(cases[i], &testcase, error))
			return false;
	}
	*ret_detail = g_strdup_printf("%u cases", g_strv_length(cases));
	return true;
}

static bool check_accel(Patient *patient, char **ret_detail, GError **error)
{
	g_autofree char *host = paths_cache("host");

	return fs_mkdir(host, error) &&
	       accel_choose(ACCEL_AUTO, host, &patient->accel, ret_detail, error);
}

/* A kernel of this host's own: it need not come up in the guest, only say something. */
static char *host_kernel(void)
{
	g_autoptr(GDir) boot = g_dir_open("/boot", 0, NULL);
	const char *name;

	while (boot && (name = g_dir_read_name(boot))) {
		g_autofree char *path = g_build_filename("/boot", name, NULL);

		if (g_str_has_prefix(name, "vmlinuz-") && g_access(path, R_OK) == 0)
			return g_steal_pointer(&path);
	}
	return NULL;
}

static bool hear(const char *data, gsize len, void *user)
{
	GString *heard = user;

	g_string_append_len(heard, data, (gssize)MIN(len, 4096));
	return strstr(heard->str, "Linux version") != NULL;
}

static bool check_guest(Patient *patient, char **ret_detail, GError **error)
{
	g_autofree char *kernel = host_kernel();
	g_autofree char *home = g_build_filename(patient->home, "v", NULL);
	g_autofree char *share = g_build_filename(patient->home, "share", NULL);
	g_autofree char *console = g_build_filename(patient->home, "console", NULL);
	g_autofree char *disk = g_build_filename(patient->home, "disk", NULL);
	g_autoptr(GString) heard = g_string_new(NULL);
	g_autoptr(Machine) machine = NULL;
	GuestSpec spec = {
		.kernel = kernel,
		.cmdline = "console=ttyS0 panic=-1",
		.image = disk,
		.image_format = "raw",
		.share = share,
		.console = console,
		.console_max = 1 << 20,
		.share_max = 1 << 20,
		.cpus = 1,
		.mem_mib = 512,
		.timeout_ms = 60000,
		.on_console = hear,
		.user = heard,
	};
	const MachineSpec where = { .home = home, .arch = arch_usual(), .accel = patient->accel };
	GuestEnd end;
	unsigned ms;

	if (!kernel)
		return error_host(error, "no kernel in /boot that can be read: apt install "
					 "linux-image-cloud-amd64 (libguestfs needs one)");
	if (!fs_mkdir(share, error) || !fs_write(disk, "no file system", -1, error) ||
	    !machine_open(&where, patient->cancel, &machine, error) ||
	    !guest_run(machine, &spec, patient->cancel, &end, &ms, error))
		return false;
	if (!strstr(heard->str, "Linux version"))
		return error_host(error, "a guest with %s printed nothing within %u s", kernel,
				  spec.timeout_ms / 1000);
	*ret_detail = g_strdup_printf("a guest spoke after %.1f s", (double)ms / 1000);
	return true;
}

static bool check_appliance(Patient *patient, char **ret_detail, GError **error)
{
	*ret_detail = g_strdup("the appliance starts");
	return image_check(patient->accel, patient->cancel, error);
}

static bool check_mmdebstrap(Patient *patient, char **ret_detail, GError **error)
{
	const char *argv[] = { "mmdebstrap", "--version", NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 60 };
	g_auto(ProcessEnd) end = { 0 };

	if (!process_run(&spec, patient->cancel, &end, error)) {
		g_prefix_error(error, "apt install mmdebstrap uidmap: ");
		return false;
	}
	*ret_detail = g_strdup(g_strstrip(end.out));
	return true;
}

static bool check_oci(Patient *patient, char **ret_detail, GError **error)
{
	if (!oci_check(patient->cancel, error))
		return false;
	*ret_detail = g_strdup("cases can bring their own root");
	return true;
}

/* Programs that only some uses of images want. */
static bool check_disk_tools(Patient *patient, char **ret_detail, GError **error)
{
	static const struct {
		const char *program;
		const char *package;
	} tools[] = {
		{ "qemu-img", "qemu-utils" },
		{ "tar2sqfs", "squashfs-tools-ng" },
		{ "guestfish", "guestfish" },
	};

	(void)patient;
	for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
		g_autofree char *path = g_find_program_in_path(tools[i].program);

		if (!path)
			return error_host(error, "%s is missing; as root, type: apt install %s",
					  tools[i].program, tools[i].package);
	}
	*ret_detail = g_strdup("qemu-img, tar2sqfs, guestfish");
	return true;
}

/* There are builds without Python, which the kernel's scripts want. */
static bool check_gdb(Patient *patient, char **ret_detail, GError **error)
{
	const char *argv[] = { "gdb", "-nx", "-batch", "-ex", "python print(gdb.VERSION)", NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 60 };
	g_auto(ProcessEnd) end = { 0 };

	if (!process_run(&spec, patient->cancel, &end, error)) {
		g_prefix_error(error, "apt install gdb: ");
		return false;
	}
	if (end.status != 0 || !g_ascii_isdigit(*end.out))
		return error_host(error, "this gdb has no Python: apt install gdb");
	*ret_detail = g_strdup_printf("gdb %s", g_strstrip(end.out));
	return true;
}

static const struct {
	const char *name;
	bool (*check)(Patient *patient, char **ret_detail, GError **error);
	const char *only; /* who needs it, where not everybody does */
} checks[] = {
	{ "cases and agent", check_shipped, NULL },
	{ "cache folder", check_cache_folder, NULL },
	{ "compiler and tools", check_compiler, NULL },
	{ "ccache", check_ccache, NULL },
	{ "accelerator", check_accel, NULL },
	{ "libvirt and QEMU", check_guest, NULL },
	{ "mmdebstrap", check_mmdebstrap, NULL },
	{ "libguestfs", check_appliance, NULL },
	{ "disk tools", check_disk_tools, "only imports, squashfs images, image shell need it" },
	{ "OCI images", check_oci, "only cases with a \"rootfs\" of their own need it" },
	{ "gdb", check_gdb, "only `bisectbox debug` needs it" },
};

/* One line about a part; @only as in the table. */
static void print_part(const char *name, const char *only, bool ok, const char *text)
{
	g_autofree char *clean = text_clean(text, 0);

	if (ok)
		printf("ok    %-19s %s\n", name, clean);
	else if (only)
		printf("-     %-19s %s (%s)\n", name, clean, only);
	else
		printf("FAIL  %-19s %s\n", name, clean);
	fflush(stdout);
}

static int examine(Patient *patient)
{
	guint failures = 0;

	for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *detail = NULL;
		bool ok = checks[i].check(patient, &detail, &error);

		if (error && error_exit_code(error) == EXIT_INTERRUPTED)
			return EXIT_INTERRUPTED;
		print_part(checks[i].name, checks[i].only, ok, error ? error->message : detail);
		failures += !ok && !checks[i].only;
	}
	if (failures)
		printf("%u of these need mending.\n", failures);
	else
		puts("All that everybody needs works here.");
	return failures ? EXIT_HOST : EXIT_GOOD;
}

int cmd_doctor(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.doc = "Try every part that bisectbox needs: compile, cache, boot a guest, start "
		       "libguestfs' appliance. Says what to type where one does not work.",
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(RunDir) home = NULL;
	Patient patient = { .cancel = cancel, .accel = ACCEL_TCG };

	cmd_parse(&argp, PARSE_USUAL, argc, argv, NULL, NULL);
	home = rundir_new(&error);
	if (!home)
		return cmd_error(error);
	patient.home = rundir_path(home);
	return examine(&patient);
}
