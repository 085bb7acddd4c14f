/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which compiler is taken for which tree, and what is said of those that cannot be. */
#include "kernel/bfdplugin.h"
#include "kernel/era.h"
#include "kernel/makewords.h"
#include "kernel/toolchain.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
	char *dir;
	char *path; /* of the environment */
} Fixture;

/* A compiler under another name: the host's own does the work. */
static void add_cc(const Fixture *f, const char *name)
{
	g_autofree char *file = g_build_filename(f->dir, name, NULL);
	g_autofree char *folder = g_path_get_dirname(file);
	g_autofree char *real = g_find_program_in_path("gcc");
	g_autofree char *text =
		g_strdup_printf("#!/bin/sh\n[ \"$1\" != --version ] || { echo '%s'; exit; }\n"
				"exec %s \"$@\"\n",
				name, real);

	g_assert_true(fs_mkdir(folder, NULL));
	g_assert_true(fs_write(file, text, -1, NULL));
	g_assert_cmpint(g_chmod(file, 0755), ==, 0);
}

static void set_up(Fixture *f, gconstpointer data)
{
	g_autofree char *path = NULL;

	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-toolchain-XXXXXX", NULL);
	f->path = g_strdup(g_getenv("PATH"));
	path = g_strconcat(f->dir, ":", f->path, NULL);
	g_setenv("PATH", path, TRUE);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_setenv("PATH", f->path, TRUE);
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_free(f->dir);
	g_free(f->path);
}

static Version version_of(const char *text)
{
	Version version = { .parts = 0 };

	g_assert_true(version_parse(text, &version));
	return version;
}

static void test_eras(void)
{
	static const struct {
		const char *version;
		unsigned gcc;
		bool fits;
	} facts[] = {
		{ "3.1.10", 4, true },  { "3.16.0", 5, false }, { "3.18.0", 5, true },
		{ "4.1.0", 6, false },  { "4.2.0", 12, true },  { "4.18.0", 3, true },
		{ "4.19.0", 3, false }, { "5.14.0", 4, true },  { "5.15.0", 4, false },
		{ "6.15.0", 5, true },  { "6.16.0", 7, false }, { "6.16.0", 8, true },
	};

	for (guint i = 0; i < G_N_ELEMENTS(facts); i++) {
		Version version = version_of(facts[i].version);

		if (era_fits(&version, facts[i].gcc) != facts[i].fits)
			g_error("%s with gcc %u", facts[i].version, facts[i].gcc);
	}
}

static char *chosen(const ToolchainSpec *spec, const char *tree)
{
	g_autoptr(Toolchains) chains = NULL;
	g_autoptr(GError) error = NULL;
	Version version = version_of(tree);
	const Toolchain *chain = NULL;

	toolchains_open(spec, &chains, &error);
	g_assert_no_error(error);
	toolchains_choose(chains, &version, &chain, &error);
	g_assert_no_error(error);
	return g_strdup(chain->cc);
}

static void check_chosen(const ToolchainSpec *spec, const char *tree, const char *expected)
{
	g_autofree char *cc = chosen(spec, tree);

	g_assert_cmpstr(cc, ==, expected);
}

/* gcc where it fits, else gcc-N of the tree's years, else gcc and let the tree say. */
static void test_by_era(Fixture *f, gconstpointer data)
{
	const ToolchainSpec spec = { .ccs = NULL };

	(void)data;
	check_chosen(&spec, "6.1.0", "gcc");
	check_chosen(&spec, "3.16.0", "gcc");
	add_cc(f, "gcc-4.9");
	add_cc(f, "gcc-5");
	check_chosen(&spec, "6.1.0", "gcc");
	check_chosen(&spec, "3.18.0", "gcc-5");
	check_chosen(&spec, "3.16.0", "gcc-4.9");
}

static void test_by_user(Fixture *f, gconstpointer data)
{
	const char *one[] = { "gcc-4.9", NULL };
	const char *two[] = { "5.10:gcc-5", "gcc-4.9", NULL };
	const char *later[] = { "5.10:gcc-5", NULL };
	const ToolchainSpec by_one = { .ccs = one }, by_two = { .ccs = two };
	const ToolchainSpec by_later = { .ccs = later };

	(void)data;
	add_cc(f, "gcc-4.9");
	add_cc(f, "gcc-5");
	check_chosen(&by_one, "6.1.0", "gcc-4.9");
	check_chosen(&by_two, "5.9.99", "gcc-4.9");
	check_chosen(&by_two, "5.10.0", "gcc-5");
	check_chosen(&by_later, "5.10.7", "gcc-5");
	check_chosen(&by_later, "4.4.0", "gcc");
}

