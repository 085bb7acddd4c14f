/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers in store: where a search asks the same kernel again and again (--repeat, --noise),
 * several guests boot it at once, and what the later ones say is kept for when it is asked.
 */
#pragma once

#include "step/step.h"

/**
 * spares_new() - nothing in store yet
 * @folder: where boots that nobody has asked for yet leave their files; made, and removed by
 *          spares_free()
 */
Spares *spares_new(const char *folder);
/** spares_free() - end what still boots; NULL is fine */
void spares_free(Spares *spares);

/**
 * spares_boot() - an answer that has not been given yet
 * @shop:    its @guests boot at once
 * @key:     of the kernel and its case: another one, and what is in store is dropped
 * @kernel:  copied; its file may be another one's later
 * @folder:  gets the boot's files
 * @results: one a case, as after the build: get what came of it, as by step_boot()
 * @error:   as of step_boot(); nothing is in store then
 */
bool spares_boot(Spares *spares, Workshop *shop, const char *key, const Kernel *kernel,
		 const char *folder, GCancellable *cancel, StepResult *results, GError **error);
