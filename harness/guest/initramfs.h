/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent as /init of an initramfs: it loads modules, and becomes the init of the root. */
#pragma once

#include "guest/files.h"

#include <stdbool.h>

/** initramfs_is_here() - whether this is one of ours */
bool initramfs_is_here(void);

/**
 * initramfs_leave() - load INITRAMFS_LIST's modules in its order, mount the root that the kernel's
 * command line names, and become its init
 *
 * /proc must be mounted. Returns only where that failed.
 */
void initramfs_leave(Reason *reason);
