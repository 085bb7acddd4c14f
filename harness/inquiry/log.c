/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for the culprit as git's bisect log tells it. */
#include "inquiry/internal.h"

#include "record/bisectlog.h"

#include <string.h>

static char *subject_of(const Inquiry *inquiry, const char *hex)
{
	g_auto(RepoCommit) commit = { 0 };
	RepoId id = { "" };

	g_strlcpy(id.hex, hex, sizeof(id.hex));
	if (!repo_commit(inquiry->spec->repo, &id, &commit, NULL))
		return NULL;
	return g_steal_pointer(&commit.subject);
}

static bool is_end(const Inquiry *inquiry, const char *id)
{
	if (g_str_equal(id, inquiry->top.hex))
		return true;
	for (guint i = 0; i < inquiry->goods->len; i++)
		if (g_str_equal(id, g_array_index(inquiry->goods, RepoId, i).hex))
			return true;
	return false;
}

/* Whether an answer fits the culprit that was found in spite of some that do not. With fixes, only
 * what led to a culprit says something of the revision. */
static bool fits(const Inquiry *inquiry, const StepRecord *step)
{
	Verdict state = terms_state(inquiry->spec->terms, step->result.verdict);
	bool patched = step->patches && step->patches[0];
	RepoId id = { "" };
	Node node, culprit;

	if (patched && !inquiry->repaired)
		return false;
	if ((!inquiry->doubted && !patched) || inquiry->end != END_FOUND || state == VERDICT_SKIP)
		return true;
	g_strlcpy(id.hex, step->revision, sizeof(id.hex));
	node = hunt_find(inquiry->main, &id);
	culprit = hunt_find(inquiry->main, &inquiry->culprit);
	return node == NODE_NONE || culprit == NODE_NONE ||
	       graph_is_ancestor(inquiry->main->range->graph, culprit, node) ==
		       (state == VERDICT_BAD);
}

/* The last word about a revision counts: a clean build may have turned an earlier one round. */
static bool is_last(const Inquiry *inquiry, const RunResult *result, guint index)
{
	const StepRecord *step = result->steps->pdata[index];

	for (guint i = index + 1; i < result->steps->len; i++) {
		const StepRecord *later = result->steps->pdata[i];

		if (g_str_equal(later->revision, step->revision) &&
		    later->result.verdict != VERDICT_NONE && fits(inquiry, later))
			return false;
	}
	return true;
}

static void add_ends(BisectLog *log, const Inquiry *inquiry)
{
	g_autofree char *subject = subject_of(inquiry, inquiry->top.hex);

	bisect_log_start(log, inquiry->top.hex, subject);
	for (guint i = 0; i < inquiry->goods->len; i++) {
		const char *id = g_array_index(inquiry->goods, RepoId, i).hex;
		g_autofree char *of_good = subject_of(inquiry, id);

		bisect_log_start_good(log, id, of_good);
	}
}

/* Fixes that were applied go into the comment. */
static void add_step(BisectLog *log, const StepRecord *step)
{
	g_autofree char *fixes = step->patches ? g_strjoinv(", ", step->patches) : NULL;
	g_autofree char *text =
		fixes && fixes[0] ? g_strdup_printf("%s (with %s applied)", step->subject, fixes)
				  : g_strdup(step->subject);

	bisect_log_add(log, step->word, step->revision, text);
}

static void add_steps(BisectLog *log, Inquiry *inquiry, const RunResult *result)
{
	for (guint i = 0; i < result->steps->len; i++) {
		const StepRecord *step = result->steps->pdata[i];
		RepoId id = { "" };

		g_strlcpy(id.hex, step->revision, sizeof(id.hex));
		if (is_end(inquiry, step->revision) || !fits(inquiry, step) ||
		    !is_last(inquiry, result, i) || step->result.verdict == VERDICT_NONE ||
		    !inquiry_is_main(inquiry, &id))
			continue;
		add_step(log, step);
	}
}

static void add_skips(BisectLog *log, Inquiry *inquiry, const RunResult *result)
{
	for (guint i = 0; i < result->skips->len; i++) {
		RepoId id = { "" };

		/* There may be thousands, and this is written after each step: no subjects. */
		g_strlcpy(id.hex, result->skips->pdata[i], sizeof(id.hex));
		if (inquiry_is_main(inquiry, &id))
			bisect_log_add(log, "skip", id.hex, NULL);
	}
}

char *inquiry_log(Inquiry *inquiry, const RunResult *result)
{
	g_autoptr(BisectLog) log = bisect_log_new(&result->terms);

	log->first_parent = inquiry->spec->first_parent && inquiry->limited;
	if (inquiry->limited && inquiry->spec->paths) {
		g_strfreev(log->paths);
		log->paths = g_strdupv((char **)inquiry->spec->paths);
	}
	add_ends(log, inquiry);
	add_skips(log, inquiry, result);
	add_steps(log, inquiry, result);
	if (inquiry->end == END_FOUND) {
		g_autofree char *subject = subject_of(inquiry, inquiry->culprit.hex);

		log->end = g_strdup_printf("first %s commit: [%s] %s", result->terms.new_name,
					   inquiry->culprit.hex, subject ? subject : "");
	}
	return bisect_log_text(log);
}
