/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of defaults: what they take, what a repository's may not say, and which line holds. */
#include "cmd/default_files.h"
#include "util/error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const struct argp_option table[] = {
	{ "case", 300, "CASE", 0, NULL, 1 },    { "exec", 301, "COMMAND", 0, NULL, 1 },
	{ "mem", 302, "MIB", 0, NULL, 1 },      { "kconfig", 303, "FRAGMENT", 0, NULL, 1 },
	{ "repair", 304, NULL, 0, NULL, 1 },    { "noise", 305, "FP,FN", 0, NULL, 1 },
	{ "repeat", 306, "N", 0, NULL, 1 },     { "results", 307, "DIR", 0, NULL, 1 },
	{ "make-arg", 308, "X=Y", 0, NULL, 1 }, { 0 },
};
static const struct argp argp = { .options = table };

static GPtrArray *new_list(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)default_free);
}

static void refuses(const char *text, bool foreign, const char *words)
{
	g_autoptr(GPtrArray) list = new_list();
	g_autoptr(GError) error = NULL;

	g_assert_false(defaults_parse(text, "the/file", foreign, list, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
	if (!strstr(error->message, words))
		g_error("\"%s\" is not in: %s", words, error->message);
	g_assert_true(g_str_has_prefix(error->message, "the/file"));
}

/* The words that a command `run WORDS` gets of the files' texts. */
static char *chosen(const char *own, const char *foreign, const char *given)
{
	g_autoptr(GPtrArray) list = new_list();
	g_autoptr(GPtrArray) got = NULL;
	g_autoptr(Options) options = options_list(&argp);
	g_auto(GStrv) split = g_strsplit(given, " ", -1);
	g_auto(Words) words = words_read(options, split);
	g_autoptr(GError) error = NULL;
	GString *text = g_string_new(NULL);

	if (!defaults_parse(own, "own", false, list, &error) ||
	    !defaults_parse(foreign, "foreign", true, list, &error) ||
	    !defaults_choose(list, "run", options, &words, &got, &error)) {
		g_string_assign(text, error->message);
		return g_string_free(text, FALSE);
	}
	for (guint i = 0; i < got->len; i++) {
		const Default *one = got->pdata[i];
		g_autofree char *word = NULL;

		if (defaults_word(one, options_find(options, one->key, strlen(one->key)), &word,
				  &error))
			g_string_append_printf(text, "%s ", word ? word : "-");
	}
	g_string_append(text, error ? error->message : "");
	return g_string_free(text, FALSE);
}

static void gives(const char *own, const char *foreign, const char *given, const char *expected)
{
	g_autofree char *got = chosen(own, foreign, given);

	g_assert_cmpstr(got, ==, expected);
}

static void test_text(void)
{
	g_autoptr(GPtrArray) list = new_list();
	g_autoptr(GError) error = NULL;
	const Default *one;

	defaults_parse("# x\n\n  mem=5\r\n; y\n[ run ]\n\tmake-arg =  KCFLAGS=-g -O1  ", "f", false,
		       list, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(list->len, ==, 2);
	one = list->pdata[0];
	g_assert_null(one->command);
	g_assert_cmpstr(one->value, ==, "5");
	g_assert_cmpuint(one->line, ==, 3);
	one = list->pdata[1];
	g_assert_cmpstr(one->command, ==, "run");
	g_assert_cmpstr(one->key, ==, "make-arg");
	g_assert_cmpstr(one->value, ==, "KCFLAGS=-g -O1");
	g_assert_cmpuint(one->line, ==, 6);
}

static void test_refused(void)
{
	refuses("mem = 5\nfoo = 1", false, "the/file:2: files set no \"foo\"; they set accel");
	refuses("mem", false, "the/file:1: \"mem\": KEY = VALUE");
	refuses("= 5", false, "KEY = VALUE");
	refuses("\nmem =", false, "the/file:2: mem has no value");
	refuses("[run", false, "[COMMAND] is expected");
	refuses("[]", false, "[]: there is no such command");
	refuses("[rum]", false, "[rum]: there is no such command");
	refuses("mem = 5\033[31m", false, "a control character");
	refuses("mem = \xff", false, "no UTF-8");
	refuses("exec = true", false, "files set no \"exec\"");
	refuses("good = v1", false, "files set no \"good\"");
}

/* What a repository must not be able to do: run something, or name a file of this host. */
static void test_foreign(void)
{
	static const char *const own[] = {
		"cc",     "toolchain", "make-arg", "fixup", "config",
		"append", "connect",   "results",  "repo",  "trust-ends"
	};
	g_autoptr(GPtrArray) list = new_list();

	for (guint i = 0; i < G_N_ELEMENTS(own); i++) {
		g_autofree char *line = g_strdup_printf("%s = x", own[i]);

		refuses(line, true, "is not taken from a repository");
		g_assert_true(defaults_parse(line, "f", false, list, NULL));
	}
	refuses("case = ./mine", true, "no path");
	refuses("image = /tmp/x.json", true, "no path");
	refuses("image = x.json", true, "no path");
	refuses("kconfig = ../x", true, "no path");
	g_assert_true(
		defaults_parse("case = audit\nkconfig = fuse\nmem = 64", "f", true, list, NULL));
}

static void test_order(void)
{
	gives("mem = 1", "", "", "--mem=1 ");
	gives("mem = 1", "mem = 2", "", "--mem=2 ");
	gives("mem = 1\n[run]\nmem = 3", "mem = 2", "", "--mem=2 ");
	gives("mem = 1\n[run]\nmem = 3", "", "", "--mem=3 ");
	gives("[test]\nmem = 1", "[run]\nmem = 4\n", "", "--mem=4 ");
	gives("mem = 1", "mem = 2", "--mem 7", "");
	gives("mem = 1", "", "--me=7", "");
	gives("kconfig = a\nkconfig = b", "", "", "--kconfig=a --kconfig=b ");
	gives("kconfig = a\nkconfig = b", "kconfig = c", "", "--kconfig=c ");
	gives("mem = 1\nmem = 2", "", "", "own:2: mem is set in line 1 already");
	gives("case = audit", "", "--exec true", "");
	gives("noise = auto", "", "--repeat=3", "");
	gives("older = 3", "", "", ""); /* another command's option */
	gives("[run]\nolder = 3", "", "", "own:2: `bisectbox run` has no --older");
	gives("repair = true", "", "", "--repair ");
	gives("repair = true", "repair = false", "", "- ");
	gives("repair = yes", "", "", "own:1: repair = yes: true or false is expected");
}

static void test_home(void)
{
	g_autofree char *expected = g_strdup_printf("--results=%s/x ", g_get_home_dir());

	gives("results = ~/x", "", "", expected);
	gives("results = a~/x", "", "", "--results=a~/x ");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/defaults/text", test_text);
	g_test_add_func("/defaults/refused", test_refused);
	g_test_add_func("/defaults/foreign", test_foreign);
	g_test_add_func("/defaults/order", test_order);
	g_test_add_func("/defaults/home", test_home);
	return g_test_run();
}
