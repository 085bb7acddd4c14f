/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/bisectlog.h"
#include "util/error.h"

#include <string.h>

static BisectLog *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	BisectLog *log = bisect_log_parse(text, "x.log", &error);

	g_assert_no_error(error);
	return log;
}

static const char *revision(const GPtrArray *entries, guint index)
{
	return ((const BisectEntry *)entries->pdata[index])->revision;
}

/* What git 2.39 prints. */
static void test_git(void)
{
	g_autoptr(BisectLog) log = parse("# bad: [1234] a\n"
					 "# good: [5678] it's \"b\"\n"
					 "git bisect start 'HEAD' 'v1' 'v0'\n"
					 "# status: waiting for both good and bad commits\n"
					 "# skip: [9abc] c\n"
					 "git bisect skip 9abc\n"
					 "# bad: [def0] d\n"
					 "git bisect bad def0\n"
					 "# first bad commit: [def0] d\n");

	g_assert_cmpstr(log->bad->revision, ==, "HEAD");
	g_assert_cmpuint(log->goods->len, ==, 2);
	g_assert_cmpstr(revision(log->goods, 1), ==, "v0");
	g_assert_cmpuint(log->entries->len, ==, 2);
	g_assert_cmpstr(revision(log->entries, 0), ==, "9abc");
	g_assert_cmpstr(((BisectEntry *)log->entries->pdata[1])->word, ==, "bad");
	g_assert_cmpuint(((BisectEntry *)log->entries->pdata[1])->line, ==, 8);
	g_assert_false(log->first_parent || log->dashes);
}

static void test_words(void)
{
	g_autoptr(BisectLog) log =
		parse("git bisect start --term-new slow '--term-old=quick' --no-checkout "
		      "--first-parent 'b' -- 'a file' 'x'\\\''y'\r\ngit-bisect quick g\r\n");
	g_autoptr(BisectLog) old_new =
		parse("git bisect start n o\ngit bisect old a\ngit bisect new b\n");
	g_autofree char *text = bisect_log_text(old_new);

	g_assert_cmpstr(log->terms.old_name, ==, "quick");
	g_assert_cmpstr(log->terms.new_name, ==, "slow");
	g_assert_true(log->first_parent && log->dashes);
	g_assert_cmpstr(log->paths[0], ==, "a file");
	g_assert_cmpstr(log->paths[1], ==, "x'y");
	g_assert_null(log->paths[2]);
	g_assert_cmpuint(log->entries->len, ==, 1);
	g_assert_cmpstr(old_new->terms.old_name, ==, "old");
	g_assert_cmpuint(old_new->entries->len, ==, 2);
	/* the ends, too, are called by the words that came after them */
	g_assert_true(g_str_has_prefix(text, "# new: [n] \n# old: [o] \n"));
}

static void test_round_trip(void)
{
	g_auto(Terms) terms = { 0 };
	g_autoptr(BisectLog) log = NULL;
	g_autoptr(BisectLog) again = NULL;
	g_autofree char *text = NULL;
	g_autofree char *text_again = NULL;
	static const char *paths[] = { "a b", "it's", NULL };

	g_assert_true(terms_init(&terms, NULL, NULL, true, NULL));
	log = bisect_log_new(&terms);
	log->first_parent = true;
	g_strfreev(log->paths);
	log->paths = g_strdupv((char **)paths);
	bisect_log_start(log, "aaaa", NULL);
	bisect_log_start_good(log, "bbbb", NULL);
	bisect_log_add(log, "fixed", "cccc", NULL);
	bisect_log_add(log, "skip", "dddd", NULL);
	bisect_log_add(log, "broken", ":/it's # \"fixed\"", NULL);
	text = bisect_log_text(log);
	again = parse(text);
	text_again = bisect_log_text(again);
	g_assert_cmpstr(text, ==, text_again);
	g_assert_nonnull(strstr(text, "\ngit bisect skip dddd\n"));
	g_assert_cmpstr(revision(again->entries, 2), ==, ":/it's # \"fixed\"");
	g_assert_nonnull(strstr(text, "git bisect start '--term-old=broken' '--term-new=fixed' "
				      "'--first-parent' 'aaaa' 'bbbb' '--' 'a b' 'it'\\''s'\n"));
}

