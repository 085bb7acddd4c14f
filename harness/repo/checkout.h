/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One tree into one folder, of this room only. */
#pragma once

#include "repo/internal.h"

/**
 * struct CheckoutSpec - where to and from what; all borrowed
 * @root:  the folder, absolute; there
 * @index: what is known of its files (git's index format): the id of each and its lstat(2) at
 *         that time; brought up to date. An entry that no longer fits its file is harmless
 * @stamp: modification time of the file @index was read from: an entry as young may be older
 *         than a change that left all of its lstat(2) the same ("racy" in git's words)
 * @clean: remove what the tree does not have; else only what @index has and the tree does not
 */
typedef struct {
	const char *root;
	git_index *index;
	struct timespec stamp;
	bool clean;
	GCancellable *cancel;
} CheckoutSpec;

/* What a checkout has done. */
typedef struct {
	guint changed; /* files written, removed or made executable or not */
	bool noted;    /* the index has changed */
} CheckoutEnd;

/** checkout_tree() - make a folder hold exactly a tree */
bool checkout_tree(Repo *repo, const git_oid *tree, const CheckoutSpec *spec, CheckoutEnd *ret_end,
		   GError **error);
