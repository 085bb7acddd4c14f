/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A distribution's disk image becomes one of ours: inspected, and changed, on a copy. */
#pragma once

#include "image/imported.h"

/**
 * struct ImportSpec - what is asked for; all borrowed
 * @disk:     absolute path of the disk: qcow2, raw or vmdk; only read
 * @name:     what the image is called from now on
 * @password: root's; NULL leaves it as it is
 * @no_crun:  where the system has no crun, leave it without
 * @agent:    path of the agent's static binary
 * @accel, @progress, @user, @cancel: as in image_ensure()
 */
typedef struct {
	const char *disk;
	const char *name;
	const char *password;
	bool no_crun;
	const char *agent;
	Accel accel;
	ImageProgress progress;
	void *user;
	GCancellable *cancel;
} ImportSpec;

/**
 * import_disk() - import a disk
 * @ret_imported: set on success
 * @error: BOX_ERROR_USAGE: the name is taken; the disk cannot be read, is none, is encrypted, has
 * no system that is known, or not one that could run here. BOX_ERROR_HOST: libguestfs failed or is
 * missing, no space. BOX_ERROR_INTERRUPTED
 *
 * A root that a small kernel cannot mount (LVM, RAID, another file system than ext2 to ext4, one in
 * pieces) is copied to an ext4 without partitions. A system without crun gets that of the recipe
 * "busybox", for which packages may have to be fetched.
 * A killed import leaves nothing that counts; what it left is removed by the next build or import.
 */
bool import_disk(const ImportSpec *spec, Imported **ret_imported, GError **error);

/** import_name() - a name made of a file's: "debian-12-genericcloud-amd64"; NULL where nothing of
 * it can be one; g_free() */
char *import_name(const char *path);
