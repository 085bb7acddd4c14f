/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program does not trust its surroundings with. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * rights_settle() - once, before anything is opened or started
 * @ret_note: what was taken out of root's PATH, a line for a person, or NULL; g_free()
 * @error:    BOX_ERROR_USAGE: the program is setuid; root's cache folder is another user's, or
 *            everybody's
 *
 * No file that we make can be written to by everybody, whatever the umask; one that says less is
 * kept. See rights_trusted_path() for root's PATH.
 */
bool rights_settle(char **ret_note, GError **error);

/**
 * rights_trusted_path() - of a PATH the folders that only root can put a program into
 * @path:     folders, as in PATH
 * @ret_left_out: the others, as they were, joined by ", "; NULL where there are none; g_free()
 *
 * A folder stays where it is absolute and root owns it and every folder above it, and nobody else
 * can write to them (above it the sticky bit will do). Symlinks are followed once, now. One that is
 * not there goes without a word.
 *
 * Return: a PATH, a usual one where nothing is left; g_free().
 */
char *rights_trusted_path(const char *path, char **ret_left_out);

/** rights_check_owner() - whether a file or folder is this user's own; else BOX_ERROR_USAGE, with
 * @what it is. One that is not there is fine. */
bool rights_check_owner(const char *what, const char *path, GError **error);
