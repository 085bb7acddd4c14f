/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of kernels: sizes, what goes first, many at once, killed in the middle, no space. */
#include "kernel/cache.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/size.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETUP "0123456789abcdef0123456789abcdef"
#define IMAGE_BYTES 20000

typedef struct {
	char *dir;
	char *folder;
	char *config;
	char *log;
	Footprint *footprint;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-kcache-XXXXXX", NULL);
	f->folder = g_build_filename(f->dir, "kernels", NULL);
	f->config = g_build_filename(f->dir, "config", NULL);
	f->log = g_build_filename(f->dir, "log", NULL);
	g_assert_true(fs_write(f->config, "CONFIG_A=y\n", -1, NULL));
	g_assert_true(fs_write(f->log, "CC a.o\n", -1, NULL));
	f->footprint = footprint_new_failed("x86");
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	footprint_free(f->footprint);
	g_free(f->dir);
	g_free(f->folder);
	g_free(f->config);
	g_free(f->log);
}

/* A kernel whose bytes are of its number. */
static char *make_image(Fixture *f, guint number, char **ret_hash)
{
	g_autofree char *leaf = g_strdup_printf("image-%u-%d", number, (int)getpid());
	char *path = g_build_filename(f->dir, leaf, NULL);
	g_autofree char *bytes = g_strnfill(IMAGE_BYTES, 'a');

	g_snprintf(bytes, 40, "kernel %u", number);
	g_assert_true(fs_write(path, bytes, IMAGE_BYTES, NULL));
	g_assert_true(fs_sha256(path, ret_hash, NULL));
	return path;
}

static KernelEntry entry_of(guint number, char *tree, gsize n, char *hash, bool clean)
{
	g_snprintf(tree, n, "%040u", number);
	return (KernelEntry){ .setup = (char *)SETUP,
			      .compiler = (char *)"cc",
			      .tree = tree,
			      .revision = (char *)"r",
			      .clean = clean,
			      .hash = hash };
}

static bool put(Fixture *f, guint number, bool clean, guint64 limit, GError **error)
{
	const KernelCache cache = { f->folder, limit };
	g_autofree char *hash = NULL;
	g_autofree char *image = make_image(f, number, &hash);
	const KernelFiles files = { image, f->config, f->log };
	char tree[48];
	KernelEntry entry = entry_of(number, tree, sizeof(tree), hash, clean);
	bool ok = kcache_put(&cache, &entry, &files, f->footprint, error);

	g_unlink(image);
	return ok;
}

static void must_put(Fixture *f, guint number, bool clean, guint64 limit)
{
	g_autoptr(GError) error = NULL;

	put(f, number, clean, limit, &error);
	g_assert_no_error(error);
}

/* What is there of a number, or NULL. */
static KernelEntry *find(Fixture *f, guint number)
{
	g_autoptr(GPtrArray) all = kcache_list(f->folder, SETUP, NULL);
	g_autofree char *tree = g_strdup_printf("%040u", number);

	for (guint i = 0; i < all->len; i++)
		if (g_str_equal(((KernelEntry *)all->pdata[i])->tree, tree))
			return g_ptr_array_steal_index(all, i);
	return NULL;
}

