/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/configdiff.h"

static const char good_text[] = "#\n"
				"# Automatically generated file; DO NOT EDIT.\n"
				"# Linux/x86 6.1.187 Kernel Configuration\n"
				"#\n"
				"CONFIG_A=y\n"
				"# CONFIG_B is not set\n"
				"CONFIG_S=\"a = b\"\n"
				"CONFIG_ONLY=y\n"
				"CONFIG_N=17\n";
static const char bad_text[] = "CONFIG_B=y\r\n"
			       "CONFIG_A=m\n"
			       "# CONFIG_NEW is not set\n"
			       "CONFIG_S=\"a = c\"\n"
			       "CONFIG_A=y\n"
			       "CONFIG_=y\n"
			       "CONFIG_EMPTY=\n"
			       " CONFIG_INDENTED=y\n"
			       "# CONFIG_ODD is not\n"
			       "CONFIG_N=17\n";

static void test_read(void)
{
	g_autoptr(ConfigFile) good = config_file_parse(good_text);
	g_autoptr(ConfigFile) bad = config_file_parse(bad_text);

	g_assert_cmpstr(config_file_version(good), ==, "6.1.187");
	g_assert_null(config_file_version(bad));
	g_assert_cmpuint(config_file_symbols(good)->len, ==, 5);
	g_assert_cmpuint(config_file_symbols(bad)->len, ==, 5);
	g_assert_cmpstr(config_file_value(good, "A"), ==, "y");
	g_assert_cmpstr(config_file_value(good, "B"), ==, "n");
	g_assert_cmpstr(config_file_value(good, "NEVER"), ==, "n");
	g_assert_cmpstr(config_file_value(good, "S"), ==, "\"a = b\"");
	g_assert_cmpstr(config_file_value(bad, "A"), ==, "y"); /* the last one */
	g_assert_cmpstr(config_file_value(bad, "B"), ==, "y");
}

static void test_diff(void)
{
	g_autoptr(ConfigFile) good = config_file_parse(good_text);
	g_autoptr(ConfigFile) bad = config_file_parse(bad_text);
	g_autoptr(GArray) diffs = config_diff(good, bad);
	const bool set[] = { true, false, true };
	g_autofree char *text = config_change(good, diffs, set);
	g_autofree char *sparse = config_change(NULL, diffs, set);

	g_assert_cmpuint(diffs->len, ==, 3);
	g_assert_cmpstr(g_array_index(diffs, ConfigDiff, 0).name, ==, "B");
	g_assert_cmpstr(g_array_index(diffs, ConfigDiff, 0).from, ==, "n");
	g_assert_cmpstr(g_array_index(diffs, ConfigDiff, 0).to, ==, "y");
	g_assert_cmpstr(g_array_index(diffs, ConfigDiff, 1).name, ==, "S");
	g_assert_cmpstr(g_array_index(diffs, ConfigDiff, 2).name, ==, "ONLY");
	g_assert_cmpstr(text, ==,
			"CONFIG_A=y\nCONFIG_S=\"a = b\"\nCONFIG_N=17\nCONFIG_B=y\n"
			"# CONFIG_ONLY is not set\n");
	g_assert_cmpstr(sparse, ==, "CONFIG_B=y\n# CONFIG_ONLY is not set\n");
}

static void test_delta(void)
{
	g_autoptr(ConfigFile) base = config_file_parse("CONFIG_A=y\n");
	g_autoptr(ConfigFile) one = config_file_parse("CONFIG_A=y\nCONFIG_B=y\n");
	g_autoptr(ConfigFile) other = config_file_parse("CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=y\n");
	g_autoptr(ConfigFile) both = config_file_parse("# CONFIG_A is not set\nCONFIG_B=y\n");
	g_autoptr(GHashTable) none = config_delta(base, base);
	g_autoptr(GHashTable) a = config_delta(base, one);
	g_autoptr(GHashTable) b = config_delta(base, other);
	g_autoptr(GHashTable) c = config_delta(base, both);

	g_assert_true(config_delta_within(none, a));
	g_assert_true(config_delta_within(a, c));
	g_assert_false(config_delta_within(c, a));
	g_assert_false(config_delta_within(a, b)); /* another value is another change */
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/configdiff/read", test_read);
	g_test_add_func("/configdiff/diff", test_diff);
	g_test_add_func("/configdiff/delta", test_delta);
	return g_test_run();
}
