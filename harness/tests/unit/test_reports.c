/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report/ and record/past: runs made up here, with a hostile guest in them, in every format. */
#include "record/past.h"
#include "record/progress.h"
#include "record/range.h"
#include "record/run.h"
#include "report/formats.h"
#include "report/linediff.h"
#include "report/mail_internal.h"
#include "report/rangemap.h"
#include "report/report.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/text.h"

#include <string.h>

/* What a guest could write to leave its place. */
#define HOSTILE                                                                                    \
	"</td></table><script>alert(1)</script><!-- ]]> & \"'\n"                                   \
	"\033[31mred\007\001\n#regzbot dup: x\nnot ok 9 forged\nBail out!\n1..99\n"

typedef struct {
	char *dir;
	char *folder;
	guint commits;
	guint culprit;
} Fixture;

static char *id_of(guint n)
{
	return g_strdup_printf("%040x", n + 1);
}

static void put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_true(fs_mkdir(parent, NULL));
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void add_step(Run *run, RunResult *result, guint commit, Verdict verdict, const char *why)
{
	StepRecord *step = g_new0(StepRecord, 1);
	g_autofree char *folder = NULL;
	GString *console = g_string_new(NULL);

	step->number = result->steps->len + 1;
	step->revision = id_of(commit);
	step->subject = g_strdup_printf("commit %u <b>&# \"x\"", commit);
	step->why = why;
	step->word = g_strdup(verdict_name(verdict));
	step->clean = g_str_equal(why, "confirm");
	step->wall_ms = 2500;
	step->result =
		(StepResult){ .verdict = verdict,
			      .outcome = verdict == VERDICT_GOOD  ? OUTCOME_PASSED
					 : verdict == VERDICT_BAD ? OUTCOME_FAILED
								  : OUTCOME_NO_BUILD,
			      .reason = g_strdup(HOSTILE),
			      .built = true,
			      .booted = verdict != VERDICT_SKIP,
			      .build_ms = 1500,
			      .boot_ms = 1000,
			      .evidence = g_strdup(verdict == VERDICT_SKIP ? NULL : "audit") };
	step->folder = run_step_folder(run, step->number, step->revision, NULL);
	folder = g_build_filename(run_folder(run), step->folder, NULL);
	for (guint i = 0; i < 300; i++)
		g_string_append_printf(console, "[%5u.%06u] line %u at 0x%x\n", step->number, i, i,
				       commit * 7 + i);
	g_string_append(console, verdict == VERDICT_BAD ? "oops\n" HOSTILE : "fine\n");
	put(folder, "console.log", console->str);
	put(folder, "config", "# comment\nCONFIG_AUDIT=y\n# CONFIG_X is not set\n");
	put(folder, "build.log", "cc -c a.c\na.c:1: error: <b>\n");
	put(folder, "audit/stdout", verdict == VERDICT_BAD ? HOSTILE : "all well\n");
	put(folder, "audit/stderr", "");
	g_string_free(console, TRUE);
	g_assert_true(run_journal_step(run, step, NULL));
	g_ptr_array_add(result->steps, step);
}

static void add_range(Fixture *f, Run *run)
{
	GString *range = g_string_new(NULL);
	GString *facts = g_string_new(NULL);

	for (guint i = 0; i < f->commits; i++) {
		g_autofree char *id = id_of(i);
		g_autofree char *parent = i ? id_of(i - 1) : NULL;
		/* A side branch of one commit now and then. */
		g_autofree char *side = i > 2 && i % 10 == 0 ? id_of(i - 2) : NULL;
		char *parents[] = { parent, side, NULL };
		RangeCommit commit = { .id = id,
				       .subject = (char *)"drm/i915: a subject of usual length <x>",
				       .parents = parents,
				       .outside = i == 0 };
		RelevanceCommit fact = { .id = id,
					 .matters = i % 3 != 0,
					 .path = (char *)"drivers/gpu/drm/i915/display/intel_dp.c",
					 .why = "is not built",
					 .files = 1 };
		g_autoptr(Json) a = range_commit_json(&commit);
		g_autoptr(Json) b = relevance_commit_json(&fact);
		g_autofree char *line = json_text(a, false);
		g_autofree char *about = json_text(b, false);

		g_string_append_printf(range, "%s\n", line);
		g_string_append_printf(facts, "%s\n", about);
	}
	put(run_folder(run), "range.jsonl", range->str);
	put(run_folder(run), "relevance.jsonl", facts->str);
	g_string_free(range, TRUE);
	g_string_free(facts, TRUE);
}

