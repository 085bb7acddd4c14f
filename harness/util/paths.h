/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are: what we ship, what we cache, where runs go. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * paths_data() - a file or folder that bisectbox ships ("images", "kconfigs/base.config")
 *
 * $BISECTBOX_DATA, else the checkout that the running program was built in, else
 * PREFIX/share/bisectbox beside the program's bin folder.
 * Return: path, whether or not it exists; free with g_free().
 */
char *paths_data(const char *name);

/** paths_built() - a program that bisectbox builds for guests ("agent", "testcases/audit/probe"):
 * the checkout's build folder, or PREFIX/lib/bisectbox */
char *paths_built(const char *name);

/** paths_cache() - below $BISECTBOX_CACHE, else $XDG_CACHE_HOME/bisectbox; free with g_free() */
char *paths_cache(const char *name);

/** paths_results() - where runs go without --results: the checkout's results/, else
 * $XDG_DATA_HOME/bisectbox/results */
char *paths_results(void);
