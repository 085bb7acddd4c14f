/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending QEMUs that no libvirt can be asked to end. */
#include "machine/strays.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Whether one of the words begins with what libvirt puts there for a guest of ours. */
static gboolean is_ours(const char *words, gsize len)
{
	g_autofree char *ours = g_strdup_printf("guest=bisectbox-%d-", getpid());

	if (!strstr(words, "qemu-system-"))
		return FALSE;
	for (gsize at = 0; at < len; at += strlen(words + at) + 1)
		if (g_str_has_prefix(words + at, ours))
			return TRUE;
	return FALSE;
}

void strays_end(void)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;

	while (proc && (name = g_dir_read_name(proc))) {
		g_autofree char *path = g_build_filename("/proc", name, "cmdline", NULL);
		g_autofree char *words = NULL;
		guint64 pid = 0;
		gsize len;

		if (g_ascii_string_to_unsigned(name, 10, 2, G_MAXINT, &pid, NULL) &&
		    g_file_get_contents(path, &words, &len, NULL) && is_ours(words, len))
			kill((pid_t)pid, SIGKILL);
	}
}
