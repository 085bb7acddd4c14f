/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe's root: mmdebstrap makes a tar of it from the host's own apt sources. */
#pragma once

#include "image/image.h"

/* Part of the cache's key: raise it when the same recipe gives another root than before. */
#define ROOT_VERSION 1

/**
 * root_build() - make the tar of a recipe's root
 * @recipe: what it is made of
 * @folder: empty folder of this build's own, for small files
 * @tar:    file to make; what is there after a failure is worth nothing
 * @progress, @user: as in image_ensure()
 * @cancel: or NULL
 * @error:  BOX_ERROR_HOST: mmdebstrap is missing or failed (with the first error it printed), this
 *          user may not build one (says what to type), no sources, no space; BOX_ERROR_INTERRUPTED
 *
 * Root builds directly; an ordinary user in a user namespace, or else with fakechroot where that
 * is installed. The tar is the same, byte for byte, as long as the packages are.
 */
bool root_build(const Recipe *recipe, const char *folder, const char *tar, ImageProgress progress,
		void *user, GCancellable *cancel, GError **error);
