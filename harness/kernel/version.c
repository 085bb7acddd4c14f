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
#define ARM64_MAGIC_AT 56
#define IMAGE_MAX ((gsize)512 << 20)
#define BANNER "Linux version "

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

/* The version that a bzImage's header points at. */
static const char *find_in_header(const guint8 *head, gsize len)
{
	gsize at = VERSION_BASE + head[VERSION_AT] + ((gsize)head[VERSION_AT + 1] << 8);

	return at < len ? (const char *)head + at : NULL;
}

/* The banner, of which the kernel's own copy is in its data. */
static bool find_banner(const char *path, char **ret_text, GError **error)
{
	g_autofree char *data = NULL;
	const char *at;
	gsize len = 0;

	if (!fs_read(path, IMAGE_MAX, &data, &len, error))
		return false;
	at = memmem(data, len, BANNER, strlen(BANNER));
	if (!at)
		return error_usage(error, "%s: the Image does not say which version it is", path);
	at += strlen(BANNER);
	*ret_text = g_strndup(at, strcspn(at, "\n"));
	return true;
}

static bool image_fail(const char *path, const Arch *arch, bool other, GError **error)
{
	return error_usage(error,
			   "%s is no kernel for %s guests: give the file that a kernel build "
			   "leaves as %s%s",
			   path, arch->name, arch->image, other ? ", or another --arch" : "");
}

bool kernel_image_version(const char *path, const Arch *arch, Version *ret_version, char **ret_text,
			  GError **error)
{
	g_autofree guint8 *head = g_malloc0(SETUP_MAX + VERSION_LEN + 1);
	g_autofree char *text = NULL;
	FILE *file = fopen(path, "rbe");
	bool x86, arm64;
	gsize len;

	if (!file)
		return error_usage(error, "cannot read the kernel %s: %s", path, g_strerror(errno));
	len = fread(head, 1, SETUP_MAX, file);
	fclose(file);
	x86 = len >= VERSION_AT + 2 && memcmp(head + MAGIC_AT, "HdrS", 4) == 0;
	arm64 = len >= ARM64_MAGIC_AT + 4 && memcmp(head + ARM64_MAGIC_AT, "ARM\x64", 4) == 0;
	if (g_str_equal(arch->folder, "x86") ? !x86 : !arm64)
		return image_fail(path, arch, x86 || arm64, error);
	if (x86)
		text = g_strdup(find_in_header(head, len));
	else if (!find_banner(path, &text, error))
		return false;
	if (!text || !version_parse(text, ret_version))
		return error_usage(error, "%s: the kernel does not say which version it is", path);
	if (ret_text)
		*ret_text = g_steal_pointer(&text);
	return true;
}
