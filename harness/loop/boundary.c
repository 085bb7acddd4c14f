/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the culprit from a change of the compiler. */
#include "loop/boundary.h"

#include "util/error.h"

#include <string.h>

/* One edge over which the compiler changes. */
typedef struct {
	RepoId child, parent;
	const Toolchain *of_child, *of_parent;
	Verdict was_child, was_parent;
} Edge;

/* What was found of a revision before; the last word counts. */
static Verdict known_verdict(const RunResult *result, const RepoId *id)
{
	for (guint i = result->steps->len; i-- > 0;) {
		const StepRecord *step = result->steps->pdata[i];

		if (g_str_equal(step->revision, id->hex) && step->result.verdict != VERDICT_SKIP)
			return step->result.verdict;
	}
	return VERDICT_NONE;
}

static bool test_with(const DriverSpec *spec, Workshop *shop, const RepoId *id,
		      const Toolchain *chain, GCancellable *cancel, Verdict *ret_verdict,
		      GError **error)
{
	const InquiryStep next = { .id = *id, .clean = true, .fresh = true, .why = "boundary" };
	const StepRecord *step;
	bool ok;

	shop->chain = chain;
	ok = driver_aside(spec, &next, cancel, &step, error);
	shop->chain = NULL;
	if (ok)
		*ret_verdict = step->result.verdict;
	return ok;
}

/* Takes the culprit back: @line is what there is to say instead. */
static void acquit(RunResult *result, char *line)
{
	commit_record_clear(&result->culprit);
	result->culprit = (CommitRecord){ 0 };
	result->status = RUN_INCONCLUSIVE;
	g_free(result->reason);
	result->reason = line;
	g_free(result->reason_about);
	result->reason_about = NULL;
}

static void conclude(const DriverSpec *spec, const Edge *edge, Verdict child, Verdict parent)
{
	RunResult *result = spec->result;
	Verdict was_child = edge->was_child, was_parent = edge->was_parent;
	const char *old = edge->of_parent->text, *new = edge->of_child->text;
	char *line;

	if (child == was_child && parent == was_parent) {
		if (spec->events.note)
			spec->events.note("the compiler changes at the culprit; with either one "
					  "the answer is the same",
					  spec->events.user);
		return;
	}
	if (child == was_parent && parent == was_child) {
		acquit(result,
		       g_strdup_printf(
			       "the compiler makes the difference, no commit: %.12s and its "
			       "parent %.12s are both %s with %s, and both %s with %s",
			       edge->child.hex, edge->parent.hex,
			       terms_word(&result->terms, was_parent), old,
			       terms_word(&result->terms, was_child), new));
		return;
	}
	line = g_strdup_printf(
		"%sthe compiler changes at %.12s, from %s to %s: with the former it is %s, and its "
		"parent with the latter %s",
		result->finding ? result->finding : "", edge->child.hex, old, new,
		terms_word(&result->terms, child), terms_word(&result->terms, parent));
	g_free(result->finding);
	result->finding = line;
}

static bool check_edge(const DriverSpec *spec, Workshop *shop, Edge *edge, GCancellable *cancel,
		       GError **error)
{
	Verdict child, parent;

	edge->was_child = known_verdict(spec->result, &edge->child);
	edge->was_parent = known_verdict(spec->result, &edge->parent);
	if (edge->was_child == VERDICT_NONE || edge->was_parent == VERDICT_NONE)
		return true;
	if (!test_with(spec, shop, &edge->child, edge->of_parent, cancel, &child, error) ||
	    !test_with(spec, shop, &edge->parent, edge->of_child, cancel, &parent, error))
		return false;
	conclude(spec, edge, child, parent);
	return true;
}

bool boundary_check(const DriverSpec *spec, Workshop *shop, GCancellable *cancel, GError **error)
{
	g_autoptr(GArray) parents = NULL;
	Edge edge = { 0 };
	bool cut;

	if (spec->result->status != RUN_FOUND || !spec->result->culprit.id)
		return true;
	g_strlcpy(edge.child.hex, spec->result->culprit.id, sizeof(edge.child.hex));
	if (!repo_parents(spec->repo, &edge.child, &parents, &cut, error) ||
	    !step_chain(shop, &edge.child, &edge.of_child, error))
		return false;
	for (guint i = 0; i < parents->len && spec->result->culprit.id; i++) {
		edge.parent = g_array_index(parents, RepoId, i);
		if (!step_chain(shop, &edge.parent, &edge.of_parent, error))
			return false;
		if (edge.of_child != edge.of_parent &&
		    !check_edge(spec, shop, &edge, cancel, error))
			return false;
	}
	return true;
}
