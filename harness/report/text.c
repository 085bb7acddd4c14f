/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a run as plain text. */
#include "report/report.h"

#include "util/text.h"

#include <string.h>

#define FILES_SHOWN 8
#define SUBJECT_SHOWN 22 /* columns; a line has 80 then */

char *report_duration(gint64 ms)
{
	gint64 s = (ms + 500) / 1000;

	if (ms < 60000)
		return g_strdup_printf("%.1f s", (double)ms / 1000);
	if (s < 3600)
		return g_strdup_printf("%d min %d s", (int)(s / 60), (int)(s % 60));
	return g_strdup_printf("%d h %d min", (int)(s / 3600), (int)(s % 3600 / 60));
}

static void add_field(GString *text, const char *name, const char *value)
{
	g_autofree char *clean = text_clean(value, 0);

	g_string_append_printf(text, "  %-9s%s\n", name, clean);
}

static void add_culprit(GString *text, const RunResult *result)
{
	const CommitRecord *culprit = &result->culprit;
	guint n = g_strv_length(culprit->files);

	g_string_append_printf(text, "The first %s commit:\n\n", result->terms.new_name);
	add_field(text, "commit", culprit->id);
	add_field(text, "author", culprit->author);
	add_field(text, "date", culprit->date);
	add_field(text, "subject", culprit->subject);
	for (guint i = 0; i < n && i < FILES_SHOWN; i++)
		add_field(text, i ? "" : "files", culprit->files[i]);
	if (n > FILES_SHOWN)
		g_string_append_printf(text, "  %-9sand %u more\n", "", n - FILES_SHOWN);
	for (guint i = 0; i < result->patches->len; i++)
		add_field(text, i ? "" : "with", result->patches->pdata[i]);
	if (result->patches->len)
		g_string_append_printf(text, "  %-9sapplied on both, the commit and its parents\n",
				       "");
}

static void add_patches(GString *text, const StepRecord *step)
{
	g_string_append(text, "        with");
	for (guint i = 0; step->patches[i]; i++)
		g_string_append_printf(text, " %.12s", step->patches[i]);
	g_string_append(text, " applied\n");
}

/* What it was built with, where that is not as it was in the step before. */
static void add_build(GString *text, const StepResult *result, const char **compiler)
{
	g_autofree char *fixups = result->fixups ? g_strjoinv(", ", result->fixups) : NULL;
	g_autofree char *shown = text_clean(result->compiler, 0);

	if (result->compiler && *compiler && !g_str_equal(result->compiler, *compiler))
		g_string_append_printf(text, "        compiler from here on: %s\n", shown);
	if (result->compiler)
		*compiler = result->compiler;
	if (fixups && *fixups)
		g_string_append_printf(text, "        built with fixups: %s\n", fixups);
}

static void add_steps(GString *text, const GPtrArray *steps)
{
	const char *compiler = NULL;

	if (!steps->len)
		return;
	g_string_append(text,
			"\n  step  revision      verdict  why      build s  guest s  subject\n");
	for (guint i = 0; i < steps->len; i++) {
		const StepRecord *step = steps->pdata[i];
		const StepResult *result = &step->result;
		g_autofree char *clean = text_clean(step->subject, 0);
		g_autofree char *subject = text_fit(clean, SUBJECT_SHOWN);

		g_string_append_printf(text, "  %4u  %.12s  %-7s  %-7s %8.1f %8.1f  %s\n",
				       step->number, step->revision,
				       step->word ? step->word : verdict_name(result->verdict),
				       step->why, (double)result->build_ms / 1000,
				       (double)result->boot_ms / 1000, subject);
		if (step->patches && step->patches[0])
			add_patches(text, step);
		if (result->verdict == VERDICT_SKIP) {
			g_autofree char *reason = text_clean(result->reason, 160);

			g_string_append_printf(text, "        untestable: %s\n", reason);
		}
		if (result->note) {
			g_autofree char *note = text_clean(result->note, 0);

			g_string_append_printf(text, "        note: %s\n", note);
		}
		add_build(text, result, &compiler);
	}
}

static void add_cached(GString *text, const GPtrArray *steps)
{
	guint cached = 0;

	for (guint i = 0; i < steps->len; i++)
		cached += ((const StepRecord *)steps->pdata[i])->result.cached;
	if (cached)
		g_string_append_printf(text, "\n  %u kernel%s came from the kernel cache", cached,
				       cached == 1 ? "" : "s");
}

static void add_commit(GString *text, const char *what, const CommitRecord *commit)
{
	g_autofree char *subject = NULL;

	if (!commit->id)
		return;
	subject = text_clean(commit->subject, 0);
	g_string_append_printf(text, "  %-14s%s %s\n", what, commit->id, subject);
}

