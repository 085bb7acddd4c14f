/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root as a squashfs: straight from its tar, without an appliance; the same bytes each time. */
#pragma once

#include "image/disk.h"

/**
 * squash_build() - make a squashfs of a root and the agent
 * @spec:      @tar, @agent, @sbin and @folder
 * @path:      file to make
 * @ret_bytes: its size
 * @error:     BOX_ERROR_HOST: tar2sqfs is missing or failed, no space; BOX_ERROR_INTERRUPTED
 *
 * Packed by gzip, which kernels of all ages can unpack.
 */
bool squash_build(const DiskSpec *spec, const char *path, GCancellable *cancel, guint64 *ret_bytes,
		  GError **error);