static const char question[] =
	"{\"schema\":\"bisectbox.question/1\",\"version\":\"0.1.0\",\"date\":"
	"\"2024-01-02T03:04:05.678901Z\",\"command\":[\"bisectbox run\",\"--case\",\"a'udit\"],"
	"\"repository\":null,\"terms\":{\"old\":\"good\",\"new\":\"bad\"},\"find_fix\":false,"
	"\"good\":[\"0000000000000000000000000000000000000001\"],\"bad\":[\"%s\"],\"skip\":[],"
	"\"first_parent\":false,\"paths\":[],\"workshop\":{\"cases\":[{\"name\":\"audit\"}],"
	"\"machine\":\"q35\"},\"cwd\":\"/tmp\",\"asked\":\"x\"}\n";

static void write_result(Run *run, RunResult *result)
{
	g_autoptr(Json) json = report_json(result, run_folder(run));

	g_assert_true(run_write(run, "result.json", json, NULL));
}

/* A whole run over so many commits, found by halving. */
static void make_run(Fixture *f, guint commits, bool finish)
{
	g_autoptr(Run) run = NULL;
	Terms terms = { (char *)"good", (char *)"bad", false };
	g_autoptr(RunResult) result = run_result_new(&terms);
	g_autofree char *bad = id_of(commits - 1);
	g_autofree char *text = g_strdup_printf(question, bad);
	guint lo = 0, hi = commits - 1;

	f->commits = commits;
	f->culprit = commits * 2 / 3;
	g_assert_true(run_create(f->dir, "audit", &run, NULL));
	f->folder = g_strdup(run_folder(run));
	put(f->folder, "run.json", text);
	add_range(f, run);
	add_step(run, result, hi, VERDICT_BAD, "end");
	add_step(run, result, lo, VERDICT_GOOD, "end");
	while (hi - lo > 1) {
		guint at = (lo + hi) / 2;
		bool is_bad = at >= f->culprit;

		add_step(run, result, at, is_bad ? VERDICT_BAD : VERDICT_GOOD, "narrow");
		*(is_bad ? &hi : &lo) = at;
	}
	add_step(run, result, f->culprit - 3, VERDICT_SKIP, "narrow");
	add_step(run, result, f->culprit, VERDICT_BAD, "confirm");
	add_step(run, result, f->culprit - 1, VERDICT_GOOD, "confirm");
	if (!finish)
		return;
	result->status = RUN_FOUND;
	result->commits = commits - 1;
	result->culprit = (CommitRecord){ id_of(f->culprit), g_strdup("audit: <i>break</i> it"),
					  g_strdup("Jos\303\251 \"J\" <jose@example.org>"),
					  g_strdup("2024-01-01T00:00:00+00:00"),
					  g_strsplit("kernel/audit.c", ",", -1) };
	result->revert.state = REVERT_MENDS;
	result->revert.onto = g_strdup(bad);
	write_result(run, result);
}

static void set_up(Fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-reports-XXXXXX", NULL);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_free(f->dir);
	g_free(f->folder);
}

static Past *read_run(const Fixture *f)
{
	Past *past = NULL;
	GError *error = NULL;

	past_read(f->folder, &past, &error);
	g_assert_no_error(error);
	return past;
}

