/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a guest has put into its share. Internal to this room. */
#pragma once

#include <glib.h>

/* Where a folder tree is too much to look at: unreadable, or deeper than this. */
#define SHARE_DEPTH_MAX 64

/**
 * share_size() - bytes on disk below a folder that a guest is writing to
 * @path: the share
 * @max:  counting stops where the sum is over this
 *
 * Every entry counts as 4 KiB at least, so that a million empty files are seen too; holes do
 * not count. No symlink is followed. A folder that cannot be read, or is deeper than
 * SHARE_DEPTH_MAX, counts as over @max: what cannot be measured is not taken for little.
 */
guint64 share_size(const char *path, guint64 max);
