/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rights: root's PATH, owners, umask; as root and as an ordinary user. */
#include "util/rights.h"
#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_path(const char *path, const char *kept, const char *left_out)
{
	g_autofree char *left = NULL;
	g_autofree char *got = rights_trusted_path(path, &left);

	g_assert_cmpstr(got, ==, kept);
	g_assert_cmpstr(left, ==, left_out);
}

static void test_path(void)
{
	const char *usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

	check_path("/usr/bin:/usr/sbin", "/usr/bin:/usr/sbin", NULL);
	check_path("/usr/bin:.:bin", "/usr/bin", "., bin");
	check_path(":/usr/bin:/no/such", "/usr/bin", ".");
	check_path("/usr/bin/../bin", "/usr/bin", NULL);
	check_path("/tmp:./x", usual, "/tmp, ./x");
	check_path("", usual, NULL);
}

/* A folder of the caller's, its modes, and those of the one above it. */
static void test_modes(void)
{
	static const struct {
		mode_t above, folder;
		bool good;
	} table[] = {
		{ 0755, 0755, true },   { 0700, 0700, true },  { 0755, 0777, false },
		{ 0755, 01777, false }, { 0777, 0755, false }, { 01777, 0755, true },
		{ 0755, 0775, true },
	};
	g_autofree char *above = g_mkdtemp(g_strdup("/tmp/bisectbox-rights-XXXXXX"));
	g_autofree char *folder = g_build_filename(above, "bin", NULL);
	g_autofree char *link = g_build_filename(above, "link", NULL);
	bool root = geteuid() == 0;

	g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
	g_assert_cmpint(symlink("bin", link), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *both = g_strconcat("/usr/bin:", folder, NULL);
		bool good = root && table[i].good;

		g_assert_cmpint(chmod(folder, table[i].folder), ==, 0);
		g_assert_cmpint(chmod(above, table[i].above), ==, 0);
		check_path(both, good ? both : "/usr/bin", good ? NULL : folder);
	}
	/* what a link leads to now stays, wherever it leads to later */
	if (root)
		check_path(link, folder, NULL);
	/* the group of somebody else */
	if (root) {
		g_assert_cmpint(chown(folder, 0, 12345), ==, 0);
		g_assert_cmpint(chmod(folder, 0775), ==, 0);
		check_path(folder, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			   folder);
		g_assert_cmpint(chown(folder, 12345, 0), ==, 0);
		check_path(folder, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			   folder);
	}
	g_assert_true(fs_remove_tree(above, NULL));
}

static void test_owner(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *own = g_mkdtemp(g_strdup("/tmp/bisectbox-rights-XXXXXX"));

	g_assert_true(rights_check_owner("the run", own, NULL));
	g_assert_true(rights_check_owner("the run", "/no/such", NULL));
	if (geteuid() == 0)
		g_assert_cmpint(chown(own, 12345, 0), ==, 0);
	g_assert_false(rights_check_owner("the run", geteuid() == 0 ? own : "/", &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
	g_assert_true(fs_remove_tree(own, NULL));
}

/* What the user takes away stays away; what everybody could write to goes. */
static void test_settle(void)
{
	static const struct {
		mode_t before, after;
	} table[] = { { 0, 02 }, { 022, 022 }, { 002, 002 }, { 077, 077 } };
	g_autofree char *cache = g_mkdtemp(g_strdup("/tmp/bisectbox-rights-XXXXXX"));
	g_autoptr(GError) error = NULL;

	g_setenv("BISECTBOX_CACHE", cache, TRUE);
	g_setenv("PATH", "/usr/bin:.", TRUE);
	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *note = NULL;

		umask(table[i].before);
		g_assert_true(rights_settle(&note, NULL));
		g_assert_cmpint(umask(022), ==, table[i].after);
		g_assert_cmpint(note != NULL, ==, geteuid() == 0 && i == 0);
	}
	g_assert_cmpstr(g_getenv("PATH"), ==, geteuid() == 0 ? "/usr/bin" : "/usr/bin:.");
	if (geteuid() == 0) {
		char *note = NULL;

		g_assert_cmpint(chmod(cache, 0777), ==, 0);
		g_assert_false(rights_settle(&note, &error));
		g_clear_error(&error);
		g_assert_cmpint(chown(cache, 12345, 0), ==, 0);
		g_assert_false(rights_settle(&note, &error));
		g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
	}
	g_assert_true(fs_remove_tree(cache, NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rights/path", test_path);
	g_test_add_func("/rights/modes", test_modes);
	g_test_add_func("/rights/owner", test_owner);
	g_test_add_func("/rights/settle", test_settle);
	return g_test_run();
}
