/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which compiler this is, as exactly as can be told without running it on something. */
#pragma once

#include "kernel/toolchain.h"

/**
 * compiler_key() - a hash of what the toolchain is by its own word, and of path, size and time of
 * change of its programs (the compiler, cc1, as, ld)
 * @error: BOX_ERROR_HOST: one is gone
 *
 * Another one where a program was replaced meanwhile, also by one that says the same; g_free().
 */
bool compiler_key(const Toolchain *chain, char **ret_key, GError **error);
