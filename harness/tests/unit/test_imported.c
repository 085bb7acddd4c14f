/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imported disks: their records, names, and what of their system's files is changed. */
#include "image/fstab.h"
#include "image/import.h"
#include "image/imported.h"
#include "image/inspect.h"
#include "image/remove.h"
#include "image/source.h"
#include "image/starter.h"
#include "image/store.h"
#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct {
	char *cache;
	char *folder;
} Fixture;

static void set_up(Fixture *f, const void *data G_GNUC_UNUSED)
{
	f->cache = g_dir_make_tmp("imported-XXXXXX", NULL);
	g_assert_true(g_setenv("BISECTBOX_CACHE", f->cache, TRUE));
	f->folder = imported_folder();
	g_assert_true(fs_mkdir(f->folder, NULL));
}

static void tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_assert_true(fs_remove_tree(f->cache, NULL));
	g_free(f->cache);
	g_free(f->folder);
}

static bool exists(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* An import of that name, whose disk is a small file. */
static Imported *put(const char *name)
{
	Imported *imported = g_new0(Imported, 1);
	Image *image = imported->image = g_new0(Image, 1);

	image->lock = -1;
	image->name = g_strdup(name);
	image->path = imported_disk_path(name);
	image->format = g_strdup("qcow2");
	image->hash = g_strdup(HASH);
	image->root_hash = g_strdup(HASH);
	image->agent_hash = g_strdup(HASH);
	image->device = g_strdup("/dev/vda1");
	image->filesystem = g_strdup("ext3");
	image->crun = true;
	imported->title = g_strdup("A system");
	imported->origin = g_strdup("/tmp/disk.vmdk");
	imported->layout = g_strdup("as it was");
	imported->starter = g_strdup("systemd");
	imported->packages = 7;
	imported->when = g_strdup("2024-01-01T00:00:00+0000");
	g_assert_true(g_file_set_contents(image->path, "a disk", -1, NULL));
	g_assert_true(imported_put(imported, NULL));
	return imported;
}

static void test_record(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Imported) put_one = put("mine");
	g_autoptr(Imported) got = NULL;
	g_autoptr(Imported) none = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) kconfig = NULL;

	(void)f;
	g_assert_true(imported_load("mine", &got, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(got->image->path, ==, put_one->image->path);
	g_assert_cmpstr(got->image->device, ==, "/dev/vda1");
	g_assert_true(got->image->init);
	g_assert_true(got->image->crun);
	g_assert_cmpuint(got->packages, ==, 7);
	g_assert_cmpstr(got->title, ==, "A system");
	kconfig = imported_kconfig(got);
	g_autofree char *names = g_strjoinv(" ", kconfig);
	g_assert_cmpstr(names, ==, "ext4 partitions distribution");
	g_assert_true(imported_load("yours", &none, &error));
	g_assert_null(none);
	g_assert_true(imported_load("../mine", &none, &error));
	g_assert_null(none);
}

/* A disk that somebody changed is not booted, and whose it is is said. */
static void test_changed(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Imported) imported = put("mine");
	g_autoptr(Imported) got = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) list = NULL;
	bool found = false;

	(void)f;
	g_assert_true(g_file_set_contents(imported->image->path, "another", -1, NULL));
	g_assert_false(imported_load("mine", &got, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_nonnull(strstr(error->message, "is not what was imported; `bisectbox image remove "
						"mine`"));
	list = imported_list();
	g_assert_cmpuint(list->len, ==, 0);
	g_assert_true(imported_remove("mine", &found, NULL));
	g_assert_true(found);
	g_assert_false(exists(imported->image->path));
}

/* The newest disk of a name counts; others go, but for one that is in use. */
static void test_replaced(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Imported) first = put("mine");
	g_autoptr(Imported) other = put("mine-two");
	int lock;

	(void)f;
	g_assert_true(store_hold(first->image->path, &lock));
	g_autoptr(Imported) second = put("mine");
	g_assert_true(exists(first->image->path));
	g_assert_true(exists(second->image->path));
	close(lock);
	g_autoptr(Imported) third = put("mine");
	g_assert_false(exists(first->image->path));
	g_assert_false(exists(second->image->path));
	g_assert_true(exists(third->image->path));
	g_assert_true(exists(other->image->path));
}

static void test_remove(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Imported) imported = put("mine");
	g_autofree char *manifest = imported_manifest_path("mine");
	g_autofree char *stray = g_build_filename(f->folder, "gone-0123456789abcdef.qcow2", NULL);
	g_autoptr(GError) error = NULL;
	bool any = false;
	int lock;

	g_assert_true(g_file_set_contents(manifest, "", -1, NULL));
	g_assert_true(g_file_set_contents(stray, "of a killed import", -1, NULL));
	g_assert_true(store_hold(imported->image->path, &lock));
	g_assert_false(image_remove("mine", &any, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, "mine is in use by a run"));
	g_assert_true(exists(imported->image->path));
	close(lock);
	g_assert_true(image_remove("mine", &any, NULL));
	g_assert_true(any);
	g_assert_false(exists(imported->image->path));
	g_assert_false(exists(manifest));
	g_assert_false(exists(stray));
	g_assert_true(image_remove("mine", &any, NULL));
	g_assert_false(any);
}

