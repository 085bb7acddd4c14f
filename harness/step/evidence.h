/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a boot left to the verdict on a case: right after it, and again later. */
#pragma once

#include "record/result.h"
#include "testcase/testcase.h"
#include "verdict/judge.h"

/**
 * evidence_judge() - the rules, on one boot and one case
 * @out, @err: what the case wrote, or NULL
 * @result:    gets outcome, verdict and reason
 */
void evidence_judge(const Console *console, GuestEnded ended, const Case *testcase, const char *out,
		    const char *err, StepResult *result);

/* What marks the agent's lines of one boot; guest/protocol.h. */
typedef struct {
	const char *boot;    /* on the kernel's command line */
	const char *answers; /* by the share */
} BootTokens;

/**
 * evidence_note() - keep what a boot's files do not say by themselves, as boot.json
 * @folder:    the boot's, beside console.log; fs_sync_tree() it
 * @tokens:    the agent's of this boot: lines without them are none of its
 * @signature: of a crash, or NULL
 *
 * It also says that the lines of console.log are stamped (util/stamp.h).
 */
bool evidence_note(const char *folder, const BootTokens *tokens, const char *signature,
		   GuestEnded ended, GError **error);

/**
 * evidence_judge_again() - evidence_judge(), from the files that a boot has left
 * @folder: the boot's: boot.json, console.log, answer, and the case's stdout and stderr
 * @error:  BOX_ERROR_HOST: files are missing, or damaged
 */
bool evidence_judge_again(const char *folder, const Case *testcase, StepResult *result,
			  GError **error);
