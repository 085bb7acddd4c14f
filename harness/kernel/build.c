/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building one kernel out of tree, reproducibly. */
#include "kernel/build.h"

#include "kernel/buildlog.h"
#include "kernel/hostprobe.h"
#include "kernel/makewords.h"
#include "util/arch.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <glib/gstdio.h>
#include <string.h>

#define LOG_MAX ((gsize)64 << 20)
#define BZIMAGE "arch/x86/boot/bzImage"

void kernel_clear(Kernel *kernel)
{
	g_clear_pointer(&kernel->reason, g_free);
	g_clear_pointer(&kernel->image, g_free);
	g_clear_pointer(&kernel->hash, g_free);
	g_clear_pointer(&kernel->initrd, g_free);
	g_clear_pointer(&kernel->initrd_hash, g_free);
}

/*
 * ccache's direct mode asks whether the headers of then are as they were, not whether a new one
 * would be found before them: only where no look-up can end elsewhere. It makes this variable part
 * of what an object is known by in that mode, and in no other; to compilers it is a folder that
 * never is.
 */
static char **allow_direct(char **env, const KernelSpec *spec)
{
	g_autofree char *folder = NULL;

	if (!spec->lookups)
		return g_environ_setenv(env, "CCACHE_NODIRECT", "1", TRUE);
	folder = g_strconcat("/proc/bisectbox-", spec->lookups, NULL);
	return g_environ_setenv(env, "C_INCLUDE_PATH", folder, TRUE);
}

/* A fixed environment: what a user has set must not change what is built. */
static char **build_environ(const KernelSpec *spec)
{
	static const char *const kept[] = { "PATH", "HOME", "TMPDIR", "USER", "LOGNAME" };
	g_autofree char *base = g_path_get_dirname(spec->tree);
	char **env = g_new0(char *, 1);

	for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
		if (g_getenv(kept[i]))
			env = g_environ_setenv(env, kept[i], g_getenv(kept[i]), TRUE);
	env = g_environ_setenv(env, "LC_ALL", "C", TRUE);
	env = g_environ_setenv(env, "LOCALVERSION", "", TRUE);
	env = g_environ_setenv(env, "KBUILD_BUILD_TIMESTAMP", "Thu Jan  1 00:00:00 UTC 1970", TRUE);
	env = g_environ_setenv(env, "KBUILD_BUILD_VERSION", "1", TRUE);
	env = g_environ_setenv(env, "KBUILD_BUILD_USER", "bisectbox", TRUE);
	env = g_environ_setenv(env, "KBUILD_BUILD_HOST", "bisectbox", TRUE);
	env = g_environ_setenv(env, "CCACHE_DIR", spec->ccache, TRUE);
	env = g_environ_setenv(env, "CCACHE_BASEDIR", base, TRUE);
	env = g_environ_setenv(env, "CCACHE_NOHASHDIR", "1", TRUE);
	return allow_direct(env, spec);
}

static void add_all(GPtrArray *argv, char **words)
{
	for (; words && *words; words++)
		g_ptr_array_add(argv, g_strdup(*words));
}

/* The user's words come last: make lets the last assignment of a variable win. */
static GPtrArray *make_words(const KernelSpec *spec, const char *target, const char *assignment)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup("make"));
	g_ptr_array_add(argv, g_strdup("-C"));
	g_ptr_array_add(argv, g_strdup(spec->tree));
	g_ptr_array_add(argv, g_strconcat("O=", spec->build, NULL));
	g_ptr_array_add(argv, g_strconcat("CC=ccache ", spec->chain->cc, NULL));
	g_ptr_array_add(argv, g_strdup_printf("-j%u", spec->jobs));
	g_ptr_array_add(argv, g_strdup(target));
	if (assignment)
		g_ptr_array_add(argv, g_strdup(assignment));
	add_all(argv, spec->chain->tools);
	add_all(argv, spec->chain->words);
	g_ptr_array_add(argv, NULL);
	return argv;
}

/* Runs one make; its words go to the log. */
static bool run_make(const KernelSpec *spec, const char *target, const char *assignment,
		     GCancellable *cancel, bool *ret_ok, GError **error)
{
	g_autoptr(GPtrArray) argv = make_words(spec, target, assignment);
	g_auto(GStrv) env = build_environ(spec);
	ProcessSpec process = { .argv = (const char *const *)argv->pdata,
				.env = (const char *const *)env,
				.output = spec->log };
	g_auto(ProcessEnd) end = { 0 };

	if (!process_run(&process, cancel, &end, error))
		return false;
	if (end.signal)
		return error_host(error, "make was ended by signal %d: see %s", end.signal,
				  spec->log);
	*ret_ok = end.status == 0;
	return true;
}

