/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels from the cache, and into it. A kernel of the cache is a revision's where configuration
 * and compiler are equal and the revision's tree is the one that it was built from, or is the same
 * kernel by the rule of harness/docs/FOOTPRINT.md. It also keeps watch over incremental builds:
 * where a clean build of a tree gives another kernel, no incremental build is believed any more.
 */
#pragma once

#include "kernel/build.h"
#include "kernel/cache.h"
#include "repo/repo.h"

/*
 * Of all steps of a run, in whatever thread. Nothing of it is written down but the cache itself.
 */
typedef struct Stock Stock;

/**
 * struct StockSpec - all borrowed
 * @cache: its folder NULL: no kernel is taken or kept (--no-cache)
 * @setup: stands for all that goes into every kernel of the run, but tree and compiler
 */
typedef struct {
	KernelCache cache;
	const char *setup;
} StockSpec;

/** stock_new() - copies what it is given */
Stock *stock_new(const StockSpec *spec);
void stock_free(Stock *stock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stock, stock_free)

/** stock_setup() - StockSpec.setup; borrowed */
const char *stock_setup(const Stock *stock);

/** stock_distrusts() - whether a clean build has shown that incremental ones are wrong: from then
 * on all builds are to begin in an empty folder */
bool stock_distrusts(Stock *stock);
/** stock_distrust() - that was shown earlier: in the part of a run before it was interrupted */
void stock_distrust(Stock *stock);

/**
 * struct StockWish - the kernel that is wanted; all borrowed
 * @revision: of @repo
 * @compiler: compiler_key()
 * @clean:    it must have been built in an empty folder, from this very tree
 * @files:    where bzImage, config and build log go, or are
 */
typedef struct {
	Repo *repo;
	const RepoId *revision;
	const char *compiler;
	bool clean;
	KernelFiles files;
} StockWish;

/**
 * struct StockKernel - what was found; release with stock_kernel_clear()
 * @hash:      SHA-256 of the bzImage, which is at StockWish.files now
 * @footprint: of its build, and so of the revision's
 * @revision:  that it was built for
 */
typedef struct {
	char *hash;
	Footprint *footprint;
	char *revision;
} StockKernel;

void stock_kernel_clear(StockKernel *kernel);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StockKernel, stock_kernel_clear)

/**
 * stock_take() - look for a kernel in the cache
 * @ret_kernel: where one was found
 * @ret_note:   one line about trouble with the cache, which is no trouble of the step; g_free();
 *              or NULL
 *
 * Return: whether one was found.
 */
bool stock_take(Stock *stock, const StockWish *wish, StockKernel *ret_kernel, char **ret_note);

/**
 * stock_had() - whether the cache had a kernel of a revision's very tree when this was first asked
 * @compiler: compiler_key(); NULL: by whatever compiler
 *
 * What is there may be gone, or damaged, when it is wanted. So it says what earlier runs left, and
 * the same all through a run.
 */
bool stock_had(Stock *stock, Repo *repo, const RepoId *revision, const char *compiler);

/**
 * stock_put() - keep a kernel that was just built
 * @wish:  with @clean: it was built in an empty folder
 * @ret_note: as of stock_take()
 */
void stock_put(Stock *stock, const StockWish *wish, const char *hash, const Footprint *footprint,
	       char **ret_note);

/**
 * stock_put_known() - keep for a revision a kernel that the cache has of another one
 * @wish: @files: what configuring this revision made; its @image is not used
 * @hash: of the kernel; where the cache has none of it by this compiler, nothing is kept
 * @ret_note: as of stock_take()
 */
void stock_put_known(Stock *stock, const StockWish *wish, const char *hash,
		     const Footprint *footprint, char **ret_note);

/**
 * stock_compare() - a revision has got a kernel: is it the one that it had before?
 * @wish:     with @clean: it is from an empty folder
 * @ret_other: SHA-256 of the kernel that an incremental build of the same tree gave, where that is
 *             another one: stock_distrusts() from now on, and the cache has no kernels of
 *             incremental builds of this set-up any more; g_free(); else NULL
 * @error: its tree cannot be read
 */
bool stock_compare(Stock *stock, const StockWish *wish, const char *hash, char **ret_other,
		   GError **error);
