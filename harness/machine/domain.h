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
 * @DOMAIN_FAR:          the guest is on another host: its consoles are terminals there, and in the
 *                       share's place it has the port PROTOCOL_CHANNEL
 */
typedef enum {
	DOMAIN_PLAIN = 0,
	DOMAIN_SHARE_MAPPED = 1 << 0,
	DOMAIN_AS_CALLER = 1 << 1,
	DOMAIN_FAR = 1 << 2,
} DomainFlags;

/* What libvirt calls the consoles of a DOMAIN_FAR, and where the pipes are of the others. */
#define DOMAIN_SERIAL_ALIAS "serial0"
#define DOMAIN_VIRTIO_ALIAS "console1"
#define DOMAIN_SERIAL_PIPE ".serial"
#define DOMAIN_VIRTIO_PIPE ".virtio"

/**
 * struct DomainHost - where a guest is to run; all borrowed
 * @name:     of the domain; letters, digits and dashes
 * @emulator: QEMU's path, NULL for the daemon's own choice
 * @flags:    DomainFlags
 */
typedef struct {
	const char *name;
	const char *emulator;
	const Arch *arch;
	Accel accel;
	unsigned flags;
} DomainHost;

/** domain_cpu() - the CPU model of a guest, for people: "maximum", "host-passthrough", a name;
 * borrowed */
const char *domain_cpu(const Arch *arch, Accel accel, const GuestSpec *spec);

/** domain_board() - its machine type */
const char *domain_board(const Arch *arch, const GuestSpec *spec);

/**
 * domain_xml() - the domain of one boot
 * @spec:    with DOMAIN_FAR its paths are of the other host, but for @console and @share
 * @ret_xml: free with g_free()
 * @error:   BOX_ERROR_USAGE: a path or the command line has bytes that XML cannot carry
 *           (control characters, no UTF-8), or a path is not absolute; says which
 */
bool domain_xml(const DomainHost *host, const GuestSpec *spec, char **ret_xml, GError **error);