/* A name is a recipe's, or an import's, or says what there is. */
static void test_source(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Imported) imported = put("mine");
	g_autoptr(ImageSource) recipe = NULL;
	g_autoptr(ImageSource) import = NULL;
	g_autoptr(ImageSource) none = NULL;
	g_autoptr(GError) error = NULL;

	(void)f;
	g_assert_true(image_source_load("debian", &recipe, &error));
	g_assert_nonnull(recipe->recipe);
	g_assert_null(recipe->kconfig[0]);
	g_assert_false(image_source_lacks_crun(recipe));
	g_assert_true(image_source_load("mine", &import, &error));
	g_assert_nonnull(import->imported);
	g_assert_false(image_source_load("other", &none, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_assert_true(
		g_str_has_prefix(error->message, "image \"other\" is not known; there are: "));
	g_assert_true(g_str_has_suffix(error->message, ", mine"));
}

static void test_names(void)
{
	static const struct {
		const char *path;
		const char *name;
	} rows[] = {
		{ "/x/debian-12-genericcloud-amd64.qcow2", "debian-12-genericcloud-amd64" },
		{ "Fedora-Cloud_Base 39.raw", "fedora-cloud-base-39" },
		{ "--x--.img", "x" },
		{ "disk", "disk" },
		{ "../...", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = import_name(rows[i].path);

		g_assert_cmpstr(name, ==, rows[i].name);
	}
}

static void test_fstab(void)
{
	static const struct {
		const char *line;
		bool stays;
	} rows[] = {
		{ "# UUID=1 / ext4 defaults 0 1", true },
		{ "", true },
		{ "UUID=0b5a / ext4 errors=remount-ro 0 1", false },
		{ "\tLABEL=root\t/\txfs\tdefaults\t0\t0", false },
		{ "/dev/mapper/vg-root / ext4 defaults 0 1", false },
		{ "PARTUUID=1-02 /boot/efi vfat umask=0077 0 1", false },
		{ "\"UUID=1\" /x ext4 defaults 0 0", false },
		{ "/swapfile none swap sw 0 0", false },
		{ "none none swap sw 0 0", false },
		{ "rootfs / ext4 rw 0 0", false },
		{ "server:/export /srv nfs _netdev 0 0", false },
		{ "//server/x /x cifs guest 0 0", false },
		{ "tmpfs /tmp tmpfs size=10% 0 0", true },
		{ "proc /proc proc defaults 0 0", true },
		{ "/srv/a /srv/b none bind 0 0", true },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdup_printf("# head\n%s\n", rows[i].line);
		guint n;
		g_autofree char *cleared = fstab_clear(text, &n);
		g_autofree char *expected = g_strdup_printf(
			"# head\n%s%s\n", rows[i].stays ? "" : "#bisectbox# ", rows[i].line);

		g_assert_cmpstr(cleared, ==, expected);
		g_assert_cmpuint(n, ==, rows[i].stays ? 0 : 1);
	}
}

static void test_pretty_name(void)
{
	static const struct {
		const char *text;
		const char *name;
	} rows[] = {
		{ "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
		  "Debian GNU/Linux 12 (bookworm)" },
		{ "PRETTY_NAME=Alpine\n", "Alpine" },
		{ "PRETTY_NAME='a\033[31m b'", "a?[31m b" },
		{ "PRETTY_NAME=\"cut\n", NULL },
		{ "NAME=x\nPRETTY_NAME=\n", NULL },
		{ "", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = inspect_pretty_name(rows[i].text);

		g_assert_cmpstr(name, ==, rows[i].name);
	}
}

#define AGENT "/sbin/bisectbox-agent --service\n"

static void test_inittab(void)
{
	static const struct {
		const char *text;
		const char *added; /* NULL: not taken */
	} rows[] = {
		{ "id:2:initdefault:\nsi::sysinit:/etc/init.d/rcS\nl2:2:wait:/etc/init.d/rc 2\n",
		  "bb:2345:once:" AGENT },
		{ "::sysinit:/sbin/openrc sysinit\n::wait:/sbin/openrc default",
		  "\n::once:" AGENT },
		{ "# ::sysinit:/x\nid:3:initdefault:\n", NULL },
		{ "", NULL },
		{ "what is this\n", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *changed = starter_inittab(rows[i].text);
		g_autofree char *expected =
			rows[i].added ? g_strconcat(rows[i].text, rows[i].added, NULL) : NULL;

		g_assert_cmpstr(changed, ==, expected);
	}
}

static void test_rc_local(void)
{
	static const struct {
		const char *text;
		const char *changed;
	} rows[] = {
		{ "#!/bin/sh\n\nexit 0\n", "#!/bin/sh\n\n" AGENT "exit 0\n" },
		{ "#!/bin/sh\nexit 0\ntouch /x\nexit 0",
		  "#!/bin/sh\nexit 0\ntouch /x\n" AGENT "exit 0" },
		{ "#!/bin/sh\ntouch /x", "#!/bin/sh\ntouch /x\n" AGENT },
		{ "", AGENT },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *changed = starter_rc_local(rows[i].text);

		g_assert_cmpstr(changed, ==, rows[i].changed);
	}
}

#define ADD(name, function)                                                                        \
	g_test_add("/imported/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("record", test_record);
	ADD("changed", test_changed);
	ADD("replaced", test_replaced);
	ADD("remove", test_remove);
	ADD("source", test_source);
	g_test_add_func("/imported/names", test_names);
	g_test_add_func("/imported/pretty-name", test_pretty_name);
	g_test_add_func("/imported/fstab", test_fstab);
	g_test_add_func("/imported/inittab", test_inittab);
	g_test_add_func("/imported/rc-local", test_rc_local);
	return g_test_run();
}
