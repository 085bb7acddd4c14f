/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts of a step that need no guest. */
#include "step/step_internal.h"

#include "kernel/version.h"

static void set_skip(const Case *testcase, StepResult *result, Outcome outcome, char *reason)
{
	result->outcome = outcome;
	result->verdict = verdict_of(testcase->judge, outcome, false);
	result->reason = reason;
}

/* What there is to say of all cases where there is no kernel. */
void step_no_kernel(const Workshop *shop, const Kernel *kernel, StepResult *results)
{
	Outcome outcome = kernel->end == KERNEL_NO_CONFIG ? OUTCOME_NO_CONFIG : OUTCOME_NO_BUILD;

	for (guint i = 0; i < shop->cases->len; i++)
		if (results[i].verdict == VERDICT_NONE)
			set_skip(shop->cases->pdata[i], &results[i], outcome,
				 g_strdup(kernel->reason));
}

/* Cases that make no sense on this kernel. */
void step_note_unfit(const Workshop *shop, const Version *version, StepResult *results)
{
	for (guint i = 0; i < shop->cases->len; i++) {
		char *why = case_unfit(shop->cases->pdata[i], shop->arch->uname, version);

		if (why)
			set_skip(shop->cases->pdata[i], &results[i], OUTCOME_UNFIT, why);
	}
}

/* Cases whose symbols did not come out as they must. */
void step_note_misses(const Workshop *shop, const GPtrArray *misses, StepResult *results)
{
	g_autofree char *all = kconfig_misses_text(misses, shop->common);

	for (guint i = 0; i < shop->cases->len; i++) {
		const Case *testcase = shop->cases->pdata[i];
		g_autofree char *own =
			kconfig_misses_text(misses, (const char *const *)testcase->kconfig);

		if (results[i].verdict == VERDICT_NONE && (all || own))
			set_skip(testcase, &results[i], OUTCOME_NO_CONFIG,
				 g_strdup(all ? all : own));
	}
}
