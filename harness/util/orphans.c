/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding and ending what dead runs left. */
#include "util/orphans.h"

#include "util/fs.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENVIRON_MAX ((gsize)4 << 20)
#define ROUNDS 200 /* of 10 ms: something may just be starting something else */

/* When a process began, in the kernel's ticks, or 0 where it is gone, or about to go; false where
 * that cannot be told, such as for want of a file descriptor. */
static bool look_at(pid_t pid, guint64 *ret_began)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
	g_autofree char *text = NULL;
	const char *after;
	char state;

	*ret_began = 0;
	if (!fs_read(path, 4096, &text, NULL, NULL))
		return kill(pid, 0) < 0 && errno == ESRCH;
	after = strrchr(text, ')'); /* the name before it may hold anything */
	if (!after ||
	    sscanf(after + 1,
		   " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%" G_GUINT64_FORMAT,
		   &state, ret_began) != 2)
		return false;
	if (state == 'Z' || state == 'X')
		*ret_began = 0;
	return true;
}

static guint64 id_space(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

char *orphans_mark(void)
{
	guint64 began;

	return look_at(getpid(), &began)
		       ? g_strdup_printf("%d.%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT,
					 (int)getpid(), began, id_space())
		       : NULL;
}

/* The mark in a process's environment, or NULL; g_free() */
static char *mark_of(const char *pid)
{
	g_autofree char *path = g_build_filename("/proc", pid, "environ", NULL);
	g_autofree char *text = NULL;
	gsize len = 0;

	if (!fs_read(path, ENVIRON_MAX, &text, &len, NULL))
		return NULL;
	for (const char *at = text; at < text + len; at += strlen(at) + 1)
		if (g_str_has_prefix(at, ORPHANS_MARK "="))
			return g_strdup(at + strlen(ORPHANS_MARK "="));
	return NULL;
}

/* Whether who a mark names is certainly gone: of other namespaces nothing is known. */
static bool is_orphaned(const char *mark)
{
	guint64 began, space, now;
	int pid;

	return sscanf(mark, "%d.%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT, &pid, &began, &space) ==
		       3 &&
	       space == id_space() && look_at(pid, &now) && now != began;
}

static bool is_ours(const char *pid)
{
	g_autofree char *path = g_build_filename("/proc", pid, NULL);
	struct stat st;

	return stat(path, &st) == 0 && st.st_uid == geteuid();
}

static guint kill_all(void)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;
	guint n = 0;

	while (proc && (name = g_dir_read_name(proc))) {
		g_autofree char *mark = NULL;
		guint64 pid = 0, began;

		if (!g_ascii_string_to_unsigned(name, 10, 2, G_MAXINT, &pid, NULL) ||
		    (pid_t)pid == getpid() || !is_ours(name) || !look_at((pid_t)pid, &began) ||
		    !began)
			continue;
		mark = mark_of(name);
		if (mark && is_orphaned(mark) && kill((pid_t)pid, SIGKILL) == 0)
			n++;
	}
	return n;
}

guint orphans_end(void)
{
	guint first = 0;

	for (guint round = 0; round < ROUNDS; round++) {
		guint n = kill_all();

		if (n == 0)
			break;
		first = MAX(first, n);
		g_usleep(10000);
	}
	return first;
}
