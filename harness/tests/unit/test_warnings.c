/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warnings: which there are in a log, and that each log has all of its kernel's. */
#include "gitfixture.h"

#include "kernel/warnings.h"

#include <string.h>

/* "OBJECT|FILE|TEXT" a line. */
static char *listed(const GPtrArray *warnings)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < warnings->len; i++) {
		const Warning *warning = warnings->pdata[i];

		g_string_append_printf(text, "%s|%s|%s\n", warning->object, warning->file,
				       warning->text);
	}
	return g_string_free(text, FALSE);
}

static void assert_read(const char *log, const char *expected)
{
	g_autoptr(GPtrArray) warnings = warnings_read(log, "tree", NULL);
	g_autofree char *text = listed(warnings);

	g_assert_cmpstr(text, ==, expected);
}

static void test_read(void)
{
	assert_read("  CC      kernel/audit.o\n"
		    "/home/x/trees/1/tree/kernel/audit.c: In function ‘f’:\n"
		    "/home/x/trees/1/tree/kernel/audit.c:12:5: warning: unused variable ‘x’ "
		    "[-Wunused-variable]\n   12 |  int x;\n",
		    "kernel/audit|kernel/audit.c|unused variable ‘x’ [-Wunused-variable]\n");
	/* however the compiler was called; lines do not count, and what comes twice comes once */
	assert_read("../../tree/a/b.c:1: warning: w\n../../tree/a/b.c:7: warning: w\n",
		    "a/b|a/b.c|w\n");
	assert_read("vmlinux.o: warning: objtool: f+0x12: unreachable\n"
		    "WARNING: modpost: vmlinux: section mismatch in g+0x1f/0x40\n"
		    "ld: warning: x has a LOAD segment with RWX permissions\n",
		    "|ld|x has a LOAD segment with RWX permissions\n"
		    "vmlinux|vmlinux|vmlinux: section mismatch in g\n"
		    "vmlinux|vmlinux.o|objtool: f: unreachable\n");
	assert_read("WARNING: unmet direct dependencies detected for FOO\n  Depends on: n\n",
		    "Kconfig|Kconfig|unmet direct dependencies detected for FOO\n");
	assert_read("kernel/a.c:3:1: error: no\nnothing: warnings are off\n", "");
}

/* A header's warning belongs to what was being compiled. */
static void test_chains(void)
{
	assert_read("In file included from /x/tree/include/b.h:3,\n"
		    "                 from /x/tree/kernel/a.c:7:\n"
		    "/x/tree/include/h.h:9:1: warning: w\n"
		    "/x/tree/include/h.h:11:1: warning: v\n"
		    "/x/tree/kernel/c.c:1:1: warning: u\n",
		    "kernel/a|include/h.h|v\nkernel/a|include/h.h|w\nkernel/c|kernel/c.c|u\n");
	assert_read("In file included from /x/tree/kernel/a.c:7:\n"
		    "In file included from /x/tree/include/b.h:3:\n"
		    "/x/tree/include/h.h:9:1: warning: w\n",
		    "kernel/a|include/h.h|w\n");
}

static void test_new(void)
{
	g_autoptr(GPtrArray) old = warnings_read("a.c:1:1: warning: w\n", "tree", NULL);
	g_autoptr(GPtrArray) now = warnings_read("a.c:9:1: warning: w\na.c:1:1: warning: v\n"
						 "b.c:1:1: warning: w\n",
						 "tree", NULL);
	g_autoptr(GPtrArray) befores = g_ptr_array_new();
	g_autoptr(GPtrArray) new = NULL;
	g_autofree char *text = NULL;

	g_ptr_array_add(befores, old);
	new = warnings_new(now, befores);
	text = listed(new);
	g_assert_cmpstr(text, ==, "a|a.c|v\nb|b.c|w\n");
}

/* ---- logs of one build folder ---- */

static void build(const char *dir, const char *said, bool empty, const char *expected)
{
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	g_autofree char *text = NULL;
	g_autofree char *all = NULL;
	g_autoptr(GPtrArray) warnings = NULL;
	g_autoptr(GError) error = NULL;
	bool whole;

	g_assert_true(fs_write(log, said, -1, &error));
	warnings_settle(dir, log, "tree", empty, &error);
	g_assert_no_error(error);
	g_assert_true(fs_read(log, 1 << 20, &text, NULL, &error));
	g_assert_true(g_str_has_prefix(text, said));
	warnings = warnings_read(text, "tree", &whole);
	g_assert_cmpint(whole, ==, expected != NULL);
	all = listed(warnings);
	if (expected)
		g_assert_cmpstr(all, ==, expected);
}

static void test_settle(void)
{
	char *dir = scratch_new();

	build(dir, "  CC      a.o\na.c:1:1: warning: w\n", false,
	      NULL); /* somebody else's folder */
	build(dir, "  CC      a.o\na.c:1:1: warning: w\n  CC      b.o\nb.c:1:1: warning: w\n", true,
	      "a|a.c|w\nb|b.c|w\n");
	/* what is compiled again says what it has; the rest has what it had */
	build(dir, "  CC      b.o\nb.c:4:1: warning: v\n", false, "a|a.c|w\nb|b.c|v\n");
	build(dir, "  CC [M]  a.o\n", false, "b|b.c|v\n");
	build(dir, "make: nothing to be done\n", false, "b|b.c|v\n");
	build(dir, "  CC      c.o\n", true, "");
	scratch_free(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/warnings/read", test_read);
	g_test_add_func("/warnings/chains", test_chains);
	g_test_add_func("/warnings/new", test_new);
	g_test_add_func("/warnings/settle", test_settle);
	return g_test_run();
}
