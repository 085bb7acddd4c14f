/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe's root from an archive: a tar, packed or not, or an OCI image. */
#pragma once

#include "image/image.h"

/* Part of the cache's key: raise it when the same archive gives another root than before. */
#define UNPACK_VERSION 1

/**
 * unpack_build() - make the tar of a recipe's root, its files and commands in it
 * @recipe: RECIPE_TAR or RECIPE_OCI
 * @folder: of this build's own
 * @tar:    file to make; what is there after a failure is worth nothing
 * @progress, @user: as in image_ensure()
 * @cancel: or NULL
 * @error:  BOX_ERROR_USAGE: it is no archive, or not one of a root, or a command fails.
 *          BOX_ERROR_HOST: no space, no subordinate ids (says what to do). BOX_ERROR_INTERRUPTED
 *
 * By an ordinary user in a user namespace. Device nodes are left out: guests have a devtmpfs.
 */
bool unpack_build(const Recipe *recipe, const char *folder, const char *tar, ImageProgress progress,
		  void *user, GCancellable *cancel, GError **error);
