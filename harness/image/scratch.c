/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders to unpack a root in: found with room, locked while in use, removed. */
#include "image/scratch.h"

#include "image/userns.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PREFIX "bisectbox-image-"

struct Scratch {
	char *path;
	int fd; /* of the folder; holds the lock */
};

/* Whether everybody can get to @path: mmdebstrap's other user ids must. */
static bool is_open(const char *path)
{
	g_autofree char *at = g_strdup(path);

	for (;;) {
		struct stat st;

		if (stat(at, &st) < 0 || !S_ISDIR(st.st_mode) || !(st.st_mode & S_IXOTH))
			return false;
		if (g_str_equal(at, "/"))
			return true;

		char *up = g_path_get_dirname(at);
		g_free(at);
		at = up;
	}
}

/* Programs of the root are run there, and root makes device nodes. */
static bool is_usable(const char *folder, guint64 bytes)
{
	struct statvfs vfs;
	guint64 free_bytes = 0;

	return g_path_is_absolute(folder) && access(folder, W_OK | X_OK) == 0 && is_open(folder) &&
	       statvfs(folder, &vfs) == 0 && !(vfs.f_flag & ST_NOEXEC) &&
	       (geteuid() != 0 || !(vfs.f_flag & ST_NODEV)) &&
	       fs_free_bytes(folder, &free_bytes, NULL) && free_bytes >= bytes;
}

/*
 * In a user namespace most of a root belongs to ids that only the namespace can remove: the one
 * that mmdebstrap makes, where root is one of them too, or ours (image/userns.h).
 */
static void remove_as_others(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *root = g_build_filename(path, name, NULL);
		const char *theirs[] = { "mmdebstrap", "--unshare-helper", "find", root,
					 "-xdev",      "-mindepth",        "1",    "-delete",
					 NULL };
		g_auto(GStrv) ours = userns_argv(theirs + 2);
		ProcessSpec spec = { .argv = theirs, .cwd = "/", .timeout_s = 300 };

		process_run(&spec, NULL, NULL, NULL);
		spec.argv = (const char *const *)ours;
		process_run(&spec, NULL, NULL, NULL);
	}
}

static void remove_all(const char *path)
{
	/* first: fs_remove_tree() opens what it cannot remove to its owner alone */
	if (geteuid() != 0) {
		chmod(path, 0711);
		remove_as_others(path);
	}
	fs_remove_tree(path, NULL);
}

/* The folder locked, or -1 where another process has it. */
static int lock_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void remove_left_overs(const char *folder, const char *prefix)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		int fd = g_str_has_prefix(name, prefix) ? lock_folder(path) : -1;

		if (fd < 0)
			continue;
		remove_all(path);
		close(fd);
	}
}

/* Made under a name that no clean-up knows until it is locked, so that none takes it away. */
static Scratch *make(const char *folder, const char *prefix, GError **error)
{
	g_autoptr(Scratch) scratch = g_new0(Scratch, 1);
	g_autofree char *made = g_strconcat(folder, "/new-", prefix, "XXXXXX", NULL);

	scratch->fd = -1;
	if (!g_mkdtemp_full(made, 0711)) {
		error_host(error, "cannot make a folder in %s: %s", folder, g_strerror(errno));
		return NULL;
	}
	scratch->fd = lock_folder(made);
	scratch->path = g_strconcat(folder, "/", strrchr(made, '/') + strlen("/new-"), NULL);
	/* mkdtemp's mode went through the umask */
	if (scratch->fd < 0 || fchmod(scratch->fd, 0711) < 0 || rename(made, scratch->path) < 0) {
		error_host(error, "cannot take %s into use: %s", made, g_strerror(errno));
		rmdir(made);
		return NULL;
	}
	return g_steal_pointer(&scratch);
}

Scratch *scratch_new(guint64 bytes, GCancellable *cancel, GError **error)
{
	const char *folders[] = { g_getenv("TMPDIR"), "/var/tmp", "/tmp" };
	g_autofree char *prefix = g_strdup_printf(PREFIX "%u-", (unsigned)geteuid());

	for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
		if (folders[i])
			remove_left_overs(folders[i], prefix);
	if (g_cancellable_is_cancelled(cancel)) {
		error_interrupted(error);
		return NULL;
	}
	for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
		if (folders[i] && is_usable(folders[i], bytes))
			return make(folders[i], prefix, error);
	error_host(error,
		   "no room to unpack an image: %" G_GUINT64_FORMAT
		   " MiB are wanted in /var/tmp or "
		   "/tmp (or in $TMPDIR, if everybody can get there)",
		   bytes >> 20);
	return NULL;
}

const char *scratch_path(const Scratch *scratch)
{
	return scratch->path;
}

void scratch_free(Scratch *scratch)
{
	if (!scratch)
		return;
	if (scratch->path)
		remove_all(scratch->path);
	if (scratch->fd >= 0)
		close(scratch->fd);
	g_free(scratch->path);
	g_free(scratch);
}
