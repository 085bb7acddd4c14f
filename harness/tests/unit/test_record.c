/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record/: the journal of a run, with damage of every kind. */
#include "record/journal.h"
#include "record/run.h"
#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
	char *dir;
	Run *run;
	char *journal;
} Fixture;

static void fixture_set_up(Fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-record-XXXXXX", NULL);
	g_assert_true(run_create(f->dir, "exec", &f->run, NULL));
	f->journal = g_build_filename(run_folder(f->run), "journal.jsonl", NULL);
}

static void fixture_tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	run_close(f->run);
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_free(f->dir);
	g_free(f->journal);
}

static bool add_step(Fixture *f, guint number, Verdict verdict, GError **error)
{
	g_autoptr(StepRecord) step = g_new0(StepRecord, 1);

	step->number = number;
	step->revision = g_strnfill(40, (char)('a' + number % 6));
	step->subject = g_strdup("a \"subject\", with \t odd bytes");
	step->why = "narrow";
	step->word = g_strdup(verdict_name(verdict));
	step->wall_ms = 1234;
	step->result = (StepResult){ .verdict = verdict,
				     .outcome = OUTCOME_PASSED,
				     .reason = g_strdup("it did"),
				     .key = g_strdup("k"),
				     .built = true,
				     .boot_ms = 61 };
	step->folder = run_step_folder(f->run, number, step->revision, error);
	return step->folder && run_journal_step(f->run, step, error);
}

static GPtrArray *read_steps(Fixture *f, char **ret_damage)
{
	GPtrArray *steps = NULL;
	GError *error = NULL;

	g_assert_true(run_read_steps(run_folder(f->run), &steps, ret_damage, &error));
	g_assert_no_error(error);
	return steps;
}

static void test_steps(Fixture *f, gconstpointer data)
{
	g_autoptr(GPtrArray) steps = NULL;
	g_autofree char *damage = NULL;
	const StepRecord *step;

	(void)data;
	g_assert_true(add_step(f, 1, VERDICT_GOOD, NULL));
	g_assert_true(add_step(f, 2, VERDICT_BAD, NULL));
	steps = read_steps(f, &damage);
	g_assert_null(damage);
	g_assert_cmpuint(steps->len, ==, 2);
	step = steps->pdata[1];
	g_assert_cmpuint(step->number, ==, 2);
	g_assert_cmpstr(step->revision, ==, "cccccccccccccccccccccccccccccccccccccccc");
	g_assert_cmpstr(step->subject, ==, "a \"subject\", with \t odd bytes");
	g_assert_cmpstr(step->why, ==, "narrow");
	g_assert_cmpstr(step->word, ==, "bad");
	g_assert_cmpint(step->result.verdict, ==, VERDICT_BAD);
	g_assert_cmpint(step->wall_ms, ==, 1234);
	g_assert_cmpint(step->result.boot_ms, ==, 61);
	g_assert_cmpstr(step->result.key, ==, "k");
	g_assert_null(step->result.kernel);
	g_assert_true(step->result.built && !step->result.booted);
}

/* Whatever byte of whatever line has a bit turned round, that line is lost and no other. */
static void test_every_bit(Fixture *f, gconstpointer data)
{
	g_autofree char *text = NULL;
	gsize len;
	guint line = 1;

	(void)data;
	for (guint i = 1; i <= 3; i++)
		g_assert_true(add_step(f, i, VERDICT_GOOD, NULL));
	g_assert_true(fs_read(f->journal, G_MAXINT, &text, &len, NULL));
	for (gsize at = 0; at < len; at++) {
		bool end = text[at] == '\n';

		for (guint bit = at % 8; bit == at % 8 && !end; bit++) {
			g_autofree char *damage = NULL;
			g_autofree char *expected = g_strdup_printf("line %u", line);
			g_autoptr(GPtrArray) steps = NULL;

			text[at] ^= (char)(1 << bit);
			if (text[at] != '\n') {
				g_assert_true(
					g_file_set_contents(f->journal, text, (gssize)len, NULL));
				steps = read_steps(f, &damage);
				g_assert_cmpuint(steps->len, ==, 2);
				g_assert_cmpstr(damage, ==, expected);
			}
			text[at] ^= (char)(1 << bit);
		}
		line += end;
	}
}

/* Wherever the power went, what was answered before is there, and what is added later too. */
static void test_every_cut(Fixture *f, gconstpointer data)
{
	g_autofree char *text = NULL;
	gsize len, first;

	(void)data;
	g_assert_true(add_step(f, 1, VERDICT_GOOD, NULL));
	g_assert_true(add_step(f, 2, VERDICT_BAD, NULL));
	g_assert_true(fs_read(f->journal, G_MAXINT, &text, &len, NULL));
	first = strcspn(text, "\n") + 1;
	for (gsize cut = 0; cut < len; cut++) {
		g_autofree char *damage = NULL;
		g_autoptr(GPtrArray) steps = NULL;

		g_assert_true(g_file_set_contents(f->journal, text, (gssize)cut, NULL));
		run_close(g_steal_pointer(&f->run));
		g_assert_true(run_open(g_path_get_dirname(f->journal), &f->run, NULL));
		g_assert_true(run_mend(f->run, NULL));
		g_assert_true(add_step(f, 9, VERDICT_SKIP, NULL));
		steps = read_steps(f, &damage);
		g_assert_null(damage);
		g_assert_cmpuint(steps->len, ==, cut < first ? 1 : 2);
		g_assert_cmpuint(((StepRecord *)steps->pdata[steps->len - 1])->number, ==, 9);
	}
}

