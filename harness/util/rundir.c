/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private folders of runs, and what is left of runs that were killed. */
#include "util/rundir.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CMDLINE_MAX ((gsize)1 << 20)

struct RunDir {
	char *path;
	int fd; /* of the folder; holds the lock */
};

/* The folder locked, or -1 where another process has it, or another user. */
static int lock_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Whether a process was started with a path in the folder; its name is random, so it is ours. */
static bool names_folder(const char *pid, const char *folder)
{
	g_autofree char *path = g_build_filename("/proc", pid, "cmdline", NULL);
	g_autofree char *inside = g_strconcat(folder, "/", NULL);
	g_autofree char *text = NULL;
	gsize len = 0;

	return fs_read(path, CMDLINE_MAX, &text, &len, NULL) &&
	       memmem(text, len, inside, strlen(inside)) != NULL;
}

static void end_processes(const char *folder)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;

	while (proc && (name = g_dir_read_name(proc))) {
		guint64 pid = 0;

		if (g_ascii_string_to_unsigned(name, 10, 2, G_MAXINT, &pid, NULL) &&
		    (pid_t)pid != getpid() && names_folder(name, folder))
			kill((pid_t)pid, SIGKILL);
	}
}

static void remove_left_overs(const char *runs)
{
	g_autoptr(GDir) dir = g_dir_open(runs, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(runs, name, NULL);
		int fd = lock_folder(path);

		if (fd < 0)
			continue;
		end_processes(path);
		fs_remove_tree(path, NULL);
		close(fd);
	}
}

RunDir *rundir_new(GError **error)
{
	g_autofree char *runs = paths_cache("run");
	g_autofree char *made = g_build_filename(runs, "XXXXXX", NULL);
	g_autoptr(RunDir) dir = g_new0(RunDir, 1);

	dir->fd = -1;
	if (!fs_mkdir(runs, error))
		return NULL;

	/* one at a time, so that none takes a folder away between its making and its locking */
	g_autofree char *lock = g_build_filename(runs, ".lock", NULL);
	int lock_fd;
	if (!fs_lock(lock, &lock_fd, NULL, error))
		return NULL;
	remove_left_overs(runs);
	if (g_mkdtemp(made)) {
		dir->path = g_steal_pointer(&made);
		dir->fd = lock_folder(dir->path);
	}
	close(lock_fd);
	if (dir->fd >= 0)
		return g_steal_pointer(&dir);
	error_host(error,
		   "cannot make a folder in %s: %s; set BISECTBOX_CACHE to a folder that you can "
		   "write to",
		   runs, g_strerror(errno));
	return NULL;
}

bool rundir_any(void)
{
	g_autofree char *runs = paths_cache("run");
	g_autoptr(GDir) dir = g_dir_open(runs, 0, NULL);
	bool any = false;
	const char *name;

	while (dir && !any && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(runs, name, NULL);

		any = fs_locked(path);
	}
	return any;
}

const char *rundir_path(const RunDir *dir)
{
	return dir->path;
}

void rundir_free(RunDir *dir)
{
	if (!dir)
		return;
	if (dir->path)
		fs_remove_tree(dir->path, NULL);
	if (dir->fd >= 0)
		close(dir->fd);
	g_free(dir->path);
	g_free(dir);
}
