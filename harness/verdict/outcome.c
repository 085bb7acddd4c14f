/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table that turns outcomes into verdicts. */
#include "verdict/outcome.h"

typedef struct {
	const char *name;
	const char *text;
	Verdict by_case;
	Verdict by_boot;
	Verdict by_crash; /* without the signature */
} Row;

#define GOOD VERDICT_GOOD
#define BAD VERDICT_BAD
#define SKIP VERDICT_SKIP

/* Good and bad need an answer: whatever kept the case from answering says nothing about it. */
static const Row table[OUTCOME_COUNT] = {
	[OUTCOME_PASSED] = { "passed", "the case passed", GOOD, GOOD, GOOD },
	[OUTCOME_FAILED] = { "failed", "the case failed", BAD, GOOD, GOOD },
	[OUTCOME_SKIPPED] = { "skipped", "the case cannot tell on this kernel", SKIP, GOOD, SKIP },
	[OUTCOME_BROKEN] = { "broken", "the case could not run as it should", SKIP, SKIP, SKIP },
	[OUTCOME_CONTROL] = { "control", "a control of the case answered wrongly", SKIP, SKIP,
			      SKIP },
	[OUTCOME_UNFIT] = { "unfit", "the case makes no sense on this kernel", SKIP, SKIP, SKIP },
	[OUTCOME_CASE_TIMEOUT] = { "case-timeout", "the case did not end in its time", SKIP, GOOD,
				   SKIP },
	[OUTCOME_NO_CONFIG] = { "no-config", "the kernel cannot be configured as the case needs",
				SKIP, SKIP, SKIP },
	[OUTCOME_NO_BUILD] = { "no-build", "the kernel does not build", SKIP, SKIP, SKIP },
	[OUTCOME_SILENT] = { "silent", "the kernel printed nothing", SKIP, BAD, SKIP },
	[OUTCOME_BOOT_PANIC] = { "boot-panic", "the kernel panicked while it booted", SKIP, BAD,
				 SKIP },
	[OUTCOME_BOOT_OOPS] = { "boot-oops", "the kernel hit a bug of its own while it booted",
				SKIP, BAD, SKIP },
	[OUTCOME_BOOT_HANG] = { "boot-hang", "the kernel hung while it booted", SKIP, BAD, SKIP },
	[OUTCOME_BOOT_POWEROFF] = { "boot-poweroff", "the guest went away while it booted", SKIP,
				    BAD, SKIP },
	[OUTCOME_PANIC] = { "panic", "the kernel panicked while the case ran", SKIP, BAD, SKIP },
	[OUTCOME_OOPS] = { "oops", "the kernel hit a bug of its own while the case ran", SKIP, BAD,
			   SKIP },
	[OUTCOME_HANG] = { "hang", "the guest hung while the case ran", SKIP, BAD, SKIP },
	[OUTCOME_POWEROFF] = { "poweroff", "the guest went away while the case ran", SKIP, BAD,
			       SKIP },
	[OUTCOME_FLOOD] = { "flood", "the guest wrote more than it may", SKIP, SKIP, SKIP },
};

static bool kernel_ran(Outcome outcome)
{
	return outcome != OUTCOME_NO_CONFIG && outcome != OUTCOME_NO_BUILD &&
	       outcome != OUTCOME_UNFIT;
}

Verdict verdict_of(Judge judge, Outcome outcome, bool signature)
{
	const Row *row = &table[outcome];

	switch (judge) {
	case JUDGE_BOOT:
		return row->by_boot;
	case JUDGE_CRASH:
		return signature && kernel_ran(outcome) ? BAD : row->by_crash;
	case JUDGE_CASE:
		break;
	}
	return row->by_case;
}

const char *verdict_name(Verdict verdict)
{
	static const char *const names[] = { "none", "good", "bad", "skip" };

	return names[verdict];
}

const char *outcome_name(Outcome outcome)
{
	return table[outcome].name;
}

bool outcome_parse(const char *name, Outcome *ret_outcome)
{
	for (Outcome i = 0; i < OUTCOME_COUNT; i++)
		if (g_str_equal(table[i].name, name)) {
			*ret_outcome = i;
			return true;
		}
	return false;
}

const char *outcome_text(Outcome outcome)
{
	return table[outcome].text;
}
