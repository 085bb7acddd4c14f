/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that fits a terminal: its columns, and its character set. */
#include "util/text.h"

#include <locale.h>

static void fits(const char *text, guint columns, const char *expected)
{
	g_autofree char *got = text_fit(text, columns);

	g_assert_cmpstr(got, ==, expected);
}

static void test_fit(void)
{
	fits("", 10, "");
	fits("abcdef", 6, "abcdef");
	fits("abcdef", 7, "abcdef");
	fits("abcdefg", 6, "abc...");
	fits("abcdefg", 3, "...");
	fits("abcdefg", 2, "..");
	fits("\u00e4\u00f6\u00fc\u00df", 4, "\u00e4\u00f6\u00fc\u00df");
	/* wide ones take two columns: half of one is none */
	fits("\u6838\u5fc3\u4fee\u6b63", 8, "\u6838\u5fc3\u4fee\u6b63");
	fits("\u6838\u5fc3\u4fee\u6b63", 7, "\u6838\u5fc3...");
	fits("\u6838\u5fc3\u4fee\u6b63", 6, "\u6838...");
	/* combining ones take none, and stay with what they are over */
	fits("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301");
	fits("e\u0301bcde", 4, "e\u0301...");
}

static void local(const char *locale, const char *text, const char *expected)
{
	g_autofree char *got = NULL;

	if (!setlocale(LC_CTYPE, locale))
		g_error("no locale %s", locale);
	got = text_local(text);
	g_assert_cmpstr(got, ==, expected);
}

static void test_local(void)
{
	local("C.UTF-8", "J\u00fcrgen \u6838 --", "J\u00fcrgen \u6838 --");
	local("C", "plain", "plain");
	local("C", "J\u00fcrgen \u6838", "J?rgen ?");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/fit", test_fit);
	g_test_add_func("/text/local", test_local);
	return g_test_run();
}
