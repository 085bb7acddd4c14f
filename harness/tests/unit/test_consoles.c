/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two consoles become one log; stamps; what a guest on another host sends. */
#include "guest/protocol.h"
#include "machine/consoles.h"
#include "machine/inbox.h"
#include "machine/pipe.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/stamp.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	char *dir;
	char *path;
	Consoles *consoles;
	GString *lines;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-consoles-XXXXXX", NULL);
	f->path = g_build_filename(f->dir, "console.log", NULL);
	g_assert_true(g_file_set_contents(f->path, "an earlier boot's\n", -1, NULL));
	f->consoles = consoles_open(f->path, &error);
	g_assert_no_error(error);
	f->lines = g_string_new(NULL);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	consoles_free(f->consoles);
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_string_free(f->lines, TRUE);
	g_free(f->path);
	g_free(f->dir);
}

static void feed(Fixture *f, ConsoleSource source, gint64 ms, const char *text)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(consoles_feed(f->consoles, source, ms, text, strlen(text), f->lines, &error));
	g_assert_no_error(error);
}

static void assert_log(Fixture *f, const char *expected)
{
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(f->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, expected);
}

/* Lines in pieces, carriage returns, and a last line without its end. */
static void test_lines(Fixture *f, gconstpointer data)
{
	(void)data;
	feed(f, CONSOLE_SERIAL, 12, "one\r\ntw");
	g_assert_cmpstr(f->lines->str, ==, "one\n");
	feed(f, CONSOLE_SERIAL, 1500, "o\r\n\r\nthr");
	g_assert_cmpstr(f->lines->str, ==, "one\ntwo\n\n");
	g_assert_true(consoles_end(f->consoles, 100000, f->lines, NULL));
	g_assert_cmpstr(f->lines->str, ==, "one\ntwo\n\nthr\n");
	assert_log(f, "    0.012 S one\n    1.500 S two\n    1.500 S \n  100.000 S thr\n");
}

/* What both print is there once, when the first of them had it, however far behind the other is. */
static void test_same(Fixture *f, gconstpointer data)
{
	(void)data;
	feed(f, CONSOLE_SERIAL, 1, "a\nb\nb\nc\n");
	feed(f, CONSOLE_VIRTIO, 2, "a\nb\n");
	feed(f, CONSOLE_VIRTIO, 3, "b\nc\nd\n");
	feed(f, CONSOLE_SERIAL, 4, "d\ne\n");
	g_assert_cmpstr(f->lines->str, ==, "a\nb\nb\nc\nd\ne\n");
	assert_log(f, "    0.001 S a\n    0.001 S b\n    0.001 S b\n    0.001 S c\n"
		      "    0.003 V d\n    0.004 S e\n");
}

/* One that says the same over and over is not the other repeating it. */
static void test_repeats(Fixture *f, gconstpointer data)
{
	(void)data;
	feed(f, CONSOLE_SERIAL, 1, "x\nx\nx\n");
	feed(f, CONSOLE_VIRTIO, 1, "x\n");
	feed(f, CONSOLE_SERIAL, 1, "x\n");
	g_assert_cmpstr(f->lines->str, ==, "x\nx\nx\nx\n");
}

/* A serial driver that is broken in the middle: virtio's console has the rest. */
static void test_one_dies(Fixture *f, gconstpointer data)
{
	(void)data;
	feed(f, CONSOLE_SERIAL, 1, "boot\nhalf a l");
	feed(f, CONSOLE_VIRTIO, 9, "boot\nhalf a line\nKernel panic\n");
	g_assert_true(consoles_end(f->consoles, 9, f->lines, NULL));
	g_assert_cmpstr(f->lines->str, ==, "boot\nhalf a line\nKernel panic\nhalf a l\n");
}

