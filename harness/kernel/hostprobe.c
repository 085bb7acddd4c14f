/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three lines, compiled and linked where the build has failed. */
#include "kernel/hostprobe.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <glib/gstdio.h>

/* Less than this, and it is no use to look at what make said. */
#define SPACE_MIN (8 << 20)
#define TIMEOUT_S 60

static bool check_space(const char *path, GError **error)
{
	guint64 left;

	if (!fs_free_bytes(path, &left, error))
		return false;
	return left >= SPACE_MIN ||
	       error_host(error, "no space left on the file system of %s: free some and run again",
			  path);
}

/* ccache must not know it: it would not ask the compiler then. */
static bool write_source(const char *path, GError **error)
{
	g_autofree char *text = g_strdup_printf(
		"/* %08x%08x */\nint probe(int n);\nint probe(int n) { return n + 1; }\n",
		g_random_int(), g_random_int());

	return fs_write(path, text, -1, error);
}

static bool run(const char *const *argv, const char *folder, const char *const *env,
		GCancellable *cancel, GError **error)
{
	const ProcessSpec spec = {
		.argv = argv, .cwd = folder, .env = env, .timeout_s = TIMEOUT_S
	};

	if (process_check(&spec, cancel, error))
		return true;
	g_prefix_error(error, "the build failed, and so does compiling three lines: ");
	return false;
}

bool hostprobe(const char *cc, const char *folder, const char *const *env, GCancellable *cancel,
	       GError **error)
{
	g_autofree char *source = g_build_filename(folder, "bisectbox-probe.c", NULL);
	g_autofree char *object = g_build_filename(folder, "bisectbox-probe.o", NULL);
	g_autofree char *linked = g_build_filename(folder, "bisectbox-probe.r", NULL);
	const char *compile[] = { "ccache", cc, "-c", source, "-o", object, NULL };
	const char *link[] = { cc, "-r", "-nostdlib", object, "-o", linked, NULL };
	bool ok = check_space(folder, error) && check_space(g_get_tmp_dir(), error) &&
		  write_source(source, error) && run(compile, folder, env, cancel, error) &&
		  run(link, folder, env, cancel, error);

	g_unlink(source);
	g_unlink(object);
	g_unlink(linked);
	return ok;
}
