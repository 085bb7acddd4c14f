/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel/footprint: what .cmd files name, how it is stored, and what a difference means. */
#include "buildfixture.h"

#include "kernel/footprint.h"
#include "kernel/footstore.h"
#include "kernel/makeglobs.h"
#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void make_tree(Fixture *f)
{
	static const char *const files[] = {
		"Makefile",
		"Kconfig",
		"Documentation/Kconfig",
		"arch/x86/Makefile",
		"arch/x86/kernel/vmlinux.lds.S",
		"arch/x86/kernel/head.S",
		"include/linux/kernel.h",
		"include/linux/forced.h",
		"include/asm-generic/bug.h",
		"include/dt-bindings/clock.h",
		"kernel/fork.c",
		"kernel/panic.c",
		"kernel/Makefile",
		"lib/oids.h",
		"scripts/link.sh",
		"security/lock.c",
		"tools/lib/str.c",
		"tools/include/list.h",
		"tools/objtool/check.c",
	};

	for (guint i = 0; i < G_N_ELEMENTS(files); i++)
		put(f->tree, files[i], "x\n");
	put(f->tree, "security/lock.c", "#if __has_include(\"errata/abi-1.h\")\n#endif\n");
	put(f->tree, "kernel/Makefile",
	    "obj-y += fork.o\nobj-y += $(patsubst %.c,%.o,$(notdir $(wildcard "
	    "$(srctree)/$(src)/plug_*.c)))\n");
}

static void make_build(Fixture *f)
{
	g_autofree char *link = g_build_filename(f->tree, "scripts/prefixes", NULL);

	g_assert_cmpint(symlink("../include/dt-bindings", link), ==, 0);
	put_cmd(f, "kernel/.fork.o.cmd",
		"cmd_kernel/fork.o := gcc -ITREE/include -include TREE/include/linux/forced.h -c "
		"-o "
		"kernel/fork.o TREE/kernel/fork.c\n\n"
		"source_kernel/fork.o := TREE/kernel/fork.c\n\n"
		"deps_kernel/fork.o := \\\n"
		"    $(wildcard include/config/SMP) \\\n"
		"  ../tree/include/linux/kernel.h \\\n"
		"  TREE/arch/x86/../../include/asm-generic/bug.h \\\n"
		"  TREE/scripts/prefixes/clock.h \\\n"
		"  TREE/kernel/gone.c \\\n"
		"  include/generated/bounds.h \\\n"
		"  /usr/include/limits.h \\\n\n"
		"kernel/fork.o: $(deps_kernel/fork.o)\n\n$(deps_kernel/fork.o):\n");
	put_cmd(f, "security/.lock.o.cmd",
		"savedcmd_security/lock.o := gcc -c TREE/security/lock.c\n\n"
		"source_security/lock.o := TREE/security/lock.c\n\ndeps_security/lock.o := \\\n"
		"  TREE/include/linux/kernel.h \\\n\n");
	put_cmd(f, "arch/x86/kernel/.vmlinux.lds.cmd",
		"savedcmd_x := gcc -E -TTREE/arch/x86/kernel/vmlinux.lds.S; "
		"\"TREE/scripts/link.sh\" "
		"\"ld\" TREE/lib/oids.h > out\n");
	put_cmd(f, "tools/objtool/.check.o.cmd",
		"cmd_/b/tools/objtool/check.o := gcc -c check.c\n\nsource_x := check.c\n\n"
		"deps_x := \\\n  ../include/list.h \\\n  ../lib/str.c \\\n");
	put_cmd(f, "include/config/auto.conf.cmd",
		"deps_config := \\\n\tDocumentation/Kconfig \\\n\t./Kconfig \\\n"
		"\t../build/kernel/fork.o\n\n" /* outside */
		"include/config/auto.conf: \\\n\t$(deps_config)\n");
	put(f->build, "kernel/fork.o", "");
}

