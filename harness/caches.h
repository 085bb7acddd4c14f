/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bisectbox keeps in its cache folder, kind by kind, and removing it. Nothing that a live run
 * uses is ever removed: work trees are locked by the run that has them, images stay while any run
 * has guests, and kernels are copied out before they are used.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef enum {
	CACHE_KERNELS,    /* built kernels: kernel/cache.h */
	CACHE_CCACHE,     /* the compiler's */
	CACHE_IMAGES,     /* guests' disks, and what they are made of */
	CACHE_TREES,      /* work trees, and build folders in them */
	CACHE_FOOTPRINTS, /* what builds have read */
	CACHE_SERIES,     /* commits of quilt series: quilt.h */
	CACHE_KINDS,
} CacheKind;

/** cache_kind_name() - "kernels" ...; static */
const char *cache_kind_name(CacheKind kind);
/** cache_kind_of() - the other way round; CACHE_KINDS for no such kind */
CacheKind cache_kind_of(const char *name);

/**
 * struct CacheState - one kind
 * @bytes:   on the disk
 * @count:   kernels, disks, work trees, footprints; 0 for the compiler's cache
 * @in_use:  of them, by live runs
 * @limit:   bytes; 0 for none
 * @used_us: when it was used last; microseconds since 1970, 0 for never
 */
typedef struct {
	guint64 bytes;
	guint count;
	guint in_use;
	guint64 limit;
	gint64 used_us;
} CacheState;

/** cache_state() - look at one kind; BOX_ERROR_USAGE where BISECTBOX_CACHE_SIZE is no size */
bool cache_state(CacheKind kind, CacheState *ret_state, GError **error);

/**
 * struct CachePrune - what goes
 * @older_days: not used for so many days; 0 for not asked
 * @size:       until at most so many bytes are left, what was used longest ago first; G_MAXUINT64
 *              for not asked; not of footprints
 */
typedef struct {
	guint older_days;
	guint64 size;
} CachePrune;

/**
 * cache_prune() - remove some of one kind
 * @ret_left: how many would have gone, but are in use
 * @error: BOX_ERROR_HOST: cannot be removed, ccache fails
 */
bool cache_prune(CacheKind kind, const CachePrune *prune, GCancellable *cancel, guint *ret_left,
		 GError **error);

/** cache_clear() - remove all of one kind */
bool cache_clear(CacheKind kind, GCancellable *cancel, guint *ret_left, GError **error);
