/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose fault a build that failed is: what cannot compile three lines is not the tree. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * hostprobe() - whether this host can compile and link anything now
 * @cc:     the compiler; it is run through ccache, as in the build
 * @folder: the build folder
 * @env:    the build's environment
 * @error:  BOX_ERROR_HOST: no space, no processes, a compiler or a ccache that does not work
 */
bool hostprobe(const char *cc, const char *folder, const char *const *env, GCancellable *cancel,
	       GError **error);
