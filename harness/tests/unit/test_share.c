/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting a share. */
#include "machine/sharesize.h"
#include "util/fs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder(void)
{
	g_autoptr(GError) error = NULL;
	char *path = g_dir_make_tmp("share-XXXXXX", &error);

	g_assert_no_error(error);
	return path;
}

static void put(const char *dir, const char *name, gsize size)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *data = g_malloc(size + 1);

	memset(data, 'x', size);
	g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
}

static void test_size(void)
{
	g_autofree char *dir = folder();
	g_autofree char *sub = g_build_filename(dir, "sub", NULL);
	g_autofree char *hole = g_build_filename(dir, "hole", NULL);
	g_autofree char *away = g_build_filename(dir, "away", NULL);
	guint64 before, size;
	int fd, i;

	g_assert_cmpuint(share_size(dir, G_MAXUINT64), ==, 0);
	g_assert_cmpint(mkdir(sub, 0755), ==, 0);
	put(sub, "file", 1000000);
	size = share_size(dir, G_MAXUINT64);
	g_assert_cmpuint(size, >=, 1000000);
	g_assert_cmpuint(size, <, 1100000);
	/* stops where it is enough, and says so */
	g_assert_cmpuint(share_size(dir, 500000), >, 500000);
	g_assert_cmpuint(share_size(dir, size), ==, size);
	/* a terabyte of nothing is nothing */
	before = size;
	fd = open(hole, O_WRONLY | O_CREAT, 0644);
	g_assert_cmpint(ftruncate(fd, (off_t)1 << 40), ==, 0);
	close(fd);
	g_assert_cmpuint(share_size(dir, G_MAXUINT64) - before, <, 100000);
	/* empty files are not nothing */
	before = share_size(dir, G_MAXUINT64);
	for (i = 0; i < 100; i++) {
		g_autofree char *name = g_strdup_printf("%d", i);

		put(dir, name, 0);
	}
	g_assert_cmpuint(share_size(dir, G_MAXUINT64) - before, >=, 100 * 4096);
	/* what a link points at is none of the share's */
	before = share_size(dir, G_MAXUINT64);
	g_assert_cmpint(symlink("/usr", away), ==, 0);
	g_assert_cmpuint(share_size(dir, G_MAXUINT64) - before, <=, 4096);
	fs_remove_tree(dir, NULL);
}

/* What cannot be measured is not taken for little. */
static void test_unmeasured(void)
{
	g_autofree char *dir = folder();
	g_autofree char *deep = g_strdup(dir);
	guint i;

	for (i = 0; i < SHARE_DEPTH_MAX + 2; i++) {
		char *next = g_build_filename(deep, "d", NULL);

		g_free(deep);
		deep = next;
		g_assert_cmpint(mkdir(deep, 0755), ==, 0);
	}
	g_assert_cmpuint(share_size(dir, 1 << 30), >, 1 << 30);
	fs_remove_tree(dir, NULL);
	g_assert_cmpuint(share_size(dir, 1 << 30), >, 1 << 30);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/share/size", test_size);
	g_test_add_func("/share/unmeasured", test_unmeasured);
	return g_test_run();
}
