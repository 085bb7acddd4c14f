/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels that were built earlier, in a folder of the cache. An entry is a folder that appears
 * whole or not at all, has the hash of each of its files in a record, and is looked at byte by byte
 * each time it is used. Any number of processes and threads may use the folder at once.
 *
 *   SETUP/TREE-COMPILER-c|i/   bzImage, config, build.log, footprint, record.json
 *   lock                       held while something is put, taken or removed
 *   tmp-*                      being put, or left by a process that was killed
 *
 * SETUP stands for what is the same for all kernels of a question, TREE is the source tree's id,
 * c or i says whether it was built in an empty folder or in one that was built in before.
 */
#pragma once

#include "kernel/footprint.h"

#define KCACHE_SIZE ((guint64)2000000000) /* bytes, where nobody says otherwise */
#define KCACHE_SIZE_VARIABLE "BISECTBOX_CACHE_SIZE"

/**
 * struct KernelCache - where it is and how large it may become; borrowed
 * @folder: made where missing
 * @limit:  bytes; 0 for no limit
 */
typedef struct {
	const char *folder;
	guint64 limit;
} KernelCache;

/** kcache_limit() - BISECTBOX_CACHE_SIZE, or KCACHE_SIZE; BOX_ERROR_USAGE where it is no size */
bool kcache_limit(guint64 *ret_bytes, GError **error);

/**
 * struct KernelEntry - a kernel that is there, as its record says; kcache_entry_free()
 * @name:     of its folder, below the cache's
 * @setup, @compiler, @tree: what went in
 * @revision: commit that it was built for
 * @clean:    built in an empty folder
 * @hash:     SHA-256 of the bzImage
 * @bytes:    all of its files
 * @used_us:  when it was last put or taken; microseconds since 1970
 */
typedef struct {
	char *name;
	char *setup;
	char *compiler;
	char *tree;
	char *revision;
	bool clean;
	char *hash;
	char *hashes[3]; /* of config, build.log, footprint */
	guint64 bytes;
	gint64 used_us;
} KernelEntry;

void kcache_entry_free(KernelEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KernelEntry, kcache_entry_free)

/**
 * kcache_list() - what is there, used latest first
 * @setup: of this set-up only; NULL for all
 * @ret_damaged: how many there are besides whose record cannot be read; or NULL
 *
 * Return: of KernelEntry; g_ptr_array_unref().
 */
GPtrArray *kcache_list(const char *folder, const char *setup, guint *ret_damaged);

/** kcache_sweep() - remove entries whose record cannot be read */
bool kcache_sweep(const char *folder, GError **error);

/** kcache_footprint() - an entry's; NULL where it is gone or damaged */
Footprint *kcache_footprint(const char *folder, const KernelEntry *entry);

/**
 * struct KernelFiles - what an entry is made of, or copied to; absolute paths; borrowed
 * @log: may be missing when put
 */
typedef struct {
	const char *image;
	const char *config;
	const char *log;
} KernelFiles;

/**
 * kcache_put() - keep a kernel
 * @entry: @setup, @compiler, @tree, @revision, @clean and @hash; the others are not used
 * @footprint: of its build
 * @error: BOX_ERROR_HOST: no space, not writable; the cache is as it was before
 *
 * One that was built clean takes the place of one that was not, never the other way round. Then
 * those used longest ago go, until the cache is within its limit. A kernel over the limit by
 * itself is not kept.
 */
bool kcache_put(const KernelCache *cache, const KernelEntry *entry, const KernelFiles *files,
		const Footprint *footprint, GError **error);

/**
 * kcache_take() - copy a kernel out, and mark it as used now
 * @to:          where its files go
 * @ret_taken:   whether it was there and as it was put
 * @ret_damage:  what was wrong with it, where something was; it is removed then; g_free()
 * @error:       BOX_ERROR_HOST: the copy cannot be written
 *
 * What is checked is the copy: nobody can change or remove it afterwards.
 */
bool kcache_take(const char *folder, const KernelEntry *entry, const KernelFiles *to,
		 bool *ret_taken, char **ret_damage, GError **error);

/** typedef KernelJudge - whether an entry goes */
typedef bool (*KernelJudge)(const KernelEntry *entry, void *user);

/**
 * kcache_remove() - remove the entries that @judge says
 * @ret_bytes: freed; or NULL
 *
 * With @judge NULL all there is goes, damaged entries too.
 */
bool kcache_remove(const char *folder, KernelJudge judge, void *user, guint64 *ret_bytes,
		   GError **error);

/** kcache_shrink() - remove those used longest ago until at most @limit bytes are left */
bool kcache_shrink(const char *folder, guint64 limit, guint64 *ret_bytes, GError **error);
