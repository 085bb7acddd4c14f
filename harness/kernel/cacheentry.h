/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the two files of the cache of kernels: an entry on the disk. */
#pragma once

#include "kernel/cache.h"

#define KCACHE_SCHEMA "bisectbox.kernel/1"
#define KCACHE_RECORD "record.json"

enum { FILE_CONFIG, FILE_LOG, FILE_FOOTPRINT, FILES };
extern const char *const kcache_files[FILES];

/** kcache_name() - SETUP/TREE-COMPILER-c|i: of an entry's folder; g_free() */
char *kcache_name(const KernelEntry *entry, bool clean);
/** kcache_read() - an entry by its name; NULL where its record says nothing, or is another one's */
KernelEntry *kcache_read(const char *folder, const char *name);
/** kcache_scan() - kcache_list(); @damaged takes the names of what has no record that can be read
 */
GPtrArray *kcache_scan(const char *folder, const char *setup, GPtrArray *damaged);
/** kcache_bytes() - of the files in a folder */
guint64 kcache_bytes(const char *path);
/** kcache_path() - of a file of an entry; g_free() */
char *kcache_path(const char *folder, const KernelEntry *entry, const char *name);
