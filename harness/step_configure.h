/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps whose kernel is known as soon as it is configured. harness/docs/FOOTPRINT.md. */
#pragma once

#include "step.h"

/** step_key() - one hash over all that a case's verdict depends on; of @kernel its hash; g_free()
 */
char *step_key(const Workshop *shop, const Case *testcase, const Kernel *kernel);

/**
 * step_configure() - where a revision differs from a kernel of this run in Kconfig files alone,
 * configure it and see whether it is that kernel
 * @spec:     its build folder is emptied first
 * @ret_hash: of that kernel, where all cases have their verdicts of it; else NULL; g_free()
 * @ret_footprint: of it, set with @ret_hash; footprint_free()
 * @error:    as of kernel_configure()
 */
bool step_configure(Workshop *shop, const RepoId *revision, const KernelSpec *spec,
		    GCancellable *cancel, char **ret_hash, Footprint **ret_footprint,
		    GError **error);
