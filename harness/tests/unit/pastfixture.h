/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of record/past and report/: a run that is made up, with a hostile guest in it. */
#pragma once

#include "record/past.h"
#include "record/range.h"
#include "record/run.h"
#include "report/report.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

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

static inline char *id_of(guint n)
{
	return g_strdup_printf("%040x", n + 1);
}

static inline void put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_true(fs_mkdir(parent, NULL));
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline void add_step(Run *run, RunResult *result, guint commit, Verdict verdict,
			    const char *why)
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

static inline void add_range(Fixture *f, Run *run)
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

static inline void write_result(Run *run, RunResult *result)
{
	g_autoptr(Json) json = report_json(result, run_folder(run));

	g_assert_true(run_write(run, "result.json", json, NULL));
}

/* A whole run over so many commits, found by halving. */
static inline void make_run(Fixture *f, guint commits, bool finish)
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

static inline void set_up(Fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-reports-XXXXXX", NULL);
}

static inline void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_free(f->dir);
	g_free(f->folder);
}

static inline Past *read_run(const Fixture *f)
{
	Past *past = NULL;
	GError *error = NULL;

	past_read(f->folder, &past, &error);
	g_assert_no_error(error);
	return past;
}

static inline guint count(const char *text, const char *what)
{
	guint n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}
