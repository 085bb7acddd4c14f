/* SPDX-License-Identifier: GPL-2.0-or-later */
/* evidence: what a boot left says the same again. */
#include "step/evidence.h"

#include "casefixture.h"
#include "util/error.h"

#include <string.h>

#define TOKEN "00112233445566778899aabbccddeeff"
#define BOOT_TOKEN "ffeeddccbbaa99887766554433221100"
#define SAYS(text) "bisectbox: " TOKEN " " text "\n"
#define BOOT "[    0.000000] Linux version 6.1.0\n" SAYS("agent 1") SAYS("start mine")

static const BootTokens tokens = { BOOT_TOKEN, TOKEN };

static const struct {
	const char *console, *answer, *out;
	GuestEnded ended;
	Outcome outcome;
	Verdict verdict;
	const char *reason;
} rules[] = {
	{ BOOT SAYS("answer mine exit 0 ms 9") SAYS("done"), NULL, NULL, ENDED_BY_ITSELF,
	  OUTCOME_PASSED, VERDICT_GOOD, "passed" },
	{ BOOT SAYS("answer mine exit 1 ms 9") SAYS("done"), NULL, "it is broken\n",
	  ENDED_BY_ITSELF, OUTCOME_FAILED, VERDICT_BAD, "it is broken" },
	/* the answer's second way out of the guest */
	{ BOOT, SAYS("answer mine exit 1 ms 9") SAYS("done"), NULL, ENDED_BY_ITSELF, OUTCOME_FAILED,
	  VERDICT_BAD, "failed" },
	/* of another boot: no answer */
	{ BOOT "bisectbox: ffffffffffffffffffffffffffffffff answer mine exit 0 ms 9\n", NULL, NULL,
	  ENDED_BY_ITSELF, OUTCOME_POWEROFF, VERDICT_SKIP, "went away" },
	/* the two ways say different things */
	{ BOOT SAYS("answer mine exit 0 ms 9") SAYS("done"), SAYS("answer mine exit 1 ms 9"), NULL,
	  ENDED_BY_ITSELF, OUTCOME_BROKEN, VERDICT_SKIP, "two answers" },
	/* what the kernel's command line tells everybody is no answer's token */
	{ "bisectbox: " BOOT_TOKEN " agent 1\n" SAYS("start mine") "bisectbox: " BOOT_TOKEN
								   " answer mine exit 0 ms 9\n",
	  NULL, NULL, ENDED_BY_ITSELF, OUTCOME_POWEROFF, VERDICT_SKIP, "went away" },
	/* no reason holds what a terminal obeys */
	{ BOOT SAYS("answer mine exit 1 ms 9") SAYS("done"), NULL, "\033]0;x\a\xc2\x9b\xff red\n",
	  ENDED_BY_ITSELF, OUTCOME_FAILED, VERDICT_BAD, "?]0;x??\xef\xbf\xbd red" },
	{ BOOT, NULL, NULL, ENDED_TIMEOUT, OUTCOME_HANG, VERDICT_SKIP, "hung" },
	{ BOOT, NULL, NULL, ENDED_FLOOD, OUTCOME_FLOOD, VERDICT_SKIP, "more than it may" },
};

static void test_again(Fixture *f, gconstpointer data)
{
	g_autoptr(Case) testcase = load(f, "{" HEAD ", " RUN "}");
	g_autofree char *boot = g_build_filename(f->dir, "boot", NULL);
	g_autofree char *outputs = g_build_filename(boot, "mine", NULL);
	g_autofree char *answer = g_build_filename(boot, "answer", NULL);
	g_autofree char *out = g_build_filename(outputs, "stdout", NULL);

	(void)data;
	g_assert_true(fs_mkdir(outputs, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		g_auto(StepResult) result = { 0 };
		g_autoptr(GError) error = NULL;

		g_unlink(answer);
		g_unlink(out);
		put(boot, "console.log", rules[i].console, 0644);
		if (rules[i].answer)
			put(boot, "answer", rules[i].answer, 0644);
		if (rules[i].out)
			put(outputs, "stdout", rules[i].out, 0644);
		g_assert_true(evidence_note(boot, &tokens, NULL, rules[i].ended, &error));
		g_assert_true(evidence_judge_again(boot, testcase, &result, &error));
		g_assert_no_error(error);
		g_assert_cmpstr(outcome_name(result.outcome), ==, outcome_name(rules[i].outcome));
		g_assert_cmpint(result.verdict, ==, rules[i].verdict);
		g_assert_nonnull(strstr(result.reason, rules[i].reason));
	}
}

/* A crash that is looked for, by the signature of then. */
static void test_signature(Fixture *f, gconstpointer data)
{
	g_autoptr(Case) testcase = load(f, "{" HEAD ", \"judge\": \"crash\"}");
	g_auto(StepResult) result = { 0 };
	g_auto(StepResult) other = { 0 };

	(void)data;
	put(f->dir, "console.log", BOOT "[ 1.0] BUG: KASAN: use-after-free in f\n", 0644);
	g_assert_true(evidence_note(f->dir, &tokens, "KASAN: use-after", ENDED_BY_ITSELF, NULL));
	g_assert_true(evidence_judge_again(f->dir, testcase, &result, NULL));
	g_assert_cmpint(result.verdict, ==, VERDICT_BAD);
	g_assert_true(evidence_note(f->dir, &tokens, "no such words", ENDED_BY_ITSELF, NULL));
	g_assert_true(evidence_judge_again(f->dir, testcase, &other, NULL));
	g_assert_cmpint(other.verdict, ==, VERDICT_SKIP);
}

/* What is not there, or damaged, says nothing: no verdict. */
static void test_missing(Fixture *f, gconstpointer data)
{
	g_autoptr(Case) testcase = load(f, "{" HEAD ", " RUN "}");
	g_auto(StepResult) result = { 0 };
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(evidence_judge_again(f->dir, testcase, &result, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_HOST);
	g_clear_error(&error);
	g_assert_true(evidence_note(f->dir, &tokens, NULL, ENDED_BY_ITSELF, NULL));
	g_assert_false(evidence_judge_again(f->dir, testcase, &result, &error));
	g_assert_nonnull(strstr(error->message, "console.log"));
	g_clear_error(&error);
	put(f->dir, "console.log", BOOT, 0644);
	put(f->dir, "boot.json", "{\"token\": 7}", 0644);
	g_assert_false(evidence_judge_again(f->dir, testcase, &result, &error));
	g_assert_nonnull(strstr(error->message, "token"));
	g_assert_cmpint(result.verdict, ==, VERDICT_NONE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/evidence/again", test_again);
	ADD("/evidence/signature", test_signature);
	ADD("/evidence/missing", test_missing);
	return g_test_run();
}
