/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store of images: only a disk that is as recorded counts. */
#include "image/store.h"
#include "util/error.h"
#include "util/fs.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define AGENT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct {
	char *folder;
	char *disk;
	char *record;
	char hash[65];
	char other[65];
	Recipe recipe;
	Recipe changed; /* the same recipe with another content */
} Fixture;

static const StoreRecord RECORD = {
	.recipe = "small",
	.recipe_hash = OTHER,
	.root_hash = OTHER,
	.agent_hash = AGENT,
	.disk_hash = HASH,
	.format = "qcow2",
	.device = "/dev/vda1",
	.filesystem = "ext4",
	.crun = true,
};

static void put(const char *path, const char *text)
{
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static bool exists(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* The time of change, in whole seconds. */
static void set_time(const char *path, time_t when)
{
	const struct timespec times[] = { { .tv_sec = when }, { .tv_sec = when } };

	g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
}

static void set_up(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *stem = NULL;

	f->folder = g_dir_make_tmp("store-XXXXXX", NULL);
	g_strlcpy(f->hash, HASH, sizeof(f->hash));
	g_strlcpy(f->other, OTHER, sizeof(f->other));
	f->recipe = (Recipe){ .name = g_strdup("small"), .hash = f->hash, .root_hash = f->hash };
	f->changed = (Recipe){ .name = f->recipe.name, .hash = f->other, .root_hash = f->other };
	f->disk = store_disk_path(f->folder, &f->recipe, AGENT);
	stem = g_strndup(f->disk, strlen(f->disk) - strlen(".img"));
	f->record = g_strconcat(stem, ".json", NULL);
	put(f->disk, "a disk");
	g_assert_true(store_put(f->disk, &RECORD, NULL));
}

static void tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_assert_true(fs_remove_tree(f->folder, NULL));
	g_free(f->folder);
	g_free(f->disk);
	g_free(f->record);
	g_free(f->recipe.name);
}

static void test_found(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Image) image = store_find(f->disk);

	g_assert_nonnull(image);
	g_assert_cmpstr(image->path, ==, f->disk);
	g_assert_cmpstr(image->name, ==, "small");
	g_assert_cmpstr(image->format, ==, "qcow2");
	g_assert_cmpstr(image->hash, ==, HASH);
	g_assert_cmpstr(image->root_hash, ==, OTHER);
	g_assert_cmpstr(image->agent_hash, ==, AGENT);
	g_assert_cmpstr(image->device, ==, "/dev/vda1");
	g_assert_cmpstr(image->filesystem, ==, "ext4");
	g_assert_true(image->crun);
	g_assert_false(image->init);
}

static void test_absent(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_assert_cmpint(g_unlink(f->disk), ==, 0);
	g_assert_null(store_find(f->disk));
}

static void test_no_record(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_assert_cmpint(g_unlink(f->record), ==, 0);
	g_assert_null(store_find(f->disk));
}

static void test_other_size(Fixture *f, const void *data G_GNUC_UNUSED)
{
	struct stat st;

	g_assert_cmpint(stat(f->disk, &st), ==, 0);
	put(f->disk, "a disk grown");
	const struct timespec times[] = { st.st_atim, st.st_mtim };
	g_assert_cmpint(utimensat(AT_FDCWD, f->disk, times, 0), ==, 0);
	g_assert_null(store_find(f->disk));
}

static void test_other_time(Fixture *f, const void *data G_GNUC_UNUSED)
{
	set_time(f->disk, 1000000000);
	g_assert_null(store_find(f->disk));
}

/* A record that is damaged, or another program's, is none. */
static void test_bad_record(Fixture *f, const void *data G_GNUC_UNUSED)
{
	static const struct {
		const char *from;
		const char *to;
	} changes[] = {
		{ "bisectbox.disk/2", "bisectbox.disk/1" },
		{ "\"disk\":", "\"disc\":" },
		{ HASH, "0123" },
		{ "{", "{\"more\": 1," },
		{ "}", "" },
	};
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(f->record, &text, NULL, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autoptr(GString) changed = g_string_new(text);

		g_assert_cmpuint(g_string_replace(changed, changes[i].from, changes[i].to, 1), ==,
				 1);
		put(f->record, changed->str);
		g_assert_null(store_find(f->disk));
	}
	put(f->record, text);
	g_autoptr(Image) image = store_find(f->disk);
	g_assert_nonnull(image);
}

/* Every input has a part in the name. */
static void test_names(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *agent = store_disk_path(f->folder, &f->recipe, OTHER);
	g_autofree char *recipe = store_disk_path(f->folder, &f->changed, AGENT);
	g_autofree char *same = store_disk_path(f->folder, &f->recipe, AGENT);
	g_autofree char *root = store_root_path(f->folder, &f->recipe);
	g_autofree char *other_root = store_root_path(f->folder, &f->changed);

	g_assert_cmpstr(f->disk, ==, same);
	g_assert_cmpstr(f->disk, !=, agent);
	g_assert_cmpstr(f->disk, !=, recipe);
	g_assert_cmpstr(root, !=, other_root);
	g_assert_null(store_find(agent));
}