/* What came to light beside the culprit. */
static void add_beside(GString *text, const RunResult *result)
{
	g_autofree char *finding = text_clean(result->finding, 0);
	bool masked = result->masked_by.id || result->exposed_at.id;
	static const char *const of_break[] = { "introduced at", "masked by", "exposed at",
						"exposed by" };
	static const char *const of_fix[] = { "fixed at", "undone by", "fixed again", "by" };
	const char *const *words = result->terms.find_fix ? of_fix : of_break;

	if (!result->finding)
		return;
	g_string_append_printf(text, "\nAlso found: %s\n", finding);
	if (masked)
		add_commit(text, words[0], &result->culprit);
	add_commit(text, words[1], &result->masked_by);
	add_commit(text, words[2], &result->exposed_at);
	add_commit(text, words[3], &result->exposed_by);
	add_commit(text, "brought by", &result->brought_by);
	add_commit(text, "one side", &result->pair[0]);
	add_commit(text, "other side", &result->pair[1]);
}

/* How sure it is where answers were doubted, and the runners-up. */
static void add_certainty(GString *text, const RunResult *result)
{
	if (!result->leaders->len)
		return;
	g_string_append_printf(
		text,
		"\n  Answers contradicted each other or may be wrong: %u tests, %u of "
		"them odd; bad shows in %.0f %% of runs.\n",
		result->tests, result->odd, result->rate * 100);
	for (guint i = 0; i < result->leaders->len; i++) {
		const LeaderRecord *leader = result->leaders->pdata[i];
		g_autofree char *subject = text_clean(leader->subject, 60);

		g_string_append_printf(text, "  %8.4f %%  %.12s  %s\n", leader->probability * 100,
				       leader->id, subject);
	}
}

char *report_revert(const RunResult *result)
{
	const RevertRecord *revert = &result->revert;
	const char *onto = revert->onto;
	g_autofree char *files = NULL;
	g_autofree char *reason = text_clean(revert->reason, 0);

	switch (revert->state) {
	case REVERT_MENDS:
		return g_strdup_printf("Reverting it on top of %.12s mends it: built and tested.",
				       onto);
	case REVERT_REMAINS:
		return g_strdup_printf("Reverting it on top of %.12s does not mend it: built and "
				       "tested, and still %s%s%s.",
				       onto, result->terms.new_name, *reason ? ": " : "", reason);
	case REVERT_UNTESTED:
		return g_strdup_printf(
			"Reverting it on top of %.12s gives what cannot be tested%s%s.", onto,
			*reason ? ": " : "", reason);
	case REVERT_CONFLICT:
		files = revert->files ? g_strjoinv(", ", revert->files) : g_strdup("");
		return g_strdup_printf("It cannot be reverted on top of %.12s without a person: "
				       "conflicts in %s.",
				       onto, files);
	default:
		return NULL;
	}
}

static void add_revert(GString *text, const RunResult *result)
{
	g_autofree char *line = report_revert(result);
	g_autofree char *clean = text_clean(line, 0);

	if (line)
		g_string_append_printf(text, "\n%s\n", clean);
}

static void add_answer(GString *text, const RunResult *result)
{
	if (result->culprit.id)
		add_culprit(text, result);
	if (result->status != RUN_FOUND) {
		g_autofree char *reason = text_clean(result->reason, 0);

		g_string_append_printf(text, "%s%s: %s\n", result->culprit.id ? "\n" : "",
				       result->status == RUN_FAILED ? "Failed" : "Inconclusive",
				       reason);
	}
	for (guint i = 0; i < result->suspects->len; i++) {
		g_autofree char *suspect = text_clean(result->suspects->pdata[i], 120);

		g_string_append_printf(text, "  %s\n", suspect);
	}
	add_certainty(text, result);
	add_beside(text, result);
	add_revert(text, result);
}

char *report_answer(const RunResult *result)
{
	GString *text = g_string_new(NULL);

	add_answer(text, result);
	return g_string_free(text, FALSE);
}

char *report_text(const RunResult *result, const char *folder)
{
	GString *text = g_string_new(NULL);
	g_autofree char *took = report_duration(result->wall_ms);

	add_answer(text, result);
	add_steps(text, result->steps);
	g_string_append_printf(text, "\n  %u step%s in %s", result->steps->len,
			       text_s(result->steps->len), took);
	if (result->commits)
		g_string_append_printf(text, " over %u commit%s", result->commits,
				       text_s(result->commits));
	add_cached(text, result->steps);
	if (result->weighed)
		g_string_append_printf(
			text,
			"\n  %u of them could matter to the kernels that were built; "
			"relevance.jsonl says why each",
			result->relevant);
	g_string_append_printf(text, "\n  evidence: %s%s%s\n", folder, result->evidence ? "/" : "",
			       result->evidence ? result->evidence : "");
	return g_string_free(text, FALSE);
}