/* As kernel.org packs them: the compiler's own binutils go with it. */
static void test_folder(Fixture *f, gconstpointer data)
{
	g_autofree char *folder = g_build_filename(f->dir, "cross", NULL);
	g_autofree char *prefix =
		g_build_filename(folder, "gcc-13.2.0-nolibc/x86_64-linux/bin/x86_64-linux-", NULL);
	g_autofree char *cc = g_strconcat(prefix, "gcc", NULL);
	g_autofree char *word = g_strconcat("CROSS_COMPILE=", prefix, NULL);
	const ToolchainSpec spec = { .folder = folder };
	g_autoptr(Toolchains) chains = NULL;
	g_autoptr(GError) error = NULL;
	const Toolchain *chain = NULL;

	(void)data;
	add_cc(f, "cross/gcc-4.9.4-nolibc/x86_64-linux/bin/x86_64-linux-gcc");
	add_cc(f, "cross/gcc-13.2.0-nolibc/x86_64-linux/bin/x86_64-linux-gcc");
	add_cc(f, "cross/gcc-13.2.0-nolibc/x86_64-linux/bin/x86_64-linux-ld");
	add_cc(f, "cross/gcc-4.9.4-nolibc/x86_64-linux/bin/x86_64-linux-ld");
	add_cc(f, "cross/gcc-14.1.0-nolibc/aarch64-linux/bin/aarch64-linux-gcc");
	check_chosen(&spec, "6.16.0", cc);
	g_assert_true(toolchains_open(&spec, &chains, &error));
	g_assert_true(toolchains_choose(chains, NULL, &chain, &error));
	g_assert_cmpstr(chain->words[0], ==, word);
	g_assert_null(chain->words[1]);

	g_autofree char *old = chosen(&spec, "3.16.0");
	g_assert_nonnull(strstr(old, "/gcc-4.9.4-nolibc/"));
}

/* A program that was replaced by one that says the same is another one. */
static void test_key(Fixture *f, gconstpointer data)
{
	const char *ccs[] = { "gcc-5", NULL };
	const char *words[] = { "KCFLAGS=-g", NULL };
	const ToolchainSpec specs[] = { { .ccs = ccs }, { .ccs = ccs, .words = words } };
	g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	(void)data;
	for (guint round = 0; round < 2; round++) {
		g_autofree char *file = g_build_filename(f->dir, "gcc-5", NULL);
		g_autofree char *text = NULL;

		add_cc(f, "gcc-5");
		g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
		if (round) {
			g_autofree char *other = g_strconcat(text, "# rebuilt\n", NULL);

			g_assert_true(g_file_set_contents(file, other, -1, NULL));
			g_assert_cmpint(g_chmod(file, 0755), ==, 0);
		}
		for (guint i = 0; i < G_N_ELEMENTS(specs); i++) {
			g_autoptr(Toolchains) chains = NULL;
			const Toolchain *chain;

			g_assert_true(toolchains_open(&specs[i], &chains, NULL));
			g_assert_true(toolchains_choose(chains, NULL, &chain, NULL));
			g_assert_true(g_hash_table_add(keys, g_strdup(chain->key)));
			g_assert_true(g_hash_table_add(keys, toolchains_key(chains)));
		}
	}
}

static void check_refused(const ToolchainSpec *spec, int status, const char *words)
{
	g_autoptr(Toolchains) chains = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_false(toolchains_open(spec, &chains, &error));
	g_assert_cmpint(error_exit_code(error), ==, status);
	if (!strstr(error->message, words))
		g_error("\"%s\" lacks \"%s\"", error->message, words);
	g_assert_null(strchr(error->message, '\n'));
}

static void test_refused(Fixture *f, gconstpointer data)
{
	static const struct {
		const char *cc, *word, *folder;
		int status;
		const char *expected;
	} wrong[] = {
		{ "gcc-99", NULL, NULL, EXIT_USAGE, "there is no such program; there are gcc" },
		{ "true", NULL, NULL, EXIT_USAGE, "true is no C compiler" },
		{ "x:gcc", NULL, NULL, EXIT_USAGE, "VERSION:CC is expected" },
		{ "ccache gcc", NULL, NULL, EXIT_USAGE, "without blanks" },
		{ NULL, "LLVM", NULL, EXIT_USAGE, "VAR=VALUE is expected" },
		{ NULL, "-k", NULL, EXIT_USAGE, "VAR=VALUE is expected" },
		{ NULL, ".x=1", NULL, EXIT_USAGE, "VAR=VALUE is expected" },
		{ NULL, "a/b=1", NULL, EXIT_USAGE, "VAR=VALUE is expected" },
		{ NULL, "CC=clang", NULL, EXIT_USAGE, "use --cc" },
		{ NULL, "O=/tmp", NULL, EXIT_USAGE, "bisectbox's own" },
		{ NULL, "CROSS_COMPILE=nope-linux-gnu-", NULL, EXIT_HOST,
		  "nope-linux-gnu-gcc is missing: apt install gcc-nope-linux-gnu" },
		{ NULL, NULL, "/nonexistent", EXIT_USAGE,
		  "expected is /nonexistent/gcc-VERSION-nolibc/x86_64-linux/bin/x86_64-linux-gcc" },
		{ NULL, "ARCH=arm64", "/nonexistent", EXIT_USAGE, "aarch64-linux/bin" },
	};

	(void)f;
	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		const char *ccs[] = { wrong[i].cc, NULL };
		const char *words[] = { wrong[i].word, NULL };
		const ToolchainSpec spec = { .ccs = ccs,
					     .folder = wrong[i].folder,
					     .words = words };

		check_refused(&spec, wrong[i].status, wrong[i].expected);
	}
}

