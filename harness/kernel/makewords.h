/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's words for make, and what follows from them. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * makewords_check() - whether each is VAR=VALUE of a variable that is not bisectbox's own
 * @error: BOX_ERROR_USAGE: which is not, and what is expected
 */
bool makewords_check(const char *const *words, GError **error);
/** makewords_value() - the value that the last of them gives a variable; NULL for none; borrowed */
const char *makewords_value(const char *const *words, const char *name);
/** makewords_tool() - how LLVM= or CROSS_COMPILE= makes one of the tools be called: "clang" and
 * "gcc" are compilers; g_free() */
char *makewords_tool(const char *const *words, const char *gnu, const char *llvm);
/** makewords_arch() - the folder below arch/ that ARCH= stands for ("x86" without it); borrowed */
const char *makewords_arch(const char *const *words);
/** makewords_target() - how compilers for it are called by kernel.org ("x86_64-linux"); g_free() */
char *makewords_target(const char *const *words);
