/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The architectures that guests can have, and what each is called by whom. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct Arch - one of them; static
 * @name:     as --arch takes it, and make's ARCH=
 * @uname:    as uname -m, libvirt and QEMU have it
 * @folder:   below the kernel's arch/
 * @debian:   as dpkg has it
 * @emulator: QEMU's program
 * @package:  Debian's, that has it
 * @cross:    what GNU tools for it begin with on another machine; "" for the host's own
 * @compiler: Debian's package of the compiler, and of the C library for guest programs
 * @image:    the kernel that QEMU loads, in a build folder
 * @target:   make's word for it
 * @serial:   the first serial port, as the kernel calls it
 * @boards:   libvirt's machine types that guests are tried on, the usual one first
 * @cpu:      CPU model under TCG; NULL for all that QEMU can do
 * @recipe:   of the usual guest image
 * @small:    fragment of what stays in its kernels that are made up from nothing; or NULL
 * @built:    where programs for its guests are, in the folder of built ones; "" or ends with "/"
 */
typedef struct {
	const char *name;
	const char *uname;
	const char *folder;
	const char *debian;
	const char *emulator;
	const char *package;
	const char *cross;
	const char *compiler;
	const char *image;
	const char *target;
	const char *serial;
	const char *boards[3];
	const char *cpu;
	const char *recipe;
	const char *small;
	const char *built;
} Arch;

/** arch_usual() - what guests are where nobody says otherwise */
const Arch *arch_usual(void);
/** arch_find() - by @name, or NULL */
const Arch *arch_find(const char *name);
/** arch_of_folder() - by @folder, or NULL */
const Arch *arch_of_folder(const char *folder);
/** arch_names() - all of @name: "x86_64, arm64"; g_free() */
char *arch_names(void);
/** arch_has_board() - whether guests of it are tried on a machine type */
bool arch_has_board(const Arch *arch, const char *board);
