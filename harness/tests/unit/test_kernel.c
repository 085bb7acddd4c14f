/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel/: fragments, what came of them, and what a failed build's log says. */
#include "kernel/build.h"
#include "kernel/buildlog.h"
#include "kernel/hostprobe.h"
#include "kernel/kconfig.h"
#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
	char *dir;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-kernel-XXXXXX", NULL);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_free(f->dir);
}

static char *put(Fixture *f, const char *name, const char *text)
{
	char *path = g_build_filename(f->dir, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);

	g_assert_true(fs_mkdir(folder, NULL));
	g_assert_true(fs_write(path, text, -1, NULL));
	return path;
}

static Kconfig *load(Fixture *f, const char *text)
{
	g_autofree char *path = put(f, "f.config", text);
	const char *names[] = { path, NULL };
	g_autoptr(Kconfig) kconfig = NULL;
	g_autoptr(GError) error = NULL;

	kconfig_load(names, &kconfig, &error);
	g_assert_no_error(error);
	return g_steal_pointer(&kconfig);
}

static char *check(Fixture *f, const Kconfig *kconfig)
{
	g_autofree char *path = g_build_filename(f->dir, "f.config", NULL);
	const char *all[] = { path, NULL };
	g_autoptr(GPtrArray) misses = NULL;

	g_assert_true(kconfig_check(kconfig, f->dir, f->dir, "x86", &misses, NULL));
	return kconfig_misses_text(misses, all);
}

static void test_check(Fixture *f, gconstpointer data)
{
	g_autoptr(Kconfig) kconfig = load(f, "A=y\nB=n\nS=\"x y\"\nif-known OLD\nif-known NEW\n"
					     "any-of P Q\n");
	g_autofree char *all = kconfig_allconfig(kconfig);
	g_autofree char *k1 = put(f, "Kconfig", "config A\n\tbool\nsource \"arch/$(SRCARCH)/K\"\n");
	g_autofree char *k2 = put(f, "arch/x86/K", "menuconfig NEW\n\tbool \"new\"\n");
	g_autofree char *good = put(f, ".config",
				    "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S=\"x y\"\n"
				    "CONFIG_NEW=y\nCONFIG_Q=y\n");
	g_autofree char *none = check(f, kconfig);

	(void)data;
	g_assert_null(none);
	g_assert_nonnull(strstr(all, "CONFIG_P=y\n"));
	g_assert_nonnull(strstr(all, "# CONFIG_B is not set\n"));
	g_free(put(f, ".config", "CONFIG_A=m\nCONFIG_B=y\nCONFIG_S=\"x y\"\n"));

	g_autofree char *missing = check(f, kconfig);
	g_assert_nonnull(strstr(missing, "CONFIG_A=y came out as m"));
	g_assert_nonnull(strstr(missing, "CONFIG_B=n came out as y"));
	g_assert_nonnull(strstr(missing, "CONFIG_NEW=y came out as n"));
	g_assert_null(strstr(missing, "OLD")); /* this tree does not know it */
	g_assert_null(strstr(missing, "came out as m: no Kconfig file"));
	g_assert_nonnull(strstr(missing, "none of P, Q"));
}

/* A symbol of another year, or a typo, is told from one that could not be had. */
static void test_unknown(Fixture *f, gconstpointer data)
{
	g_autoptr(Kconfig) kconfig = load(f, "A=y\nAUDTI=y\n");
	g_autofree char *k = put(f, "Kconfig", "config A\n\tbool\n");
	g_autofree char *config = put(f, ".config", "CONFIG_A=n\n");
	g_autofree char *missing = check(f, kconfig);

	(void)data;
	g_assert_cmpstr(missing, ==,
			"CONFIG_A=y came out as n; CONFIG_AUDTI=y came out as n: no Kconfig file "
			"of this tree knows it");
}

static void test_later_wins(Fixture *f, gconstpointer data)
{
	g_autofree char *one = put(f, "1.config", "A=y\nB=y\n");
	g_autofree char *two = put(f, "2.config", "CONFIG_A=m\n# CONFIG_B is not set\n");
	const char *names[] = { one, two, one, NULL };
	g_autoptr(Kconfig) kconfig = NULL;

	(void)data;
	g_assert_true(kconfig_load(names, &kconfig, NULL));
	g_autofree char *all = kconfig_allconfig(kconfig);
	g_assert_cmpstr(all, ==, "CONFIG_A=m\n# CONFIG_B is not set\n");
}

