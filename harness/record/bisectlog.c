/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisect.log: the run in git's own words. */
#include "record/run.h"

#include "util/fs.h"

#include <string.h>

static const StepRecord *find_step(const RunResult *result, const char *id)
{
	for (guint i = 0; i < result->steps->len; i++) {
		const StepRecord *step = result->steps->pdata[i];

		if (g_str_equal(step->revision, id))
			return step;
	}
	return NULL;
}

static void add_comment(GString *log, const char *word, const RunResult *result, const char *id)
{
	const StepRecord *step = find_step(result, id);

	g_string_append_printf(log, "# %s: [%s] %s\n", word, id, step ? step->subject : "");
}

/* The ends are in the first line. A bad end that an older bad tag has replaced is in none. */
static bool is_end(const char *id, const char *bad, const char *const *goods)
{
	return g_str_equal(id, bad) || g_strv_contains(goods, id);
}

/* The last word about each revision counts: a clean build may have turned an earlier one. */
static bool is_last(const RunResult *result, guint index)
{
	const StepRecord *step = result->steps->pdata[index];

	for (guint i = index + 1; i < result->steps->len; i++) {
		const StepRecord *later = result->steps->pdata[i];

		if (g_str_equal(later->revision, step->revision) &&
		    later->result.verdict != VERDICT_NONE)
			return false;
	}
	return true;
}

bool run_write_bisect_log(Run *run, const char *bad, const char *const *goods,
			  const RunResult *result, GError **error)
{
	g_autofree char *path = g_build_filename(run_folder(run), "bisect.log", NULL);
	g_autoptr(GString) log = g_string_new(NULL);

	add_comment(log, "bad", result, bad);
	for (guint i = 0; goods[i]; i++)
		add_comment(log, "good", result, goods[i]);
	g_string_append_printf(log, "git bisect start '%s'", bad);
	for (guint i = 0; goods[i]; i++)
		g_string_append_printf(log, " '%s'", goods[i]);
	g_string_append_c(log, '\n');
	for (guint i = 0; i < result->steps->len; i++) {
		const StepRecord *step = result->steps->pdata[i];
		const char *word = verdict_name(step->result.verdict);

		if (is_end(step->revision, bad, goods) || !is_last(result, i) ||
		    step->result.verdict == VERDICT_NONE || g_str_equal(step->why, "tag") ||
		    g_str_equal(step->why, "end"))
			continue;
		g_string_append_printf(log, "# %s: [%s] %s\ngit bisect %s %s\n", word,
				       step->revision, step->subject, word, step->revision);
	}
	if (result->status == RUN_FOUND)
		g_string_append_printf(log, "# first bad commit: [%s] %s\n", result->culprit.id,
				       result->culprit.subject);
	return fs_write(path, log->str, (gssize)log->len, error);
}
