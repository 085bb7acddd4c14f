/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders to unpack a root in: where they are made, and that none stays. */
#include "image/scratch.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A $TMPDIR of our own, open to all as scratch_new() wants it. */
typedef struct {
	char *folder;
	char *before;
} Fixture;

static void set_up(Fixture *f, const void *data G_GNUC_UNUSED)
{
	f->before = g_strdup(g_getenv("TMPDIR"));
	f->folder = g_dir_make_tmp("scratch-XXXXXX", NULL);
	g_assert_cmpint(chmod(f->folder, 0755), ==, 0);
	g_assert_true(g_setenv("TMPDIR", f->folder, TRUE));
}

static void tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
	if (f->before)
		g_assert_true(g_setenv("TMPDIR", f->before, TRUE));
	else
		g_unsetenv("TMPDIR");
	g_assert_true(fs_remove_tree(f->folder, NULL));
	g_free(f->folder);
	g_free(f->before);
}

static void put_file(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "file", NULL);

	g_assert_true(g_file_set_contents(path, "x", -1, NULL));
}

static bool exists(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void test_new(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	Scratch *scratch = scratch_new(1, NULL, &error);
	g_autofree char *path = NULL;
	struct stat st;

	g_assert_no_error(error);
	path = g_strdup(scratch_path(scratch));
	g_assert_true(g_str_has_prefix(path, f->folder));
	g_assert_cmpint(stat(path, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 07777, ==, 0711);
	put_file(path);
	scratch_free(scratch);
	g_assert_false(exists(path));
}

/* What a killed build left goes, what a living one uses stays. */
static void test_left_over(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Scratch) living = scratch_new(1, NULL, NULL);
	g_autoptr(Scratch) next = NULL;
	g_autofree char *left =
		g_strdup_printf("%s/bisectbox-image-%u-dead00", f->folder, (unsigned)geteuid());
	g_autofree char *foreign = g_build_filename(f->folder, "bisectbox-image", NULL);

	g_assert_true(fs_mkdir(left, NULL));
	g_assert_true(fs_mkdir(foreign, NULL));
	put_file(left);
	put_file(scratch_path(living));
	next = scratch_new(1, NULL, NULL);
	g_assert_nonnull(next);
	g_assert_false(exists(left));
	g_assert_true(exists(foreign));
	g_assert_true(exists(scratch_path(living)));
	g_assert_cmpstr(scratch_path(living), !=, scratch_path(next));
}

/* A folder that only its owner can enter is passed over. */
static void test_private(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(Scratch) scratch = NULL;

	g_assert_cmpint(chmod(f->folder, 0700), ==, 0);
	scratch = scratch_new(1, NULL, NULL);
	g_assert_nonnull(scratch);
	g_assert_false(g_str_has_prefix(scratch_path(scratch), f->folder));
}

static void test_no_room(Fixture *f G_GNUC_UNUSED, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(scratch_new((guint64)1 << 60, NULL, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_nonnull(strstr(error->message, "no room to unpack an image"));
}

static void test_cancelled(Fixture *f G_GNUC_UNUSED, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GCancellable) cancel = g_cancellable_new();

	g_cancellable_cancel(cancel);
	g_assert_null(scratch_new(1, cancel, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_INTERRUPTED);
}

#define ADD(name, function) g_test_add("/scratch/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("new", test_new);
	ADD("left-over", test_left_over);
	ADD("private", test_private);
	ADD("no-room", test_no_room);
	ADD("cancelled", test_cancelled);
	return g_test_run();
}