static void set_up(Fixture *f, gconstpointer data)
{
	g_autofree char *made = g_dir_make_tmp("bisectbox-footprint-XXXXXX", NULL);

	(void)data;
	f->dir = realpath(made, NULL);
	f->tree = g_build_filename(f->dir, "tree", NULL);
	f->build = g_build_filename(f->dir, "build", NULL);
	make_tree(f);
	make_build(f);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	free(f->dir);
	g_free(f->tree);
	g_free(f->build);
}

static Footprint *read_it(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	Footprint *footprint = NULL;

	footprint_read(f->tree, f->build, "x86", &footprint, &error);
	g_assert_no_error(error);
	return footprint;
}

static void test_read(Fixture *f, gconstpointer data)
{
	static const char *const expected[] = {
		"Documentation/Kconfig",
		"Kconfig",
		"arch/x86/kernel/vmlinux.lds.S",
		"include/asm-generic/bug.h",
		"include/dt-bindings/clock.h",
		"include/linux/forced.h",
		"include/linux/kernel.h",
		"kernel/fork.c",
		"lib/oids.h",
		"scripts/link.sh",
		"scripts/prefixes/clock.h",
		"security/lock.c",
		"tools/include/list.h",
		"tools/lib/str.c",
		"tools/objtool/check.c",
	};
	g_autoptr(Footprint) footprint = read_it(f);
	const GPtrArray *files = footprint_files(footprint);

	(void)data;
	for (guint i = 0; i < MIN(files->len, G_N_ELEMENTS(expected)); i++)
		g_assert_cmpstr(files->pdata[i], ==, expected[i]);
	g_assert_cmpuint(files->len, ==, G_N_ELEMENTS(expected));
}

static void assert_shares(const Footprint *footprint)
{
	/* made: fork.o, lock.o and objtool's check.o */
	g_assert_cmpfloat_with_epsilon(footprint_share(footprint, "include/linux/kernel.h"),
				       2.0 / 3, 1e-9);
	g_assert_cmpfloat_with_epsilon(footprint_share(footprint, "kernel/fork.c"), 1.0 / 3, 1e-9);
	g_assert_cmpfloat_with_epsilon(footprint_share(footprint, "tools/include/list.h"), 1.0 / 3,
				       1e-9);
	g_assert_cmpfloat(footprint_share(footprint, "kernel/panic.c"), ==, 0);
}

static void test_share(Fixture *f, gconstpointer data)
{
	g_autoptr(Footprint) footprint = read_it(f);
	g_autoptr(Footprint) failed = footprint_new_failed("x86");
	g_autoptr(Footprint) again = NULL;
	g_autofree char *text = footprint_text(footprint);

	(void)data;
	assert_shares(footprint);
	g_assert_true(footprint_parse(text, &again, NULL));
	assert_shares(again);
	g_assert_cmpfloat(footprint_share(failed, "kernel/fork.c"), ==, 0);
}

