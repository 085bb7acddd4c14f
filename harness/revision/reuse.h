/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a build folder may be built in again. make sees what is newer than what was made from
 * it. It does not see, and so the folder is emptied where
 *   - a new header would now be found before one that an object was compiled with,
 *   - a source is gone whose object would stay,
 *   - a changed source is not newer than its object: the clock was set back,
 *   - the compiler is another one,
 *   - a build was killed in it: nobody knows of which tree it is.
 * Generated sources that a changed makefile may no longer make are removed.
 */
#pragma once

#include "kernel/footprint.h"
#include "repo/repo.h"

/**
 * reuse_folder() - the build folder for a configuration; each has its own, so that no object and no
 * .cmd file is of another one
 * @home: folder of build folders
 * @setup: stands for configuration and the like, as letters and digits
 *
 * Of the others the two used last stay, none where space is short. Return: absolute; g_free().
 */
char *reuse_folder(const char *home, const char *setup);

/**
 * struct ReuseSpec - a build; all borrowed
 * @tree:     source folder, that @revision is checked out in
 * @build:    absolute; need not exist
 * @compiler: compiler_key()
 */
typedef struct {
	Repo *repo;
	const char *tree;
	const char *build;
	const RepoId *revision;
	const char *compiler;
} ReuseSpec;

/**
 * reuse_begin() - get a build folder ready for a tree
 * @ret_empty: whether there is nothing in it now; or NULL
 * @ret_why: why what was in it had to go, static; NULL where nothing had to; or NULL
 */
bool reuse_begin(const ReuseSpec *spec, bool *ret_empty, const char **ret_why, GError **error);

/**
 * reuse_end() - note what a build folder is of, after make has ended, well or not
 * @footprint: what its .cmd files name; or NULL: the next build begins anew
 *
 * Nothing is noted where the clock was set back while it was built.
 */
bool reuse_end(const ReuseSpec *spec, const Footprint *footprint, GError **error);
