/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running patch(1): exactly, or not at all. Offsets are fine, fuzz is not. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct Patching - what to apply where; all borrowed
 * @folder:  that holds the files
 * @file:    the patch
 * @strip:   -pN
 * @reverse: -R
 * @fuzz:    lines of context that may be wrong
 * @dry:     change nothing
 */
typedef struct {
	const char *folder;
	const char *file;
	guint strip;
	bool reverse;
	guint fuzz;
	bool dry;
} Patching;

/**
 * patching_run() - apply a patch
 * @ret_status: 0 applied, 1 some of it does not apply, 2 it is no patch
 * @ret_said:   what patch(1) printed; g_free(); or NULL
 * @error:      patch(1) cannot be run
 */
bool patching_run(const Patching *patching, int *ret_status, char **ret_said, GError **error);
