/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Initramfs: of modules that gcc and depmod(8) make here, which are in it, in which order, and what
 * is said about those that are not there. */
#include "gitfixture.h"

#include "image/initramfs.h"
#include "util/error.h"

#include <string.h>

#define RELEASE "6.1.0-test"

typedef struct {
	char *root;
	char *folder; /* of the modules */
	char *cpio;
	char *agent;
} Fixture;

/* top needs middle needs base; top wants soft before it; other is packed; inside is built in. */
static void set_up(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *said = NULL;

	f->root = g_dir_make_tmp("initramfs-XXXXXX", NULL);
	f->folder = g_build_filename(f->root, "lib/modules/" RELEASE, NULL);
	f->cpio = g_build_filename(f->root, "cpio", NULL);
	f->agent = g_build_filename(f->root, "agent", NULL);
	said = sh(f->root,
		  "d=lib/modules/" RELEASE
		  "; mkdir -p $d/kernel; echo agent > agent; PATH=$PATH:/sbin\n"
		  "module() { printf '%s\\n' \"$2\" | gcc -x c -c -o $d/kernel/$1.ko -; }\n"
		  "exports='__attribute__((section(\"__ksymtab_strings\"))) const char names[] ='\n"
		  "module base \"$exports \\\"of_base\\\";\"\n"
		  "module middle \"$exports \\\"of_middle\\\"; extern int of_base; int a(void) "
		  "{ return of_base; }\"\n"
		  "module top 'extern int of_middle; int b(void) { return of_middle; } "
		  "__attribute__((section(\".modinfo\"))) const char info[] = \"softdep=pre: "
		  "soft\";'\n"
		  "module soft 'int c;'; module other 'int d;'; xz $d/kernel/other.ko\n"
		  "module far-off 'int e;'\n"
		  "echo kernel/inside.ko > $d/modules.builtin; touch $d/modules.order "
		  "$d/modules.builtin.modinfo\n"
		  "depmod -b . " RELEASE);
}

static void tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_assert_true(fs_remove_tree(f->root, NULL));
	g_free(f->root);
	g_free(f->folder);
	g_free(f->cpio);
	g_free(f->agent);
}

/* "a b|c": alternatives, by words and bars. */
static bool build(const Fixture *f, const char *wanted, char **ret_hash, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	g_auto(GStrv) words = g_strsplit(wanted, " ", -1);

	for (char **word = words; *word; word++)
		g_ptr_array_add(list, g_strsplit(*word, "|", -1));
	return initramfs_build(f->folder, list, f->agent, f->cpio, ret_hash, error);
}

static void test_order(Fixture *f, const void *data G_GNUC_UNUSED)
{
	static const struct {
		const char *wanted;
		const char *list;
	} rows[] = {
		{ "top", "soft base middle top" },
		{ "base top", "base soft middle top" },
		{ "middle top middle", "base middle soft top" },
		{ "inside", "" },
		{ "nothing|other", "other" },
		{ "nothing|inside|base", "" },
		{ "far_off far-off", "far_off" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *hash = NULL;
		g_autofree char *list = NULL;

		build(f, rows[i].wanted, &hash, &error);
		g_assert_no_error(error);
		list = sh(f->root, "cpio -i --quiet --to-stdout bisectbox/modules < cpio | "
				   "sed 's,^/bisectbox/,,; s,\\.ko$,,' | tr '\\n' ' '");
		g_assert_cmpstr(list, ==, rows[i].list);
	}
}

static void test_content(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = NULL;
	g_autofree char *again = NULL;
	g_autofree char *names = NULL;
	g_autofree char *same = NULL;

	build(f, "other top", &hash, &error);
	g_assert_no_error(error);
	names = sh(f->root, "cpio -t --quiet < cpio | sort | tr '\\n' ' '");
	g_assert_cmpstr(
		names, ==,
		"bisectbox bisectbox/base.ko bisectbox/middle.ko bisectbox/modules "
		"bisectbox/other.ko bisectbox/soft.ko bisectbox/top.ko dev dev/console init "
		"proc root");
	/* unpacked, whatever it was packed with */
	same = sh(f->root, "cpio -i --quiet --to-stdout bisectbox/other.ko < cpio > o; "
			   "xz -dc lib/modules/*/kernel/other.ko.xz | cmp - o && echo same");
	g_assert_cmpstr(same, ==, "same");
	build(f, "other top", &again, &error);
	g_assert_cmpstr(hash, ==, again);
}

static void test_missing(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = NULL;

	g_assert_false(build(f, "base nothing|nowhere", &hash, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message,
				" lack nothing or nowhere, which the image or a case "
				"wants, and it is not built in either"));
}

static void test_folder(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *named = NULL;
	g_autofree char *below = NULL;
	g_autofree char *none = NULL;
	g_autofree char *said = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(initramfs_folder(f->folder, RELEASE, &named, NULL));
	g_assert_cmpstr(named, ==, f->folder);
	g_assert_true(initramfs_folder(f->root, RELEASE, &below, NULL));
	g_assert_cmpstr(below, ==, f->folder);
	g_assert_false(initramfs_folder(f->folder, "6.2", &none, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_assert_nonnull(
		strstr(error->message, "the kernel is 6.2, and its modules are not there"));
	g_clear_error(&error);
	said = sh(f->root, "rm lib/modules/" RELEASE "/modules.dep.bin");
	g_assert_false(initramfs_folder(f->folder, RELEASE, &none, &error));
	g_assert_nonnull(strstr(error->message, "type depmod -b ROOT " RELEASE));
}

#define ADD(name, function)                                                                        \
	g_test_add("/initramfs/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("order", test_order);
	ADD("content", test_content);
	ADD("missing", test_missing);
	ADD("folder", test_folder);
	return g_test_run();
}
