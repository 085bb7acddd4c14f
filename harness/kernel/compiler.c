/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which compiler this is. */
#include "kernel/compiler.h"

#include "util/error.h"
#include "util/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A program of the compiler's own; one that it finds in PATH it names by its name alone. */
static bool find_program(const Toolchain *chain, const char *name, char **ret_path, GError **error)
{
	g_autofree char *option = g_strconcat("-print-prog-name=", name, NULL);
	const char *argv[] = { chain->cc, option, NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 20 };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *word = NULL;

	if (!process_run(&spec, NULL, &end, error))
		return false;
	if (end.status != 0)
		return error_host(error, "%s %s fails", chain->cc, option);
	word = g_strndup(end.out, strcspn(end.out, "\n"));
	*ret_path = strchr(word, '/') ? g_steal_pointer(&word) : g_find_program_in_path(word);
	return true;
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

bool compiler_key(const Toolchain *chain, char **ret_key, GError **error)
{
	static const char *const parts[] = { "cc1", "as", "ld" }; /* clang has no cc1 */
	g_autoptr(GString) text = g_string_new(chain->key);
	g_autofree char *cc = g_find_program_in_path(chain->cc);

	g_string_append_c(text, '\n');
	if (!cc)
		return error_host(error, "%s is missing", chain->cc);
	if (!add_program(cc, text, error))
		return false;
	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *path = NULL;

		if (!find_program(chain, parts[i], &path, error) ||
		    (path && !add_program(path, text, error)))
			return false;
	}
	*ret_key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
	return true;
}
