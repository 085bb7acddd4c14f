/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines: QEMU guests started through libvirt, its embedded driver by default. libvirt lives
 * in this folder only. A guest that crashes is data; only a host that fails is an error.
 */
#pragma once

#include "machine/accel.h"
#include "util/arch.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef struct Machine Machine;

/**
 * struct MachineSpec - what to connect to; all borrowed
 * @uri:   libvirt URI, NULL for the embedded driver
 * @home:  private folder of this run for the driver's state (below paths_cache(); short, since
 *         socket paths are); ignored with @uri
 * @arch:  of the guests
 * @accel: what guests run on, decided by accel_choose(). With machine_is_far() the other host's
 *         own, by machine_choose_accel()
 */
typedef struct {
	const char *uri;
	const char *home;
	const Arch *arch;
	Accel accel;
} MachineSpec;

/**
 * machine_open() - connect
 * @cancel: or NULL
 *
 * A process can use one home, and again after machine_close(); two processes cannot share one.
 * Guests that an earlier process left in @home are ended, and their traces removed.
 * What libvirt learns about QEMU (seconds) is kept in paths_cache("libvirt") for all homes.
 * With @uri ("qemu:///session", "qemu:///system") guests run under a daemon of this host, as
 * the caller's user either way; with "qemu+ssh://host/system" under one of another host, as
 * whatever user that one has for them.
 * @error: BOX_ERROR_USAGE: a URI of no QEMU; @home too long for sockets.
 *         BOX_ERROR_HOST: QEMU, libvirt's driver or its user is missing (names the Debian
 *         package), @home is in use by another process, no daemon at @uri, or none that answers
 */
bool machine_open(const MachineSpec *spec, GCancellable *cancel, Machine **ret_machine,
		  GError **error);

/** machine_uri_is_far() - whether a libvirt URI is of another host; NULL is not */
bool machine_uri_is_far(const char *uri);

/** machine_is_far() - whether guests run on another host, and files have to get there and back */
bool machine_is_far(const Machine *machine);

/**
 * machine_choose_accel() - what guests of another host run on, as accel_choose() has it for this
 * one
 * @cache: folder where the answers are kept
 * @ret_unproven: KVM is offered there, and no guest has been seen to work on it
 *
 * Sets it, too. The trial by which this host is judged cannot be made over there: a guest makes it.
 */
bool machine_choose_accel(Machine *machine, Accel asked, const char *cache, Accel *ret_accel,
			  bool *ret_unproven, char **ret_why, GError **error);

/** machine_accel() - what guests run on now */
Accel machine_accel(const Machine *machine);

/** machine_forget_accel() - KVM did not carry a guest: TCG from here on, and remember it for that
 * host; as accel_forget() */
bool machine_forget_accel(Machine *machine, const char *cache, const char *why, GError **error);

/* Told how far a file is on its way to another host, in MiB. */
typedef void (*MachineProgress)(const char *path, guint64 done_mib, guint64 all_mib, void *user);

/**
 * machine_keep() - bring a disk to where guests run, to be used by this run and later ones
 * @path:     absolute; as GuestSpec will have it
 * @hash:     SHA-256 of its content
 * @progress: or NULL
 * @error:    BOX_ERROR_HOST: no storage pool can be made there, no space, connection lost;
 *            BOX_ERROR_INTERRUPTED
 *
 * Does nothing where that is this host. Disks that no machine_keep() was told of go there for each
 * run.
 */
bool machine_keep(Machine *machine, const char *path, const char *hash, MachineProgress progress,
		  void *user, GCancellable *cancel, GError **error);

/** machine_close() - ends guests that still run, waits for them, closes the connection */
void machine_close(Machine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Machine, machine_close)

/* Of disks besides the image: more than any one boot wants, and all have a place on the root bus.
 */
#define GUEST_DISKS_MAX 16

