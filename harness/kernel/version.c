/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the version out of Makefile or bzImage. */
#include "kernel/version.h"

#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAKEFILE_MAX ((gsize)4 << 20)
/* The set-up code, in whose first 64 KiB header and version are. */
#define SETUP_MAX 65536
#define MAGIC_AT 0x202
#define VERSION_AT 0x20e
#define VERSION_BASE 0x200
#define VERSION_LEN 256

/* The number in "NAME = 6" at the start of a line; -1 where there is none. */
static gint64 makefile_number(const char *text, const char *name)
{
	g_autofree char *pattern = g_strdup_printf("^%s\\s*=\\s*(\\d+)\\s*$", name);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *number = NULL;

	if (!g_regex_match(regex, text, 0, &match))
		return -1;
	number = g_match_info_fetch(match, 1);
	return g_ascii_strtoll(number, NULL, 10);
}

bool kernel_makefile_version(const char *text, Version *ret_version)
{
	static const char *const names[] = { "VERSION", "PATCHLEVEL", "SUBLEVEL" };
	Version version = { .parts = 0 };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		gint64 number = makefile_number(text, names[i]);

		if (number < 0)
			break;
		version.part[version.parts++] = (unsigned)number;
	}
	if (version.parts < 2)
		return false;
	*ret_version = version;
	return true;
}

bool kernel_tree_version(const char *tree, Version *ret_version)
{
	g_autofree char *path = g_build_filename(tree, "Makefile", NULL);
	g_autofree char *text = NULL;

	return fs_read(path, MAKEFILE_MAX, &text, NULL, NULL) &&
	       kernel_makefile_version(text, ret_version);
}

bool kernel_image_version(const char *path, Version *ret_version, char **ret_text, GError **error)
{
	g_autofree guint8 *head = g_malloc0(SETUP_MAX + VERSION_LEN + 1);
	FILE *file = fopen(path, "rbe");
	gsize at, len;

	if (!file)
		return error_usage(error, "cannot read the kernel %s: %s", path, g_strerror(errno));
	len = fread(head, 1, SETUP_MAX, file);
	fclose(file);
	if (len < VERSION_AT + 2 || memcmp(head + MAGIC_AT, "HdrS", 4) != 0)
		return error_usage(error,
				   "%s is no bzImage: give the file that a kernel build leaves as "
				   "arch/x86/boot/bzImage (a distribution's /boot/vmlinuz-...)",
				   path);
	at = VERSION_BASE + head[VERSION_AT] + ((gsize)head[VERSION_AT + 1] << 8);
	head[MIN(at + VERSION_LEN, SETUP_MAX)] = '\0';
	if (at >= len || !version_parse((const char *)head + at, ret_version))
		return error_usage(error, "%s: the bzImage does not say which version it is", path);
	if (ret_text)
		*ret_text = g_strdup((const char *)head + at);
	return true;
}
