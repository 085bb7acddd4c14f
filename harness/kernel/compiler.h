/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which compiler this is, as exactly as can be told without running it on something. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * compiler_key() - a hash of what the compiler says it is, and of path, size and time of change of
 * its programs (gcc, cc1, as, ld)
 * @said: kernel_compiler()
 *
 * Another one where a program was replaced, also by one that says the same; g_free().
 */
bool compiler_key(const char *said, char **ret_key, GError **error);
