/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initramfs for kernels whose drivers are modules: the agent as /init, and just those modules
 * that the image and the cases want, with what they depend on (libkmod), as a cpio (libarchive).
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * initramfs_folder() - where a kernel's modules are
 * @folder:     as the user gave it: with modules.dep in it, or with lib/modules/RELEASE below it
 * @release:    the kernel's, as uname -r has it
 * @ret_folder: absolute; g_free()
 * @error:      BOX_ERROR_USAGE: there are none, or another kernel's, or depmod(8) has not been
 * there
 */
bool initramfs_folder(const char *folder, const char *release, char **ret_folder, GError **error);

/**
 * initramfs_build() - make one
 * @folder:  from initramfs_folder()
 * @modules: arrays of strings: of each, the first that is there is taken, or one may be built in
 * @agent:   path of the agent's static binary
 * @path:    file to make
 * @ret_hash: its SHA-256; g_free(). The same modules and agent give the same
 * @error:   BOX_ERROR_USAGE: what is wanted is neither a module nor built in (names it).
 *           BOX_ERROR_HOST: cannot be read or written
 */
bool initramfs_build(const char *folder, const GPtrArray *modules, const char *agent,
		     const char *path, char **ret_hash, GError **error);
