/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Under which key ccache may take objects by their headers alone (its direct mode). CACHE.md. */
#pragma once

#include "repo/repo.h"

/**
 * direct_key() - of a revision's tree: two trees of one key find every header at the same place
 * @commit: as it is built, fixups and all
 * @ret_key: g_free()
 * @error: BOX_ERROR_HOST: a tree of it cannot be read
 */
bool direct_key(Repo *repo, const RepoId *commit, char **ret_key, GError **error);
