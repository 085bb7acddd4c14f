/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which version a source tree or a built kernel is. */
#pragma once

#include "util/arch.h"
#include "util/version.h"

#include <glib.h>

/* The architecture that kernels are built for, as uname -m has it. */
#define KERNEL_ARCH "x86_64"
/* And as the source tree calls its folder below arch/. */
#define KERNEL_SRCARCH "x86"

/** kernel_tree_version() - of a source folder's Makefile; false where it does not say */
bool kernel_tree_version(const char *tree, Version *ret_version);

/** kernel_makefile_version() - the same of the Makefile's text */
bool kernel_makefile_version(const char *text, Version *ret_version);

/**
 * kernel_image_version() - of a bzImage (Documentation/arch/x86/boot.rst: kernel_version), or of
 * arm64's Image (Documentation/arch/arm64/booting.rst)
 * @arch:        that it has to be for
 * @ret_text:    the version in full, such as "6.1.192 (user@host) #1 ..."; g_free(); or NULL
 * @error:       BOX_ERROR_USAGE: it is not there, or no such kernel; says what it is expected to
 *               be
 */
bool kernel_image_version(const char *path, const Arch *arch, Version *ret_version, char **ret_text,
			  GError **error);
