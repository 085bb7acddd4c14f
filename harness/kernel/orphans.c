/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending what a killed build left. */
#include "kernel/orphans.h"

#include "util/fs.h"

#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define ENVIRON_MAX ((gsize)1 << 20)
#define ROUNDS 200 /* one that is being started is found in the next */
#define ROUND_US 10000

static bool builds_in(const char *pid, const char *mark)
{
	g_autofree char *path = g_build_filename("/proc", pid, "environ", NULL);
	g_autofree char *text = NULL;
	gsize len = 0;

	/* the mark's own NUL ends the name of the folder */
	return fs_read(path, ENVIRON_MAX, &text, &len, NULL) &&
	       memmem(text, len, mark, strlen(mark) + 1) != NULL;
}

static guint kill_all(const char *mark)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;
	guint n = 0;

	while (proc && (name = g_dir_read_name(proc))) {
		guint64 pid = 0;

		if (!g_ascii_string_to_unsigned(name, 10, 2, G_MAXINT, &pid, NULL) ||
		    (pid_t)pid == getpid() || !builds_in(name, mark))
			continue;
		kill((pid_t)pid, SIGKILL);
		n++;
	}
	return n;
}

guint orphans_end(const char *build)
{
	g_autofree char *mark = g_strconcat(ORPHANS_VARIABLE "=", build, NULL);
	guint n = kill_all(mark);
	guint left = n;

	for (guint i = 0; left && i < ROUNDS; i++) {
		g_usleep(ROUND_US);
		left = kill_all(mark);
	}
	return n;
}
