/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several guests at a time: boots of one kernel with the same cases, each with a share of its own.
 */
#pragma once

#include "step/step.h"

typedef struct Lanes Lanes;

/**
 * lanes_new() - get ready to boot
 * @shop:        borrowed, and only read; KVM must have been seen to work, where guests run on it
 * @kernel:      borrowed
 * @after_build: one a case: what each boot's results begin with; borrowed
 * @guests:      how many run at once, at most
 * @cancel:      ends all of them; or NULL
 */
Lanes *lanes_new(const Workshop *shop, const Kernel *kernel, const StepResult *after_build,
		 unsigned guests, GCancellable *cancel);
/** lanes_free() - end what still runs, and wait for that; NULL is fine */
void lanes_free(Lanes *lanes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lanes, lanes_free)

/** lanes_add() - one more boot, which begins as soon as there is a place; @folder as in step_boot()
 */
void lanes_add(Lanes *lanes, const char *folder);

/**
 * lanes_take() - wait for a boot
 * @number:  of lanes_add()'s calls, from 0; each once
 * @results: one a case, all zero: as after step_boot()
 * @error:   as of step_boot()
 */
bool lanes_take(Lanes *lanes, guint number, StepResult *results, GError **error);
