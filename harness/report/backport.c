/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One table for many branches. */
#include "report/backport.h"

#include "report/report.h"
#include "util/text.h"

#include <string.h>

#define BRANCH_SHOWN 24
#define PATHS_SHOWN 5

static const char *there(const BackportCommit *commit)
{
	if (commit->reverted)
		return "reverted";
	return g_str_equal(commit->how, "no") ? "no" : "yes";
}

static const char *all_there(const GPtrArray *commits)
{
	const char *word = "-";

	for (guint i = 0; i < commits->len; i++) {
		const char *one = there(commits->pdata[i]);

		word = i == 0 || g_str_equal(word, one) ? one : "some";
	}
	return word;
}

static const char *words_of(const MatrixRow *row)
{
	static const char *const words[] = { "-", "good", "bad", "untestable" };

	return words[row ? row->cells[0].result.verdict : VERDICT_NONE];
}

static const char *answer_words(BackportAnswer answer)
{
	static const char *const words[] = {
		[BACKPORT_TAKE] = "take it",
		[BACKPORT_HAS] = "has it",
		[BACKPORT_HAS_BAD] = "has it, and is bad nevertheless",
		[BACKPORT_NOT_AFFECTED] = "not affected: what it fixes is not there",
		[BACKPORT_NOT_SHOWN] = "not needed for this case: good without it",
		[BACKPORT_CONFLICTS] = "needs a person: it does not apply",
		[BACKPORT_NO_BUILD] = "does not build with it",
		[BACKPORT_NO_USE] = "does not mend it",
		[BACKPORT_BREAKS] = "breaks something else",
		[BACKPORT_UNTESTABLE] = "untestable",
		[BACKPORT_TROUBLE] = "not finished",
	};

	return words[answer];
}

static void add_line(GString *text, const BackportRow *row)
{
	g_autofree char *branch = text_clean(row->branch, BRANCH_SHOWN);
	const char *applies = !g_str_equal(there(row->fix), "no") && !row->fix->reverted ? "-"
			      : row->conflicts                                           ? "no"
			      : row->empty                                               ? "empty"
											 : "yes";

	g_string_append_printf(text, "%-*s  %-8s  %-8s  %-10s  %-7s  %-10s  %s\n", BRANCH_SHOWN,
			       branch, all_there(row->fixes), there(row->fix),
			       words_of(row->without), applies, words_of(row->with),
			       answer_words(row->answer));
}

static void add_commit(GString *text, const char *what, const BackportCommit *commit)
{
	g_autofree char *subject = text_clean(commit->subject, 60);

	g_string_append_printf(text, "    %s %.12s (%s): ", what, commit->id, subject);
	if (g_str_equal(commit->how, "no"))
		g_string_append(text, "not in the branch");
	else if (g_str_equal(commit->how, "yes"))
		g_string_append(text, "in the branch");
	else
		g_string_append_printf(text, "in the branch as %.12s%s", commit->as,
				       g_str_equal(commit->how, "patch") ? ", the same patch" : "");
	if (commit->reverted)
		g_string_append_printf(text, ", and reverted by %.12s", commit->reverted);
	g_string_append_c(text, '\n');
}

static void add_test(GString *text, const char *what, const Backport *backport,
		     const MatrixRow *row)
{
	for (guint i = 0; row && i < row->n_cells; i++) {
		const StepResult *result = &row->cells[i].result;
		g_autofree char *reason = text_clean(result->reason, 0);

		if (result->verdict == VERDICT_BAD || result->verdict == VERDICT_SKIP)
			g_string_append_printf(
				text, "    %s, %s: %s: %s\n", what, backport->matrix->cases[i],
				result->verdict == VERDICT_BAD ? "bad" : "untestable", reason);
	}
}

static void add_branch(GString *text, const Backport *backport, const BackportRow *row)
{
	g_autofree char *branch = text_clean(row->branch, 0);
	guint missing = 0;

	g_string_append_printf(text, "\n  %s (%.12s): %s\n", branch, row->tip,
			       answer_words(row->answer));
	add_commit(text, "the fix", row->fix);
	for (guint i = 0; i < row->fixes->len; i++)
		add_commit(text, "it fixes", row->fixes->pdata[i]);
	for (guint i = 0; i < row->later->len; i++) {
		const BackportCommit *later = row->later->pdata[i];

		add_commit(text, "it is fixed itself by", later);
		missing += g_str_equal(there(later), "no");
	}
	if (missing && (row->answer == BACKPORT_TAKE || row->answer == BACKPORT_HAS))
		g_string_append_printf(text, "    take %s, too\n",
				       missing == 1 ? "that one" : "those");
	for (guint i = 0; row->conflicts && row->conflicts[i] && i < PATHS_SHOWN; i++)
		g_string_append_printf(text, "    conflict in %s\n", row->conflicts[i]);
	add_test(text, "without it", backport, row->without);
	add_test(text, "with it", backport, row->with);
	for (guint i = 0; i < row->broken->len; i++)
		g_string_append_printf(
			text, "    it breaks %s\n",
			backport->matrix->cases[g_array_index(row->broken, guint, i)]);
}

char *report_backport_text(const Backport *backport, const char *folder)
{
	g_autofree char *subject = text_clean(backport->subject, 70);
	g_autofree char *took = report_duration(backport->matrix->wall_ms);
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "%.12s  %s\n\n", backport->fix, subject);
	g_string_append_printf(text, "%-*s  %-8s  %-8s  %-10s  %-7s  %-10s  %s\n", BRANCH_SHOWN,
			       "branch", "break in", "fix in", "without", "applies", "with",
			       "answer");
	for (guint i = 0; i < backport->rows->len; i++)
		add_line(text, backport->rows->pdata[i]);
	for (guint i = 0; i < backport->rows->len; i++)
		add_branch(text, backport, backport->rows->pdata[i]);
	if (backport->rows->len && !((BackportRow *)backport->rows->pdata[0])->fixes->len &&
	    !backport->unknown[0])
		g_string_append(text, "\n  the fix has no Fixes: line, so which branches have what "
				      "it fixes is not known\n");
	for (char **name = backport->unknown; *name; name++)
		g_string_append_printf(text, "\n  Fixes: %s: this repository does not know it\n",
				       *name);
	g_string_append_printf(text, "\n  %s\n  evidence: %s\n", took, folder);
	return g_string_free(text, FALSE);
}
