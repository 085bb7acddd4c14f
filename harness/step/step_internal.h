/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the parts of a step only (its compiler, getting the kernel, booting it) and their
 * tests. */
#pragma once

#include "step/step.h"

/** step_key() - one hash over all that a case's verdict depends on; of @kernel its hash; g_free()
 */
char *step_key(const Workshop *shop, const Case *testcase, const Kernel *kernel);
/** step_any_left() - whether a case has no verdict yet */
bool step_any_left(const Workshop *shop, const StepResult *results);
/** step_all_known() - whether this run has every case's verdict on that kernel, so that it need not
 * be there */
bool step_all_known(const Workshop *shop, const Kernel *kernel);

/**
 * step_version() - of a revision's Makefile, from the repository: the work tree may hold another
 * @ret_version: untouched where it does not say
 */
bool step_version(const Workshop *shop, const RepoId *revision, Version *ret_version,
		  GError **error);
/** step_chain_for() - the compiler for a tree of this version, whose parts may be 0; borrowed */
bool step_chain_for(const Workshop *shop, const Version *version, const Toolchain **ret_chain,
		    GError **error);

/** step_folder() - of a workshop's builds below @home, absolute; g_free() */
char *step_folder(const Workshop *shop, const char *home);

/** step_no_kernel() - what there is to say of all cases where there is no kernel */
void step_no_kernel(const Workshop *shop, const Kernel *kernel, StepResult *results);
/** step_note_unfit() - cases that make no sense on a kernel of this version */
void step_note_unfit(const Workshop *shop, const Version *version, StepResult *results);
/** step_note_misses() - cases whose symbols did not come out as they must */
void step_note_misses(const Workshop *shop, const GPtrArray *misses, StepResult *results);
