/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes out of a guest, and the verdict on it: console, the share's answer, stdout and stderr,
 * with form feeds between them. The first character says by which rules. */
#include "fuzz.h"

#include "guest/protocol.h"
#include "step/evidence.h"

#define TOKEN "00112233445566778899aabbccddeeff"

/* Only the agent, which alone knows the token, can say how the case ended, or that it was reached.
 */
static void check_verdict(Judge judge, const char *console, const char *answer,
			  const StepResult *result)
{
	const char *said = judge == JUDGE_BOOT ? PROTOCOL_MARK TOKEN " agent "
					       : PROTOCOL_MARK TOKEN " answer c exit ";
	bool judged = result->outcome == OUTCOME_PASSED || result->outcome == OUTCOME_FAILED;

	g_assert_true(!judged || strstr(console, said) || strstr(answer, said));
	g_assert_true(result->verdict != VERDICT_NONE);
	g_assert_true(result->verdict == VERDICT_GOOD || (result->reason && result->reason[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "c";
	static char *command[] = { name, NULL };
	Case testcase = { .name = name, .command = command };
	g_autofree char *text = fuzz_text(data, size);
	g_auto(GStrv) part = g_strsplit(text, "\f", 4);
	g_auto(StepResult) result = { 0 };
	g_autoptr(Console) console = NULL;
	guint rules;

	if (g_strv_length(part) < 4 || !part[0][0])
		return 0;
	rules = (guchar)(part[0][0] - '0');
	testcase.judge = (Judge)(rules % 3);
	testcase.codes = (ExitCodes)(rules / 3 % 3);
	console = console_new(TOKEN, testcase.judge == JUDGE_CRASH ? "KASAN" : NULL, NULL);
	console_feed(console, part[0] + 1, strlen(part[0] + 1));
	console_end(console);
	if (!console_done(console))
		console_feed(console, part[1], strlen(part[1]));
	console_end(console);
	evidence_judge(console, (GuestEnded)(rules / 9 % 3), &testcase, part[2], part[3], &result);
	check_verdict(testcase.judge, part[0], part[1], &result);
	return 0;
}
