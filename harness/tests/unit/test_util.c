/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util/: files, processes and JSON, on real files and real processes. */
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/process.h"
#include "util/rundir.h"
#include "util/text.h"

#include <glib/gstdio.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
	char *dir;
} Fixture;

static void fixture_set_up(Fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-util-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
}

static void fixture_tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_assert_false(g_file_test(f->dir, G_FILE_TEST_EXISTS));
	g_free(f->dir);
}

static char *in(Fixture *f, const char *name)
{
	return g_build_filename(f->dir, name, NULL);
}

static void test_write_read(Fixture *f, gconstpointer data)
{
	g_autofree char *path = in(f, "file");
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(fs_write(path, "one\n", -1, &error));
	g_assert_true(fs_write(path, "two\n", -1, &error));
	g_assert_true(fs_read(path, 100, &text, NULL, &error));
	g_assert_cmpstr(text, ==, "two\n");
	g_clear_pointer(&text, g_free);
	g_assert_false(fs_read(path, 3, &text, NULL, &error));
	g_assert_null(text);
	g_assert_cmpint(error_exit_code(error), ==, EXIT_HOST);
}

/* Files that need not be on the disk yet; then all of them are, and what would block is left alone.
 */
static void test_put_sync(Fixture *f, gconstpointer data)
{
	g_autofree char *folder = in(f, "folder");
	g_autofree char *path = g_build_filename(folder, "file", NULL);
	g_autofree char *pipe = g_build_filename(folder, "pipe", NULL);
	g_autofree char *loop = g_build_filename(folder, "loop", NULL);
	g_autofree char *gone = g_build_filename(folder, "gone", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(fs_mkdir(folder, NULL));
	g_assert_true(fs_put(path, "a longer one\n", -1, &error));
	g_assert_true(fs_put(path, "two\n", -1, &error));
	g_assert_true(fs_read(path, 100, &text, NULL, &error));
	g_assert_cmpstr(text, ==, "two\n");
	g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
	g_assert_cmpint(symlink(".", loop), ==, 0);
	g_assert_cmpint(symlink("/nonexistent", gone), ==, 0);
	g_assert_true(fs_sync_tree(folder, &error));
	g_assert_no_error(error);
	g_assert_false(fs_sync_tree("/nonexistent", &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_HOST);
	g_clear_error(&error);
	g_assert_false(fs_put("/nonexistent/file", "x", 1, &error));
	g_assert_nonnull(strstr(error->message, "/nonexistent/file"));
}

static void test_beneath(Fixture *f, gconstpointer data)
{
	static const char *const refused[] = { "link", "../outside",   "/etc/passwd", "fifo",
					       "dir",  "linkdir/file", "absent" };
	g_autofree char *share = in(f, "share");
	g_autofree char *outside = in(f, "outside");
	g_autofree char *text = NULL;
	gsize len = 0;
	bool cut = false;

	(void)data;
	g_assert_true(fs_mkdir(share, NULL));
	g_assert_true(fs_write(outside, "secret", -1, NULL));
	g_assert_cmpint(chdir(share), ==, 0);
	g_assert_cmpint(symlink("../outside", "link"), ==, 0);
	g_assert_cmpint(symlink("..", "linkdir"), ==, 0);
	g_assert_cmpint(g_mkdir("dir", 0700), ==, 0);
	g_assert_cmpint(mkfifo("fifo", 0600), ==, 0);
	g_assert_true(fs_write("file", "0123456789", -1, NULL));
	g_assert_cmpint(chdir("/"), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fs_read_beneath(share, refused[i], 100, &text, NULL, NULL, &error));
		g_assert_nonnull(error);
		g_assert_null(text);
	}
	g_assert_true(fs_read_beneath(share, "file", 4, &text, &len, &cut, NULL));
	g_assert_cmpstr(text, ==, "0123");
	g_assert_cmpuint(len, ==, 4);
	g_assert_true(cut);
}

/* Names that a guest chose: those kept mean nothing to a terminal, a shell or a program. */
static void test_list_beneath(Fixture *f, gconstpointer data)
{
	static const char *const names[] = { "b.txt",      "a-1_B", ".hidden",  "-rf",  "new\nline",
					     "esc\033[2J", "$(id)", "\xc2\x9b", "\xff", "x y" };
	g_auto(GStrv) few = NULL;
	g_auto(GStrv) listed = NULL;
	g_autofree char *joined = NULL;

	g_autofree char *long_name = g_strnfill(255, 'l');
	g_autofree char *long_path = in(f, long_name);
	int fd = open(long_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	(void)data;
	g_assert_cmpint(fd, >=, 0);
	close(fd);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = in(f, names[i]);

		g_assert_true(fs_write(path, "", 0, NULL));
	}
	listed = fs_list_beneath(f->dir, ".", 64);
	joined = g_strjoinv(" ", listed);
	g_assert_cmpstr(joined, ==, "a-1_B b.txt");
	few = fs_list_beneath(f->dir, ".", 1);
	g_assert_cmpuint(g_strv_length(few), ==, 1);
}

/* Deeper than there may be open files, and closed on the way. */
static void test_remove_deep(Fixture *f, gconstpointer data)
{
	struct rlimit old, low;
	int fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)data;
	for (guint i = 0; i < 3000; i++) {
		int next;

		g_assert_cmpint(mkdirat(fd, "d", 0700), ==, 0);
		g_assert_cmpint(mkdirat(fd, "e", 0700), ==, 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		g_assert_cmpint(next, >=, 0);
		if (i % 100 == 0)
			fchmod(fd, 0);
		close(fd);
		fd = next;
	}
	close(fd);
	g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &old), ==, 0);
	low = (struct rlimit){ 100, old.rlim_max };
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &low), ==, 0);
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &old), ==, 0);
	g_assert_false(g_file_test(f->dir, G_FILE_TEST_EXISTS));
}

