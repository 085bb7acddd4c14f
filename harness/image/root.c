/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe's root, by mmdebstrap: as root, in a user namespace, or with fakechroot. */
#include "image/root.h"

#include "image/finish.h"
#include "image/listener.h"
#include "image/scratch.h"
#include "image/sources.h"
#include "image/userns.h"
#include "util/error.h"
#include "util/process.h"

#include <string.h>
#include <unistd.h>

#define TIMEOUT_S 3600
/* The unpacked root, its packages and apt's lists. */
#define SPACE_BYTES ((guint64)512 << 20)
/* mmdebstrap runs programs of the root that it makes. */
#define OTHER_ARCH                                                                                 \
	" (for another architecture: apt install qemu-user-static arch-test; and binfmt_misc "     \
	"must be mounted: mount -t binfmt_misc none /proc/sys/fs/binfmt_misc)"
#define HOOKS "/usr/share/mmdebstrap/hooks/"

/*
 * Nobody reads manuals in the guest: without them a third of the files less to copy. Told to dpkg
 * once the first packages are unpacked: mmdebstrap, told, would send each of those through a filter
 * in Python (30 s of 71 for "debian"). Both lists say the same.
 */
static const char LEAN[] =
	"set -eu; cd \"$1\"; mkdir -p etc/dpkg/dpkg.cfg.d; "
	"printf '%s\\n' 'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/info/*' "
	"'path-exclude=/usr/share/locale/*' 'path-exclude=/usr/share/doc/*' "
	"'path-exclude=/usr/lib/*/gconv/*' 'path-include=/usr/share/doc/*/copyright' "
	"> etc/dpkg/dpkg.cfg.d/99bisectbox; "
	"rm -rf usr/share/man/* usr/share/info/* usr/share/locale/* usr/lib/*/gconv/*; "
	"[ ! -d usr/share/doc ] || { "
	"find usr/share/doc ! -type d ! -name copyright -delete; "
	"find usr/share/doc -mindepth 1 -type d -empty -delete; }";

/*
 * What makes a root a guest's: nothing of the host's in it (mmdebstrap copies hostname and
 * resolv.conf), and mount points, since the guest's root is read-only. The recipe's own files come
 * after it.
 */
static const char SETTLE[] =
	"set -eu; cd \"$1\"; mkdir -p etc proc sys dev run tmp mnt case evidence var/log var/tmp; "
	"rm -f etc/hostname etc/resolv.conf; "
	"echo bisectbox > etc/hostname; "
	"printf '127.0.0.1 localhost bisectbox\\n::1 localhost\\n' > etc/hosts; "
	": > etc/resolv.conf; : > etc/fstab; : > etc/machine-id; "
	"chmod 0644 etc/hostname etc/hosts etc/resolv.conf etc/fstab; chmod 0444 etc/machine-id";

/* What mmdebstrap leaves (sources and configuration, which may hold passwords), and what differs
 * from one build to the next. */
static const char TIDY[] =
	"set -eu; cd \"$1\"; "
	"rm -rf etc/apt/sources.list etc/apt/sources.list.d/* "
	"etc/apt/apt.conf.d/99mmdebstrap etc/dpkg/dpkg.cfg.d/99mmdebstrap "
	"etc/dpkg/dpkg.cfg.d/99bisectbox var/lib/dbus/machine-id "
	"var/cache/ldconfig var/cache/debconf/*-old var/log/apt var/log/*.log etc/*-";

/* Which of mmdebstrap's ways works for us. */
static bool choose_mode(GCancellable *cancel, const char **ret_mode, GError **error)
{
	const char *argv[] = { "mmdebstrap", "--unshare-helper", "true", NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 60 };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *fakechroot = g_find_program_in_path("fakechroot");
	g_autofree char *fakeroot = g_find_program_in_path("fakeroot");

	if (geteuid() == 0) {
		*ret_mode = "root";
		return true;
	}
	if (!process_run(&spec, cancel, &end, error))
		return false;
	if (end.status != 0 && !(fakechroot && fakeroot))
		return userns_explain("an image", g_strstrip(end.err), "fakechroot", error);
	*ret_mode = end.status == 0 ? "unshare" : "fakechroot";
	return true;
}

/* Whether an address in one of the files is a folder of this host: it must be seen from inside. */
static bool has_local_source(char **files)
{
	for (char **file = files; *file; file++) {
		g_autofree char *text = NULL;

		if (g_file_get_contents(*file, &text, NULL, NULL) && strstr(text, "file:"))
			return true;
	}
	return false;
}

