/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How ar and nm are called, so that they load the compiler's own plugin and no other. Left to
 * themselves they load all that is in bfd-plugins/ each time they start, and where LLVM is
 * installed that is all of LLVM: 85 ms in place of 7, some 1,600 times for a minimal kernel.
 */
#pragma once

#include <glib.h>

/**
 * bfdplugin_words() - words for make: "AR=ar --plugin FILE", "NM=nm --plugin FILE"
 * @cc:    the compiler
 * @words: the user's for make: what LLVM= and CROSS_COMPILE= say of the tools' names
 *
 * Returns: NULL-terminated, g_strfreev(); empty where compiler or tools know no such plugin
 */
char **bfdplugin_words(const char *cc, const char *const *words);
