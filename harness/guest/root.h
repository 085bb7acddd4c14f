/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest, and the cases in it, see as their file systems. */
#pragma once

#include "guest/files.h"

/** root_mount() - mount a file system without a device; one that is there already is fine */
bool root_mount(const char *type, const char *target, unsigned long flags, const char *options,
		Reason *reason);

/**
 * root_mount_all() - the file systems that programs take for granted, on a read-only root
 *
 * Return: false where one is missing that no case can do without.
 */
bool root_mount_all(Reason *reason);
/** root_mount_cgroup() - what crun wants to see at /sys/fs/cgroup, where nothing is mounted there
 */
void root_mount_cgroup(void);

/**
 * root_make() - make PROTOCOL_ROOT, the cases' root; once a boot
 *
 * A small tmpfs with the image's top folders bound into it, read-only, and with mount points
 * that the image need not have. Bound one by one, so that nothing that is mounted in the guest
 * shows in it; but for name servers that the kernel has got by DHCP, which are in its
 * /etc/resolv.conf, and in that of root_mount_own(), where there is one.
 */
bool root_make(Reason *reason);

/**
 * root_enter() - take the calling process to PROTOCOL_ROOT for good, in a mount namespace of its
 * own
 * @bundle: the case's folder, whose case/ and evidence/ are to be /case and /evidence
 *
 * What runs there has the folders that a case in a container has, and no share in its sight.
 */
bool root_enter(const char *bundle, Reason *reason);

/**
 * root_mount_own() - mount a case's own root at PROTOCOL_OWN_ROOT of its bundle, read-only
 * @disk: its device
 */
bool root_mount_own(const char *disk, const char *bundle, Reason *reason);

/** root_unmount_own() - the same undone, whatever may still use it */
void root_unmount_own(const char *bundle);
