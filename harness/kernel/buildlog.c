/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the log of a build that failed. */
#include "kernel/buildlog.h"

#include <string.h>

/* Lines that only a failing host prints, and what helps. */
static const struct {
	const char *sign;
	const char *help;
} host_signs[] = {
	{ "No space left on device", "no space left: free some and run again" },
	{ "Disk quota exceeded", "disk quota exceeded: free some space and run again" },
	{ "Cannot allocate memory", "out of memory: use fewer --jobs" },
	{ "virtual memory exhausted", "out of memory: use fewer --jobs" },
	{ "Killed signal terminated program",
	  "the compiler was killed: out of memory? use fewer --jobs" },
	{ "] Killed", "a part of the build was killed: out of memory? use fewer --jobs" },
	{ "Error 137", "a part of the build was killed: out of memory? use fewer --jobs" },
	{ "] Terminated", "a part of the build was ended from outside" },
	{ "Error 143", "a part of the build was ended from outside" },
	{ "] Bus error", "a part of the build could not read or write a file: a full disk?" },
	{ "Error 135", "a part of the build could not read or write a file: a full disk?" },
	{ "internal compiler error", "the compiler crashed" },
	{ "Read-only file system", "the cache folder is read-only" },
	{ "Input/output error", "the disk has errors" },
	{ "Too many open files", "too many open files: raise ulimit -n" },
	{ "Resource temporarily unavailable", "too many processes: raise ulimit -u" },
	{ "ccache: error:", "ccache does not work" },
	{ "flex: not found", "flex is missing: apt install flex" },
	{ "bison: not found", "bison is missing: apt install bison" },
	{ "bc: not found", "bc is missing: apt install bc" },
	{ "gelf.h: No such file", "libelf's header is missing: apt install libelf-dev" },
	{ "libelf.h: No such file", "libelf's header is missing: apt install libelf-dev" },
	{ "openssl/opensslv.h: No such file",
	  "openssl's header is missing: apt install libssl-dev" },
};

static char *line_around(const char *log, const char *at)
{
	const char *start = at;
	const char *end = strchr(at, '\n');

	while (start > log && start[-1] != '\n')
		start--;
	return g_strndup(start, end ? (gsize)(end - start) : strlen(start));
}

char *buildlog_host_trouble(const char *log)
{
	for (guint i = 0; i < G_N_ELEMENTS(host_signs); i++) {
		const char *at = strstr(log, host_signs[i].sign);

		if (at) {
			g_autofree char *line = line_around(log, at);

			return g_strdup_printf("%s (%s)", host_signs[i].help, g_strstrip(line));
		}
	}
	return NULL;
}

char *buildlog_first_error(const char *log)
{
	static const char *const signs[] = {
		": error: ",
		": fatal error: ",
		"undefined reference to ",
		"multiple definition",
		"No rule to make target",
		"syntax error",
		"*** ",
	};

	for (guint i = 0; i < G_N_ELEMENTS(signs); i++) {
		const char *at = strstr(log, signs[i]);

		if (at) {
			g_autofree char *line = line_around(log, at);

			return g_strdup(g_strstrip(line));
		}
	}
	return g_strdup("make failed and named no error");
}