static void test_trees(Fixture *f, gconstpointer data)
{
	g_autofree char *from = in(f, "a");
	g_autofree char *to = in(f, "b");
	g_autofree char *file = in(f, "a/x/run");
	g_autofree char *folder = in(f, "a/x");
	g_autofree char *copy = in(f, "b/x/run");
	g_autofree char *link = in(f, "a/x/link");
	g_autofree char *hash_a = NULL;
	g_autofree char *hash_b = NULL;
	g_autofree char *hash_c = NULL;

	(void)data;
	g_assert_true(fs_mkdir(folder, NULL));
	g_assert_true(fs_write(file, "#!/bin/sh\n", -1, NULL));
	g_assert_cmpint(g_chmod(file, 0755), ==, 0);
	g_assert_cmpint(symlink("run", link), ==, 0);
	g_assert_true(fs_copy_tree(from, to, NULL));
	g_assert_true(g_file_test(copy, G_FILE_TEST_IS_EXECUTABLE));
	g_assert_true(fs_sha256_tree(from, &hash_a, NULL));
	g_assert_true(fs_sha256_tree(to, &hash_b, NULL));
	g_assert_cmpstr(hash_a, ==, hash_b);
	g_assert_cmpint(g_chmod(copy, 0644), ==, 0);
	g_assert_true(fs_sha256_tree(to, &hash_c, NULL));
	g_assert_cmpstr(hash_a, !=, hash_c);
}

static void test_lock(Fixture *f, gconstpointer data)
{
	g_autofree char *path = in(f, "lock");
	bool busy = true;
	int first, second;

	(void)data;
	g_assert_true(fs_lock(path, &first, &busy, NULL));
	g_assert_false(busy);
	g_assert_true(fs_lock(path, &second, &busy, NULL));
	g_assert_true(busy);
	g_assert_cmpint(second, ==, -1);
	close(first);
	g_assert_true(fs_lock(path, &second, &busy, NULL));
	g_assert_false(busy);
	close(second);
}

static void test_rundir(Fixture *f, gconstpointer data)
{
	g_autofree char *left = in(f, "run/left");
	g_autofree char *inside = in(f, "run/left/x");
	g_autoptr(RunDir) mine = NULL;
	g_autoptr(RunDir) other = NULL;
	g_autoptr(GError) error = NULL;
	GPid pid;
	int status;

	(void)data;
	/* A process that was started with a path in it; a child of it would live on, and prove
	 * wait. */
	const char *tail[] = { "tail", "-f", inside, NULL };
	g_setenv("BISECTBOX_CACHE", f->dir, TRUE);
	g_assert_true(fs_mkdir(left, NULL));
	g_assert_true(fs_write(inside, "x", 1, NULL));
	g_assert_true(g_spawn_async(NULL, (char **)tail, NULL,
				    G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
					    G_SPAWN_STDOUT_TO_DEV_NULL,
				    NULL, NULL, &pid, &error));
	mine = rundir_new(&error);
	g_assert_no_error(error);
	g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFSIGNALED(status));
	other = rundir_new(NULL); /* leaves the living alone */
	g_assert_true(g_file_test(rundir_path(mine), G_FILE_TEST_IS_DIR));
	g_assert_cmpstr(rundir_path(mine), !=, rundir_path(other));
	g_unsetenv("BISECTBOX_CACHE");
}

static void count_line(const char *line, void *user)
{
	if (strlen(line) == 1)
		(*(guint *)user)++;
}

