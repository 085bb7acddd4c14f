/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options read from argp tables, and words sorted by them, as getopt sorts them. */
#include "cmd/options.h"

#include <string.h>

static const struct argp_option inner[] = {
	{ NULL, 0, NULL, 0, "Inside:", 3 },
	{ "mem", 300, "MIB", 0, "memory", 3 },
	{ "verbose", 'v', NULL, 0, "more", 3 },
	{ 0 },
};
static const struct argp inner_argp = { .options = inner };
static const struct argp_child children[] = { { .argp = &inner_argp }, { 0 } };
static const struct argp_option outer[] = {
	{ "last", 301, NULL, 0, "comes last", -1 },
	{ "jobs", 'j', "N", 0, "at once", 4 },
	{ "jail", 302, NULL, 0, "no group: that of the one before", 0 },
	{ NULL, 0, NULL, 0, "First:", 1 },
	{ "case", 303, "CASE|FOLDER", 0, "what", 1 },
	{ "secret", 304, "X", OPTION_HIDDEN, NULL, 1 },
	{ "hidden", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1 },
	{ 0 },
};
static const struct argp argp = { .options = outer, .children = children };

static char *names(const Options *options)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < options->options->len; i++) {
		const Option *option = &g_array_index(options->options, Option, i);

		g_string_append_printf(text, "%s%s ", option->name, option->hidden ? "!" : "");
	}
	return g_string_free(text, FALSE);
}

static void test_list(void)
{
	g_autoptr(Options) options = options_list(&argp);
	g_autofree char *all = names(options);
	g_autofree char *heading = options_heading(options, 3);
	const Option *hidden = options_find(options, "hidden", strlen("hidden"));

	g_assert_cmpstr(all, ==, "case secret! hidden! mem verbose jobs jail last ");
	g_assert_cmpstr(heading, ==, "Inside");
	g_assert_null(options_heading(options, 4));
	g_assert_cmpint(hidden->key, ==, 304); /* an alias is what it stands for */
	g_assert_cmpstr(hidden->value, ==, "X");
}

static void test_find(void)
{
	g_autoptr(Options) options = options_list(&argp);

	g_assert_cmpstr(options_find(options, "me", 2)->name, ==, "mem");
	g_assert_cmpstr(options_find(options, "jobs=3", 4)->name, ==, "jobs");
	g_assert_null(options_find(options, "j", 1));
	g_assert_null(options_find(options, "memo", 4));
}

static void test_words(void)
{
	g_autoptr(Options) options = options_list(&argp);
	char *list[] = { (char *)"--me=5", (char *)"one",    (char *)"-vj",   (char *)"--",
			 (char *)"-",      (char *)"--case", (char *)"x",     (char *)"-j4",
			 (char *)"--nix",  (char *)"--",     (char *)"--mem", NULL };
	g_auto(Words) words = words_read(options, list);

	g_assert_cmpstr(words_value(&words, "mem"), ==, "5");
	g_assert_cmpstr(words_value(&words, "case"), ==, "x");
	g_assert_true(words_have(&words, "verbose"));
	g_assert_false(words_have(&words, "jail"));
	g_assert_cmpuint(words.given->len, ==, 5); /* mem, verbose, jobs twice, case */
	g_assert_cmpstr(g_array_index(words.given, OptionGiven, 2).value, ==, "--");
	g_assert_cmpstr(words_value(&words, "jobs"), ==, "4");
	g_assert_true(words.dashes);
	g_assert_null(words.pending);
	g_assert_cmpuint(words.plain->len, ==, 3);
	g_assert_cmpstr(words.plain->pdata[0], ==, "one");
	g_assert_cmpstr(words.plain->pdata[1], ==, "-");
	g_assert_cmpstr(words.plain->pdata[2], ==, "--mem");
}

static void test_pending(void)
{
	g_autoptr(Options) options = options_list(&argp);
	char *list[] = { (char *)"-v", (char *)"--case", NULL };
	g_auto(Words) words = words_read(options, list);

	g_assert_cmpstr(words.pending->name, ==, "case");
	g_assert_false(words_have(&words, "case"));
	g_assert_false(words.dashes);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/options/list", test_list);
	g_test_add_func("/options/find", test_find);
	g_test_add_func("/options/words", test_words);
	g_test_add_func("/options/pending", test_pending);
	return g_test_run();
}