/* 1: taken, and right; 0: not there; damage is an error. */
static bool take(Fixture *f, guint number)
{
	g_autoptr(KernelEntry) entry = find(f, number);
	g_autofree char *leaf = g_strdup_printf("taken-%d", (int)getpid());
	g_autofree char *path = g_build_filename(f->dir, leaf, NULL);
	const KernelFiles to = { .image = path };
	g_autofree char *damage = NULL;
	g_autofree char *expected = g_strdup_printf("kernel %u", number);
	g_autofree char *bytes = NULL;
	g_autoptr(GError) error = NULL;
	bool taken = false;
	gsize len = 0;

	if (!entry)
		return false;
	kcache_take(f->folder, entry, &to, &taken, &damage, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(damage, ==, NULL);
	if (!taken)
		return false;
	g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
	g_assert_cmpuint(len, ==, IMAGE_BYTES);
	g_assert_cmpstr(bytes, ==, expected); /* g_snprintf() ended it with a NUL */
	return true;
}

static guint64 size_of_one(Fixture *f)
{
	g_autoptr(KernelEntry) entry = NULL;

	must_put(f, 0, true, 0);
	entry = find(f, 0);
	return entry->bytes;
}

/* Those used longest ago go first; taking is using. */
static void test_limit(Fixture *f, gconstpointer data)
{
	guint64 one = size_of_one(f);
	guint64 freed = 0;

	(void)data;
	for (guint i = 1; i <= 4; i++) {
		must_put(f, i, true, 5 * one + 100);
		g_usleep(10000);
	}
	/* file times go by the clock's ticks */
	for (guint i = 0; i <= 4; i++) {
		g_assert_true(take(f, i));
		g_usleep(10000);
	}
	g_assert_true(take(f, 0));
	must_put(f, 5, false, 5 * one + 100); /* 1 is the oldest now */
	g_assert_false(take(f, 1));
	for (guint i = 2; i <= 5; i++) {
		g_assert_true(take(f, i));
		g_usleep(10000);
	}
	g_assert_true(take(f, 0));
	g_assert_true(kcache_shrink(f->folder, 2 * one + 100, &freed, NULL));
	g_assert_cmpuint(freed, >, 2 * one);
	g_assert_true(take(f, 0) && take(f, 5));
	g_assert_false(take(f, 2) || take(f, 3) || take(f, 4));
	/* over the limit by itself: what is there stays */
	must_put(f, 6, true, one - 1);
	g_assert_false(take(f, 6));
	g_assert_true(take(f, 0) && take(f, 5));
	g_assert_true(kcache_remove(f->folder, NULL, NULL, &freed, NULL));
	g_assert_false(take(f, 0));
	must_put(f, 7, true, 0);
	g_assert_true(take(f, 7));
}

/* A clean one takes the place of one that is not, and not the other way round. */
static void test_clean(Fixture *f, gconstpointer data)
{
	(void)data;
	for (guint i = 0; i < 4; i++) {
		g_autoptr(KernelEntry) entry = NULL;

		must_put(f, 1, i == 1, 0);
		entry = find(f, 1);
		g_assert_cmpint(entry->clean, ==, i >= 1);
	}
	g_autoptr(GPtrArray) all = kcache_list(f->folder, NULL, NULL);
	g_assert_cmpuint(all->len, ==, 1);
}

/* Several at once put, take and make room: whatever is taken is whole and right. */
static void test_many(Fixture *f, gconstpointer data)
{
	guint64 one = size_of_one(f);
	pid_t children[4];

	(void)data;
	for (guint c = 0; c < G_N_ELEMENTS(children); c++) {
		children[c] = fork();
		if (children[c] != 0)
			continue;
		guint taken = 0;

		srandom(c + 1);
		for (guint i = 0; i < 60; i++) {
			guint number = 1 + (guint)random() % 9;

			if (i % 2)
				must_put(f, number, random() % 2, 4 * one);
			else
				taken += take(f, number);
		}
		_exit(taken > 0 ? 0 : 1);
	}
	for (guint c = 0; c < G_N_ELEMENTS(children); c++) {
		int status = -1;

		g_assert_cmpint(waitpid(children[c], &status, 0), ==, children[c]);
		g_assert_cmpint(status, ==, 0);
	}
	g_autoptr(GPtrArray) all = kcache_list(f->folder, NULL, NULL);
	g_assert_cmpuint(all->len, >, 0);
	g_assert_cmpuint(all->len, <=, 4);
}

static guint count_leftovers(Fixture *f)
{
	g_autoptr(GDir) dir = g_dir_open(f->folder, 0, NULL);
	const char *name;
	guint n = 0;

	while (dir && (name = g_dir_read_name(dir)))
		n += g_str_has_prefix(name, "tmp-");
	return n;
}

/* Killed at any moment of putting: nothing half is ever served, nothing is left in the end. */
static void test_killed(Fixture *f, gconstpointer data)
{
	guint killed = 0;

	(void)data;
	for (guint i = 0; i < 40; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			for (guint n = 1;; n = n % 5 + 1)
				put(f, n, true, 100000, NULL);
		}
		g_usleep((gulong)g_test_rand_int_range(1000, 40000));
		kill(pid, SIGKILL);
		g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
		killed += WIFSIGNALED(status);
		for (guint n = 1; n <= 5; n++)
			take(f, n);
	}
	g_assert_cmpuint(killed, ==, 40);
	must_put(f, 6, true, 0);
	g_assert_true(take(f, 6));
	g_assert_cmpuint(count_leftovers(f), ==, 0);
}

