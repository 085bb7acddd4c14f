/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building revisions with fixups (kernel/fixup.h). A revision with fixups is a commit of
 * bisectbox's own: checkout, build folders and footprints treat it as they do any other. The
 * user's fixups go onto every revision; a shipped one onto those whose build has failed at what it
 * mends, and from then on at once onto those that have the same files there. Several threads may
 * share what was learned of that, each with a work tree of its own.
 */
#pragma once

#include "kernel/fixup.h"
#include "kernel/toolchain.h"
#include "repo/worktree.h"

typedef struct Fixing Fixing;

/** fixing_new() - @fixups: of Fixup; borrowed */
Fixing *fixing_new(const GPtrArray *fixups);
void fixing_free(Fixing *fixing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixing, fixing_free)

/**
 * struct Fixed - a revision as it is built; release with fixed_clear()
 * @id:   the commit to check out: @revision itself where there is no fixup
 * @used: of const Fixup, in the order that they were applied
 */
typedef struct {
	RepoId revision;
	RepoId id;
	GPtrArray *used;
} Fixed;

void fixed_clear(Fixed *fixed);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixed, fixed_clear)

/**
 * fixing_begin() - the revision with the fixups that it is known to need
 * @chain: that it will be built with
 * @ret_why: why it cannot be built: one of the user's does not apply: which hunk; else NULL
 * @error: BOX_ERROR_HOST; an object is missing
 *
 * One of the user's that is in the revision already is left out.
 */
bool fixing_begin(Fixing *fixing, Worktree *tree, const RepoId *revision, const Toolchain *chain,
		  Fixed *ret_fixed, char **ret_why, GError **error);

/**
 * fixing_more() - its build failed: add what mends that
 * @version: of the tree
 * @log:     all that make said
 * @ret_more: whether there was something, so that it can be built again
 */
bool fixing_more(Fixing *fixing, Worktree *tree, const Toolchain *chain, const Version *version,
		 const char *log, Fixed *fixed, bool *ret_more, GError **error);

/** fixing_hint() - the name of a shipped fixup that mends what a build failed at, where it is not
 * to be applied; NULL for none; borrowed */
const char *fixing_hint(const Fixing *fixing, const Version *version, const char *log);

/** fixed_names() - what was used, for people and records: "NAME", or "NAME (kernel code: FILE)";
 * NULL for nothing; g_strfreev() */
char **fixed_names(const Fixed *fixed);