static void test_empty(Fixture *f, gconstpointer data)
{
	g_autofree char *empty = g_build_filename(f->dir, "empty", NULL);
	Footprint *footprint = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(fs_mkdir(empty, NULL));
	g_assert_false(footprint_read(f->tree, empty, "x86", &footprint, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_null(footprint);
}

/* Stored and read back it is the same, byte for byte; and what is damaged is not taken. */
static void test_store(Fixture *f, gconstpointer data)
{
	g_autoptr(Footprint) footprint = read_it(f);
	g_autofree char *text = footprint_text(footprint);
	gsize len = strlen(text);

	(void)data;
	for (gsize i = 0; i <= len; i++) {
		g_autoptr(Footprint) again = NULL;
		g_autoptr(GError) error = NULL;
		g_autofree char *other = g_strdup(text);
		g_autofree char *cut = g_strndup(text, i);

		if (i == len) {
			g_autofree char *second = NULL;

			g_assert_true(footprint_parse(text, &again, &error));
			second = footprint_text(again);
			g_assert_cmpstr(text, ==, second);
			g_assert_cmpint(footprint_judge(again, "kernel/fork.c", 0), ==,
					FOOTPRINT_READ);
			return;
		}
		other[i] ^= 1;
		g_assert_false(footprint_parse(other, &again, &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
		g_clear_error(&error);
		g_assert_false(footprint_parse(cut, &again, NULL));
	}
}

/* On the disk: found again, latest first; old ones go, damaged ones are not there. */
static void test_keep(Fixture *f, gconstpointer data)
{
	g_autofree char *folder = g_build_filename(f->dir, "a", "kept", NULL);
	g_autoptr(Footprint) footprint = read_it(f);
	g_autoptr(Footprint) again = NULL;
	g_auto(GStrv) list = NULL;
	g_autofree char *text = footprint_text(footprint);
	g_autofree char *second = NULL;

	(void)data;
	g_assert_null(footstore_load(folder, "t0"));
	for (guint i = 0; i < FOOTSTORE_MAX + 2; i++) {
		g_autofree char *tree = g_strdup_printf("t%u", i);

		g_assert_true(footstore_save(folder, tree, footprint, NULL));
		if (i < 4 || i > FOOTSTORE_MAX) /* the clock of a file system ticks slowly */
			g_usleep(12000);
		if (i == 2) { /* used, so that it is not the oldest */
			g_autoptr(Footprint) first = footstore_load(folder, "t0");

			g_assert_nonnull(first);
			g_usleep(12000);
		}
	}
	list = footstore_list(folder);
	g_assert_cmpuint(g_strv_length(list), ==, FOOTSTORE_MAX);
	g_assert_cmpstr(list[0], ==, "t65");
	g_assert_cmpstr(list[FOOTSTORE_MAX - 1], ==, "t0");
	again = footstore_load(folder, "t0");
	g_assert_nonnull(again);
	second = footprint_text(again);
	g_assert_cmpstr(text, ==, second);
	put(folder, "t5.footprint", "bisectbox.footprint/1\n");
	g_assert_null(footstore_load(folder, "t5"));
	g_assert_null(footstore_load(folder, "t1"));
}

enum { CHANGED = FOOTPRINT_CHANGED, ADDED = FOOTPRINT_ADDED, REMOVED = FOOTPRINT_REMOVED };

static const struct {
	const char *path;
	guint change;
	FootprintWhy why, failed;
} rule[] = {
	/* (a): apart, whatever happens to it, also where the build failed */
	{ "Documentation/a.rst", CHANGED, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "Documentation/a.c", ADDED | FOOTPRINT_ODD, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "LICENSES/preferred/GPL-2.0", REMOVED, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "samples/a/Kbuildish/main.c", CHANGED, FOOTPRINT_APART, FOOTPRINT_BROKEN },
	{ "tools/testing/selftests/a.sh", ADDED, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "tools/perf/perf.c", CHANGED, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "arch/arm/boot/dts/a.dts", CHANGED, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "arch/arm/include/asm/bug.h", ADDED, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "MAINTAINERS", CHANGED, FOOTPRINT_APART, FOOTPRINT_APART },
	{ "CREDITS", CHANGED, FOOTPRINT_APART, FOOTPRINT_APART },
	/* but not these, and nothing that the build named */
	{ "Documentation/Kconfig", CHANGED, FOOTPRINT_READ, FOOTPRINT_BROKEN },
	{ "Documentation/Makefile", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "samples/Kconfig.x", ADDED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "arch/arm/Kbuild", ADDED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "drivers/MAINTAINERS", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "documentation/a.rst", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "arch/x86/boot/dts/a.dts", ADDED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "arch/x86_64/kernel/a.S_", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "arch/Kconfig", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "arch/x8", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	/* (b): sources that were not read */
	{ "kernel/panic.c", CHANGED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "kernel/panic.c", REMOVED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "kernel/other.c", ADDED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "arch/x86/kernel/head.S", CHANGED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "include/linux/new.h", ADDED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "arch/x86/include/asm/bug.h", CHANGED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "arch/x86/include/asm/fork.h", ADDED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "kernel/fork.c", REMOVED, FOOTPRINT_READ, FOOTPRINT_BROKEN },
	{ "include/dt-bindings/clock.h", CHANGED, FOOTPRINT_READ, FOOTPRINT_BROKEN },
	{ "kernel/panic.c", CHANGED | FOOTPRINT_ODD, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "drivers/module", ADDED | FOOTPRINT_ODD, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	/* an added one may be found instead of another */
	{ "arch/x86/include/asm/bug.h", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "arch/x86/include/asm/BUG.h", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "arch/x86/include/generated/bounds.h", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "include/limits.h", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "kernel/fork.S", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "mm/fork.c", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "kernel/vmlinux.c", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "security/errata/abi-1.h", ADDED, FOOTPRINT_SHADOW, FOOTPRINT_BROKEN },
	{ "security/errata/abi-2.h", ADDED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	{ "kernel/plug_new.c", ADDED, FOOTPRINT_GLOB, FOOTPRINT_BROKEN },
	{ "kernel/unplug_new.c", ADDED, FOOTPRINT_UNREAD, FOOTPRINT_BROKEN },
	/* kinds that builds read unseen */
	{ "drivers/tty/vt/cp437.uni", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "drivers/tty/vt/defkeymap.c_shipped", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "kernel/time/timeconst.bc", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "arch/x86/tools/gen.awk", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "drivers/net/Makefile.include", ADDED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "drivers/net/Kbuild", ADDED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "scripts/gcc-plugins/a.c", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "tools/objtool/elf.c", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "tools/lib/new.h", ADDED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "rust/kernel/lib.rs", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
	{ "kernel/PANIC.C", CHANGED, FOOTPRINT_KIND, FOOTPRINT_BROKEN },
};

static void test_rule(Fixture *f, gconstpointer data)
{
	g_autoptr(Footprint) footprint = read_it(f);
	g_autoptr(Footprint) failed = footprint_new_failed("x86");

	(void)data;
	g_assert_true(footprint_failed(failed));
	for (guint i = 0; i < G_N_ELEMENTS(rule); i++) {
		g_test_message("%s (%u)", rule[i].path, rule[i].change);
		g_assert_cmpint(footprint_judge(footprint, rule[i].path, rule[i].change), ==,
				rule[i].why);
		g_assert_cmpint(footprint_judge(failed, rule[i].path, rule[i].change), ==,
				rule[i].failed);
	}
}

/* An archive of all headers in the kernel reads every one of them. */
static void test_kheaders(Fixture *f, gconstpointer data)
{
	g_autoptr(Footprint) before = read_it(f);
	g_autoptr(Footprint) footprint = NULL;

	(void)data;
	put_cmd(f, "kernel/.kheaders_data.tar.xz.cmd",
		"cmd_kernel/kheaders_data.tar.xz := sh TREE/kernel/gen_kheaders.sh out\n");
	footprint = read_it(f);
	g_assert_cmpint(footprint_judge(before, "include/linux/new.h", 0), ==, FOOTPRINT_UNREAD);
	g_assert_cmpint(footprint_judge(footprint, "include/linux/new.h", 0), ==, FOOTPRINT_GLOB);
	g_assert_cmpint(footprint_judge(footprint, "kernel/new.h", 0), ==, FOOTPRINT_UNREAD);
}

/* @expected: the patterns, with spaces between them. */
static void assert_globs(const char *text, const char *folder, const char *expected)
{
	g_autoptr(GHashTable) globs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) words = g_strsplit(expected, " ", -1);

	make_globs_text(text, folder, globs);
	g_test_message("%s -> %s", text, expected);
	for (guint i = 0; words[i]; i++)
		g_assert_true(g_hash_table_contains(globs, words[i]));
	g_assert_cmpuint(g_hash_table_size(globs), ==, g_strv_length(words));
}

static void test_globs(void)
{
	assert_globs("x := $(wildcard $(srctree)/$(src)/*.c)", "a/b", "a/b/*.c");
	assert_globs("x := $(wildcard $(srctree)/arch/$(SRCARCH)/kvm.h)", "", "arch/*/kvm.h");
	assert_globs("x := $(wildcard $(obj)/a.c \\\n $(src)/b.S)", "a", "a/a.c a/b.S");
	assert_globs("x := $(wildcard ../y/*.[ch])", "a/b", "a/y/*.[ch] y/*.[ch]");
	assert_globs("x := $(wildcard $(sort $(targets)))", "a", "");
	assert_globs("x := $(wildcard $(src)/certs/*.hex)", "a", "");
	assert_globs("x := $(sort $(wildcard $(patsubst %.o,%.c,$(y))/z.c))", "a", "*/z.c");
	assert_globs("x := $(shell cd $(src) && find * -name '*.h')", "a", "a/*.c a/*.h a/*.S");
	assert_globs("x := $(shell uname -m)", "a", "");
	/* cut short: says nothing */
	assert_globs("x := $(wildcard $(src)/*.c", "a", "");
	assert_globs("$(wildcard ", "a", "");
	assert_globs("$(wildcard ${src}/k*", "", "");
	/* make minds only the brackets of the kind that opens */
	assert_globs("$(wildcard $(src)/}{[a-z].c) $(wildcard d/e.c)", "a",
		     "a/}{[a-z].c d/e.c a/d/e.c");
	assert_globs("$", "a", "");
	/* a folder is there where a file is in it */
	assert_globs("x := $(wildcard $(srctree)/arch/$(SRCARCH)/dts/)", "", "arch/*/dts/*");
	/* what it names outright, but for what only make knows the name of */
	assert_globs("$(out)/x: $(srctree)/include/xen/x*.h $(src)/a.c b.S", "d",
		     "include/xen/x*.h d/a.c b.S d/b.S");
	assert_globs("$(o): $(srctree)/$(src)/tool/*.[chyl]\n\tfind -name '*.h'\n", "d",
		     "d/tool/*.[chyl]");
	assert_globs("$(obj)/%.o: $(src)/%.c\n# a.c\nx := $(y)-z.c $(z).h x#b.c", "d", "b.c d/b.c");
	/* "//" is not a root of its own */
	assert_globs("$(wildcard $(src)//k*)", "", "k*");
	assert_globs("$(obj)//f[1-9].S", "", "f[1-9].S");
}

static void test_has_include(void)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) globs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	has_include_text("#ifdef __has_include\n#if __has_include(\"a/b.h\")\n"
			 "#if __has_include ( <c.h>) && __has_include_next(<d/e/f.h>)\n",
			 names, globs);
	g_assert_cmpuint(g_hash_table_size(names), ==, 3);
	g_assert_true(g_hash_table_contains(names, "b.h"));
	g_assert_true(g_hash_table_contains(names, "c.h"));
	g_assert_true(g_hash_table_contains(names, "f.h"));
	g_assert_cmpuint(g_hash_table_size(globs), ==, 0);
	has_include_text("#if __has_include(NAME)", names, globs);
	g_assert_true(g_hash_table_contains(globs, "*.h"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/footprint/read", Fixture, NULL, set_up, test_read, tear_down);
	g_test_add("/footprint/share", Fixture, NULL, set_up, test_share, tear_down);
	g_test_add("/footprint/empty", Fixture, NULL, set_up, test_empty, tear_down);
	g_test_add("/footprint/store", Fixture, NULL, set_up, test_store, tear_down);
	g_test_add("/footprint/keep", Fixture, NULL, set_up, test_keep, tear_down);
	g_test_add("/footprint/rule", Fixture, NULL, set_up, test_rule, tear_down);
	g_test_add("/footprint/kheaders", Fixture, NULL, set_up, test_kheaders, tear_down);
	g_test_add_func("/footprint/globs", test_globs);
	g_test_add_func("/footprint/has-include", test_has_include);
	return g_test_run();
}
