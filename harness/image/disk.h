/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk of an image: a root's tar and the agent, put on a file system by libguestfs. */
#pragma once

#include "image/image.h"

/* Part of the cache's key: raise it when the same root gives another disk than before. */
#define DISK_VERSION 1

/**
 * struct DiskSpec - what goes on a disk; all borrowed
 * @tar:        of the root
 * @agent:      static binary, put at PROTOCOL_AGENT with mode 0755
 * @filesystem: "ext2"
 * @size_mib:   of the disk
 * @files:      of a case's own root: how many files and folders are in @tar. Such a root gets,
 * where it has none, the folders that a container's mounts want, and nothing else but the agent. 0
 * for a root that a recipe made
 * @accel:      what libguestfs' appliance runs on
 * @cache:      folder for the appliance's own files; must exist
 * @folder:     folder for temporary files; must exist
 */
typedef struct {
	const char *tar;
	const char *agent;
	const char *filesystem;
	guint size_mib;
	guint64 files;
	Accel accel;
	const char *cache;
	const char *folder;
} DiskSpec;

/**
 * disk_build() - make a disk: one file system without partitions, raw, sparse, synced
 * @spec:   what goes on it
 * @path:   file to make; what is there after a failure is worth nothing
 * @progress, @user: as in image_ensure()
 * @cancel: or NULL
 * @error:  BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 */
bool disk_build(const DiskSpec *spec, const char *path, ImageProgress progress, void *user,
		GCancellable *cancel, GError **error);

/** disk_check() - start an appliance and stop it; see image_check() */
bool disk_check(Accel accel, const char *cache, const char *folder, GCancellable *cancel,
		GError **error);