static char **command(const Recipe *recipe, const char *mode, const char *config,
		      const char *finish, char **files, const char *tar)
{
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
	g_autofree char *packages = g_strjoinv(",", recipe->packages);
	/* with "extract" mmdebstrap goes no further, and removes nothing of its own */
	const char *hook =
		g_str_equal(recipe->variant, "extract") ? "--extract-hook=" : "--customize-hook=";
	char *options[] = {
		g_strconcat("--mode=", mode, NULL),
		g_strconcat("--variant=", recipe->variant, NULL),
		g_strconcat("--aptopt=", config, NULL),
		/* a root that is made anew after a crash wants no file synced */
		g_strdup("--dpkgopt=force-unsafe-io"),
		g_strconcat("--extract-hook=", LEAN, NULL),
		g_strconcat(hook, SETTLE, NULL),
		*finish ? g_strconcat(hook, finish, NULL) : NULL,
		g_strconcat(hook, TIDY, NULL),
		*packages ? g_strconcat("--include=", packages, NULL) : NULL,
		recipe->arch != arch_usual()
			? g_strconcat("--architectures=", recipe->arch->debian, NULL)
			: NULL,
	};

	g_strv_builder_add_many(argv, "mmdebstrap", "--format=tar", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
		if (options[i])
			g_strv_builder_add(argv, options[i]);
		g_free(options[i]);
	}
	/* else apt meets the change to a merged /usr by a package that brings all of perl */
	if (g_file_test(HOOKS "maybe-merged-usr", G_FILE_TEST_IS_DIR))
		g_strv_builder_add(argv, "--hook-dir=" HOOKS "maybe-merged-usr");
	if (has_local_source(files) &&
	    g_file_test(HOOKS "file-mirror-automount", G_FILE_TEST_IS_DIR))
		g_strv_builder_add(argv, "--hook-dir=" HOOKS "file-mirror-automount");
	/* no suite: the files name it, and with one mmdebstrap looks for keys that they name too */
	g_strv_builder_add_many(argv, "", tar, NULL);
	for (char **file = files; *file; file++)
		g_strv_builder_add(argv, *file);
	return g_strv_builder_end(argv);
}

static bool run(const Recipe *recipe, const char *const *argv, const char *scratch,
		Listener *listener, GCancellable *cancel, GError **error)
{
	g_auto(GStrv) env = g_get_environ();
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *why = NULL;

	env = g_environ_setenv(env, "TMPDIR", scratch, TRUE);
	env = g_environ_setenv(env, "LC_ALL", "C.UTF-8", TRUE);
	env = g_environ_setenv(env, "SOURCE_DATE_EPOCH", FINISH_EPOCH, TRUE);
	env = g_environ_setenv(env, "DEBIAN_FRONTEND", "noninteractive", TRUE);

	ProcessSpec spec = {
		.argv = argv,
		.env = (const char *const *)env,
		.timeout_s = TIMEOUT_S,
		.on_line = listener_line,
		.user = listener,
	};
	if (!process_run(&spec, cancel, &end, error))
		return false;
	if (end.timed_out)
		return error_host(error, "image %s: mmdebstrap did not end within %d s",
				  recipe->name, TIMEOUT_S);
	if (end.signal)
		return error_host(error, "image %s: mmdebstrap was ended by signal %d (%s)",
				  recipe->name, end.signal, g_strsignal(end.signal));
	if (end.status == 0)
		return true;
	why = listener_why(listener);
	if (listener_blames_recipe(listener))
		return error_usage(error, "image %s: %s", recipe->name, why);
	return error_host(error, "image %s: mmdebstrap failed: %s%s", recipe->name, why,
			  recipe->arch != arch_usual() ? OTHER_ARCH : "");
}

bool root_build(const Recipe *recipe, const char *folder, const char *tar, ImageProgress progress,
		void *user, GCancellable *cancel, GError **error)
{
	g_auto(Listener) listener = { .progress = progress, .user = user };
	g_autofree char *program = g_find_program_in_path("mmdebstrap");
	g_autofree char *config = g_build_filename(folder, "host.conf", NULL);
	g_auto(GStrv) files = NULL;
	g_auto(GStrv) argv = NULL;
	g_autoptr(Scratch) scratch = NULL;
	g_autofree char *finish = NULL;
	const char *mode = NULL;

	if (!program)
		return error_host(error,
				  "cannot build image %s: mmdebstrap is missing; as root, "
				  "type: apt install mmdebstrap",
				  recipe->name);
	if (!choose_mode(cancel, &mode, error) ||
	    !sources_write(recipe->suite, folder, cancel, &files, error) ||
	    !sources_write_config(config, cancel, error))
		return false;
	scratch = scratch_new(SPACE_BYTES, cancel, error);
	finish = scratch ? finish_script(recipe, scratch_path(scratch), error) : NULL;
	if (!finish)
		return false;
	argv = command(recipe, mode, config, finish, files, tar);
	return run(recipe, (const char *const *)argv, scratch_path(scratch), &listener, cancel,
		   error);
}
