/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From console and answers to the outcome: the order of these tests is the rule. */
#include "verdict/judge.h"

#include <string.h>

/* The same as a script's under git bisect run. */
enum {
	CASE_GOOD = 0,
	CASE_BAD = 1,
	CASE_SKIP = 125,
};

enum {
	KSFT_PASS = 0,
	KSFT_FAIL = 1,
	KSFT_SKIP = 4,
};

enum {
	LTP_TFAIL = 1,
	LTP_TBROK = 2,
	LTP_TWARN = 4,
	LTP_TCONF = 32,
};

static Outcome outcome_of_status(ExitCodes codes, int status)
{
	switch (codes) {
	case CODES_KSELFTEST:
		return status == KSFT_PASS   ? OUTCOME_PASSED
		       : status == KSFT_FAIL ? OUTCOME_FAILED
		       : status == KSFT_SKIP ? OUTCOME_SKIPPED
					     : OUTCOME_BROKEN;
	case CODES_LTP: /* a set: what broke tells nothing of the kernel, whatever else failed */
		return status & ~(LTP_TFAIL | LTP_TCONF) ? OUTCOME_BROKEN
		       : status & LTP_TFAIL              ? OUTCOME_FAILED
		       : status & LTP_TCONF              ? OUTCOME_SKIPPED
							 : OUTCOME_PASSED;
	case CODES_BISECT:
		break;
	}
	return status == CASE_GOOD   ? OUTCOME_PASSED
	       : status == CASE_BAD  ? OUTCOME_FAILED
	       : status == CASE_SKIP ? OUTCOME_SKIPPED
				     : OUTCOME_BROKEN;
}

static Outcome outcome_of_answer(const Answer *answer, ExitCodes codes)
{
	switch (answer->kind) {
	case ANSWER_TIMEOUT:
		return OUTCOME_CASE_TIMEOUT;
	case ANSWER_CONTROL:
		return OUTCOME_CONTROL;
	case ANSWER_EXIT:
		return outcome_of_status(codes, answer->exit_status);
	case ANSWER_BROKEN:
	case ANSWER_NONE:
		break;
	}
	return OUTCOME_BROKEN;
}

/* What the command of a case that broke had to say by its exit status. */
static char *explain_status(ExitCodes codes, int status)
{
	if (codes == CODES_KSELFTEST)
		return g_strdup_printf("the test ended with %d (0, 1 and 4 are answers)", status);
	if (codes == CODES_LTP && status & LTP_TBROK)
		return g_strdup_printf("the test ended with %d: TBROK", status);
	if (codes == CODES_LTP && status == LTP_TWARN)
		return g_strdup("the test ended with 4: TWARN");
	if (codes == CODES_LTP)
		return g_strdup_printf("the test ended with %d (0, 1 and 32 are answers)", status);
	return g_strdup_printf("the case ended with %d (0, 1 and 125 are answers)", status);
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

Outcome outcome_of(const Console *console, GuestEnded ended, const JudgedCase *testcase)
{
	const Answer *answer = console_answer(console, testcase->name);
	unsigned troubles = console_troubles(console);

	if (!console_agent_reached(console))
		return outcome_before_agent(console, ended);
	if (testcase->judge == JUDGE_BOOT)
		return OUTCOME_PASSED;
	if (answer)
		return outcome_of_answer(answer, testcase->codes);
	if (console_contradicts(console, testcase->name))
		return OUTCOME_BROKEN;
	if (!testcase->command && console_done(console))
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

char *outcome_reason(const Console *console, Outcome outcome, const JudgedCase *testcase)
{
	const Answer *answer = console_answer(console, testcase->name);
	const char *words = NULL;

	switch (outcome) {
	case OUTCOME_PASSED:
	case OUTCOME_FAILED:
	case OUTCOME_SKIPPED:
		return g_strdup(outcome_text(outcome));
	case OUTCOME_BROKEN:
		if (answer && answer->kind == ANSWER_EXIT)
			return explain_status(testcase->codes, answer->exit_status);
		words = answer ? answer->reason
			: console_contradicts(console, testcase->name)
				? "the guest gave two answers that differ"
				: console_agent_trouble(console);
		break;
	case OUTCOME_CONTROL:
		words = answer->reason;
		break;
	default:
		words = console_trouble_line(console, CONSOLE_PANIC);
		/* what the exception was is in the line that came first */
		if (words && strstr(words, "not syncing: Fatal exception") &&
		    console_trouble_line(console, CONSOLE_OOPS))
			words = console_trouble_line(console, CONSOLE_OOPS);
		if (!words)
			words = console_trouble_line(console, CONSOLE_OOPS | CONSOLE_HUNG_TASK |
								      CONSOLE_RCU_STALL |
								      CONSOLE_LOCKUP | CONSOLE_OOM);
		if (!words && outcome == OUTCOME_BOOT_POWEROFF) /* on the way to the root */
			words = console_agent_trouble(console);
	}
	return words ? g_strdup_printf("%s: %s", outcome_text(outcome), words)
		     : g_strdup(outcome_text(outcome));
}
