/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting a share, and reading a console while it grows. */
#include "machine/sharesize.h"
#include "machine/tail.h"
#include "util/error.h"
#include "util/fs.h"

#include <fcntl.h>
#include <poll.h>
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

static bool collect(const char *data, gsize len, void *user)
{
	GString *seen = user;

	g_string_append_len(seen, data, (gssize)len);
	return strstr(seen->str, "enough") != NULL;
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, text, strlen(text)), ==, (gssize)strlen(text));
	close(fd);
}

static void check_tail(TailMode mode)
{
	g_autofree char *dir = folder();
	g_autofree char *path = g_build_filename(dir, "console", NULL);
	g_autofree char *pipe_path = g_strconcat(path, ".pipe.out", NULL);
	const char *writer = mode == TAIL_PIPE ? pipe_path : path;
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	g_auto(Tail) tail = TAIL_INIT;
	struct pollfd pfd = { .events = POLLIN };
	bool enough = false, flood = false;

	put(dir, "console", 100); /* an earlier boot's */
	g_assert_true(tail_open(&tail, path, mode, &error));
	g_assert_no_error(error);
	pfd.fd = tail_notify(&tail);
	tail_settle(&tail);
	g_assert_true(tail_read(&tail, 20, collect, seen, &enough, &flood, &error));
	g_assert_cmpuint(seen->len, ==, 0);
	g_assert_cmpint(poll(&pfd, 1, 0), ==, 0);
	append(writer, "one ");
	g_assert_cmpint(poll(&pfd, 1, 1000), ==, 1);
	tail_settle(&tail);
	g_assert_true(tail_read(&tail, 20, collect, seen, &enough, &flood, &error));
	g_assert_cmpstr(seen->str, ==, "one ");
	g_assert_cmpint(poll(&pfd, 1, 0), ==, 0);
	g_assert_false(enough || flood);
	append(writer, "two enough");
	g_assert_true(tail_read(&tail, 20, collect, seen, &enough, &flood, &error));
	g_assert_cmpstr(seen->str, ==, "one two enough");
	g_assert_true(enough && !flood);
	append(writer, "123456");
	g_assert_true(tail_read(&tail, 20, collect, seen, &enough, &flood, &error));
	g_assert_false(flood); /* exactly as much as there may be */
	append(writer, "789");
	g_assert_true(tail_read(&tail, 20, collect, seen, &enough, &flood, &error));
	g_assert_true(flood);
	g_assert_cmpstr(seen->str, ==, "one two enough123456");
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_true(g_str_has_prefix(text, seen->str));
	tail_clear(&tail);
	g_assert_false(g_file_test(pipe_path, G_FILE_TEST_EXISTS));
	fs_remove_tree(dir, NULL);
}

static void test_tail_file(void)
{
	check_tail(TAIL_FILE);
}

static void test_tail_pipe(void)
{
	check_tail(TAIL_PIPE);
}

static void test_tail_nowhere(void)
{
	g_autoptr(GError) error = NULL;
	g_auto(Tail) tail = TAIL_INIT;

	g_assert_false(tail_open(&tail, "/nowhere/console", TAIL_FILE, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_nonnull(strstr(error->message, "/nowhere/console"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/share/size", test_size);
	g_test_add_func("/share/unmeasured", test_unmeasured);
	g_test_add_func("/tail/file", test_tail_file);
	g_test_add_func("/tail/pipe", test_tail_pipe);
	g_test_add_func("/tail/nowhere", test_tail_nowhere);
	return g_test_run();
}
