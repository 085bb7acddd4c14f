/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a patch, and what patch(1) says of it. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * patchtext_paths() - the files that a patch may read or write, each once
 * @strip: patch -pN
 * @ret_outside: one that is no path beneath the tree; g_free(); NULL for none
 *
 * Old and new names, of git's renames and copies too. Return: NULL-terminated; g_strfreev().
 */
char **patchtext_paths(const char *text, guint strip, char **ret_outside);

/** patchtext_binary() - whether git's binary changes are in it, which patch(1) does not know */
bool patchtext_binary(const char *text);

/** patchtext_hunk() - the @number-th hunk (from 1) about a file, its lines as they are, at most
 * @max of them; NULL where there is none; g_free() */
char *patchtext_hunk(const char *text, guint strip, const char *path, guint number, guint max);

/**
 * struct PatchFailure - what does not apply; release with patch_failure_clear()
 * @file: or NULL where patch(1) names none
 * @hunk: from 1; 0 where it is not a hunk
 * @line: where the patch says that it belongs
 */
typedef struct {
	char *file;
	guint hunk;
	guint line;
	bool no_file; /* a file that it changes is not there */
} PatchFailure;

void patch_failure_clear(PatchFailure *failure);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PatchFailure, patch_failure_clear)

/** patchsaid_failure() - the first failure in what patch(1) said */
void patchsaid_failure(const char *said, PatchFailure *ret_failure);

/** patchsaid_fuzz() - where a hunk would go with fuzz, as patch -F3 said; false where nowhere */
bool patchsaid_fuzz(const char *said, const char *file, guint hunk, guint *ret_line,
		    guint *ret_fuzz);
