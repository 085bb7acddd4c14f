/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who looks after the code that a commit changes: what the kernel tree's own
 * scripts/get_maintainer.pl says. */
#pragma once

#include "repo/repo.h"

/**
 * maintainers_find() - ask the script of a revision about a commit's patch
 * @tree:   whose script and MAINTAINERS are asked
 * @commit: whose patch
 * @ret_lines: "NAME <MAIL> (ROLE)" each, as the script prints them; g_strfreev()
 * @ret_why:   why there are none, in one line; NULL where there are; g_free()
 * @error:     host trouble, or interrupted
 *
 * The script runs in a folder of its own that has nothing but what it reads, and is removed; no
 * git history is asked, and no settings of the user's.
 */
bool maintainers_find(Repo *repo, const RepoId *tree, const RepoId *commit, GCancellable *cancel,
		      char ***ret_lines, char **ret_why, GError **error);