static void test_words(void)
{
	const char *llvm[] = { "LLVM=-14", NULL };
	const char *path[] = { "LLVM=/opt/llvm/bin/", NULL };
	const char *cross[] = { "CROSS_COMPILE=a-", "ARCH=arm64", "CROSS_COMPILE=b-", NULL };
	g_autofree char *one = makewords_tool(llvm, "gcc", "clang");
	g_autofree char *two = makewords_tool(path, "ld", "ld.lld");
	g_autofree char *three = makewords_tool(cross, "gcc", "clang");

	g_assert_cmpstr(one, ==, "clang-14");
	g_assert_cmpstr(two, ==, "/opt/llvm/bin/ld.lld");
	g_assert_cmpstr(three, ==, "b-gcc");
	g_assert_cmpstr(makewords_arch(cross), ==, "arm64");
	g_assert_cmpstr(makewords_arch(llvm), ==, "x86");
}

/* What ar and nm are called with works; another family's tools, or those that are not there, get
 * none. */
static void test_plugin(Fixture *f, gconstpointer data)
{
	const char *llvm[] = { "LLVM=1", NULL };
	const char *cross[] = { "CROSS_COMPILE=nope-", NULL };
	const char *const none[] = { NULL };
	g_auto(GStrv) words = bfdplugin_words("gcc", none);
	g_auto(GStrv) of_llvm = bfdplugin_words("gcc", llvm);
	g_auto(GStrv) of_cross = bfdplugin_words("gcc", cross);
	g_autofree char *script = g_strdup_printf(
		"cd %s && AR=$1 && NM=$2 && echo 'int bisectbox_object;' >a.c && "
		"gcc -c a.c && $AR cDPrST a.a a.o && $NM a.a | grep -q ' B bisectbox_object'",
		f->dir);
	const char *argv[] = { "sh", "-c", script, "sh", NULL, NULL, NULL };

	(void)data;
	g_assert_cmpuint(g_strv_length(words), ==, 2);
	g_assert_cmpuint(g_strv_length(of_llvm), ==, 0);
	g_assert_cmpuint(g_strv_length(of_cross), ==, 0);
	g_assert_true(g_str_has_prefix(words[0], "AR=ar --plugin /"));
	g_assert_true(g_str_has_prefix(words[1], "NM=nm --plugin /"));
	argv[4] = words[0] + strlen("AR=");
	argv[5] = words[1] + strlen("NM=");

	ProcessSpec spec = { .argv = argv };
	g_auto(ProcessEnd) end = { 0 };

	g_assert_true(process_run(&spec, NULL, &end, NULL));
	g_assert_cmpint(end.status, ==, 0);
}

/* A plugin whose path make or its shell would take apart is left alone. */
static void test_odd_plugin(Fixture *f, gconstpointer data)
{
	static const char *const names[] = { "plain", "of a/space", "of$(a)/variable",
					     "of;a/shell" };
	const char *const none[] = { NULL };

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *plugin =
			g_build_filename(f->dir, names[i], "liblto_plugin.so", NULL);
		g_autofree char *folder = g_path_get_dirname(plugin);
		g_autofree char *cc = g_build_filename(f->dir, "asked", NULL);
		g_autofree char *text = g_strdup_printf("#!/bin/sh\necho '%s'\n", plugin);
		g_auto(GStrv) words = NULL;

		g_assert_true(fs_mkdir(folder, NULL));
		g_assert_true(fs_write(plugin, "", -1, NULL));
		g_assert_true(fs_write(cc, text, -1, NULL));
		g_assert_cmpint(g_chmod(cc, 0755), ==, 0);
		words = bfdplugin_words(cc, none);
		g_assert_cmpuint(g_strv_length(words), ==, i == 0 ? 2 : 0);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/toolchain/eras", test_eras);
	g_test_add_func("/toolchain/words", test_words);
	g_test_add("/toolchain/plugin", Fixture, NULL, set_up, test_plugin, tear_down);
	g_test_add("/toolchain/odd-plugin", Fixture, NULL, set_up, test_odd_plugin, tear_down);
	g_test_add("/toolchain/by-era", Fixture, NULL, set_up, test_by_era, tear_down);
	g_test_add("/toolchain/by-user", Fixture, NULL, set_up, test_by_user, tear_down);
	g_test_add("/toolchain/folder", Fixture, NULL, set_up, test_folder, tear_down);
	g_test_add("/toolchain/key", Fixture, NULL, set_up, test_key, tear_down);
	g_test_add("/toolchain/refused", Fixture, NULL, set_up, test_refused, tear_down);
	return g_test_run();
}