/* What is a module elsewhere is asked of no kernel that is built here, and changes none. */
/* A case with a fragment of its own and another that is given it are the same kernel. */
static void test_any_order(void)
{
	const char *one[] = { "base", "container", "distribution", "audit", NULL };
	const char *other[] = { "audit", "base", "distribution", "base", "container", NULL };
	const char *less[] = { "base", "container", "audit", NULL };
	Kconfig *kconfigs[3];
	char *texts[3], *wishes[3];

	g_assert_true(kconfig_load(one, &kconfigs[0], NULL));
	g_assert_true(kconfig_load(other, &kconfigs[1], NULL));
	g_assert_true(kconfig_load(less, &kconfigs[2], NULL));
	for (guint i = 0; i < 3; i++) {
		texts[i] = kconfig_describe(kconfigs[i]);
		wishes[i] = kconfig_allconfig(kconfigs[i]);
	}
	g_assert_cmpstr(texts[0], ==, texts[1]);
	g_assert_cmpstr(wishes[0], ==, wishes[1]);
	g_assert_cmpstr(texts[0], !=, texts[2]);
	g_assert_cmpstr(wishes[0], !=, wishes[2]);
	for (guint i = 0; i < 3; i++) {
		g_free(texts[i]);
		g_free(wishes[i]);
		kconfig_free(kconfigs[i]);
	}
}

static void test_modules(Fixture *f, gconstpointer data)
{
	g_autofree char *one = put(f, "1.config", "A=y\nmodule ext2 ext4\nmodule 9p\n");
	g_autofree char *two = put(f, "2.config", "module 9p\nmodule ext4\n");
	g_autofree char *plain = put(f, "3.config", "A=y\n");
	const char *names[] = { one, two, NULL };
	const char *plains[] = { plain, NULL };
	g_autoptr(Kconfig) kconfig = NULL;
	g_autoptr(Kconfig) without = NULL;

	(void)data;
	g_assert_true(kconfig_load(names, &kconfig, NULL));
	g_assert_true(kconfig_load(plains, &without, NULL));
	g_autoptr(GPtrArray) modules = kconfig_modules(kconfig);
	g_assert_cmpuint(modules->len, ==, 3);
	g_autofree char *first = g_strjoinv(" ", modules->pdata[0]);
	g_autofree char *last = g_strjoinv(" ", modules->pdata[2]);
	g_assert_cmpstr(first, ==, "ext2 ext4");
	g_assert_cmpstr(last, ==, "ext4");
	g_autofree char *text = kconfig_describe(kconfig);
	g_autofree char *same = kconfig_describe(without);
	g_assert_cmpstr(text, ==, same);
}

static void test_malformed(Fixture *f, gconstpointer data)
{
	static const char *const lines[] = { "A",           "=y",      "A=",         "any-of A",
					     "any-of",      "A B=y",   "if-known",   "A-B=y",
					     "if-known A=", "module ", "module a/b", "module a,b" };

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *text = g_strconcat("X=y\n", lines[i], "\n", NULL);
		g_autofree char *path = put(f, "bad.config", text);
		const char *names[] = { path, NULL };
		g_autoptr(Kconfig) kconfig = NULL;
		g_autoptr(GError) error = NULL;

		if (kconfig_load(names, &kconfig, &error))
			g_error("\"%s\" was taken", lines[i]);
		g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
		g_assert_nonnull(strstr(error->message, "bad.config:2:"));
	}
}