/**
 * struct GuestSpec - one boot; all borrowed; paths absolute, UTF-8, no control characters
 * @kernel:  what QEMU loads: a bzImage, for arm64 an Image
 * @initrd:  initramfs; or NULL
 * @cmdline: whole kernel command line
 * @image:   disk (raw or qcow2, by @image_format), attached as virtio-blk vda, read-only unless
 *           @image_max says otherwise
 * @image_max: bytes that the guest may add to @image's file by what it writes; 0: it cannot write
 * @disks:   further disks, raw, attached read-only as vdb, vdc and so on; NULL-terminated, at most
 *           GUEST_DISKS_MAX; or NULL
 * @share:   folder exported by 9p with tag PROTOCOL_TAG; NULL for none. Where its file system
 *           keeps user xattrs the guest's root may chown and mknod (files on the host are then
 *           0644 and the caller's, symlinks plain files); elsewhere such calls fail.
 *           With machine_is_far() its in/ goes to the guest as a disk and in/job by a channel,
 *           which also brings what the agent writes to out/ (guest/protocol.h)
 * @console: file that takes what both consoles print, serial and virtio's: whole lines, each with a
 *           stamp (util/stamp.h), what is the same on both once; made, or truncated
 * @console_max: bytes; with more on the consoles the guest is ended as flooding, the rest not
 *           handed over
 * @share_max: bytes on disk that the guest may add to what is in the share at its start; each
 *           file or folder counts as 4 KiB at least
 * @port:    socket of this host that QEMU is to make and listen at: the guest's second serial port,
 *           for a person; or NULL for no such port
 * @gdb:     likewise a socket for a debugger, which may stop the guest and let it go on as it
 *           likes; or NULL for none
 * @board:   machine type, of those that its Arch has; NULL for the usual one
 * @cpu:     QEMU's name of a CPU model; NULL for what goes with accelerator and architecture
 * @cpus, @mem_mib: its size
 * @user_network: a network card with QEMU's own NAT behind it; else none but @tap
 * @tap:     or one on this tap device, which exists and which the caller may open; or NULL
 * @qemu_args: further words for QEMU, NULL-terminated; or NULL
 * @timeout_ms: from when the guest runs (not from QEMU's start); then it is ended. 0: never
 * @on_running: called when the guest's processors have started, from guest_run()'s thread; or NULL
 * @on_console: called with new whole lines as they come (from guest_run()'s thread);
 *           returning true ends the guest now: all is known. Or NULL
 * @user:    handed to it
 */
typedef struct {
	const char *kernel;
	const char *initrd;
	const char *cmdline;
	const char *image;
	const char *image_format;
	guint64 image_max;
	const char *const *disks;
	const char *share;
	const char *console;
	guint64 console_max;
	guint64 share_max;
	const char *port;
	const char *gdb;
	const char *board;
	const char *cpu;
	unsigned cpus;
	unsigned mem_mib;
	bool user_network;
	const char *tap;
	const char *const *qemu_args;
	unsigned timeout_ms;
	void (*on_running)(void *user);
	bool (*on_console)(const char *data, gsize len, void *user);
	void *user;
} GuestSpec;

/* How a guest went. Why is for the verdict's table to say, from console and answers. */
typedef enum {
	GUEST_WENT,          /* it powered off, reset or panicked (panic=-1) by itself */
	GUEST_STOPPED,       /* @on_console had enough */
	GUEST_TIMEOUT,       /* its time was up */
	GUEST_CONSOLE_FLOOD, /* over @console_max */
	GUEST_SHARE_FLOOD,   /* over @share_max */
	GUEST_IMAGE_FLOOD,   /* over @image_max */
} GuestEnd;

/**
 * guest_run() - boot and wait until it is over
 * @cancel:   ends the guest; BOX_ERROR_INTERRUPTED
 * @ret_end:  how it went; set on success
 * @ret_ms:   milliseconds from start until that was known; or NULL
 * @error:    BOX_ERROR_HOST: QEMU could not start, was killed, crashed, or does not answer; an I/O
 *            error on a disk; less than 8 MiB left where console or share are; the daemon
 *            gone. BOX_ERROR_USAGE: a path that libvirt cannot be told
 *
 * May be called from several threads at once, on the same image too.
 * Where the connection broke under an earlier guest, it is made anew first.
 * Returns as soon as the guest's end is known; the domain is cleaned up behind the caller's
 * back, and the next guest may start meanwhile. All console bytes have been handed over; the
 * guest writes no more to console and share.
 */
bool guest_run(Machine *machine, const GuestSpec *spec, GCancellable *cancel, GuestEnd *ret_end,
	       unsigned *ret_ms, GError **error);

/**
 * machine_check() - whether QEMU there has the machine type and the CPU model that guests want
 * @error: BOX_ERROR_USAGE: says what there is
 */
bool machine_check(Machine *machine, const GuestSpec *spec, GError **error);

/** machine_describe() - emulator version, libvirt version, accelerator, machine type, CPU model,
 * network, QEMU's further words: part of a verdict's key; free with g_free() */
char *machine_describe(const Machine *machine, const GuestSpec *spec);
