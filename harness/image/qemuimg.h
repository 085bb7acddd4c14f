/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks' files, by qemu-img: what they are, copies of them, and what is written over them. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * struct DiskFile - what a disk's file is; disk_file_clear()
 * @format: "raw", "qcow2", "vmdk"
 * @bytes:  of the disk that it stands for
 * @used:   bytes that the file takes
 */
typedef struct {
	char *format;
	guint64 bytes;
	guint64 used;
} DiskFile;

void disk_file_clear(DiskFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DiskFile, disk_file_clear)

/**
 * qemuimg_look() - what a file of somebody's is
 * @path:  absolute; only read
 * @error: BOX_ERROR_USAGE: cannot be read, is of another format, damaged, encrypted, or consists of
 *         several files, which could be any on this host. BOX_ERROR_HOST: qemu-img is missing
 *
 * Whatever has no format of its own is "raw".
 */
bool qemuimg_look(const char *path, GCancellable *cancel, DiskFile *ret_file, GError **error);

/**
 * qemuimg_convert() - copy a disk as qcow2
 * @from:     absolute; only read
 * @format:   its format, as qemuimg_look() has it
 * @to:       file to make
 * @error:    BOX_ERROR_HOST: no space, cannot be read; BOX_ERROR_INTERRUPTED
 */
bool qemuimg_convert(const char *from, const char *format, const char *to, GCancellable *cancel,
		     GError **error);

/**
 * qemuimg_cover() - make a qcow2 that takes all writes to a disk, which stays as it is
 * @disk:   absolute
 * @format: its format
 * @cover:  file to make or replace
 */
bool qemuimg_cover(const char *disk, const char *format, const char *cover, GCancellable *cancel,
		   GError **error);
