/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's words for make. */
#include "kernel/makewords.h"

#include "kernel/version.h"
#include "util/error.h"

#include <string.h>

/* Variables that would lead the build elsewhere, and what to type instead, where there is that. */
static const struct {
	const char *name;
	const char *instead;
} own[] = {
	{ "CC", "--cc" },
	{ "O", NULL },
	{ "KBUILD_OUTPUT", NULL },
	{ "KBUILD_SRC", NULL },
	{ "M", NULL },
	{ "KBUILD_EXTMOD", NULL },
	{ "KCONFIG_CONFIG", "--config" },
	{ "KCONFIG_ALLCONFIG", "--kconfig" },
	{ "MAKEFLAGS", NULL },
};

/* Kbuild has some of a file's name: CFLAGS_audit.o, CFLAGS_sun4i-ss.o. */
static bool is_variable(const char *word, gsize len)
{
	if (!len || !(g_ascii_isalpha(*word) || *word == '_'))
		return false;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum(word[i]) && !strchr("_.-", word[i]))
			return false;
	return true;
}

static bool check_word(const char *word, GError **error)
{
	gsize len = strcspn(word, "=");

	if (!word[len] || !is_variable(word, len) || strchr(word, '\n'))
		return error_usage(error, "--make-arg %s: VAR=VALUE is expected", word);
	for (guint i = 0; i < G_N_ELEMENTS(own); i++) {
		if (strlen(own[i].name) != len || strncmp(word, own[i].name, len) != 0)
			continue;
		if (own[i].instead)
			return error_usage(error, "--make-arg %s: use %s for that", word,
					   own[i].instead);
		return error_usage(error, "--make-arg %s: that is bisectbox's own", word);
	}
	return true;
}

bool makewords_check(const char *const *words, GError **error)
{
	for (; words && *words; words++)
		if (!check_word(*words, error))
			return false;
	return true;
}

const char *makewords_value(const char *const *words, const char *name)
{
	const char *value = NULL;

	for (; words && *words; words++)
		if (g_str_has_prefix(*words, name) && (*words)[strlen(name)] == '=')
			value = *words + strlen(name) + 1;
	return value;
}

/* LLVM=1, LLVM=-14, LLVM=/opt/llvm/bin/: Documentation/kbuild/llvm.rst. */
char *makewords_tool(const char *const *words, const char *gnu, const char *llvm)
{
	const char *value = makewords_value(words, "LLVM");
	const char *prefix = makewords_value(words, "CROSS_COMPILE");

	if (!value || !*value)
		return g_strconcat(prefix ? prefix : "", gnu, NULL);
	if (g_str_has_suffix(value, "/"))
		return g_strconcat(value, llvm, NULL);
	return g_strconcat(llvm, *value == '-' ? value : "", NULL);
}

/* As the kernel's own Makefile (SRCARCH) and kernel.org's compilers have it. */
static const struct {
	const char *arch;
	const char *folder;
	const char *target;
} arches[] = {
	{ "x86_64", KERNEL_SRCARCH, "x86_64-linux" },
	{ "x86", KERNEL_SRCARCH, "x86_64-linux" },
	{ "i386", KERNEL_SRCARCH, "i386-linux" },
	{ "arm", "arm", "arm-linux-gnueabi" },
	{ "arm64", "arm64", "aarch64-linux" },
	{ "riscv", "riscv", "riscv64-linux" },
	{ "powerpc", "powerpc", "powerpc64-linux" },
	{ "sparc64", "sparc", "sparc64-linux" },
	{ "parisc64", "parisc", "hppa64-linux" },
	{ "parisc", "parisc", "hppa-linux" },
	{ "loongarch", "loongarch", "loongarch64-linux" },
};

const char *makewords_arch(const char *const *words)
{
	const char *arch = makewords_value(words, "ARCH");

	for (guint i = 0; arch && i < G_N_ELEMENTS(arches); i++)
		if (g_str_equal(arch, arches[i].arch))
			return arches[i].folder;
	return arch && *arch ? arch : KERNEL_SRCARCH;
}

char *makewords_target(const char *const *words)
{
	const char *arch = makewords_value(words, "ARCH");

	for (guint i = 0; arch && i < G_N_ELEMENTS(arches); i++)
		if (g_str_equal(arch, arches[i].arch))
			return g_strdup(arches[i].target);
	return g_strconcat(arch && *arch ? arch : KERNEL_ARCH, "-linux", NULL);
}
