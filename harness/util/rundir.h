/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's private folder in the cache: locked while its process lives, gone afterwards. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct RunDir RunDir;

/**
 * rundir_new() - make a folder with a short, random name below paths_cache("run")
 * @error: BOX_ERROR_HOST: cannot be written there; says to set BISECTBOX_CACHE
 *
 * Ends and removes what killed processes of this user left: a folder whose lock nobody holds,
 * and processes (QEMU) that were started with a path in it.
 */
RunDir *rundir_new(GError **error);
/** rundir_path() - its absolute path; borrowed */
const char *rundir_path(const RunDir *dir);
/** rundir_free() - remove it with all in it; NULL is fine */
void rundir_free(RunDir *dir);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunDir, rundir_free)

/** rundir_any() - whether any process has such a folder now, and so perhaps a guest */
bool rundir_any(void);
