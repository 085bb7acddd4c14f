/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixups: which are taken for which revision, and what they leave of it. */
#include "worktreefixture.h"

#include "revision/fixing.h"
#include "util/fs.h"

#define OLD                                                                                        \
	"mkdir -p scripts k; printf 'VERSION = 4\\nPATCHLEVEL = 4\\nSUBLEVEL = 1\\n' > Makefile;"  \
	"printf '1\\n2\\nbroken\\n4\\n5\\n' > scripts/tool.c; printf 'a\\nb\\n' > k/audit.c;"
#define TOOL_PATCH                                                                                 \
	"--- a/scripts/tool.c\n+++ b/scripts/tool.c\n@@ -2,3 +2,3 @@\n 2\n-broken\n+mended\n 4\n"

/* A data folder with one shipped fixup, and the fixups that there are with the user's. */
typedef struct {
	Bench bench;
	char *data;
	GPtrArray *fixups;
	Fixing *fixing;
	Toolchain chain;
} Shop;

static char *write_patch(const Shop *shop, const char *name, const char *text)
{
	char *path = g_build_filename(shop->bench.dir, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);

	g_assert_true(fs_mkdir(folder, NULL));
	g_assert_true(fs_write(path, text, -1, NULL));
	return path;
}

static void shop_start(Shop *shop, const char *script, const char *const *users)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *key = NULL;

	if (!shop->bench.dir)
		bench_start(&shop->bench, script, WORKTREE_CLEAN);
	g_free(write_patch(shop, "data/kconfigs/fixups/tool.patch",
			   "SPDX-License-Identifier: GPL-2.0-or-later\nMends: it\nUpstream: 0123\n"
			   "For: 4.0..4.9\nSign: tool\\.c:.*broken\n\n" TOOL_PATCH));
	shop->data = g_build_filename(shop->bench.dir, "data", NULL);
	g_setenv("BISECTBOX_DATA", shop->data, TRUE);
	fixups_load(users, &shop->fixups, &key, &error);
	g_assert_no_error(error);
	shop->fixing = fixing_new(shop->fixups);
	shop->chain = (Toolchain){ .key = (char *)"gcc" };
}

static void shop_clear(Shop *shop)
{
	fixing_free(shop->fixing);
	g_clear_pointer(&shop->fixups, g_ptr_array_unref);
	g_free(shop->data);
	bench_clear(&shop->bench);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shop, shop_clear)

static void begin(Shop *shop, const char *name, Fixed *ret_fixed, char **ret_why)
{
	g_autoptr(GError) error = NULL;
	RepoId id = id_of(&shop->bench, name);

	fixing_begin(shop->fixing, shop->bench.tree, &id, &shop->chain, ret_fixed, ret_why, &error);
	g_assert_no_error(error);
}

static bool more(Shop *shop, const char *version, const char *log, Fixed *fixed)
{
	g_autoptr(GError) error = NULL;
	Version number;
	bool got;

	g_assert_true(version_parse(version, &number));
	fixing_more(shop->fixing, shop->bench.tree, &shop->chain, &number, log, fixed, &got,
		    &error);
	g_assert_no_error(error);
	return got;
}