static void test_process(void)
{
	guint lines = 0;
	const char *argv[] = { "sh", "-c", "cat; printf 'a\\nb\\n'; echo no >&2; exit 7", NULL };
	ProcessSpec spec = { .argv = argv, .input = "in\n", .on_line = count_line, .user = &lines };
	g_auto(ProcessEnd) end = { 0 };
	g_autoptr(GError) error = NULL;

	g_assert_true(process_run(&spec, NULL, &end, NULL));
	g_assert_cmpint(end.status, ==, 7);
	g_assert_cmpstr(end.out, ==, "in\na\nb\n");
	g_assert_cmpstr(end.err, ==, "no\n");
	g_assert_cmpuint(lines, ==, 2);
	g_assert_false(process_check(&spec, NULL, &error));
	g_assert_nonnull(strstr(error->message, "status 7: no"));
}

static void test_process_limits(void)
{
	/* The grandchild must go too: it would hold the test up for a minute. */
	const char *argv[] = { "sh", "-c", "trap '' TERM; sleep 60 & wait; sleep 60", NULL };
	const char *absent[] = { "no-such-program-here", NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 1 };
	g_auto(ProcessEnd) end = { 0 };
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	g_autoptr(GError) error = NULL;
	gint64 start = g_get_monotonic_time();

	g_assert_true(process_run(&spec, NULL, &end, NULL));
	g_assert_true(end.timed_out);
	g_assert_cmpint(end.signal, ==, SIGKILL);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 30 * G_USEC_PER_SEC);
	g_cancellable_cancel(cancel);
	g_assert_false(process_run(&spec, cancel, NULL, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_INTERRUPTED);
	g_clear_error(&error);
	spec.argv = absent;
	g_assert_false(process_run(&spec, NULL, NULL, &error));
	g_assert_nonnull(strstr(error->message, "no-such-program-here"));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_HOST);
}

/* One that never stops writing is ended like one that is silent. */
static void test_process_flood(void)
{
	const char *argv[] = { "sh", "-c", "yes & yes & yes & yes & yes", NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 1 };
	g_auto(ProcessEnd) end = { 0 };

	g_assert_true(process_run(&spec, NULL, &end, NULL));
	g_assert_true(end.timed_out);
	g_assert_true(g_str_has_prefix(end.out + 1, "\ny\n") || g_str_has_prefix(end.out, "\ny\n"));
	g_assert_cmpuint(strlen(end.err), <=, 4 << 20);
}

static void test_json_refuses(void)
{
	static const struct {
		const char *text, *says;
	} table[] = {
		{ "{\"a\":1,\"a\":2}", "there twice" },
		{ "{\"a\":1}x", "not valid JSON" },
		{ "{\n\"a\":}", "t:2: not valid JSON" },
		{ "{\"a\":\"\xff\"}", "not UTF-8" },
		{ "[1]", "must be an object" },
		{ "{\"n\":\"1\"}", "field \"n\" must be an integer from 0 to 9" },
		{ "{\"n\":10}", "field \"n\" must be an integer from 0 to 9" },
		{ "{\"n\":1.5}", "field \"n\" must be an integer" },
		{ "{\"s\":1}", "field \"s\" must be a string" },
		{ "{\"l\":[1]}", "field \"l\" must be an array of strings" },
		{ "{\"o\":{\"x\":1}}", "field \"o\": field \"x\" is not known" },
		{ "{\"N\":1}", "field \"N\" is not known" },
		{ "{\"c\":\"z\"}", "must be one of \"x\", \"y\"" },
	};
	static const char *const choices[] = { "x", "y", NULL };

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Json) json = json_parse(table[i].text, "t", BOX_ERROR_USAGE, &error);
		g_autoptr(JsonReader) reader =
			json ? json_reader_new(json, "t", BOX_ERROR_USAGE) : NULL;

		if (reader) {
			g_autofree char *s = json_string_or(reader, "s", NULL);
			g_auto(GStrv) l = json_strings(reader, "l");

			json_int_or(reader, "n", 0, 9, 0);
			json_choice_or(reader, "c", choices, 0);
			json_object(reader, "o");
			g_assert_false(json_reader_end(reader, &error));
		}
		g_assert_nonnull(error);
		g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
		if (!strstr(error->message, table[i].says))
			g_error("%s gave: %s", table[i].text, error->message);
	}
}

