/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdict/: the console scanner and the table, rule by rule. */
#include "util/error.h"
#include "verdict/judge.h"
#include "verdict/words.h"

#include <string.h>

#define TOKEN "00112233445566778899aabbccddeeff"
#define AGENT "bisectbox: " TOKEN " agent 1\n"
#define SAYS(text) "bisectbox: " TOKEN " " text "\n"
#define START SAYS("start c")
#define BOOT "[    0.000000] Linux version 6.1.0\n[    0.5] x86: ok\n"
#define PANIC                                                                                      \
	"[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\n"                     \
	"[    1.1] ---[ end Kernel panic - not syncing ]---\n"

/* A guest's whole console and what it means for the case "c". */
static const struct {
	const char *console;
	GuestEnded ended;
	Outcome outcome;
	Verdict by_case, by_boot, by_crash;
} rules[] = {
	{ "", ENDED_TIMEOUT, OUTCOME_SILENT, VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT, ENDED_TIMEOUT, OUTCOME_BOOT_HANG, VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT, ENDED_BY_ITSELF, OUTCOME_BOOT_POWEROFF, VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT PANIC, ENDED_BY_ITSELF, OUTCOME_BOOT_PANIC, VERDICT_SKIP, VERDICT_BAD,
	  VERDICT_SKIP },
	{ BOOT "[ 1.0] BUG: unable to handle page fault for address: 0\n", ENDED_TIMEOUT,
	  OUTCOME_BOOT_OOPS, VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT, ENDED_FLOOD, OUTCOME_FLOOD, VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer c exit 0 ms 10"), ENDED_BY_ITSELF, OUTCOME_PASSED,
	  VERDICT_GOOD, VERDICT_GOOD, VERDICT_GOOD },
	{ BOOT AGENT START SAYS("answer c exit 1 ms 10"), ENDED_BY_ITSELF, OUTCOME_FAILED,
	  VERDICT_BAD, VERDICT_GOOD, VERDICT_GOOD },
	{ BOOT AGENT START SAYS("answer c exit 125 ms 10"), ENDED_BY_ITSELF, OUTCOME_SKIPPED,
	  VERDICT_SKIP, VERDICT_GOOD, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer c exit 139 ms 10"), ENDED_BY_ITSELF, OUTCOME_BROKEN,
	  VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer c timeout ms 10"), ENDED_BY_ITSELF, OUTCOME_CASE_TIMEOUT,
	  VERDICT_SKIP, VERDICT_GOOD, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer c broken no crun here"), ENDED_BY_ITSELF, OUTCOME_BROKEN,
	  VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP },
	/* controls that answer wrongly are no answer of the case's */
	{ BOOT AGENT START SAYS("answer c control the control that must fail ended with 0, not 1"),
	  ENDED_BY_ITSELF, OUTCOME_CONTROL, VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP },
	{ BOOT AGENT SAYS("trouble no share"), ENDED_BY_ITSELF, OUTCOME_BROKEN, VERDICT_SKIP,
	  VERDICT_SKIP, VERDICT_SKIP },
	{ BOOT AGENT PANIC, ENDED_BY_ITSELF, OUTCOME_PANIC, VERDICT_SKIP, VERDICT_BAD,
	  VERDICT_SKIP },
	{ BOOT AGENT, ENDED_TIMEOUT, OUTCOME_HANG, VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT AGENT, ENDED_BY_ITSELF, OUTCOME_POWEROFF, VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	/* an answer stands, whatever the guest does after it */
	{ BOOT AGENT START SAYS("answer c exit 0 ms 10") PANIC, ENDED_TIMEOUT, OUTCOME_PASSED,
	  VERDICT_GOOD, VERDICT_GOOD, VERDICT_GOOD },
	/* two answers that differ are none, and a lie */
	{ BOOT AGENT START SAYS("answer c exit 0 ms 1") SAYS("answer c exit 1 ms 1"),
	  ENDED_BY_ITSELF, OUTCOME_BROKEN, VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP },
	/* after all is said */
	{ BOOT AGENT START SAYS("answer c exit 1 ms 1") SAYS("done") SAYS("answer c exit 0 ms 1"),
	  ENDED_BY_ITSELF, OUTCOME_FAILED, VERDICT_BAD, VERDICT_GOOD, VERDICT_GOOD },
	/* before the case ran; no number; of another case, by another token, indented: none */
	{ BOOT AGENT SAYS("answer c exit 0 ms 1") START, ENDED_BY_ITSELF, OUTCOME_POWEROFF,
	  VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer c exit 0x0 ms 1"), ENDED_BY_ITSELF, OUTCOME_POWEROFF,
	  VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer c exit 0 ms 1x"), ENDED_BY_ITSELF, OUTCOME_POWEROFF,
	  VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer c exit 256 ms 1"), ENDED_BY_ITSELF, OUTCOME_POWEROFF,
	  VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT AGENT START SAYS("answer d exit 0 ms 1"), ENDED_BY_ITSELF, OUTCOME_POWEROFF,
	  VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT AGENT START "bisectbox: 0123 answer c exit 0 ms 1\n", ENDED_BY_ITSELF,
	  OUTCOME_POWEROFF, VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	{ BOOT AGENT START " " SAYS("answer c exit 0 ms 1"), ENDED_BY_ITSELF, OUTCOME_POWEROFF,
	  VERDICT_SKIP, VERDICT_BAD, VERDICT_SKIP },
	/* a program's fault is no kernel's */
	{ BOOT AGENT "[ 2.0] traps: a.out[9] general protection fault ip:1 sp:2\n" START SAYS(
		  "answer c exit 0 ms 1"),
	  ENDED_BY_ITSELF, OUTCOME_PASSED, VERDICT_GOOD, VERDICT_GOOD, VERDICT_GOOD },
};

static const JudgedCase plain = { .name = "c", .judge = JUDGE_CASE, .command = true };

static Console *scan(const char *text, const char *signature, gsize piece)
{
	g_autoptr(Console) console = console_new(TOKEN, signature, NULL);
	gsize len = strlen(text);

	for (gsize at = 0; at < len; at += piece)
		console_feed(console, text + at, MIN(piece, len - at));
	console_end(console);
	return g_steal_pointer(&console);
}

static void test_rules(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		for (gsize piece = 1; piece < 10000; piece *= 7) {
			g_autoptr(Console) c = scan(rules[i].console, NULL, piece);
			Outcome outcome = outcome_of(c, rules[i].ended, &plain);

			if (outcome != rules[i].outcome)
				g_error("rule %u: %s", i, outcome_name(outcome));
			g_assert_cmpint(verdict_of(JUDGE_CASE, outcome, false), ==,
					rules[i].by_case);
			g_assert_cmpint(verdict_of(JUDGE_BOOT, outcome, false), ==,
					rules[i].by_boot);
			g_assert_cmpint(verdict_of(JUDGE_CRASH, outcome, false), ==,
					rules[i].by_crash);
		}
	}
}

static void test_boot_is_content(void)
{
	g_autoptr(Console) reached = scan(BOOT AGENT PANIC, NULL, 100);
	g_autoptr(Console) not_reached = scan(BOOT PANIC, NULL, 100);
	g_autoptr(Console) done = scan(BOOT AGENT SAYS("done"), NULL, 100);
	const JudgedCase boot = { .name = "boot", .judge = JUDGE_BOOT };
	const JudgedCase crash = { .name = "crash", .judge = JUDGE_CRASH };

	g_assert_cmpint(outcome_of(reached, ENDED_BY_ITSELF, &boot), ==, OUTCOME_PASSED);
	g_assert_cmpint(outcome_of(not_reached, ENDED_BY_ITSELF, &boot), ==, OUTCOME_BOOT_PANIC);
	g_assert_cmpint(outcome_of(done, ENDED_BY_ITSELF, &crash), ==, OUTCOME_PASSED);
}

/* Each suite's own exit codes; what a suite calls broken tells nothing of the kernel. */
static void test_exit_codes(void)
{
	static const struct {
		ExitCodes codes;
		int status;
		Outcome outcome;
	} table[] = {
		{ CODES_BISECT, 0, OUTCOME_PASSED },      { CODES_BISECT, 1, OUTCOME_FAILED },
		{ CODES_BISECT, 125, OUTCOME_SKIPPED },   { CODES_BISECT, 4, OUTCOME_BROKEN },
		{ CODES_KSELFTEST, 0, OUTCOME_PASSED },   { CODES_KSELFTEST, 1, OUTCOME_FAILED },
		{ CODES_KSELFTEST, 4, OUTCOME_SKIPPED },  { CODES_KSELFTEST, 2, OUTCOME_BROKEN },
		{ CODES_KSELFTEST, 125, OUTCOME_BROKEN }, { CODES_LTP, 0, OUTCOME_PASSED },
		{ CODES_LTP, 1, OUTCOME_FAILED },         { CODES_LTP, 32, OUTCOME_SKIPPED },
		{ CODES_LTP, 33, OUTCOME_FAILED },        { CODES_LTP, 2, OUTCOME_BROKEN },
		{ CODES_LTP, 3, OUTCOME_BROKEN },         { CODES_LTP, 4, OUTCOME_BROKEN },
		{ CODES_LTP, 139, OUTCOME_BROKEN },
	};

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *text =
			g_strdup_printf(AGENT START SAYS("answer c exit %d ms 1"), table[i].status);
		g_autoptr(Console) console = scan(text, NULL, 1000);
		JudgedCase judged = plain;

		judged.codes = table[i].codes;
		g_assert_cmpint(outcome_of(console, ENDED_BY_ITSELF, &judged), ==,
				table[i].outcome);
	}
}

