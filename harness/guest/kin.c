/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descendants, by the parents that /proc names. */
#include "guest/kin.h"

#include "guest/files.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_MAX 4096 /* bytes of /proc/PID/stat */

typedef struct {
	pid_t pid;
	pid_t parent;
	bool kin;
} Process;

/* The parent's id comes after the name in brackets, which may hold anything, and the state. */
static pid_t parent_of(const char *pid)
{
	char path[PATH_MAX], *text;
	const char *end;
	pid_t parent = 0;

	set_path(path, "/proc/%s/stat", pid);
	text = read_text(path, STAT_MAX, NULL);
	end = text ? strrchr(text, ')') : NULL;
	if (end && strlen(end) > strlen(") S "))
		parent = (pid_t)strtol(end + strlen(") S "), NULL, 10);
	free(text);
	return parent;
}

static Process *list_processes(size_t *ret_n)
{
	Process *all = NULL;
	size_t n = 0, room = 0;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (n == room) {
			Process *more = realloc(all, (room = 2 * room + 256) * sizeof(*all));

			if (!more)
				break;
			all = more;
		}
		all[n++] = (Process){ .pid = (pid_t)strtol(entry->d_name, NULL, 10),
				      .parent = parent_of(entry->d_name) };
	}
	if (proc)
		closedir(proc);
	*ret_n = n;
	return all;
}

/* Whether a parent is us, or kin already. */
static bool is_kin(const Process *all, size_t n, pid_t parent)
{
	if (parent == getpid())
		return true;
	for (size_t i = 0; i < n; i++)
		if (all[i].pid == parent)
			return all[i].kin;
	return false;
}

void kin_kill(void)
{
	size_t n;
	Process *all = list_processes(&n);
	bool found = true;

	while (found) {
		found = false;
		for (size_t i = 0; i < n; i++)
			if (!all[i].kin && is_kin(all, n, all[i].parent))
				found = all[i].kin = true;
	}
	for (size_t i = 0; i < n; i++)
		if (all[i].kin)
			kill(all[i].pid, SIGKILL);
	free(all);
}