/* Another program's format: unknown fields pass, wrong types do not. */
static void test_json_unknown(void)
{
	g_autoptr(Json) json = json_parse("{\"o\": {\"x\": 1, \"s\": \"t\"}, \"y\": 2}", "t",
					  BOX_ERROR_USAGE, NULL);
	g_autoptr(JsonReader) reader = json_reader_new(json, "t", BOX_ERROR_USAGE);
	g_autoptr(JsonReader) strict = json_reader_new(json, "t", BOX_ERROR_USAGE);
	g_autoptr(GError) error = NULL;
	g_autofree char *s = NULL;

	json_reader_allow_unknown(reader);
	s = json_string(json_object(reader, "o"), "s");
	g_assert_cmpstr(s, ==, "t");
	g_assert_true(json_reader_end(reader, &error));
	g_assert_false(json_reader_end(strict, NULL));
	g_assert_null(json_string_or(reader, "y", NULL));
	g_assert_false(json_reader_end(reader, &error));
	g_assert_nonnull(strstr(error->message, "\"y\" must be a string"));
}

/* What a terminal would obey is not shown, and JSON has it only by number. */
static void test_text(void)
{
	static const char *const sly[] = { "\033[2J",
					   "\a",
					   "\r",
					   "\177",
					   "\xc2\x9b"
					   "2J",
					   "\xe2\x80\xae",
					   "\xe2\x81\xa6",
					   "\xff" };
	g_autofree char *cut = text_clean("\303\244bcd", 2);
	g_autofree char *kept = text_clean("\303\244 \346\274\242", 0);

	g_assert_cmpstr(cut, ==, "\303\244b...");
	g_assert_cmpstr(kept, ==, "\303\244 \346\274\242");
	for (guint i = 0; i < G_N_ELEMENTS(sly); i++) {
		g_autofree char *clean = text_clean(sly[i], 0);
		g_autoptr(Json) json = json_new_object();
		g_autofree char *text = NULL;

		json_add_string(json, "s", sly[i]);
		text = json_text(json, false);
		for (const char *c = clean; *c; c = g_utf8_next_char(c))
			g_assert_false(text_is_control(g_utf8_get_char(c)));
		for (const char *c = text; *c; c = g_utf8_next_char(c))
			g_assert_false(text_is_control(g_utf8_get_char(c)));
	}
}

/* What is escaped reads as what it was. */
static void test_json_controls(void)
{
	const char *value = "\033 \177 \xc2\x9b \xe2\x80\xae \303\244";
	g_autoptr(Json) json = json_new_object();
	g_autoptr(Json) back = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autofree char *text = NULL;
	g_autofree char *got = NULL;

	json_add_string(json, "s", value);
	text = json_text(json, false);
	g_assert_cmpstr(text, ==, "{\"s\":\"\\u001b \\u007f \\u009b \\u202e \303\244\"}");
	back = json_parse(text, "t", BOX_ERROR_HOST, NULL);
	reader = json_reader_new(back, "t", BOX_ERROR_HOST);
	got = json_string(reader, "s");
	g_assert_cmpstr(got, ==, value);
}

static void test_json_writes(void)
{
	g_autoptr(Json) json = json_new_object();
	g_autofree char *text = NULL;

	json_add_string(json, "s", "a\"\xff");
	json_add_int(json, "n", 3);
	json_append_string(json_add(json, "l", json_new_array()), "x");
	json_add_string(json, "none", NULL);
	text = json_text(json, false);
	g_assert_cmpstr(text, ==,
			"{\"s\":\"a\\\"\357\277\275\",\"n\":3,\"l\":[\"x\"],\"none\":null}");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/fs/write-read", Fixture, NULL, fixture_set_up, test_write_read,
		   fixture_tear_down);
	g_test_add("/fs/put-sync", Fixture, NULL, fixture_set_up, test_put_sync, fixture_tear_down);
	g_test_add("/fs/beneath", Fixture, NULL, fixture_set_up, test_beneath, fixture_tear_down);
	g_test_add("/fs/list-beneath", Fixture, NULL, fixture_set_up, test_list_beneath,
		   fixture_tear_down);
	g_test_add("/fs/remove-deep", Fixture, NULL, fixture_set_up, test_remove_deep,
		   fixture_tear_down);
	g_test_add("/fs/trees", Fixture, NULL, fixture_set_up, test_trees, fixture_tear_down);
	g_test_add("/fs/lock", Fixture, NULL, fixture_set_up, test_lock, fixture_tear_down);
	g_test_add("/rundir", Fixture, NULL, fixture_set_up, test_rundir, fixture_tear_down);
	g_test_add_func("/process/run", test_process);
	g_test_add_func("/process/limits", test_process_limits);
	g_test_add_func("/process/flood", test_process_flood);
	g_test_add_func("/json/refuses", test_json_refuses);
	g_test_add_func("/json/unknown", test_json_unknown);
	g_test_add_func("/json/writes", test_json_writes);
	g_test_add_func("/json/controls", test_json_controls);
	g_test_add_func("/text/clean", test_text);
	return g_test_run();
}
