/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to one revision (outcome), and what that says about it (verdict). One table
 * turns the first into the second; nothing else in bisectbox does. Pure: no I/O, no clock.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What the search is told. A skip carries its reason: "untestable: WHY". */
typedef enum {
	VERDICT_NONE,
	VERDICT_GOOD,
	VERDICT_BAD,
	VERDICT_SKIP,
} Verdict;

/**
 * enum Outcome - how one revision's test ended
 * @OUTCOME_PASSED:       the case ran and answered 0
 * @OUTCOME_FAILED:       the case ran and answered 1
 * @OUTCOME_SKIPPED:      the case ran and answered 125: this kernel cannot show it
 * @OUTCOME_BROKEN:       the case answered something else, or could not be started
 * @OUTCOME_CONTROL:      one of the case's controls answered wrongly: no answer of it counts
 * @OUTCOME_UNFIT:        the case makes no sense on this kernel (version, architecture)
 * @OUTCOME_CASE_TIMEOUT: the case did not end within its own time; the guest still lived
 * @OUTCOME_NO_CONFIG:    a symbol that the case needs did not come out as asked
 * @OUTCOME_NO_BUILD:     the compiler or the linker refused the tree
 * @OUTCOME_SILENT:       not one line on the console until the deadline
 * @OUTCOME_BOOT_PANIC:   panic before the agent was reached
 * @OUTCOME_BOOT_OOPS:    oops or BUG before the agent was reached
 * @OUTCOME_BOOT_HANG:    the console stopped before the agent was reached
 * @OUTCOME_BOOT_POWEROFF: the guest went away before the agent was reached, without a word
 * @OUTCOME_PANIC:        panic while the case ran
 * @OUTCOME_OOPS:         oops or BUG while the case ran, and no answer
 * @OUTCOME_HANG:         no answer until the deadline, the agent having been reached
 * @OUTCOME_POWEROFF:     the guest went away without an answer
 * @OUTCOME_FLOOD:        the guest wrote more than its console or its share may hold
 */
typedef enum {
	OUTCOME_PASSED,
	OUTCOME_FAILED,
	OUTCOME_SKIPPED,
	OUTCOME_BROKEN,
	OUTCOME_CONTROL,
	OUTCOME_UNFIT,
	OUTCOME_CASE_TIMEOUT,
	OUTCOME_NO_CONFIG,
	OUTCOME_NO_BUILD,
	OUTCOME_SILENT,
	OUTCOME_BOOT_PANIC,
	OUTCOME_BOOT_OOPS,
	OUTCOME_BOOT_HANG,
	OUTCOME_BOOT_POWEROFF,
	OUTCOME_PANIC,
	OUTCOME_OOPS,
	OUTCOME_HANG,
	OUTCOME_POWEROFF,
	OUTCOME_FLOOD,
	OUTCOME_COUNT,
} Outcome;

/* Which question is asked of a kernel; picks the column of the table. */
typedef enum {
	JUDGE_CASE,  /* the case's own answer counts; a kernel that does not get there is untestable
		      */
	JUDGE_BOOT,  /* the agent is reached: good; the kernel boots into anything else: bad */
	JUDGE_CRASH, /* a signature on the console is bad, other crashes are untestable */
} Judge;

/* What a command's exit status means. */
typedef enum {
	CODES_BISECT,    /* 0 good, 1 bad, 125 untestable, as a script's under git bisect run */
	CODES_KSELFTEST, /* 0 pass, 1 fail, 4 skip (tools/testing/selftests/kselftest.h) */
	CODES_LTP,       /* a set of TFAIL 1, TBROK 2, TWARN 4, TCONF 32 (LTP's tst_res_flags.h) */
} ExitCodes;

/**
 * verdict_of() - the table
 * @judge:     which question
 * @outcome:   what happened
 * @signature: JUDGE_CRASH: the console showed the signature asked for
 *
 * Return: good, bad or skip; never VERDICT_NONE.
 */
Verdict verdict_of(Judge judge, Outcome outcome, bool signature);

/** verdict_name() - "good", "bad", "skip" or "none"; static */
const char *verdict_name(Verdict verdict);
/** outcome_name() - a short word for records and JSON ("boot-panic"); static */
const char *outcome_name(Outcome outcome);
/** outcome_parse() - the inverse of outcome_name(); false for an unknown word */
bool outcome_parse(const char *name, Outcome *ret_outcome);
/** outcome_text() - half a sentence for people ("the kernel panicked before the agent was
 * reached"); static */
const char *outcome_text(Outcome outcome);
