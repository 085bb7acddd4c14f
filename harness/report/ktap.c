/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as KTAP: the suites' tests below one test a suite. */
#include "report/formats.h"

#include "report/suite.h"
#include "util/text.h"

#include <string.h>

/* A name ends where "#" begins, and there is no way to write one. */
static char *plain(const char *text)
{
	char *clean = text_clean(text, 0);

	return g_strstrip(g_strdelimit(clean, "#", ' '));
}

/* What a test wrote, as diagnostic lines before its own: control characters are gone. */
static void add_lines(GString *ktap, const char *indent, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_autofree char *clean = text_clean(g_strchomp(*line), 0);

		if (*clean)
			g_string_append_printf(ktap, "%s# %s\n", indent, clean);
	}
}

static void add_test(GString *ktap, const char *indent, guint number, const SuiteTest *test)
{
	g_autofree char *name = plain(test->name);
	g_autofree char *reason = plain(test->reason ? test->reason : test->word);
	bool ok = test->state == SUITE_PASS || test->state == SUITE_SKIP;

	add_lines(ktap, indent, test->out);
	add_lines(ktap, indent, test->err);
	if (!ok)
		g_string_append_printf(ktap, "%s# %s: %s\n", indent, name, reason);
	g_string_append_printf(ktap, "%s%s %u %s", indent, ok ? "ok" : "not ok", number, name);
	if (test->state == SUITE_SKIP)
		g_string_append_printf(ktap, " # SKIP %s", reason);
	g_string_append_c(ktap, '\n');
}

/* The kernel's own parser wants a plan, and each suite's name before its tests. */
static void add_suite(GString *ktap, guint number, const Suite *suite)
{
	g_autofree char *name = plain(suite->name);
	bool is_bad = suite_count(suite, SUITE_FAIL) || suite_count(suite, SUITE_ERROR);

	g_string_append_printf(ktap, "    KTAP version 1\n    # Subtest: %s\n    1..%u\n", name,
			       suite->tests->len);
	for (guint i = 0; i < suite->tests->len; i++)
		add_test(ktap, "    ", i + 1, suite->tests->pdata[i]);
	g_string_append_printf(ktap, "%s %u %s\n", is_bad ? "not ok" : "ok", number, name);
}

char *report_ktap(const Past *past)
{
	g_autoptr(GPtrArray) suites = suites_of(past);
	GString *ktap = g_string_new("KTAP version 1\n");

	g_string_append_printf(ktap, "1..%u\n", suites->len);
	for (guint i = 0; i < suites->len; i++)
		add_suite(ktap, i + 1, suites->pdata[i]);
	return g_string_free(ktap, FALSE);
}
