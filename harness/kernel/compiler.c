/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which compiler this is. */
#include "kernel/compiler.h"

#include "util/error.h"
#include "util/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where gcc has a program of its own; one that it finds in PATH it names by its name alone. */
static bool find_program(const char *name, char **ret_path, GError **error)
{
	g_autofree char *option = g_strconcat("-print-prog-name=", name, NULL);
	const char *argv[] = { "gcc", option, NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 20 };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *word = NULL;

	if (!process_run(&spec, NULL, &end, error))
		return false;
	if (end.status != 0)
		return error_host(error, "gcc %s fails", option);
	word = g_strndup(end.out, strcspn(end.out, "\n"));
	*ret_path = strchr(word, '/') ? g_steal_pointer(&word) : g_find_program_in_path(word);
	return *ret_path || error_host(error, "gcc's %s is missing: apt install gcc", name);
}

static bool add_program(const char *path, GString *text, GError **error)
{
	g_autofree char *real = realpath(path, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return error_host(error, "cannot look at %s: %s", path, g_strerror(errno));
	g_string_append_printf(text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld\n", real,
			       (gint64)st.st_size, (gint64)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	return true;
}

bool compiler_key(const char *said, char **ret_key, GError **error)
{
	static const char *const parts[] = { "cc1", "as" };
	static const char *const tools[] = { "gcc", "ld" };
	g_autoptr(GString) text = g_string_new(said);

	g_string_append_c(text, '\n');
	for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
		g_autofree char *path = g_find_program_in_path(tools[i]);

		if (!path)
			return error_host(error, "%s is missing: apt install gcc binutils",
					  tools[i]);
		if (!add_program(path, text, error))
			return false;
	}
	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *path = NULL;

		if (!find_program(parts[i], &path, error) || !add_program(path, text, error))
			return false;
	}
	*ret_key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
	return true;
}
