/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder to unpack a root in. Not below the cache: in a user namespace other user ids
 * must get there, and a home folder is closed to them. Killed builds leave theirs; the next build
 * finds them by name and takes those whose lock nobody holds away.
 */
#pragma once

#include <gio/gio.h>

typedef struct Scratch Scratch;

/**
 * scratch_new() - make a folder with room in it
 * @bytes:  free space wanted; $TMPDIR, /var/tmp and /tmp are tried in this order
 * @cancel: or NULL
 * @error:  BOX_ERROR_HOST: none of them will do
 *
 * Return: NULL after an error. Removes what earlier, killed builds of this user left there.
 */
Scratch *scratch_new(guint64 bytes, GCancellable *cancel, GError **error);

/** scratch_path() - its path; owned by @scratch */
const char *scratch_path(const Scratch *scratch);

/** scratch_free() - remove the folder with all in it; NULL is fine */
void scratch_free(Scratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scratch, scratch_free)