/* What was used last stays, whichever was built last; other recipes are left alone. */
static void test_prune(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *two = g_strdup("small-two");
	Recipe longer = { .name = two, .hash = f->hash, .root_hash = f->hash };
	g_autofree char *newer = store_disk_path(f->folder, &f->recipe, OTHER);
	g_autofree char *foreign = store_disk_path(f->folder, &longer, AGENT);
	g_autofree char *root = store_root_path(f->folder, &f->recipe);

	put(newer, "another");
	put(foreign, "not ours");
	put(root, "a root");
	set_time(f->disk, 1000000000);
	set_time(newer, 1000000001);
	set_time(foreign, 1);
	g_assert_true(store_put(f->disk, &RECORD, NULL));
	g_assert_true(store_put(newer, &RECORD, NULL));
	set_time(f->record, 1000000000);
	g_autofree char *stem = g_strndup(newer, strlen(newer) - strlen(".img"));
	g_autofree char *newer_record = g_strconcat(stem, ".json", NULL);
	set_time(newer_record, 1000000001);

	g_autofree char *manifest = store_manifest_path(newer);
	put(manifest, "what is in it");
	g_autoptr(Image) used = store_find(f->disk);
	g_assert_nonnull(used);
	store_prune(f->folder, "small", 1);
	g_assert_true(exists(f->disk));
	g_assert_true(exists(f->record));
	g_assert_false(exists(newer));
	g_assert_false(exists(newer_record));
	g_assert_false(exists(manifest));
	g_assert_true(exists(foreign));
	g_assert_true(exists(root));
	/* in use, it stays whatever is wanted */
	store_prune(f->folder, "small", 0);
	g_assert_true(exists(f->disk));
	g_assert_true(exists(f->record));
	g_clear_pointer(&used, image_free);
	put(root, "a root");
	store_prune(f->folder, "small", 0);
	g_assert_false(exists(f->disk));
	g_assert_false(exists(root));
	g_assert_true(exists(foreign));
}

/* An OCI image's disk has more in its record; it is another for each image and each agent. */
static void test_oci(Fixture *f, const void *data G_GNUC_UNUSED)
{
	static const char *const env[] = { "PATH=/x", "A=b", NULL };
	g_autofree char *path = store_oci_path(f->folder, HASH, AGENT);
	g_autofree char *agent = store_oci_path(f->folder, HASH, OTHER);
	g_autofree char *source = store_oci_path(f->folder, OTHER, AGENT);
	StoreRecord record = RECORD;

	g_assert_cmpstr(path, !=, agent);
	g_assert_cmpstr(path, !=, source);
	record.source = "/x/image.tar";
	record.env = env;
	put(path, "a disk");
	g_assert_true(store_put(path, &record, NULL));

	g_autoptr(Image) image = store_find(path);
	g_autoptr(Image) other = store_find(f->disk);
	g_assert_cmpstr(image->source, ==, "/x/image.tar");
	g_assert_true(g_strv_equal((const char *const *)image->env, env));
	g_assert_null(other->source);
	g_assert_null(other->env[0]);
}

/* Listed are disks that count, of one name; listing one does not keep it. */
static void test_list(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *path = store_oci_path(f->folder, HASH, AGENT);
	g_autofree char *newer = store_oci_path(f->folder, OTHER, AGENT);
	g_autofree char *bare = store_oci_path(f->folder, HASH, OTHER);
	g_autofree char *stem = g_strndup(path, strlen(path) - strlen(".img"));
	g_autofree char *record = g_strconcat(stem, ".json", NULL);
	g_autoptr(GPtrArray) none = store_list("/nonexistent", STORE_OCI);
	struct stat st;

	put(path, "a disk");
	put(newer, "another");
	put(bare, "no record");
	set_time(path, 1000000000);
	g_assert_true(store_put(path, &RECORD, NULL));
	set_time(record, 1000000000);
	g_assert_true(store_put(newer, &RECORD, NULL));

	g_autoptr(GPtrArray) list = store_list(f->folder, STORE_OCI);
	g_assert_cmpuint(none->len, ==, 0);
	g_assert_cmpuint(list->len, ==, 2);
	g_assert_cmpstr(((Image *)list->pdata[0])->path, ==, newer);
	g_assert_cmpstr(((Image *)list->pdata[1])->path, ==, path);
	g_assert_cmpint(stat(record, &st), ==, 0);
	g_assert_cmpint(st.st_mtim.tv_sec, ==, 1000000000);
}

/* Any number of users hold a disk; one that removes it waits for none of them. */
static void test_held(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Image) one = store_find(f->disk);
	g_autoptr(Image) two = store_find(f->disk);

	g_assert_true(store_is_held(f->disk));
	g_assert_false(store_remove(f->disk, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, "is in use by a run"));
	g_clear_pointer(&one, image_free);
	g_assert_true(store_is_held(f->disk));
	g_clear_pointer(&two, image_free);
	g_assert_false(store_is_held(f->disk));
	g_assert_true(store_remove(f->disk, NULL));
	g_assert_false(exists(f->disk));
	g_assert_false(exists(f->record));
	g_assert_false(store_is_held(f->disk));
	g_assert_null(store_find(f->disk));
}

static void test_clean(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *left = g_build_filename(f->folder, "tmp-abcdef", NULL);
	g_autofree char *file = g_build_filename(left, "root.tar", NULL);

	g_assert_true(fs_mkdir(left, NULL));
	put(file, "half a root");
	store_clean(f->folder);
	g_assert_false(exists(left));
	g_assert_true(exists(f->disk));
	g_assert_true(exists(f->record));
}

#define ADD(name, function) g_test_add("/store/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("found", test_found);
	ADD("absent", test_absent);
	ADD("no-record", test_no_record);
	ADD("other-size", test_other_size);
	ADD("other-time", test_other_time);
	ADD("bad-record", test_bad_record);
	ADD("names", test_names);
	ADD("prune", test_prune);
	ADD("oci", test_oci);
	ADD("list", test_list);
	ADD("held", test_held);
	ADD("clean", test_clean);
	return g_test_run();
}
