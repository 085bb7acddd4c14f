/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tar of a recipe's root, whatever it is made of. */
#pragma once

#include "image/build.h"

/** rootfs_is_there() - whether rootfs_ensure() would have nothing to make */
bool rootfs_is_there(const Build *build, const Recipe *recipe);

/**
 * rootfs_ensure() - a recipe's root, from the store or made now; anew with @anew of @build
 * @build:   begun
 * @ret_tar: its path in the store; g_free()
 * @error:   as in root_build(), unpack_build()
 */
bool rootfs_ensure(const Build *build, const Recipe *recipe, char **ret_tar, GError **error);
