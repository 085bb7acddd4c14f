/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building ahead: while a guest runs, the kernel that will most likely be wanted next is built in
 * a work tree and build folder of its own. It goes into the kernel cache, where its step finds it.
 */
#pragma once

#include "step/step.h"

typedef struct Ahead Ahead;

/**
 * ahead_new() - get ready to build; a thread of its own does it
 * @shop:   what is built and how; borrowed, @tree and @repo are not used
 * @jobs:   make -j; cores that the guest leaves
 * @error:  BOX_ERROR_HOST: no second work tree
 */
bool ahead_new(const Workshop *shop, unsigned jobs, Ahead **ret_ahead, GError **error);
/** ahead_free() - ends what is being built; NULL is fine */
void ahead_free(Ahead *ahead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ahead, ahead_free)

/**
 * ahead_begin() - build this one, from here on in the background
 * @flags: STEP_CLEAN or STEP_USUAL
 *
 * Nothing changes where it is being built or was the last one. Trouble is not told: the step that
 * wants the kernel meets it by itself.
 */
void ahead_begin(Ahead *ahead, const RepoId *revision, StepFlags flags);

/**
 * ahead_settle() - a kernel is wanted now: wait for it where it is being built, stop any other
 * @ret_built: it was built ahead and is in the cache; or NULL
 * @error:     BOX_ERROR_INTERRUPTED
 *
 * After that nothing runs in the background until ahead_begin().
 */
bool ahead_settle(Ahead *ahead, const RepoId *revision, StepFlags flags, GCancellable *cancel,
		  bool *ret_built, GError **error);
