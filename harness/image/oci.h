/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases' own roots: an OCI image becomes a disk that guests get besides their own, read-only.
 * Cached as recipes' disks are, by the hash of the OCI image and of the agent.
 */
#pragma once

#include "image/image.h"

/**
 * oci_ensure() - the disk of an OCI image's root, made where it is not in the cache
 * @path:      absolute; what it may be: see ociroot_build()
 * @agent:     path of the agent's static binary, put at PROTOCOL_AGENT
 * @accel, @progress, @user, @cancel: as in image_ensure()
 * @ret_image: the disk, raw, ext2 without partitions, with the image's variables; set on success
 * @error:     BOX_ERROR_USAGE: what is wrong with the OCI image; BOX_ERROR_HOST: skopeo, umoci or
 *             libguestfs failed or is missing, no space; BOX_ERROR_INTERRUPTED
 *
 * The root is as in the image, but for folders that mounts want, where it has none, and the agent.
 */
bool oci_ensure(const char *path, const char *agent, Accel accel, ImageProgress progress,
		void *user, GCancellable *cancel, Image **ret_image, GError **error);

/** oci_list() - the disks of OCI images in the cache, of Image, the one used last first; free with
 * g_ptr_array_unref() */
GPtrArray *oci_list(void);

/** oci_check() - whether what oci_ensure() needs besides libguestfs is here and works (doctor) */
bool oci_check(GCancellable *cancel, GError **error);
