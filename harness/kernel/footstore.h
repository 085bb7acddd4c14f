/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Footprints of earlier builds, on the disk: a file a source tree, for one set-up of the kernel. */
#pragma once

#include "kernel/footprint.h"

#define FOOTSTORE_MAX 64 /* files kept; those used longest ago go */

/**
 * footstore_save() - keep a footprint
 * @folder: of footprints of builds with the same configuration and compiler; made where missing
 * @tree:   id of the source tree
 */
bool footstore_save(const char *folder, const char *tree, const Footprint *footprint,
		    GError **error);

/** footstore_load() - the footprint of a tree; NULL where there is none, or a damaged one */
Footprint *footstore_load(const char *folder, const char *tree);

/** footstore_list() - ids of trees, used latest first; NULL-terminated; g_strfreev() */
char **footstore_list(const char *folder);