static void test_odd(Fixture *f, gconstpointer data)
{
	g_autofree char *many = g_strnfill(200000, 'y');
	g_autoptr(GError) error = NULL;

	(void)data;
	/* no end of a line in sight: it is cut, and nothing of it is lost */
	feed(f, CONSOLE_SERIAL, 0, many);
	g_assert_true(consoles_end(f->consoles, 0, f->lines, NULL));
	g_assert_cmpuint(f->lines->len, ==, 200000 + 4);
	g_string_truncate(f->lines, 0);
	/* lines with a NUL are not told apart, so none is left out */
	consoles_feed(f->consoles, CONSOLE_SERIAL, 0, "a\0b\n", 4, f->lines, &error);
	consoles_feed(f->consoles, CONSOLE_VIRTIO, 0, "a\0c\n", 4, f->lines, &error);
	g_assert_cmpmem(f->lines->str, f->lines->len, "a\0b\na\0c\n", 8);
}

/* Far more lines than can be waited for: each still comes from both, at worst twice. */
static void test_many(Fixture *f, gconstpointer data)
{
	(void)data;
	for (guint i = 0; i < 20000; i++) {
		g_autofree char *line = g_strdup_printf("line %u\n", i % 9000);

		feed(f, CONSOLE_SERIAL, 0, line);
	}
	g_string_truncate(f->lines, 0);
	feed(f, CONSOLE_VIRTIO, 0, "line 1999\nline 3\nline 1999\n");
	g_assert_cmpstr(f->lines->str, ==, "line 1999\n");
}

