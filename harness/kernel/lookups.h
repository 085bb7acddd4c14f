/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What decides where a compiler finds a header: which files a tree has, and what its makefiles say.
 * ccache's direct mode takes an object where the headers of then are as they were; that is right
 * where every look-up still ends where it did, and so within one key of this.
 * harness/docs/CACHE.md.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Lookups Lookups;

Lookups *lookups_new(void);
void lookups_free(Lookups *lookups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lookups, lookups_free)

/** lookups_enters() - whether a folder can hold a file that a kernel's source includes; pure */
bool lookups_enters(const char *folder);

/**
 * lookups_add() - count a file of the tree; all of them, in the order of their paths
 * @path: relative to the tree; borrowed
 * @id:   its content, in hex; borrowed
 * @odd:  a symlink or a submodule
 */
void lookups_add(Lookups *lookups, const char *path, const char *id, bool odd);

/** lookups_key() - the same for two trees only if no look-up can end elsewhere in one of them than
 * in the other; nothing can be added after it; g_free() */
char *lookups_key(Lookups *lookups);
