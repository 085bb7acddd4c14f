/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests: what of a tar is in one, and what two tell that differ. */
#include "gitfixture.h"

#include "image/manifest.h"
#include "util/error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	char *folder;
	char *tar;
	char *path;
} Fixture;

static void set_up(Fixture *f, const void *data G_GNUC_UNUSED)
{
	f->folder = g_dir_make_tmp("manifest-XXXXXX", NULL);
	f->tar = g_build_filename(f->folder, "root.tar", NULL);
	f->path = g_build_filename(f->folder, "manifest", NULL);
	g_free(sh(f->folder,
		  "mkdir -p root/usr/sbin root/usr/bin root/var/lib/dpkg root/etc; "
		  "ln -s usr/sbin root/sbin; echo hello > root/etc/greeting; "
		  "chmod 640 root/etc/greeting; ln root/etc/greeting root/etc/same; "
		  "echo x > root/usr/bin/crun; chmod 755 root/usr/bin/crun; "
		  "echo y > \"root/etc/a name\"; "
		  "printf 'Package: crun\\nStatus: install\\nVersion: 1.8-1\\n\\nPackage: "
		  "bare\\n\\nPackage: libc6\\nVersion: 2:2.36\\n' > root/var/lib/dpkg/status; "
		  "tar -cf root.tar --sort=name --owner=5:5 --group=7:7 -C root ."));
}

static void tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_assert_true(fs_remove_tree(f->folder, NULL));
	g_free(f->folder);
	g_free(f->tar);
	g_free(f->path);
}

static char *write_and_read(const Fixture *f, RootFacts *facts)
{
	g_autoptr(GError) error = NULL;
	char *text = NULL;

	manifest_write(f->tar, f->path, NULL, facts, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(f->path, &text, NULL, NULL));
	return text;
}

static void test_lines(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_auto(RootFacts) facts = { 0 };
	g_autofree char *text = write_and_read(f, &facts);
	g_autofree char *greeting = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "hello\n", -1);
	g_autofree char *line = g_strdup_printf("\n- 0640 5:7 %s /etc/greeting\n", greeting);

	g_assert_true(g_str_has_prefix(text, "bisectbox manifest 1\npackage crun 1.8-1\n"
					     "package libc6 2:2.36\nd 0755 5:7 - /\n"));
	g_assert_nonnull(strstr(text, line));
	g_assert_nonnull(strstr(text, "\nl 0777 5:7 usr/sbin /sbin\n"));
	g_assert_nonnull(strstr(text, " ./etc/greeting /etc/same\n"));
	g_assert_nonnull(strstr(text, " /etc/a\\040name\n"));
	g_assert_cmpstr(facts.sbin, ==, "usr/sbin");
	g_assert_true(facts.crun);
	g_assert_cmpuint(facts.files, ==, 14);
	g_assert_cmpuint(facts.bytes, >, 6);
}

static void test_no_crun(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_auto(RootFacts) facts = { 0 };

	g_free(sh(f->folder,
		  "chmod 644 root/usr/bin/crun; rm root/sbin; tar -cf root.tar -C root ."));
	g_autofree char *text = write_and_read(f, &facts);
	g_assert_false(facts.crun);
	g_assert_cmpstr(facts.sbin, ==, "sbin");
}

/* Half a tar is not taken for a whole one. */
static void test_cut(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_auto(RootFacts) facts = { 0 };
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(truncate(f->tar, 3 * 512 + 100), ==, 0);
	g_assert_false(manifest_write(f->tar, f->path, NULL, &facts, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_false(g_file_test(f->path, G_FILE_TEST_EXISTS));
}

static void test_changes(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_auto(RootFacts) facts = { 0 };
	g_autofree char *old = write_and_read(f, &facts);
	g_autoptr(Manifest) before = manifest_parse(old);
	g_auto(RootFacts) facts2 = { 0 };

	g_assert_null(manifest_changes(before, before, 9));
	g_free(sh(f->folder,
		  "echo other > root/etc/greeting; rm \"root/etc/a name\"; echo > root/new; "
		  "sed -i 's/1.8-1/1.8-2/; s/libc6/libc7/' root/var/lib/dpkg/status; "
		  "tar -cf root.tar --owner=5:5 --group=7:7 -C root ."));
	g_autofree char *now = write_and_read(f, &facts2);
	g_autoptr(Manifest) after = manifest_parse(now);
	g_autofree char *some = manifest_changes(before, after, 2);
	g_autofree char *all = manifest_changes(before, after, 9);

	g_assert_cmpstr(some, ==,
			"package crun 1.8-1 -> 1.8-2\npackage libc6 2:2.36 is gone\n"
			"package libc7 new: 2:2.36\nfiles: 1 new, 1 gone, 2 changed\n"
			"  - /etc/a\\040name\n  ! /etc/greeting\n  and 2 more");
	g_assert_nonnull(strstr(all, "\n  + /new\n"));
	g_assert_true(g_str_has_suffix(all, "\n  ! /var/lib/dpkg/status"));
	g_assert_cmpstr(manifest_package(after, "crun"), ==, "1.8-2");
	g_assert_cmpuint(manifest_packages(after), ==, 2);
}

static void test_none(void)
{
	static const char *const rows[] = { "", "bisectbox manifest 2\n",
					    "bisectbox manifest 1\npackage x\n",
					    "bisectbox manifest 1\n/x\n" };

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_null(manifest_parse(rows[i]));
	g_assert_null(manifest_read("/nonexistent"));
}

#define ADD(name, function)                                                                        \
	g_test_add("/manifest/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("lines", test_lines);
	ADD("no-crun", test_no_crun);
	ADD("cut", test_cut);
	ADD("changes", test_changes);
	g_test_add_func("/manifest/none", test_none);
	return g_test_run();
}
