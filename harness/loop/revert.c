/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The culprit, taken out of the newer end. */
#include "loop/revert.h"

#include <math.h>
#include <string.h>

#define TESTS_MAX 20

/* How many passes in a row say that a bad state which shows now and then is gone. */
static guint tests_needed(const RevertSpec *spec)
{
	const RunResult *result = spec->driver->result;
	double misses = 1 - result->rate;
	double n;

	if (!result->leaders->len || misses <= 0 || misses >= 1)
		return 1;
	n = ceil(log(1 - spec->confidence) / log(misses));
	return (guint)CLAMP(n, 1, TESTS_MAX);
}

static guint tests_done(const RunResult *result, const RepoId *id, const StepRecord **ret_last)
{
	guint n = 0;

	for (guint i = 0; i < result->steps->len; i++) {
		const StepRecord *step = result->steps->pdata[i];

		if (!g_str_equal(step->why, "revert") || !g_str_equal(step->revision, id->hex))
			continue;
		*ret_last = step;
		n++;
	}
	return n;
}

static void take_step(const RevertSpec *spec, const StepRecord *step)
{
	RunResult *result = spec->driver->result;
	RevertRecord *revert = &result->revert;
	Verdict state = terms_state(&result->terms, step->result.verdict);

	revert->state = state == VERDICT_GOOD  ? REVERT_MENDS
			: state == VERDICT_BAD ? REVERT_REMAINS
					       : REVERT_UNTESTED;
	g_free(revert->step);
	revert->step = g_strdup(step->folder);
	g_free(revert->reason);
	revert->reason = g_strdup(step->result.reason);
}

/* One answer that is not as before the culprit says it all. */
static bool test_revert(const RevertSpec *spec, const RepoId *id, GCancellable *cancel,
			GError **error)
{
	const InquiryStep next = { .id = *id, .why = "revert" };
	const InquiryStep again = { .id = *id, .why = "revert", .fresh = true };
	RevertRecord *revert = &spec->driver->result->revert;
	const StepRecord *step = NULL;
	guint n = tests_done(spec->driver->result, id, &step);
	guint needed = tests_needed(spec);

	if (step)
		take_step(spec, step);
	while (n < needed && (revert->state == REVERT_NONE || revert->state == REVERT_MENDS)) {
		if (!driver_aside(spec->driver, n ? &again : &next, cancel, &step, error))
			return false;
		take_step(spec, step);
		n++;
	}
	return true;
}

bool revert_check(const RevertSpec *spec, GCancellable *cancel, GError **error)
{
	RunResult *result = spec->driver->result;
	g_auto(GStrv) conflicts = NULL;
	RepoId culprit = { "" };
	RepoId id;

	if (result->status != RUN_FOUND || !result->culprit.id)
		return true;
	revert_record_clear(&result->revert);
	result->revert.state = REVERT_NONE;
	result->revert.onto = g_strdup(spec->onto->hex);
	g_strlcpy(culprit.hex, result->culprit.id, sizeof(culprit.hex));
	if (!worktree_revert(spec->tree, spec->onto, &culprit, &id, &conflicts, error))
		return false;
	if (!conflicts)
		return test_revert(spec, &id, cancel, error);
	result->revert.state = REVERT_CONFLICT;
	result->revert.files = g_steal_pointer(&conflicts);
	return true;
}
