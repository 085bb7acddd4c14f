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
	{ "] Killed", "a program of the build was killed: out of memory? use fewer --jobs" },
	{ "] Terminated", "a program of the build was ended from outside" },
	{ "internal compiler error", "the compiler crashed" },
	{ "Read-only file system", "the cache folder is read-only" },
	{ "Input/output error", "the disk has errors" },
	{ "Too many open files", "too many open files: raise ulimit -n" },
	{ "Resource temporarily unavailable", "too many processes: raise ulimit -u" },
	{ "ccache: error:", "ccache does not work" },
	{ "gelf.h: No such file", "libelf's header is missing: apt install libelf-dev" },
	{ "libelf.h: No such file", "libelf's header is missing: apt install libelf-dev" },
	{ "please install libelf-dev", "libelf's header is missing: apt install libelf-dev" },
	{ "fatal error: openssl/", "openssl's headers are missing: apt install libssl-dev" },
	{ "fatal error: zlib.h", "zlib's header is missing: apt install zlib1g-dev" },
	{ "fatal error: gcc-plugin.h",
	  "gcc's plugin headers are missing: apt install the gcc-N-plugin-dev of this gcc" },
	{ "pahole) is not available", "pahole is missing: apt install dwarves" },
	{ "pahole is not available", "pahole is missing: apt install dwarves" },
};

/* Programs that makefiles call. What else is not found is the tree's doing. */
static const struct {
	const char *program, *package;
} programs[] = {
	{ "flex", "flex" },         { "bison", "bison" },       { "bc", "bc" },
	{ "perl", "perl" },         { "python3", "python3" },   { "gcc", "gcc" },
	{ "ld", "binutils" },       { "objcopy", "binutils" },  { "nm", "binutils" },
	{ "ld.lld", "lld" },        { "clang", "clang" },       { "llvm-nm", "llvm" },
	{ "llvm-ar", "llvm" },      { "llvm-objcopy", "llvm" }, { "openssl", "openssl" },
	{ "gzip", "gzip" },         { "bzip2", "bzip2" },       { "xz", "xz-utils" },
	{ "lzma", "xz-utils" },     { "lzop", "lzop" },         { "lz4", "lz4" },
	{ "lz4c", "lz4" },          { "zstd", "zstd" },         { "cpio", "cpio" },
	{ "rsync", "rsync" },       { "gawk", "gawk" },         { "awk", "mawk" },
	{ "pahole", "dwarves" },    { "llvm-strip", "llvm" },   { "llvm-readelf", "llvm" },
	{ "llvm-objdump", "llvm" },
};

static char *line_around(const char *log, const char *at)
{
	const char *start = at;
	const char *end = strchr(at, '\n');

	while (start > log && start[-1] != '\n')
		start--;
	return g_strndup(start, end ? (gsize)(end - start) : strlen(start));
}

/* As sh, bash, make and env say it. */
static char *missing_program(const char *log)
{
	g_autoptr(GRegex) regex =
		g_regex_new("^(?:/bin/)?(?:sh|bash|make(?:\\[\\d+\\])?|env|[^:\n]*\\.sh)"
			    "(?:: (?:line )?\\d+)?: ['\"]?([a-z0-9.-]+)['\"]?: "
			    "(?:command )?(?:not found|No such file or directory)$",
			    G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, log, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);

		for (guint i = 0; i < G_N_ELEMENTS(programs); i++)
			if (g_str_equal(name, programs[i].program))
				return g_strdup_printf("%s is missing: apt install %s", name,
						       programs[i].package);
	}
	return NULL;
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
	return missing_program(log);
}

/* "*** C compiler is too old.", and the two lines about versions after it, in one. */
static char *too_old(const char *log)
{
	static const char *const before[] = { "", " ", ", " };
	const char *at = strstr(log, " is too old.");
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint n = 0; at && n < G_N_ELEMENTS(before); n++) {
		g_autofree char *line = line_around(log, at);
		g_autofree char *words = g_strdup(line + strspn(line, "* "));

		if (*line != '*' || !*g_strstrip(words))
			break;
		g_string_append_printf(text, "%s%s", before[n], words);
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return text->len ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
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

	char *old = too_old(log);

	if (old)
		return old;
	for (guint i = 0; i < G_N_ELEMENTS(signs); i++) {
		const char *at = strstr(log, signs[i]);

		if (at) {
			g_autofree char *line = line_around(log, at);

			return g_strdup(g_strstrip(line));
		}
	}
	return g_strdup("make failed and named no error");
}