static guint count(const char *text, const char *what)
{
	guint n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

/* ---- what a folder is read as ---- */

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

/* ---- the range ---- */

static void test_map(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autoptr(RangeMap) map = NULL;
	g_autoptr(GPtrArray) rows = NULL;
	guint shown = 0, left_out = 0;

	(void)data;
	make_run(f, 1000, true);
	past = read_run(f);
	g_assert_true(range_map_read(past, &map, NULL));
	g_assert_cmpuint(map->spots->len, ==, 1000);
	for (guint i = 0; i < map->spots->len; i++) {
		const Spot *spot = range_map_spot(map, i);

		g_assert_cmpint(spot->culprit, ==, i == f->culprit);
		if (spot->step)
			continue;
		g_assert_cmpint(spot->state, ==,
				i % 3 == 0        ? SPOT_NEVER
				: i >= f->culprit ? SPOT_NEW
						  : SPOT_OLD);
	}
	rows = range_map_rows(map, 50);
	for (guint i = 0; i < rows->len; i++) {
		const RangeRow *row = rows->pdata[i];

		shown++;
		for (guint state = 0; state < SPOT_COUNT; state++)
			left_out += row->folded[state];
		for (guint j = 0; j < row->parents->len; j++)
			g_assert_cmpuint(g_array_index(row->parents, guint, j), >, i);
		/* On a line with short side branches each shown commit has one below it. */
		g_assert_cmpuint(row->parents->len, ==, i + 1 < rows->len);
	}
	g_assert_cmpuint(shown + left_out, ==, 1000);
	g_assert_cmpuint(shown, <, 30);
	g_assert_cmpuint(range_map_spot(map, ((RangeRow *)rows->pdata[0])->spot)->commit->id[39],
			 ==, "0123456789abcdef"[1000 % 16]);
}

/* ---- formats ---- */

/* Nothing that the guest, or a commit's author, wrote is markup. */
static void test_html(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *html = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	g_assert_true(report_html(past, &html, NULL));
	g_assert_true(g_utf8_validate(html, -1, NULL));
	g_assert_cmpuint(count(html, "<script"), ==, 0);
	g_assert_cmpuint(count(html, "</script"), ==, 0);
	g_assert_cmpuint(count(html, "<!--"), ==, 0);
	g_assert_cmpuint(count(html, "<b>"), ==, 0);
	g_assert_cmpuint(count(html, "<i>"), ==, 0);
	g_assert_null(strchr(html, '\033'));
	g_assert_null(strchr(html, '\007'));
	g_assert_null(strstr(html, "http://"));
	g_assert_null(strstr(html, "https://"));
	g_assert_nonnull(strstr(html, "&lt;script&gt;alert(1)"));
	g_assert_nonnull(strstr(html, "<ins>oops</ins>"));
	g_assert_nonnull(strstr(html, "<del>fine</del>"));
	g_assert_nonnull(strstr(html, "297 equal lines"));
	g_assert_nonnull(strstr(html, "mends it"));
	/* Each summary, table, section and list that is opened is closed. */
	g_assert_cmpuint(count(html, "<details"), ==, count(html, "</details>"));
	g_assert_cmpuint(count(html, "<table"), ==, count(html, "</table>"));
	g_assert_cmpuint(count(html, "<section"), ==, count(html, "</section>"));
	g_assert_cmpuint(count(html, "<svg"), ==, count(html, "</svg>"));
	g_assert_cmpuint(count(html, "<main"), ==, 1);
}

static void test_html_large(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *html = NULL;

	(void)data;
	make_run(f, 10000, true);
	past = read_run(f);
	g_assert_true(report_html(past, &html, NULL));
	g_test_message("10,000 commits: %zu bytes", strlen(html));
	g_assert_cmpuint(strlen(html), <, 3u << 20);
	g_assert_cmpuint(count(html, "<tr><td class=\"id mono\">"), >=, 10000);
}

static void test_junit(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *xml = NULL;
	g_autoptr(GMarkupParseContext) parser = NULL;
	static const GMarkupParser nothing = { 0 };
	GError *error = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	xml = report_junit(past);
	parser = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_markup_parse_context_parse(parser, strchr(xml, '\n') + 1, -1, &error);
	g_assert_no_error(error);
	g_assert_null(strchr(xml, '\033'));
	g_assert_null(strchr(xml, '\001'));
	g_assert_cmpuint(count(xml, "<testcase "), ==, past->result->steps->len + 1);
	g_assert_cmpuint(count(xml, "<skipped "), ==, 1);
	g_assert_nonnull(strstr(xml, "timestamp=\"2024-01-02T03:04:05\""));
}

/* No line of a guest's is one of the protocol's. */
static void test_ktap(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *ktap = NULL;
	g_auto(GStrv) lines = NULL;
	guint n = 0;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	ktap = report_ktap(past);
	lines = g_strsplit(ktap, "\n", -1);
	for (char **line = lines; *line; line++) {
		const char *text = *line + strspn(*line, " ");

		if (g_str_has_prefix(text, "ok ") || g_str_has_prefix(text, "not ok ")) {
			const char *hash = strchr(text, '#');

			n++;
			g_assert_true(!hash || g_str_has_prefix(hash, "# SKIP "));
		} else {
			g_assert_true(!*text || *text == '#' || g_str_has_prefix(text, "KTAP") ||
				      g_str_has_prefix(text, "1.."));
		}
	}
	g_assert_cmpuint(n, ==, past->result->steps->len + 2);
	g_assert_null(strstr(ktap, "forged #"));
}

static void test_mail(Fixture *f, gconstpointer data)
{
	static const char *const people[] = { "Paul <paul@example.org> (maintainer:AUDIT)",
					      "evil\nBcc: x@y <JOSE@example.org>", "not an address",
					      NULL };
	static const char *const none[] = { NULL };
	const MailFacts facts = { people, NULL, none, "v6.0", "v6.1", true };
	g_autoptr(Past) past = NULL;
	g_autofree char *mail = NULL;
	g_autofree char *id = NULL;
	g_autofree char *line = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	id = id_of(f->culprit);
	line = g_strdup_printf("\n#regzbot introduced: %s\n", id);
	g_assert_true(report_mail(past, &facts, &mail, NULL));
	g_assert_true(g_str_has_prefix(mail, "Subject: [REGRESSION] audit: <i>break</i> it\nTo: "
					     "=?UTF-8?B?"));
	g_assert_nonnull(strstr(mail, "?= <jose@example.org>\n"));
	g_assert_cmpuint(count(mail, "jose@example.org"), ==, 1);
	g_assert_nonnull(strstr(mail, "Cc: Paul <paul@example.org>,\n\tregressions@lists.linux.dev"
				      ",\n\tstable@vger.kernel.org\n"));
	g_assert_nonnull(strstr(mail, line));
	g_assert_cmpuint(count(mail, "#regzbot"), ==, 1);
	g_assert_nonnull(strstr(mail, "1 time bad"));
	g_assert_nonnull(strstr(mail, "mends it"));
	g_assert_nonnull(strstr(mail, "  CONFIG_AUDIT=y\n"));
	g_assert_null(strstr(mail, "CONFIG_X"));
	g_assert_nonnull(strstr(mail, "  +oops\n"));
	g_assert_null(strstr(mail, "\nBcc:"));
	g_assert_null(strchr(mail, '\033'));
	g_assert_nonnull(strstr(mail, "v6.1 ("));
}

static void test_mail_headers(void)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "A B <a@b.org>", "A B <a@b.org>" },
		{ "A. B, jr <a@b.org> (reviewer:X)", "\"A. B, jr\" <a@b.org>" },
		{ "\"A. B\" <a@b.org>", "\"A. B\" <a@b.org>" },
		{ "list@b.org (open list)", "list@b.org" },
		{ "A <a b@c.org>", NULL },
		{ "A <nothing>", NULL },
		{ "", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = mail_address(rows[i].text);

		g_assert_cmpstr(got, ==, rows[i].expected);
	}
}

