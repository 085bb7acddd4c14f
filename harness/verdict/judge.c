/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From console and answers to the outcome: the order of these tests is the rule. */
#include "verdict/judge.h"

/* Exit codes that a case answers with; the same as a script's under git bisect run. */
enum {
	CASE_GOOD = 0,
	CASE_BAD = 1,
	CASE_SKIP = 125,
};

static Outcome outcome_of_answer(const Answer *answer)
{
	switch (answer->kind) {
	case ANSWER_TIMEOUT:
		return OUTCOME_CASE_TIMEOUT;
	case ANSWER_EXIT:
		if (answer->exit_status == CASE_GOOD)
			return OUTCOME_PASSED;
		if (answer->exit_status == CASE_BAD)
			return OUTCOME_FAILED;
		if (answer->exit_status == CASE_SKIP)
			return OUTCOME_SKIPPED;
		return OUTCOME_BROKEN;
	case ANSWER_BROKEN:
	case ANSWER_NONE:
		break;
	}
	return OUTCOME_BROKEN;
}

static Outcome outcome_before_agent(const Console *console, GuestEnded ended)
{
	unsigned troubles = console_troubles(console);

	if (troubles & CONSOLE_PANIC)
		return OUTCOME_BOOT_PANIC;
	if (troubles & CONSOLE_OOPS)
		return OUTCOME_BOOT_OOPS;
	if (ended == ENDED_FLOOD)
		return OUTCOME_FLOOD;
	if (ended == ENDED_TIMEOUT)
		return console_lines(console) ? OUTCOME_BOOT_HANG : OUTCOME_SILENT;
	return OUTCOME_BOOT_POWEROFF;
}

Outcome outcome_of(const Console *console, GuestEnded ended, const char *testcase, Judge judge,
		   bool command)
{
	const Answer *answer = console_answer(console, testcase);
	unsigned troubles = console_troubles(console);

	if (!console_agent_reached(console))
		return outcome_before_agent(console, ended);
	if (judge == JUDGE_BOOT)
		return OUTCOME_PASSED;
	if (answer)
		return outcome_of_answer(answer);
	if (!command && console_done(console))
		return OUTCOME_PASSED;
	if (troubles & CONSOLE_PANIC)
		return OUTCOME_PANIC;
	if (troubles & CONSOLE_OOPS)
		return OUTCOME_OOPS;
	if (console_agent_trouble(console))
		return OUTCOME_BROKEN;
	if (ended == ENDED_FLOOD)
		return OUTCOME_FLOOD;
	return ended == ENDED_TIMEOUT ? OUTCOME_HANG : OUTCOME_POWEROFF;
}

char *outcome_reason(const Console *console, Outcome outcome, const char *testcase)
{
	const Answer *answer = console_answer(console, testcase);
	const char *words = NULL;

	switch (outcome) {
	case OUTCOME_PASSED:
	case OUTCOME_FAILED:
	case OUTCOME_SKIPPED:
		return g_strdup(outcome_text(outcome));
	case OUTCOME_BROKEN:
		if (answer && answer->kind == ANSWER_EXIT)
			return g_strdup_printf("the case ended with %d (0, 1 and 125 are answers)",
					       answer->exit_status);
		words = answer ? answer->reason : console_agent_trouble(console);
		break;
	default:
		words = console_trouble_line(console, CONSOLE_PANIC | CONSOLE_NO_ROOT);
		if (!words)
			words = console_trouble_line(console, CONSOLE_OOPS | CONSOLE_HUNG_TASK |
								      CONSOLE_RCU_STALL |
								      CONSOLE_LOCKUP | CONSOLE_OOM);
	}
	return words ? g_strdup_printf("%s: %s", outcome_text(outcome), words)
		     : g_strdup(outcome_text(outcome));
}
