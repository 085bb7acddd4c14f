/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a build folder may be built in again. make sees what changed and what is gone; it does
 * not see a new header that would now be found before one that an object was compiled with. Such
 * an object would stay, and its .cmd file would name the wrong header.
 */
#pragma once

#include "kernel/footprint.h"
#include "repo/repo.h"

/**
 * reuse_begin() - get a build folder ready for a tree: it is emptied where what is in it might be
 * taken for right and is not, or where nobody knows of which tree it is (a build that was killed)
 * @build: absolute; need not exist
 * @revision: what is to be built
 * @ret_emptied: set where there was something; or NULL
 */
bool reuse_begin(Repo *repo, const char *build, const RepoId *revision, bool *ret_emptied,
		 GError **error);

/**
 * reuse_end() - note what a build folder is of, after make has ended, well or not
 * @footprint: what its .cmd files name; or NULL: the next build begins anew
 */
bool reuse_end(Repo *repo, const char *build, const RepoId *revision, const Footprint *footprint,
	       GError **error);

/**
 * reuse_chain() - empty a build folder that another compiler, or the same with other words, was
 * used in: not all of what it made is made again where only the compiler is another
 * @key: of the Toolchain
 */
bool reuse_chain(const char *build, const char *key, GError **error);
