/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kconfig fragments: what a kernel must have, in a form that holds across the years. A
 * fragment (kconfigs/NAME.config, described in kconfigs/README.md) has lines of these kinds:
 *   SYMBOL=VALUE          must come out so; y, n, m, a number or a "string"
 *   if-known SYMBOL[=VALUE]  likewise, on trees whose Kconfig knows the symbol
 *   any-of A B ...        at least one of them must come out =y; all are asked for
 *   module A B ...        of a kernel whose drivers are modules, one of these, or built in; what is
 *                         built here has no modules
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Kconfig Kconfig;

/**
 * kconfig_load() - read fragments; a later line about a symbol replaces an earlier one
 * @fragments: names from kconfigs/ ("audit") or paths (with a slash in it), NULL-terminated;
 *             a name given twice is read once
 * @error:     BOX_ERROR_USAGE: no such fragment, or file, line and what was expected
 */
bool kconfig_load(const char *const *fragments, Kconfig **ret_kconfig, GError **error);
void kconfig_free(Kconfig *kconfig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Kconfig, kconfig_free)

/** kconfig_allconfig() - the text for KCONFIG_ALLCONFIG: one CONFIG_ line a symbol; free with
 * g_free() */
char *kconfig_allconfig(const Kconfig *kconfig);

/** kconfig_describe() - all of what is wished for: two that are described alike ask for the same
 * and miss the same; g_free() */
char *kconfig_describe(const Kconfig *kconfig);

/**
 * kconfig_modules() - the modules that are wanted of a kernel that has some
 *
 * Return: an array of strings a `module` line, in their order, each once; g_ptr_array_unref().
 */
GPtrArray *kconfig_modules(const Kconfig *kconfig);

/**
 * struct KconfigMiss - something that did not come out as asked; kconfig_miss_free()
 * @fragments: those that asked for it, by the names that kconfig_load() was given
 * @text:      for people: "CONFIG_AUDIT=y came out as n"
 */
typedef struct {
	char **fragments;
	char *text;
} KconfigMiss;
void kconfig_miss_free(KconfigMiss *miss);

/**
 * kconfig_check() - whether a configured build folder has all that was asked for
 * @tree:       source folder, for what its Kconfig files know
 * @build:      build folder, for its .config
 * @arch:       folder below arch/ that it is configured for
 * @ret_misses: KconfigMiss, empty where all came out; free with g_ptr_array_unref()
 * @error:      the folder has no readable .config (BOX_ERROR_HOST)
 */
bool kconfig_check(const Kconfig *kconfig, const char *tree, const char *build, const char *arch,
		   GPtrArray **ret_misses, GError **error);

/**
 * kconfig_reproducible() - whether two builds of one .config are the same bytes, as far as it says:
 * no keys made while building, no seeds, no paths in debug information
 * (Documentation/kbuild/reproducible-builds.rst); false where it cannot be read
 */
bool kconfig_reproducible(const char *path);

/**
 * kconfig_misses_text() - the misses that one of @fragments (NULL-terminated) asked for, in one
 * line; NULL for none; g_free()
 */
char *kconfig_misses_text(const GPtrArray *misses, const char *const *fragments);