static char *content(const Shop *shop, const Fixed *fixed, const char *name)
{
	g_autofree char *path = g_build_filename(worktree_path(shop->bench.tree), name, NULL);
	g_autoptr(GError) error = NULL;
	char *text = NULL;

	worktree_checkout(shop->bench.tree, &fixed->id, NULL, NULL, &error);
	g_assert_no_error(error);
	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

/* Only after a build has failed at it; then at once where the same files are; never elsewhere. */
static void test_needed(void)
{
	g_auto(Shop) shop = { 0 };
	g_auto(Fixed) one = { 0 }, two = { 0 }, other = { 0 }, mended = { 0 };
	g_autofree char *why = NULL;

	shop_start(&shop,
		   OLD C "git tag one; echo c >> k/audit.c;" C "git tag two;"
			 "echo 6 >> scripts/tool.c;" C "git tag other;"
			 "sed -i s/broken/mended/ scripts/tool.c;" C "git tag mended;",
		   NULL);
	begin(&shop, "one", &one, &why);
	g_assert_cmpstr(one.id.hex, ==, one.revision.hex);
	g_assert_false(more(&shop, "4.4.1", "k/audit.c:1: error: broken\n", &one));
	g_assert_false(more(&shop, "4.10.0", "tool.c:3: error: broken\n", &one));
	g_assert_false(more(&shop, "3.16.0", "tool.c:3: error: broken\n", &one));
	g_assert_true(more(&shop, "4.4.1", "tool.c:3: error: broken\n", &one));
	g_assert_false(more(&shop, "4.4.1", "tool.c:3: error: broken\n", &one));

	g_autofree char *text = content(&shop, &one, "scripts/tool.c");
	g_assert_cmpstr(text, ==, "1\n2\nmended\n4\n5\n");

	begin(&shop, "two", &two, &why);
	g_assert_cmpuint(two.used->len, ==, 1);
	begin(&shop, "other", &other, &why);
	g_assert_cmpuint(other.used->len, ==, 0);
	begin(&shop, "mended", &mended, &why);
	g_assert_false(more(&shop, "4.4.1", "tool.c:3: error: broken\n", &mended));
	g_assert_null(why);

	g_auto(GStrv) names = fixed_names(&two);
	g_assert_cmpstr(names[0], ==, "tool");
	g_assert_null(fixed_names(&other));
}

/* What is fixed keeps its time from one revision to the next, and is put back. */
static void test_times(void)
{
	g_auto(Shop) shop = { 0 };
	g_auto(Fixed) one = { 0 }, two = { 0 };
	g_autofree char *why = NULL;
	struct stat before;

	shop_start(&shop, OLD C "git tag one; echo c >> k/audit.c;" C "git tag two;", NULL);
	begin(&shop, "one", &one, &why);
	g_assert_true(more(&shop, "4.4.1", "tool.c:3: error: broken\n", &one));
	g_free(content(&shop, &one, "Makefile"));
	before = stat_of(&shop.bench, "scripts/tool.c");
	begin(&shop, "two", &two, &why);
	g_free(content(&shop, &two, "Makefile"));
	g_assert_false(newer(stat_of(&shop.bench, "scripts/tool.c"), before));
	check_out(&shop.bench, "two");
	assert_tree(&shop.bench, "two");
	g_assert_cmpint(strcmp(one.id.hex, one.revision.hex), !=, 0);
}

/* Another compiler may not need it. */
static void test_compiler(void)
{
	g_auto(Shop) shop = { 0 };
	g_auto(Fixed) one = { 0 }, again = { 0 };
	g_autofree char *why = NULL;

	shop_start(&shop, OLD C "git tag one;", NULL);
	begin(&shop, "one", &one, &why);
	g_assert_true(more(&shop, "4.4.1", "tool.c:3: error: broken\n", &one));
	shop.chain.key = (char *)"gcc-11";
	begin(&shop, "one", &again, &why);
	g_assert_cmpuint(again.used->len, ==, 0);
}

/* The user's goes onto every revision, all of it or none; a revision that has it is left alone. */
static void test_users(void)
{
	g_auto(Shop) shop = { 0 };
	g_auto(Fixed) one = { 0 }, moved = { 0 }, has = { 0 }, cannot = { 0 };
	g_autofree char *none = NULL;
	g_autofree char *why = NULL;
	g_autofree char *mine = NULL;
	const char *users[2] = { NULL };

	bench_start(&shop.bench,
		    OLD C "git tag one; sed -i 1i0 scripts/tool.c;" C "git tag moved;"
			  "git checkout -q one; sed -i s/broken/mended/ scripts/tool.c;"
			  "echo new > k/new.c; sed -i s/b/B/ k/audit.c; git add .;" C "git tag has;"
			  "git checkout -q one; echo A > k/audit.c;" C "git tag cannot;",
		    WORKTREE_CLEAN);
	mine = write_patch(&shop, "mine.patch",
			   TOOL_PATCH
			   "--- a/k/audit.c\n+++ b/k/audit.c\n@@ -1,2 +1,2 @@\n a\n"
			   "-b\n+B\n--- /dev/null\n+++ b/k/new.c\n@@ -0,0 +1 @@\n+new\n");
	users[0] = mine;
	shop_start(&shop, NULL, users);
	begin(&shop, "one", &one, &none);
	begin(&shop, "moved", &moved, &none);
	begin(&shop, "has", &has, &none);
	g_assert_null(none);
	g_assert_cmpuint(has.used->len, ==, 0);
	g_assert_cmpstr(has.id.hex, ==, has.revision.hex);

	g_autofree char *text = content(&shop, &moved, "scripts/tool.c");
	g_assert_cmpstr(text, ==, "0\n1\n2\nmended\n4\n5\n");
	g_autofree char *new = content(&shop, &one, "k/new.c");
	g_assert_cmpstr(new, ==, "new\n");
	g_auto(GStrv) names = fixed_names(&one);
	g_assert_nonnull(strstr(names[0], "(kernel code: k/audit.c)"));

	begin(&shop, "cannot", &cannot, &why);
	g_assert_nonnull(strstr(why, "mine.patch: hunk 1 of k/audit.c does not apply"));
	g_assert_cmpstr(cannot.id.hex, ==, cannot.revision.hex);
}

static void check_refused(const Shop *shop, const char *text, const char *words)
{
	g_autofree char *path = write_patch(shop, "x.patch", text);
	const char *users[] = { path, NULL };
	g_autoptr(GPtrArray) fixups = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *key = NULL;

	g_assert_false(fixups_load(users, &fixups, &key, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
	g_assert_nonnull(strstr(error->message, words));
}

static void test_refused(void)
{
	g_auto(Shop) shop = { 0 };

	shop_start(&shop, OLD C, NULL);
	check_refused(&shop, "hello\n", "it is no patch");
	check_refused(&shop, "--- a/x\n+++ b/../../etc/passwd\n@@ -1 +1 @@\n-a\n+b\n",
		      "outside the tree");
}

/* Each that is shipped says what it mends, where that comes from, and what it is for. */
static void test_shipped(void)
{
	g_autoptr(GPtrArray) fixups = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *key = NULL;

	fixups_load(NULL, &fixups, &key, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fixups->len, >=, 5);
	for (guint i = 0; i < fixups->len; i++) {
		const Fixup *fixup = fixups->pdata[i];

		g_assert_cmpint(version_compare(&fixup->since, &fixup->until), <=, 0);
		g_assert_nonnull(fixup->sign);
	}
}

int main(int argc, char **argv)
{
	g_autofree char *cache = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	home = scratch_new();
	cache = g_build_filename(home, "c", NULL);
	g_setenv("HOME", home, TRUE);
	g_setenv("XDG_CONFIG_HOME", home, TRUE);
	g_setenv("BISECTBOX_CACHE", cache, TRUE);
	g_test_add_func("/fixing/shipped", test_shipped);
	g_test_add_func("/fixing/needed", test_needed);
	g_test_add_func("/fixing/times", test_times);
	g_test_add_func("/fixing/compiler", test_compiler);
	g_test_add_func("/fixing/users", test_users);
	g_test_add_func("/fixing/refused", test_refused);
	status = g_test_run();
	scratch_free(home);
	return status;
}
