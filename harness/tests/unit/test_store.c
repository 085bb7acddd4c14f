/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store of images: only a disk that is as recorded counts. */
#include "image/store.h"
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
	f->recipe = (Recipe){ .name = g_strdup("small"), .hash = f->hash };
	f->changed = (Recipe){ .name = f->recipe.name, .hash = f->other };
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
	g_assert_cmpstr(image->format, ==, "raw");
	g_assert_cmpstr(image->hash, ==, HASH);
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
		{ "bisectbox.disk/1", "bisectbox.disk/2" },
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
	Recipe longer = { .name = two, .hash = f->hash };
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

	g_autoptr(Image) used = store_find(f->disk);
	g_assert_nonnull(used);
	store_prune(f->folder, "small", 1);
	g_assert_true(exists(f->disk));
	g_assert_true(exists(f->record));
	g_assert_false(exists(newer));
	g_assert_false(exists(newer_record));
	g_assert_true(exists(foreign));
	g_assert_true(exists(root));
	store_prune(f->folder, "small", 0);
	g_assert_false(exists(f->disk));
	g_assert_false(exists(root));
	g_assert_true(exists(foreign));
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
	ADD("clean", test_clean);
	return g_test_run();
}