/* No space for the whole line: none of it stays, and the next one is whole. */
static void test_no_space(Fixture *f, gconstpointer data)
{
	struct rlimit old, small;
	g_autoptr(GPtrArray) steps = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Json) line = json_new_object();
	g_autofree char *damage = NULL;
	GStatBuf before, after;

	(void)data;
	g_assert_true(add_step(f, 1, VERDICT_GOOD, NULL));
	g_assert_cmpint(g_stat(f->journal, &before), ==, 0);
	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
	small = (struct rlimit){ (rlim_t)before.st_size + 20, old.rlim_max };
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
	json_add_string(line, "trouble", "words that are longer than there is room for");
	g_assert_false(run_journal(f->run, line, &error));
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
	g_assert_cmpint(error_exit_code(error), ==, EXIT_HOST);
	g_assert_cmpint(g_stat(f->journal, &after), ==, 0);
	g_assert_cmpint(after.st_size, ==, before.st_size);
	g_assert_true(add_step(f, 2, VERDICT_BAD, NULL));
	steps = read_steps(f, &damage);
	g_assert_cmpuint(steps->len, ==, 2);
	g_assert_null(damage);
}

/* What no sum can have been written for: zeros after a power cut, a step said twice. */
static void test_odd_lines(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) steps = NULL;
	g_autofree char *damage = NULL;
	static const char zeros[] = "\0\0\0\0\n{}\n";
	FILE *file;

	(void)data;
	g_assert_true(add_step(f, 1, VERDICT_GOOD, NULL));
	file = fopen(f->journal, "ae");
	g_assert_nonnull(file);
	g_assert_cmpuint(fwrite(zeros, 1, sizeof(zeros) - 1, file), ==, sizeof(zeros) - 1);
	fclose(file);
	g_assert_true(add_step(f, 2, VERDICT_GOOD, NULL));
	steps = read_steps(f, &damage);
	g_assert_cmpuint(steps->len, ==, 2);
	g_assert_cmpstr(damage, ==, "lines 2 and 3");
	g_assert_true(add_step(f, 2, VERDICT_BAD, NULL));
	g_clear_pointer(&steps, g_ptr_array_unref);
	g_assert_false(run_read_steps(run_folder(f->run), &steps, &damage, &error));
	g_assert_nonnull(strstr(error->message, "done before"));
}

/* Journals without sums, and those that got them half way. */
static void test_bare(void)
{
	g_autoptr(Json) json = json_new_object();
	g_autofree char *line = NULL;
	g_autofree char *empty = NULL;
	char bare[] = "{\"step\":1}", broken[] = "{\"step\":1", sum[] = "{\"sum\":\"44136fa3\"}";

	json_add_string(json, "a", "b");
	line = journal_line(json);
	g_assert_true(g_str_has_prefix(line, "{\"a\":\"b\",\"sum\":\""));
	g_assert_cmpint(journal_check(line), ==, LINE_SOUND);
	g_assert_cmpstr(line, ==, "{\"a\":\"b\"}");
	g_assert_cmpint(journal_check(bare), ==, LINE_BARE);
	g_assert_cmpint(journal_check(broken), ==, LINE_DAMAGED);
	g_assert_cmpint(journal_check(sum), ==, LINE_BARE);
}

static void test_bare_file(Fixture *f, gconstpointer data)
{
	g_autoptr(Json) json = json_new_object();
	g_autoptr(Journal) old = NULL;
	g_autoptr(Journal) strict = NULL;
	g_autofree char *sound = NULL;
	g_autofree char *text = NULL;

	(void)data;
	json_add_int(json, "step", 2);
	sound = journal_line(json);
	text = g_strdup_printf("{\"step\":1}\n%s\n{\"step\":3}\n", sound);
	g_assert_true(g_file_set_contents(f->journal, text, -1, NULL));
	g_assert_true(journal_read(f->journal, false, &old, NULL));
	g_assert_cmpuint(old->lines->len, ==, 2);
	g_assert_cmpuint(g_array_index(old->damaged, guint, 0), ==, 3);
	g_assert_true(journal_read(f->journal, true, &strict, NULL));
	g_assert_cmpuint(strict->lines->len, ==, 1);
	g_assert_cmpuint(strict->damaged->len, ==, 2);
}

/* Whoever works on a run has it alone; whoever comes later is told, or waits. */
static void test_lock(Fixture *f, gconstpointer data)
{
	g_autoptr(Run) other = NULL;
	bool busy = false;

	(void)data;
	g_assert_true(run_open(run_folder(f->run), &other, NULL));
	g_assert_true(run_lock(other, false, &busy, NULL));
	g_assert_true(busy);
	g_clear_pointer(&f->run, run_close);
	g_assert_true(run_lock(other, false, &busy, NULL));
	g_assert_false(busy);
}

static void test_clear(Fixture *f, gconstpointer data)
{
	g_autofree char *half =
		g_build_filename(run_folder(f->run), "steps/003-ddd/evidence", NULL);
	g_autofree char *whole =
		g_build_filename(run_folder(f->run), "steps/001-bbbbbbbbbbbb", NULL);

	(void)data;
	g_assert_true(add_step(f, 1, VERDICT_GOOD, NULL));
	g_assert_true(fs_mkdir(half, NULL));
	g_assert_true(run_clear_steps(f->run, 1, NULL));
	g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(whole, G_FILE_TEST_EXISTS));
}

#define ADD(name, function)                                                                        \
	g_test_add("/record/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("steps", test_steps);
	ADD("every-bit", test_every_bit);
	ADD("every-cut", test_every_cut);
	ADD("no-space", test_no_space);
	ADD("odd-lines", test_odd_lines);
	g_test_add_func("/record/bare", test_bare);
	ADD("bare-file", test_bare_file);
	ADD("lock", test_lock);
	ADD("clear", test_clear);
	return g_test_run();
}
