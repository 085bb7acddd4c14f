/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recipe does to a root once it is unpacked: its files are put in, its commands run. */
#pragma once

#include "image/recipe.h"

/* A time before any package's, that times of a root are brought down to; not 0, which would tell
 * PAM that root's password has run out. */
#define FINISH_EPOCH "1577836800"
/* How the error about a command begins, and how that about a file ends. */
#define FINISH_COMMAND "command "
#define FINISH_OUTSIDE " leads out of the root"

/**
 * finish_script() - the recipe's files and commands as a shell script about the root $1
 * @folder: takes the files, and must be seen by whoever runs the script; absolute
 * @error:  BOX_ERROR_HOST: a file cannot be read, or written
 *
 * Run by root, or by who is root in a user namespace, in which chroot(1) works. No file is put
 * outside of the root by a symlink in it. A line that begins with "E: " says what failed.
 * Return: empty where there is nothing to do; NULL after an error; g_free().
 */
char *finish_script(const Recipe *recipe, const char *folder, GError **error);