static void test_nowhere(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(consoles_open("/nowhere/console", &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_nonnull(strstr(error->message, "/nowhere/console"));
}

static void test_stamps(void)
{
	static const struct {
		const char *line, *rest;
	} rows[] = {
		{ "    1.204 S [    0.5] Run", "[    0.5] Run" },
		{ "12345.678 V ", "" },
		{ "1234567.001 S x", "x" },
		/* what a guest prints is not taken for one by chance */
		{ "    1.204 X x", "    1.204 X x" },
		{ "1.204 S x", "1.204 S x" },
		{ "    1.20 S x", "    1.20 S x" },
		{ "[    0.512345] x", "[    0.512345] x" },
		{ "", "" },
	};
	GString *log = g_string_new(NULL), *plain;

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpstr(stamp_skip(rows[i].line), ==, rows[i].rest);
	stamp_add(log, 1204, 'S', "a\0b", 3);
	stamp_add(log, 99999999, 'V', "    1.204 S c", 13);
	plain = stamp_strip(log->str, log->len);
	g_assert_cmpmem(plain->str, plain->len, "a\0b\n    1.204 S c\n", 18);
	g_string_free(plain, TRUE);
	/* a last line without its end */
	plain = stamp_strip("    0.001 S a\nb", 15);
	g_assert_cmpstr(plain->str, ==, "a\nb");
	g_string_free(plain, TRUE);
	g_string_free(log, TRUE);
}

static void test_pipe(Fixture *f, gconstpointer data)
{
	g_autofree char *path = g_build_filename(f->dir, "p", NULL);
	g_autofree char *out = g_strconcat(path, ".out", NULL);
	g_autoptr(GError) error = NULL;
	g_auto(Pipe) pipe = PIPE_INIT;
	char buf[8];
	FILE *file;

	(void)data;
	g_assert_true(pipe_open(&pipe, path, &error));
	g_assert_no_error(error);
	g_assert_cmpint(read(pipe.fd, buf, sizeof(buf)), ==, -1);
	file = fopen(out, "we");
	g_assert_cmpint(fwrite("hello", 1, 5, file), ==, 5);
	fclose(file);
	g_assert_cmpint(read(pipe.fd, buf, sizeof(buf)), ==, 5);
	/* the writer has gone, and another may come */
	g_assert_cmpint(read(pipe.fd, buf, sizeof(buf)), ==, -1);
	pipe_clear(&pipe);
	g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
	g_assert_false(pipe_open(&pipe, "/nowhere/p", &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
}

/* ---- the inbox ---- */

static void send(Inbox *inbox, const char *data, gsize len)
{
	g_autoptr(GError) error = NULL;

	inbox_feed(inbox, data, len, &error);
	g_assert_no_error(error);
}

static void assert_file(Fixture *f, const char *name, const char *expected)
{
	g_autofree char *path = g_build_filename(f->dir, "out", name, NULL);
	g_autofree char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	g_assert_cmpstr(text, ==, expected);
}

static void make_out(Fixture *f)
{
	g_autofree char *out = g_build_filename(f->dir, "out", NULL);

	g_assert_cmpint(g_mkdir(out, 0755), ==, 0);
}

static const char letter[] = "file 0 5 c/stdout\nhello"
			     "file 5 3 c/stdout\n, y"
			     "file 0 0 c/stderr\n"
			     "file 0 4 c/evidence/a.b\none\n"
			     "file 0 2 c/evidence/a.b\n2\n"
			     "file 2 7 c/stdout\n\nfile \n"
			     "end\n"
			     "file 0 3 late\nno!";

/* In one piece, and byte by byte. */
static void test_inbox(Fixture *f, gconstpointer data)
{
	gsize step = GPOINTER_TO_SIZE(data);
	g_autoptr(Inbox) inbox = inbox_new(f->dir);

	make_out(f);
	for (gsize at = 0; at < sizeof(letter) - 1; at += step)
		send(inbox, letter + at, MIN(step, sizeof(letter) - 1 - at));
	g_assert_true(inbox_ended(inbox));
	assert_file(f, "c/stdout", "he\nfile \n");
	assert_file(f, "c/stderr", "");
	assert_file(f, "c/evidence/a.b", "2\n");
	assert_file(f, "late", NULL);
}

/* A guest that does not keep to it is not listened to any more, and writes nowhere else. */
static void test_inbox_lies(Fixture *f, gconstpointer data)
{
	static const char *const lies[] = {
		"file 0 1 ../x\nx",      "file 0 1 /x\nx",
		"file 0 1 a/../../x\nx", "file 0 1 .x\nx",
		"file 0 1 a//x\nx",      "file 0 1 \nx",
		"file 0 1 a/b/c/d\nx",   "file 0 1 -x\nx",
		"file 0 1 a b\nx",       "file 1 1 fresh\nx",
		"file -1 1 x\nx",        "file 0 99999999 x\nx",
		"file 0 1\nx",           "file 0 1 there/x\nx",
		"folder 0 1 x\nx",       "endx\n",
	};
	g_autofree char *outside = g_build_filename(f->dir, "x", NULL);
	g_autofree char *flood = g_strnfill(100000, 'f');

	(void)data;
	make_out(f);
	for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
		g_autoptr(Inbox) inbox = inbox_new(f->dir);

		send(inbox, "file 0 1 there\n.", 16);
		send(inbox, lies[i], strlen(lies[i]));
		send(inbox, "file 0 1 after\n!end\n", 20);
		g_assert_false(inbox_ended(inbox));
		assert_file(f, "after", NULL);
		assert_file(f, "there", ".");
	}
	g_assert_false(g_file_test(outside, G_FILE_TEST_EXISTS));
	g_autoptr(Inbox) inbox = inbox_new(f->dir);
	send(inbox, flood, 100000);
	send(inbox, "\nend\n", 5);
	g_assert_false(inbox_ended(inbox));
}

/* A file that cannot be written is the host's trouble. */
static void test_inbox_host(Fixture *f, gconstpointer data)
{
	g_autofree char *nowhere = g_build_filename(f->dir, "nowhere", NULL);
	g_autoptr(Inbox) inbox = inbox_new(nowhere);
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(inbox_feed(inbox, "file 0 1 x\nx", 12, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/consoles/lines", test_lines);
	ADD("/consoles/same", test_same);
	ADD("/consoles/repeats", test_repeats);
	ADD("/consoles/one-dies", test_one_dies);
	ADD("/consoles/odd", test_odd);
	ADD("/consoles/many", test_many);
	g_test_add_func("/consoles/nowhere", test_nowhere);
	g_test_add_func("/stamp/stamps", test_stamps);
	ADD("/consoles/pipe", test_pipe);
	g_test_add("/inbox/whole", Fixture, GSIZE_TO_POINTER(10000), set_up, test_inbox, tear_down);
	g_test_add("/inbox/bytes", Fixture, GSIZE_TO_POINTER(1), set_up, test_inbox, tear_down);
	g_test_add("/inbox/pieces", Fixture, GSIZE_TO_POINTER(7), set_up, test_inbox, tear_down);
	ADD("/inbox/lies", test_inbox_lies);
	ADD("/inbox/host", test_inbox_host);
	return g_test_run();
}
