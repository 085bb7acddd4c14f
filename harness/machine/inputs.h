/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder as a disk, for a guest that cannot have the folder itself. Internal to this room. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * inputs_make() - an ext2 with what is in a folder, just as large as it takes
 * @disk:  file, made or replaced
 * @error: BOX_ERROR_HOST: mke2fs is missing or fails; BOX_ERROR_INTERRUPTED
 */
bool inputs_make(const char *folder, const char *disk, GCancellable *cancel, GError **error);
