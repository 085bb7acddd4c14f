/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's description for libvirt, as XML. Pure; internal to this room. */
#pragma once

#include "machine/machine.h"

/**
 * enum DomainFlags - what depends on the host
 * @DOMAIN_SHARE_MAPPED: the share's file system keeps user xattrs, so what the guest does to
 *                       owners, modes and devices is kept in these
 * @DOMAIN_AS_CALLER:    a system daemon starts QEMU: let it run as the caller, and leave the
 *                       owners of files alone
 * @DOMAIN_CONSOLE_PIPE: the console goes to the pipe CONSOLE.pipe.out
 */
typedef enum {
	DOMAIN_PLAIN = 0,
	DOMAIN_SHARE_MAPPED = 1 << 0,
	DOMAIN_AS_CALLER = 1 << 1,
	DOMAIN_CONSOLE_PIPE = 1 << 2,
} DomainFlags;

/** domain_cpu() - libvirt's CPU mode under an accelerator; static */
const char *domain_cpu(Accel accel);

/**
 * domain_xml() - the domain of one boot
 * @name:     of the domain; letters, digits and dashes
 * @emulator: QEMU's path, NULL for the daemon's own choice
 * @ret_xml:  free with g_free()
 * @error:    BOX_ERROR_USAGE: a path or the command line has bytes that XML cannot carry
 *            (control characters, no UTF-8), or a path is not absolute; says which
 */
bool domain_xml(const char *name, const char *emulator, Accel accel, const GuestSpec *spec,
		unsigned flags, char **ret_xml, GError **error);
