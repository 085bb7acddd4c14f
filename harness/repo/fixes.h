/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commits say that they fix another: the kernel's `Fixes:` trailers. */
#pragma once

#include "repo/repo.h"

/**
 * struct RepoFix - @id says that it fixes @of
 * @of: one of those that were asked about, or a fix that comes before this one
 */
typedef struct {
	RepoId id;
	RepoId of;
} RepoFix;

/**
 * repo_fixes() - what the repository has to mend some commits
 * @broken: of RepoId
 * @ret_fixes: of RepoFix, oldest first, fixes of fixes too; a commit that names several comes once
 *             for each; free with g_array_unref()
 *
 * Of all that HEAD and the refs reach, back to a month before the oldest of @broken. A trailer
 * counts with eight hex digits or more. Where it has less than twelve, or fits several, the
 * subject that it quotes must fit, too. A backport goes by the id that it was picked from as well.
 * Merges fix nothing.
 */
bool repo_fixes(Repo *repo, const GArray *broken, GArray **ret_fixes, GError **error);