static void test_words(void)
{
	static const struct {
		ExitCodes codes;
		const char *out, *err, *words;
	} table[] = {
		{ CODES_BISECT, "bad: mkdir gave 0:0\nmore\n", "x", "mkdir gave 0:0" },
		{ CODES_BISECT, "  untestable: no \n", NULL, "no" },
		{ CODES_BISECT, "\nlater\n", "x", NULL },
		{ CODES_BISECT, NULL, NULL, NULL },
		{ CODES_KSELFTEST, "TAP version 13\n1..2\nok 1 a\nnot ok 2 b\n", NULL,
		  "not ok 2 b" },
		{ CODES_KSELFTEST, "1..0 # SKIP no such thing\n", NULL,
		  "1..0 # SKIP no such thing" },
		{ CODES_KSELFTEST, "ok 1 a\n", NULL, NULL },
		{ CODES_LTP, "TFAIL on stdout is none", "a.c:1: TINFO: x\na.c:2: TCONF: none\n",
		  "a.c:2: TCONF: none" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *words = words_of_case(table[i].codes, table[i].out, table[i].err);

		g_assert_cmpstr(words, ==, table[i].words);
	}
}

static void test_started(void)
{
	g_autoptr(Console) console = scan(AGENT SAYS("start c") "start d\n", NULL, 1000);

	g_assert_true(console_started(console, "c"));
	g_assert_false(console_started(console, "d"));
}

/* The kernel's command line has a token that the guest's programs get to know. */
static void test_boot_token(void)
{
	g_autoptr(Console) console = console_new(TOKEN, NULL, NULL);
	const char *text = "bisectbox: 77 agent 1\nbisectbox: 77 start c\n" START
			   "bisectbox: 77 answer c exit 0 ms 1\nbisectbox: 77 done\n";

	console_greet(console, "77");
	console_feed(console, text, strlen(text));
	g_assert_true(console_agent_reached(console));
	g_assert_null(console_answer(console, "c"));
	g_assert_false(console_done(console));
	g_assert_cmpint(outcome_of(console, ENDED_BY_ITSELF, &plain), ==, OUTCOME_POWEROFF);
	console_feed(console, "bisectbox: 77 trouble none\n", 27);
	g_assert_cmpstr(console_agent_trouble(console), ==, "none");
}

/* Only the agent, with the job's token, says that it waits for a person. */
static void test_waits(void)
{
	g_autoptr(Console) console = console_new(TOKEN, NULL, NULL);
	const char *other = "bisectbox: 77 waits\nwaits\n", *own = SAYS("waits");

	console_greet(console, "77");
	console_feed(console, other, strlen(other));
	g_assert_false(console_waits(console));
	console_feed(console, own, strlen(own));
	g_assert_true(console_waits(console));
	g_assert_false(console_done(console));
}

/* What the exception was says more than that it was fatal. */
static void test_fatal_exception(void)
{
	g_autoptr(Console) console =
		scan(BOOT AGENT START "BUG: kernel NULL pointer dereference, address: 0\n"
				      "Kernel panic - not syncing: Fatal exception\n",
		     "panic", 9);
	g_autofree char *reason = NULL;

	g_assert_cmpint(outcome_of(console, ENDED_BY_ITSELF, &plain), ==, OUTCOME_PANIC);
	reason = outcome_reason(console, OUTCOME_PANIC, &plain);
	g_assert_nonnull(strstr(reason, "NULL pointer dereference"));
}

/* The two ways out of the guest are one: what one says must not be gainsaid by the other. */
static void test_two_ways(void)
{
	const char *same = SAYS("start c") SAYS("answer c exit 0 ms 1") SAYS("done");
	const char *other = "Kernel panic - not syncing: x\n" SAYS("answer c exit 1 ms 1");
	g_autoptr(Console) console =
		scan(BOOT AGENT START SAYS("answer c exit 0 ms 1"), "panic", 9);
	guint64 bytes = console_bytes(console);

	console_feed_answers(console, same, strlen(same));
	g_assert_cmpint(outcome_of(console, ENDED_BY_ITSELF, &plain), ==, OUTCOME_PASSED);
	g_assert_true(console_done(console));
	console_feed_answers(console, other, strlen(other));
	g_assert_cmpint(outcome_of(console, ENDED_BY_ITSELF, &plain), ==, OUTCOME_BROKEN);
	g_assert_true(console_contradicts(console, "c"));
	/* the kernel says nothing there */
	g_assert_cmpuint(console_troubles(console), ==, 0);
	g_assert_null(console_signature_line(console));
	g_assert_cmpuint(console_bytes(console), ==, bytes);
}

static void test_signature(void)
{
	g_autoptr(Console) console = scan(BOOT AGENT PANIC, "mount root f.", 100);
	g_autoptr(Console) other = scan(BOOT AGENT PANIC, "use-after-free", 100);
	g_autoptr(GError) error = NULL;

	g_assert_nonnull(strstr(console_signature_line(console), "Unable to mount root fs"));
	g_assert_null(console_signature_line(other));
	g_assert_cmpint(verdict_of(JUDGE_CRASH, OUTCOME_PANIC, true), ==, VERDICT_BAD);
	g_assert_cmpint(verdict_of(JUDGE_CRASH, OUTCOME_PASSED, true), ==, VERDICT_BAD);
	g_assert_cmpint(verdict_of(JUDGE_CRASH, OUTCOME_NO_BUILD, true), ==, VERDICT_SKIP);
	g_assert_null(console_new(TOKEN, "(", &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
}

static void test_troubles(void)
{
	static const struct {
		const char *line;
		unsigned kinds;
	} lines[] = {
		{ "[   12.1] WARNING: CPU: 0 PID: 1 at kernel/x.c:1 f+0x1/0x2", CONSOLE_WARNING },
		{ "[   12.1][  T123] BUG: KASAN: use-after-free in f", CONSOLE_SANITIZER },
		{ "[   12.1] INFO: task sh:12 blocked for more than 120 seconds.",
		  CONSOLE_HUNG_TASK },
		{ "[   12.1] rcu: INFO: rcu_sched self-detected stall on CPU", CONSOLE_RCU_STALL },
		{ "[   12.1] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!", CONSOLE_LOCKUP },
		{ "[   12.1] a invoked oom-killer: gfp_mask=0x1", CONSOLE_OOM },
		{ "[   12.1] WARNING: possible circular locking dependency detected",
		  CONSOLE_LOCKDEP },
		{ "general protection fault, probably for address 1: 0000 [#1] SMP", CONSOLE_OOPS },
		{ "[ 1.0] Oops: 0000 [#1]", CONSOLE_OOPS },
		{ "[ 1.0] audit: type=1100 msg='the BUG: unable to handle it'", 0 },
		{ "[ 1.0] panic=-1 oops=panic Kernel command line", 0 },
		{ "[ 1.0] NMI watchdog: Enabled. Permanently consumes one", 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autoptr(Console) console = scan(lines[i].line, NULL, 1000);

		if (console_troubles(console) != lines[i].kinds)
			g_error("%s: %x", lines[i].line, console_troubles(console));
	}
}

static void test_controls_are_taken_out(void)
{
	g_autoptr(Console) console =
		scan(AGENT START SAYS("answer c broken \033[31mred\007"), NULL, 1000);
	g_autofree char *reason = outcome_reason(console, OUTCOME_BROKEN, &plain);

	for (const char *c = reason; *c; c++)
		g_assert_cmpint((guchar)*c, >=, ' ');
}

static void test_long_lines(void)
{
	g_autoptr(Console) console = console_new(TOKEN, NULL, NULL);
	g_autofree char *block = g_strnfill(1 << 16, 'x');

	for (guint i = 0; i < 64; i++)
		console_feed(console, block, 1 << 16);
	console_feed(console, "\n" AGENT, strlen("\n" AGENT));
	g_assert_true(console_agent_reached(console));
	g_assert_cmpuint(console_bytes(console), ==, (64 << 16) + strlen("\n" AGENT));
}

static void test_names(void)
{
	for (Outcome i = 0; i < OUTCOME_COUNT; i++) {
		Outcome back;

		g_assert_true(outcome_parse(outcome_name(i), &back));
		g_assert_cmpint(back, ==, i);
		g_assert_nonnull(outcome_text(i));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/verdict/exit-codes", test_exit_codes);
	g_test_add_func("/verdict/words", test_words);
	g_test_add_func("/verdict/started", test_started);
	g_test_add_func("/verdict/boot-token", test_boot_token);
	g_test_add_func("/verdict/waits", test_waits);
	g_test_add_func("/verdict/two-ways", test_two_ways);
	g_test_add_func("/verdict/fatal-exception", test_fatal_exception);
	g_test_add_func("/verdict/rules", test_rules);
	g_test_add_func("/verdict/boot", test_boot_is_content);
	g_test_add_func("/verdict/signature", test_signature);
	g_test_add_func("/verdict/names", test_names);
	g_test_add_func("/console/troubles", test_troubles);
	g_test_add_func("/console/controls", test_controls_are_taken_out);
	g_test_add_func("/console/long-lines", test_long_lines);
	return g_test_run();
}
