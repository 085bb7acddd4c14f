/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk of an image: a root's tar and the agent, put on a file system by libguestfs, or into one
 * by tar2sqfs. */
#pragma once

#include "image/appliance.h"
#include "image/image.h"

#include <guestfs.h>

/* Part of the cache's key: raise it when the same root gives another disk than before. */
#define DISK_VERSION 2

/**
 * struct DiskSpec - what goes on a disk; all borrowed
 * @tar:        of the root
 * @agent:      static binary, put at PROTOCOL_AGENT with mode 0755
 * @sbin:       squashfs: the folder that /sbin is, or leads to, in @tar: relative
 * @filesystem: "ext2", "ext4", "squashfs"
 * @partitions: "gpt", "mbr": the file system is in the first and only one; "none", or NULL
 * @format:     "qcow2"; "raw", or NULL
 * @size_mib:   of the disk; 0 with squashfs
 * @files:      how many files and folders are in @tar
 * @own:        it is a case's own root: it gets nothing but the agent, and, as all do, where it has
 *              none, the folders that a container's mounts want
 * @accel:      what libguestfs' appliance runs on
 * @cache:      folder for the appliance's own files; must exist
 * @folder:     folder for temporary files; must exist
 * @appliance:  of disk_start(); NULL: disk_build() starts one
 */
typedef struct {
	const char *tar;
	const char *agent;
	const char *sbin;
	const char *filesystem;
	const char *partitions;
	const char *format;
	guint size_mib;
	guint64 files;
	bool own;
	Accel accel;
	const char *cache;
	const char *folder;
	Appliance *appliance;
} DiskSpec;

/** disk_size_mib() - how large a disk must be for so many files, whose contents together are so
 * many bytes */
guint disk_size_mib(const char *filesystem, guint64 files, guint64 bytes);

/** disk_wants_appliance() - whether disk_build() copies the root by an appliance: no squashfs */
bool disk_wants_appliance(const DiskSpec *spec);

/**
 * disk_start() - start the appliance that disk_build() of the same @spec and @path will want, while
 * the root is still being made: of @spec, @tar, @agent, @sbin and @files are not looked at
 * @error: BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 *
 * Return: free with appliance_free() in the same thread; NULL after an error.
 */
Appliance *disk_start(const DiskSpec *spec, const char *path, GCancellable *cancel, GError **error);

/**
 * disk_build() - make a disk: sparse, synced
 * @spec:   what goes on it
 * @path:   file to make; what is there after a failure is worth nothing
 * @progress, @user: as in image_ensure()
 * @cancel: or NULL
 * @error:  BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 */
bool disk_build(const DiskSpec *spec, const char *path, ImageProgress progress, void *user,
		GCancellable *cancel, GError **error);

/** disk_make_ext4() - an ext4 that kernels of the last fifteen years can mount, on a device of an
 * appliance; false with libguestfs' last error */
bool disk_make_ext4(guestfs_h *g, const char *device);

/** disk_check() - start an appliance and stop it; see image_check() */
bool disk_check(Accel accel, const char *cache, const char *folder, GCancellable *cancel,
		GError **error);
