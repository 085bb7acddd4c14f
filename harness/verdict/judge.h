/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a guest printed to what happened in it. Pure. */
#pragma once

#include "verdict/console.h"
#include "verdict/outcome.h"

/* Why the host ended the guest, where it did. */
typedef enum {
	ENDED_BY_ITSELF, /* powered off, reset, or all was known */
	ENDED_TIMEOUT,
	ENDED_FLOOD,
} GuestEnded;

/**
 * struct JudgedCase - what the judge must know of a case; borrowed
 * @judge:   JUDGE_BOOT is content when the agent is reached
 * @command: whether it runs a command; one without is done when the agent is
 */
typedef struct {
	const char *name;
	Judge judge;
	ExitCodes codes;
	bool command;
} JudgedCase;

/**
 * outcome_of() - what happened to a case in a guest that ran
 * @console: all that it printed, and with it the agent's answers
 * @ended:   whether the host had to end it
 *
 * An answer counts before all else: what the guest did after it is its own business.
 */
Outcome outcome_of(const Console *console, GuestEnded ended, const JudgedCase *testcase);

/**
 * outcome_reason() - one line of why, the console's own words where there are some; free with
 * g_free()
 */
char *outcome_reason(const Console *console, Outcome outcome, const JudgedCase *testcase);
