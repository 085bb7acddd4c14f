/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record/past: runs read again, whole, interrupted, damaged. */
#include "pastfixture.h"
#include "record/progress.h"
#include "report/formats.h"

static void test_past(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *answer = NULL;
	g_autofree char *command = NULL;

	(void)data;
	make_run(f, 20, true);
	past = read_run(f);
	answer = past_answer(past);
	command = past_command(past);
	g_assert_cmpint(past->kind, ==, PAST_RUN);
	g_assert_cmpint(past->state, ==, PAST_FINISHED);
	g_assert_cmpstr(past_state_name(past), ==, "found");
	g_assert_cmpstr(answer, ==, "000000000000 audit: <i>break</i> it");
	g_assert_cmpstr(command, ==, "bisectbox run --case 'a'\\''udit'");
	g_assert_cmpint(past->result->revert.state, ==, REVERT_MENDS);
	g_assert_cmpstr(past->result->culprit.files[0], ==, "kernel/audit.c");
}

/* What result.json says is what was found, all of it. */
static void test_round(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autoptr(Json) again = NULL;
	g_autofree char *path = NULL;
	g_autofree char *then = NULL;
	g_autofree char *now = NULL;
	g_autofree char *line = NULL;

	(void)data;
	make_run(f, 50, true);
	past = read_run(f);
	path = g_build_filename(f->folder, "result.json", NULL);
	g_assert_true(fs_read(path, G_MAXINT, &then, NULL, NULL));
	again = report_json(past->result, past->folder);
	now = json_text(again, true);
	line = g_strconcat(now, "\n", NULL);
	g_assert_cmpstr(line, ==, then);
}

static void test_states(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autoptr(Run) run = NULL;
	g_autofree char *text = NULL;
	bool busy;

	(void)data;
	make_run(f, 20, false);
	past = read_run(f);
	g_assert_cmpint(past->state, ==, PAST_INTERRUPTED);
	text = report_text(past->result, past->folder);
	g_assert_nonnull(strstr(text, "bisectbox resume"));
	g_clear_pointer(&past, past_free);
	g_assert_true(run_open(f->folder, &run, NULL));
	g_assert_true(run_lock(run, false, &busy, NULL));
	past = read_run(f);
	g_assert_cmpint(past->state, ==, PAST_GOING);
}

static void refuse(const char *folder, const char *words)
{
	Past *past = NULL;
	GError *error = NULL;

	g_assert_false(past_read(folder, &past, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
	g_assert_null(strchr(error->message, '\n'));
	if (!strstr(error->message, words))
		g_error("\"%s\" is not in: %s", words, error->message);
	g_error_free(error);
}

static void test_bad_folders(Fixture *f, gconstpointer data)
{
	static const struct {
		const char *file, *text, *words;
	} rows[] = {
		{ "result.json", "{\"schema\":\"bisectbox.run/1\",\"sta", "not valid JSON" },
		{ "result.json", "{\"schema\":\"bisectbox.run/9\"}", "bisectbox.run/9" },
		{ "result.json", "{\"schema\":\"bisectbox.run/1\"}", "\"status\" is missing" },
		{ "result.json",
		  "{\"schema\":\"bisectbox.run/1\",\"status\":\"found\",\"culprit\":7}",
		  "must be an object" },
		{ "run.json", "{\"schema\":\"other/1\"}", "other/1" },
		{ "run.json", "[]", "something else" },
		{ "run.json", "\377", "not UTF-8" },
	};
	g_autofree char *journal = NULL;

	(void)data;
	refuse(f->dir, "no folder of a run");
	refuse("/nowhere", "no folder of a run");
	make_run(f, 20, true);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		put(f->folder, rows[i].file, rows[i].text);
		refuse(f->folder, rows[i].words);
	}
	journal = g_build_filename(f->folder, "journal.jsonl", NULL);
	put(f->folder, "run.json", question);
	g_assert_true(fs_remove_tree(journal, NULL));
	refuse(f->folder, "journal.jsonl");
}

static void test_bad_range(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *html = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	make_run(f, 20, true);
	past = read_run(f);
	put(f->folder, "range.jsonl",
	    "{\"commit\":\"a\",\"parents\":[]}\n{\"commit\":\"b\",\"parents\":[\"c\"]}\n");
	g_assert_false(report_html(past, &html, &error));
	g_assert_nonnull(strstr(error->message, "range.jsonl:2"));
	g_clear_error(&error);
	put(f->folder, "range.jsonl", "{\"commit\":\"a\",\"parents\":[\"a\"]}\n");
	g_assert_false(report_html(past, &html, &error));
}

static void test_damage(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;
	g_autofree char *html = NULL;
	guint n;

	(void)data;
	make_run(f, 20, true);
	past = read_run(f);
	n = past->result->steps->len;
	g_clear_pointer(&past, past_free);
	path = g_build_filename(f->folder, "journal.jsonl", NULL);
	g_assert_true(fs_read(path, G_MAXINT, &text, NULL, NULL));
	text[20] ^= 1;
	put(f->folder, "journal.jsonl", text);
	past = read_run(f);
	g_assert_cmpuint(past->result->steps->len, ==, n - 1);
	g_assert_cmpstr(past->damage, ==, "line 1");
	g_assert_true(report_html(past, &html, NULL));
	g_assert_nonnull(strstr(html, "line 1: damaged"));
}

static void test_progress(Fixture *f, gconstpointer data)
{
	Progress now = { .pid = 7,
			 .step = 3,
			 .revision = (char *)"abc",
			 .subject = (char *)HOSTILE,
			 .phase = (char *)"build",
			 .left = 4,
			 .began_s = 1700000000,
			 .phase_s = 1700000001 };
	g_auto(Progress) read = { 0 };

	(void)data;
	g_assert_false(progress_read(f->dir, &read));
	progress_write(f->dir, &now);
	g_assert_true(progress_read(f->dir, &read));
	g_assert_cmpstr(read.subject, ==, HOSTILE);
	g_assert_cmpstr(read.phase, ==, "build");
	g_assert_cmpint(read.phase_s, ==, 1700000001);
	progress_remove(f->dir);
	g_assert_false(progress_read(f->dir, &read));
	put(f->dir, "status.json", "{\"step\":");
	g_assert_false(progress_read(f->dir, &read));
}

#define ADD(name, function) g_test_add("/past/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("past", test_past);
	ADD("round", test_round);
	ADD("states", test_states);
	ADD("bad-folders", test_bad_folders);
	ADD("bad-range", test_bad_range);
	ADD("damage", test_damage);
	ADD("progress", test_progress);
	return g_test_run();
}
