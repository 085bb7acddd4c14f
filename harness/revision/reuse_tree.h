/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the build folder of a source folder that is no repository may be built in again (reuse.h
 * has the same of revisions). What is in the folder is noted, file by file; where one came or went,
 * or changed and is not newer than the last build, as after cp -a, make would be fooled.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * reuse_tree_begin() - empty the build folder where it cannot be built in again
 * @tree, @build: absolute
 * @compiler:   compiler_key()
 * @ret_note:   for reuse_tree_end(); g_free()
 * @ret_kept:   whether what was in it is there still; or NULL
 * @error:      BOX_ERROR_HOST: the folders cannot be read or emptied
 */
bool reuse_tree_begin(const char *tree, const char *build, const char *compiler, char **ret_note,
		      bool *ret_kept, GError **error);

/** reuse_tree_end() - make has ended, well or not: note of what the build folder is */
bool reuse_tree_end(const char *build, const char *note, GError **error);