static void test_shipped(void)
{
	const char *names[] = { "base", "9p", "container", "audit", NULL };
	const char *absent[] = { "no-such", NULL };
	g_autoptr(Kconfig) kconfig = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(kconfig_load(names, &kconfig, &error));
	g_assert_no_error(error);
	g_autofree char *all = kconfig_allconfig(kconfig);
	g_assert_nonnull(strstr(all, "CONFIG_AUDIT=y\n"));
	g_assert_false(kconfig_load(absent, &kconfig, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
}

static void test_log(void)
{
	static const struct {
		const char *log, *host, *error;
	} logs[] = {
		{ "  CC a.o\na.c:3:5: error: 'x' undeclared\nmake[1]: *** [a.o] Error 1\n", NULL,
		  "a.c:3:5: error: 'x' undeclared" },
		{ "a.c:1:10: fatal error: gone.h: No such file or directory\n", NULL,
		  "a.c:1:10: fatal error: gone.h: No such file or directory" },
		{ "ld: a.o: in function `f':\na.c:(.text+0x1): undefined reference to `g'\n", NULL,
		  "a.c:(.text+0x1): undefined reference to `g'" },
		{ "make: *** No rule to make target 'x'.  Stop.\n", NULL,
		  "make: *** No rule to make target 'x'.  Stop." },
		{ "fatal error: error writing to /tmp/x: No space left on device\n", "no space",
		  NULL },
		{ "gcc: fatal error: Killed signal terminated program cc1\n", "killed", NULL },
		{ "make[2]: *** [scripts/Makefile.build:250: a.o] Killed\n", "killed", NULL },
		{ "/bin/sh: line 1: 77 Killed ld -r\nmake: *** [vmlinux] Error 137\n", "killed",
		  NULL },
		{ "make[1]: *** [Makefile:9: a.o] Terminated\n", "from outside", NULL },
		{ "make[1]: *** [Makefile:9: a.o] Bus error (core dumped)\n", "full disk", NULL },
		{ "/bin/sh: 1: flex: not found\nmake: *** [x] Error 127\n", "apt install flex",
		  NULL },
		{ "make[2]: bison: No such file or directory\n", "apt install bison", NULL },
		{ "/bin/sh: line 1: lz4: command not found\n", "lz4 is missing: apt install lz4",
		  NULL },
		{ "a.sh: 3: xz: not found\n", "apt install xz-utils", NULL },
		{ "/bin/sh: 1: ./scripts/mine: not found\nmake: *** [x] Error 127\n", NULL,
		  "make: *** [x] Error 127" },
		{ "/bin/sh: 1: mygen: not found\nmake: *** [x] Error 127\n", NULL,
		  "make: *** [x] Error 127" },
		{ "scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or "
		  "directory\n",
		  "apt install libssl-dev", NULL },
		{ "error: Cannot generate ORC metadata for CONFIG_UNWINDER_ORC=y, please install "
		  "libelf-dev, libelf-devel or elfutils-libelf-devel\n",
		  "apt install libelf-dev", NULL },
		{ "***\n*** C compiler is too old.\n***   Your gcc version:    4.9.0\n***   "
		  "Minimum gcc version: 5.1.0\n***\nscripts/Kconfig.include:44: Sorry\n",
		  NULL,
		  "C compiler is too old. Your gcc version:    4.9.0, Minimum gcc version: "
		  "5.1.0" },
		{ "make: *** [Makefile:182: sub-make] Killed\n", "was killed", NULL },
		{ "", NULL, "make failed and named no error" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
		g_autofree char *host = buildlog_host_trouble(logs[i].log);
		g_autofree char *error = buildlog_first_error(logs[i].log);

		if (logs[i].host)
			g_assert_nonnull(strstr(host ? host : "", logs[i].host));
		else
			g_assert_null(host);
		if (logs[i].error)
			g_assert_cmpstr(error, ==, logs[i].error);
	}
}

/* The tree is to blame only where the host compiles something else. */
static void test_hostprobe(Fixture *f, gconstpointer data)
{
	g_autofree char *bin = g_build_filename(f->dir, "bin", NULL);
	g_autofree char *path = g_strconcat(bin, ":", g_getenv("PATH"), NULL);
	g_autofree char *cache = g_build_filename(f->dir, "ccache", NULL);
	g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "CCACHE_DIR", cache, TRUE);
	g_autofree char *old = g_strdup(g_getenv("PATH"));
	g_autofree char *broken = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(hostprobe("gcc", f->dir, (const char *const *)env, NULL, &error));
	g_assert_no_error(error);
	broken = put(f, "bin/ccache", "#!/bin/sh\necho ccache: no library >&2; exit 1\n");
	g_assert_cmpint(g_chmod(broken, 0755), ==, 0);
	g_setenv("PATH", path, TRUE);
	g_assert_false(hostprobe("gcc", f->dir, (const char *const *)env, NULL, &error));
	g_setenv("PATH", old, TRUE);
	g_assert_cmpint(error_exit_code(error), ==, EXIT_HOST);
	g_assert_nonnull(strstr(error->message, "ccache: no library"));
}

/* A path is never read as a word of make's or of a shell's. */
static void test_paths(Fixture *f, gconstpointer data)
{
	static const char *const refused[] = { "/a b",   "/a:b",  "/a$(touch x)", "/a#b", "/a'b",
					       "/a\"b",  "/a\nb", "/a;b",         "/a%b", "/a\\b",
					       "/a`id`", "/a&b",  "/a=b",         "/a*",  "/a|b" };

	(void)f, (void)data;
	g_assert_true(kernel_path_check("/root/.cache/b-1+x@y_z~/\303\244", NULL));
	for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(kernel_path_check(refused[i], &error));
		g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/kconfig/check", Fixture, NULL, set_up, test_check, tear_down);
	g_test_add("/kconfig/unknown", Fixture, NULL, set_up, test_unknown, tear_down);
	g_test_add("/kconfig/later-wins", Fixture, NULL, set_up, test_later_wins, tear_down);
	g_test_add_func("/kconfig/any-order", test_any_order);
	g_test_add("/kconfig/modules", Fixture, NULL, set_up, test_modules, tear_down);
	g_test_add("/kconfig/malformed", Fixture, NULL, set_up, test_malformed, tear_down);
	g_test_add_func("/kconfig/shipped", test_shipped);
	g_test_add_func("/buildlog", test_log);
	g_test_add("/build/paths", Fixture, NULL, set_up, test_paths, tear_down);
	g_test_add("/hostprobe", Fixture, NULL, set_up, test_hostprobe, tear_down);
	return g_test_run();
}
