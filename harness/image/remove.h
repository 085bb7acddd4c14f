/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removing images: a recipe's disks and roots, or an imported disk. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * image_remove() - remove all disks of a name, and what they were made of
 * @name:    of a recipe, or of an imported disk
 * @ret_any: whether there was anything
 * @error:   BOX_ERROR_USAGE: one of them is in use by a run, or something is being built: nothing
 *           was removed. BOX_ERROR_HOST
 */
bool image_remove(const char *name, bool *ret_any, GError **error);