/* The disk is full half-way: an error, nothing left behind, and what was there is served. */
static void test_full(Fixture *f, gconstpointer data)
{
	struct rlimit before, small;
	g_autoptr(GError) error = NULL;

	(void)data;
	must_put(f, 1, true, 0);
	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
	{
		const KernelCache cache = { f->folder, 0 };
		g_autofree char *hash = NULL;
		g_autofree char *image = make_image(f, 2, &hash);
		const KernelFiles files = { image, f->config, f->log };
		char tree[48];
		KernelEntry entry = entry_of(2, tree, sizeof(tree), hash, true);

		small = before;
		small.rlim_cur = IMAGE_BYTES / 2;
		g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
		g_assert_false(kcache_put(&cache, &entry, &files, f->footprint, &error));
		g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
	}
	g_assert_cmpint(error_exit_code(error), ==, EXIT_HOST);
	g_assert_cmpuint(count_leftovers(f), ==, 0);
	g_assert_true(take(f, 1));
	g_assert_false(take(f, 2));
	must_put(f, 2, true, 0);
	g_assert_true(take(f, 2));
}

static void test_sizes(void)
{
	static const struct {
		const char *text;
		guint64 bytes; /* 1: refused */
	} sizes[] = {
		{ "0", 0 },
		{ "2G", 2000000000 },
		{ "2GB", 2000000000 },
		{ "2Gi", (guint64)2 << 30 },
		{ "1.5k", 1500 },
		{ "500M", 500000000 },
		{ "1T", 1000000000000 },
		{ "10Ki", 10240 },
		{ "10K", 10000 },
		{ "", 1 },
		{ "2", 1 },
		{ "G", 1 },
		{ "-1G", 1 },
		{ "2X", 1 },
		{ "2Gx", 1 },
		{ "2 G", 1 },
		{ "nan", 1 },
		{ "1e30G", 1 },
		{ "0.0001k", 1 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		guint64 bytes = 1;

		g_test_message("%s", sizes[i].text);
		g_assert_cmpint(size_parse(sizes[i].text, &bytes), ==, sizes[i].bytes != 1);
		g_assert_cmpuint(bytes, ==, sizes[i].bytes);
	}
	g_autofree char *text = size_text(1234567890);
	g_assert_cmpstr(text, ==, "1.2 GB");
}

static void test_variable(void)
{
	g_autoptr(GError) error = NULL;
	guint64 bytes = 1;

	g_unsetenv(KCACHE_SIZE_VARIABLE);
	g_assert_true(kcache_limit(&bytes, NULL));
	g_assert_cmpuint(bytes, ==, KCACHE_SIZE);
	g_setenv(KCACHE_SIZE_VARIABLE, "3G", TRUE);
	g_assert_true(kcache_limit(&bytes, NULL));
	g_assert_cmpuint(bytes, ==, 3000000000);
	g_setenv(KCACHE_SIZE_VARIABLE, "much", TRUE);
	g_assert_false(kcache_limit(&bytes, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
	g_assert_nonnull(strstr(error->message, "much"));
	g_unsetenv(KCACHE_SIZE_VARIABLE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/kcache/limit", Fixture, NULL, set_up, test_limit, tear_down);
	g_test_add("/kcache/clean", Fixture, NULL, set_up, test_clean, tear_down);
	g_test_add("/kcache/many", Fixture, NULL, set_up, test_many, tear_down);
	g_test_add("/kcache/killed", Fixture, NULL, set_up, test_killed, tear_down);
	g_test_add("/kcache/full", Fixture, NULL, set_up, test_full, tear_down);
	g_test_add_func("/kcache/sizes", test_sizes);
	g_test_add_func("/kcache/variable", test_variable);
	return g_test_run();
}
