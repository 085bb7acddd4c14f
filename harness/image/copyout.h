/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A system whose root no small kernel can mount, copied to a disk that any can. */
#pragma once

#include "image/inspect.h"

/* The smallest disk that is worth it. */
#define COPYOUT_MIN_BYTES ((guint64)256 << 20)

/**
 * copyout_run() - copy a system to the appliance's second disk, all its file systems into one ext4
 * without partitions, which is mounted afterwards
 * @system: as inspect_disk() found it on the first disk; mounted
 * @error:  BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 *
 * Owners, modes, hard links, devices, extended attributes and ACLs are kept.
 */
bool copyout_run(Appliance *appliance, const System *system, GError **error);