/* Host trouble is an error; all else is the tree's doing, and @ret_kernel says what. */
static bool explain_failure(const KernelSpec *spec, KernelEnd end, GCancellable *cancel,
			    Kernel *ret_kernel, GError **error)
{
	const char *const *words = (const char *const *)spec->chain->words;
	const char *llvm = makewords_value(words, "LLVM");
	g_auto(GStrv) env = build_environ(spec);
	g_autofree char *log = NULL;
	g_autofree char *trouble = NULL;

	if (!fs_read(spec->log, LOG_MAX, &log, NULL, error))
		return false;
	trouble = buildlog_host_trouble(log);
	if (trouble)
		return error_host(error, "the build failed on this host: %s; see %s", trouble,
				  spec->log);
	/* Whatever the kernel is compiled with, the host's own programs are too. */
	if (!hostprobe(llvm && *llvm ? "clang" : "gcc", spec->build, (const char *const *)env,
		       cancel, error))
		return false;
	*ret_kernel = (Kernel){ .end = end, .reason = buildlog_first_error(log) };
	return true;
}

static bool write_allconfig(const KernelSpec *spec, const char *path, GError **error)
{
	g_autofree char *wishes = kconfig_allconfig(spec->kconfig);
	g_autofree char *base = NULL;
	g_autofree char *text = NULL;

	if (spec->config && !fs_read(spec->config, LOG_MAX, &base, NULL, error))
		return false;
	text = g_strconcat(base ? base : "", wishes, NULL);
	return fs_write(path, text, -1, error);
}

/* make reads paths as words, and takes $ in them for variables; kernels say so late or never. */
bool kernel_path_check(const char *path, GError **error)
{
	for (const char *c = path; *c; c++)
		if (!g_ascii_isalnum(*c) && (guchar)*c < 0x80 && !strchr("/._-+@~", *c))
			return error_usage(error,
					   "make cannot work in %s: its path has a '%c'; set "
					   "BISECTBOX_CACHE to a folder whose path has none",
					   path, g_ascii_iscntrl(*c) ? '?' : *c);
	return true;
}

bool kernel_configure(const KernelSpec *spec, GCancellable *cancel, Kernel *ret_kernel,
		      GPtrArray **ret_misses, GError **error)
{
	g_autofree char *makefile = g_build_filename(spec->tree, "Makefile", NULL);
	g_autofree char *all = g_build_filename(spec->build, "bisectbox.config", NULL);
	g_autofree char *assignment = g_strconcat("KCONFIG_ALLCONFIG=", all, NULL);
	bool full = spec->config && !spec->sparse;
	bool ok;

	if (!kernel_path_check(spec->tree, error) || !kernel_path_check(spec->build, error))
		return false;
	if (!g_file_test(makefile, G_FILE_TEST_EXISTS)) {
		*ret_kernel = (Kernel){ .end = KERNEL_NO_CONFIG,
					.reason = g_strdup("this revision has no Makefile") };
		return true;
	}
	if (!fs_mkdir(spec->build, error) || !fs_mkdir(spec->ccache, error) ||
	    !write_allconfig(spec, all, error) ||
	    !run_make(spec, full ? "alldefconfig" : "allnoconfig", assignment, cancel, &ok, error))
		return false;
	if (!ok)
		return explain_failure(spec, KERNEL_NO_CONFIG, cancel, ret_kernel, error);
	return kconfig_check(spec->kconfig, spec->tree, spec->build, spec->arch, ret_misses, error);
}

bool kernel_settle(const KernelSpec *spec, GCancellable *cancel, bool *ret_ok, GError **error)
{
	return run_make(spec, "syncconfig", NULL, cancel, ret_ok, error);
}

bool kernel_make(const KernelSpec *spec, GCancellable *cancel, Kernel *ret_kernel, GError **error)
{
	const Arch *arch = arch_of_folder(spec->arch);
	g_autofree char *image =
		g_build_filename(spec->build, arch ? arch->image : "vmlinux", NULL);
	g_autofree char *hash = NULL;
	bool ok;

	g_unlink(image); /* an old one must not pass for this one */
	if (!run_make(spec, arch ? arch->target : "vmlinux", NULL, cancel, &ok, error))
		return false;
	if (!ok)
		return explain_failure(spec, KERNEL_NO_BUILD, cancel, ret_kernel, error);
	if (!fs_sha256(image, &hash, error))
		return false;
	*ret_kernel = (Kernel){ .end = KERNEL_BUILT,
				.image = g_steal_pointer(&image),
				.hash = g_steal_pointer(&hash) };
	return true;
}

bool kernel_gdb(const KernelSpec *spec, GCancellable *cancel, GError **error)
{
	bool ok;

	return run_make(spec, "scripts_gdb", NULL, cancel, &ok, error);
}

char *kernel_folder(const char *image)
{
	return g_str_has_suffix(image, "/" BZIMAGE)
		       ? g_strndup(image, strlen(image) - strlen("/" BZIMAGE))
		       : NULL;
}

bool kernel_tools_check(GError **error)
{
	static const struct {
		const char *program, *package;
	} tools[] = {
		{ "make", "make" }, { "flex", "flex" },   { "bison", "bison" },
		{ "bc", "bc" },     { "perl", "perl" },   { "ccache", "ccache" },
		{ "gzip", "gzip" }, { "patch", "patch" }, { "lz4", "lz4" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
		g_autofree char *path = g_find_program_in_path(tools[i].program);

		if (!path)
			return error_host(error, "%s is missing: apt install %s", tools[i].program,
					  tools[i].package);
	}
	if (!g_file_test("/usr/include/libelf.h", G_FILE_TEST_EXISTS))
		return error_host(error, "libelf's header is missing: apt install libelf-dev");
	return true;
}
