/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file into a storage pool of libvirt's. Internal to this room. */
#pragma once

#include "machine/machine.h"

#include <libvirt/libvirt.h>

/**
 * struct Upload - what goes where; all borrowed
 * @pool:  takes it
 * @path:  of the file here
 * @name:  of the volume, which does not exist yet
 * @host:  what the other host is called
 * @progress, @user: told now and then; or NULL
 * @cancel: or NULL
 */
typedef struct {
	virStoragePoolPtr pool;
	const char *path;
	const char *name;
	const char *host;
	MachineProgress progress;
	void *user;
	GCancellable *cancel;
} Upload;

/**
 * upload_file() - make the volume and send the file; its holes are not sent
 * @ret_volume: virStorageVolFree(); on failure there is none there either
 * @error: BOX_ERROR_HOST: no space there, connection lost; BOX_ERROR_INTERRUPTED
 */
bool upload_file(const Upload *upload, virStorageVolPtr *ret_volume, GError **error);
