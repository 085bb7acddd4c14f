/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which system is on somebody's disk, and where: libguestfs' inspection, and what we can make of
 * it. */
#pragma once

#include "image/appliance.h"

/* A file system of the system, and where it belongs: "/dev/sda1", "/". */
typedef struct {
	char *device;
	char *place;
} SystemMount;

/**
 * struct System - the one system on a disk; system_free()
 * @title:      as it calls itself: "Debian GNU/Linux 12 (bookworm)"
 * @mounts:     SystemMount, the root first, a folder before those in it
 * @filesystem: of the root: "ext4", "xfs"
 * @device:     where a guest finds the root that has this as its first disk: "/dev/vda1"; NULL
 *              where a small kernel without an initramfs cannot mount it, or would find only
 *              part of the system in it
 * @obstacle:   then what is in the way, for people: "its root is on LVM (/dev/vg/root)"
 */
typedef struct {
	char *title;
	GPtrArray *mounts;
	char *filesystem;
	char *device;
	char *obstacle;
} System;

/**
 * inspect_disk() - look at the appliance's first disk
 * @disk:  what errors call it
 * @error: BOX_ERROR_USAGE: no system is found in it, or several; it is encrypted; it is not Linux
 *         for x86-64. BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 */
bool inspect_disk(Appliance *appliance, const char *disk, System **ret_system, GError **error);

/** inspect_title() - what the system, mounted now, calls itself in /etc/os-release, which
 * libguestfs looks into of some distributions only; NULL for nothing; g_free() */
char *inspect_title(Appliance *appliance);

/** inspect_pretty_name() - PRETTY_NAME of an os-release(5)'s text; NULL for none; g_free() */
char *inspect_pretty_name(const char *text);

void system_free(System *system);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(System, system_free)
