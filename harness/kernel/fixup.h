/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patches that let an old tree be built with new tools: kconfigs/fixups/NAME.patch, and the
 * user's own. kconfigs/README.md says what the head of such a file has.
 */
#pragma once

#include "util/version.h"

#include <glib.h>
#include <stdbool.h>

/**
 * struct Fixup - a patch; fixup_free()
 * @name:  for people: of a shipped one its file's without .patch, of the user's the path as given
 * @file:  absolute path of the patch
 * @paths: files that it changes, relative to the tree, NULL-terminated
 * @kernel: the first of them that is compiled into the kernel, or NULL where only tools are
 * @users: the user's own: every revision gets it
 * @since, @until: of a shipped one: trees that it is for, both ends with it
 * @sign:  likewise: the log of a build that needs it matches this
 */
typedef struct {
	char *name;
	char *file;
	char **paths;
	const char *kernel;
	bool users;
	Version since;
	Version until;
	GRegex *sign;
} Fixup;

void fixup_free(Fixup *fixup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixup, fixup_free)

/**
 * fixups_load() - the user's in their order, then those that are shipped, by name
 * @users: paths, NULL-terminated; or NULL
 * @ret_fixups: of Fixup; g_ptr_array_unref()
 * @ret_key: hash of them all; g_free()
 * @error: BOX_ERROR_USAGE: cannot be read, or is no patch, or its head is wrong; names it
 */
bool fixups_load(const char *const *users, GPtrArray **ret_fixups, char **ret_key, GError **error);

/** fixup_wanted() - whether a build of a tree of this version failed at what a shipped one mends,
 * as the log says */
bool fixup_wanted(const Fixup *fixup, const Version *version, const char *log);