/* A subject cannot become a line of its own. */
static void test_subject(void)
{
	g_auto(Terms) terms = { 0 };
	g_autoptr(BisectLog) log = NULL;
	g_autofree char *text = NULL;

	terms_init(&terms, NULL, NULL, false, NULL);
	log = bisect_log_new(&terms);
	bisect_log_add(log, "bad", "aaaa", "x\ngit bisect good bbbb\r\ny");
	text = bisect_log_text(log);
	g_assert_null(strstr(text, "\ngit bisect good bbbb"));
}

static void test_damaged(void)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "", "no \"git bisect start\"" },
		{ "# nothing\n", "no \"git bisect start\"" },
		{ "hello\n", "x.log:1: " },
		{ "git status\n", "x.log:1: " },
		{ "git bisect\n", "x.log:1: " },
		{ "git bisect good a\n", "before \"git bisect start\"" },
		{ "git bisect start\ngit bisect start\n", "x.log:2: a second" },
		{ "git bisect start\ngit bisect good\n", "one revision" },
		{ "git bisect start\ngit bisect good a b\n", "one revision" },
		{ "git bisect start\ngit bisect good 'a\n", "x.log:2: damaged" },
		{ "git bisect start\ngit bisect fine a\n", "neither good, bad nor skip" },
		{ "git bisect start --hard\n", "unknown option" },
		{ "git bisect start --term-old=bad\n", "cannot change the meaning" },
		{ "git bisect start --term-old=a --term-new=a\n", "two different" },
		{ "git bisect start\ngit bisect good \xff\n", "damaged" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(bisect_log_parse(cases[i].text, "x.log", &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, cases[i].part));
	}
}

static void test_terms(void)
{
	static const char *const wrong[][2] = {
		{ "bad", NULL },    { "new", NULL },  { NULL, "good" }, { NULL, "old" },
		{ "skip", NULL },   { "a b", NULL },  { "-x", NULL },   { "a..b", NULL },
		{ "x.lock", NULL }, { "a@{b", NULL }, { "x", "x" },     { "", NULL },
		{ NULL, "run" }
	};
	static const char *const right[][2] = {
		{ "old", "new" }, { "fast", "slow" }, { NULL, "broken" }, { "a/b", "c" }
	};
	g_auto(Terms) fix = { 0 };

	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_auto(Terms) terms = { 0 };
		g_autoptr(GError) error = NULL;

		g_assert_false(terms_init(&terms, wrong[i][0], wrong[i][1], false, &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	}
	for (guint i = 0; i < G_N_ELEMENTS(right); i++) {
		g_auto(Terms) terms = { 0 };

		g_assert_true(terms_init(&terms, right[i][0], right[i][1], false, NULL));
	}
	g_assert_true(terms_init(&fix, NULL, NULL, true, NULL));
	g_assert_cmpstr(terms_word(&fix, VERDICT_GOOD), ==, "fixed");
	g_assert_cmpstr(terms_word(&fix, VERDICT_BAD), ==, "broken");
	g_assert_cmpstr(terms_word(&fix, VERDICT_SKIP), ==, "skip");
	g_assert_cmpint(terms_state(&fix, VERDICT_GOOD), ==, VERDICT_BAD);
	g_assert_false(terms_are_default(&fix));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bisectlog/git", test_git);
	g_test_add_func("/bisectlog/words", test_words);
	g_test_add_func("/bisectlog/round-trip", test_round_trip);
	g_test_add_func("/bisectlog/subject", test_subject);
	g_test_add_func("/bisectlog/damaged", test_damaged);
	g_test_add_func("/bisectlog/terms", test_terms);
	return g_test_run();
}