static void test_kcidb(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	g_assert_true(report_kcidb(past, "my_ci", &text, NULL));
	g_assert_null(strstr(text, "null"));
	g_assert_nonnull(strstr(text, "\"major\":\t5"));
	g_assert_cmpuint(count(text, "\"path\":\t\"bisectbox.audit\""), ==,
			 past->result->steps->len);
	g_assert_cmpuint(count(text, "\"issue_id\":\t\"my_ci:"), ==, past->result->steps->len - 1);
	g_assert_cmpuint(count(text, "\"status\":\t\"FAIL\""), >, 3);
	g_assert_false(report_kcidb(past, "My CI", &text, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
}

/* ---- lines ---- */

static char **random_lines(GRand *rand)
{
	guint n = (guint)g_rand_int_range(rand, 0, 30);
	char **lines = g_new0(char *, n + 1);

	for (guint i = 0; i < n; i++)
		lines[i] = g_strdup_printf("%c", 'a' + g_rand_int_range(rand, 0, 4));
	return lines;
}

static guint common(char **a, char **b)
{
	guint n = g_strv_length(a), m = g_strv_length(b);
	g_autofree guint *best = g_new0(guint, (n + 1) * (m + 1));

	for (guint i = 1; i <= n; i++)
		for (guint j = 1; j <= m; j++)
			best[i * (m + 1) + j] = g_str_equal(a[i - 1], b[j - 1])
							? best[(i - 1) * (m + 1) + j - 1] + 1
							: MAX(best[(i - 1) * (m + 1) + j],
							      best[i * (m + 1) + j - 1]);
	return best[n * (m + 1) + m];
}

/* Every line of both, in order, once; as many of them shared as can be. */
static void test_diff(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	for (guint round = 0; round < 500; round++) {
		g_auto(GStrv) a = random_lines(rand);
		g_auto(GStrv) b = random_lines(rand);
		g_autoptr(GArray) pairs = line_diff((const char *const *)a, (const char *const *)b);
		guint left = 0, right = 0, same = 0;

		for (guint i = 0; i < pairs->len; i++) {
			const LinePair *pair = &g_array_index(pairs, LinePair, i);

			if (pair->same)
				g_assert_cmpstr(a[pair->left], ==, b[pair->right]);
			if (pair->left != G_MAXUINT) {
				g_assert_cmpuint(pair->left, ==, left);
				left++;
			}
			if (pair->right != G_MAXUINT) {
				g_assert_cmpuint(pair->right, ==, right);
				right++;
			}
			same += pair->same;
		}
		g_assert_cmpuint(left, ==, g_strv_length(a));
		g_assert_cmpuint(right, ==, g_strv_length(b));
		g_assert_cmpuint(same, ==, common(a, b));
	}
}

static void test_console_key(void)
{
	static const struct {
		const char *line, *key;
	} rows[] = {
		{ "[    1.234567] audit: type=1100", " audit: type=1100" },
		{ "<6>[    1.234567] x", " x" },
		{ "at 0xffffffff81000000 now", "at # now" },
		{ "5188.17 BogoMIPS", "# BogoMIPS" },
		{ "id 0123456789abcdef end", "id # end" },
		{ "uid 1000 deadbeef", "uid 1000 deadbeef" },
		{ "lpj=8379652 ns 12345678x", "lpj=# ns 12345678x" },
		{ "[not a time] x", "[not a time] x" },
		{ "[", "[" },
		{ "<6", "<6" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *key = line_console_key(rows[i].line);

		g_assert_cmpstr(key, ==, rows[i].key);
	}
}

static void test_markup(void)
{
	static const char bytes[] = "a<b>&\"'\r\n\t\000\033\377\357\277\277z";
	g_autofree char *got = text_markup(bytes, sizeof(bytes) - 1);

	g_assert_cmpstr(got, ==,
			"a&lt;b&gt;&amp;&quot;&#39;\n\t\357\277\275\357\277\275\357\277\275"
			"\357\277\275z");
}

#define ADD(name, function) g_test_add("/reports/" name, Fixture, NULL, set_up, function, tear_down)

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
	ADD("map", test_map);
	ADD("html", test_html);
	ADD("html-large", test_html_large);
	ADD("junit", test_junit);
	ADD("ktap", test_ktap);
	ADD("mail", test_mail);
	ADD("kcidb", test_kcidb);
	g_test_add_func("/reports/mail-headers", test_mail_headers);
	g_test_add_func("/reports/diff", test_diff);
	g_test_add_func("/reports/console-key", test_console_key);
	g_test_add_func("/reports/markup", test_markup);
	return g_test_run();
}
