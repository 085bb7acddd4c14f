/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an inquiry has found out, as a run's result. */
#include "inquiry/internal.h"

#include "util/error.h"

#include <string.h>

static bool fill(Inquiry *inquiry, const RepoId *id, CommitRecord *record, GError **error)
{
	g_auto(RepoCommit) commit = { 0 };

	commit_record_clear(record);
	if (!has_id(id))
		return true;
	if (!repo_commit(inquiry->spec->repo, id, &commit, error))
		return false;
	record->id = g_strdup(commit.id.hex);
	record->subject = g_steal_pointer(&commit.subject);
	record->author = g_steal_pointer(&commit.author);
	record->date = g_steal_pointer(&commit.date);
	record->files = g_steal_pointer(&commit.files);
	return true;
}

/* As "ID SUBJECT". */
static void add_names(const Inquiry *inquiry, const GArray *ids, GPtrArray *names)
{
	g_ptr_array_set_size(names, 0);
	for (guint i = 0; ids && i < ids->len; i++) {
		const RepoId *id = &g_array_index(ids, RepoId, i);
		g_auto(RepoCommit) commit = { 0 };

		g_ptr_array_add(names, repo_commit(inquiry->spec->repo, id, &commit, NULL)
					       ? g_strdup_printf("%s %s", id->hex, commit.subject)
					       : g_strdup(id->hex));
	}
}

static char *trouble_text(const Inquiry *inquiry)
{
	const Terms *terms = inquiry->spec->terms;
	const char *old_word = terms->old_name;
	const char *new_word = terms->new_name;
	const char *old_option = terms->find_fix ? "--bad" : "--good";
	const char *new_option = terms->find_fix ? "--good" : "--bad";
	const char *id = inquiry->about.hex;

	switch (inquiry->trouble) {
	case TROUBLE_BAD_IS_GOOD:
		return g_strdup_printf(
			"the %s end %.12s is %s: nothing to find in this range; "
			"check %s%s",
			new_word, id, old_word, new_option,
			inquiry->spec->doubt && !terms->find_fix
				? ", or say --noise auto where it shows only now and then"
				: "");
	case TROUBLE_BAD_UNTESTABLE:
		return g_strdup_printf("the %s end %.12s cannot be tested", new_word, id);
	case TROUBLE_GOOD_IS_BAD:
		return g_strdup_printf("the %s end %.12s is %s: the change is older; give an older "
				       "%s",
				       old_word, id, new_word, old_option);
	case TROUBLE_GOOD_UNTESTABLE:
		return g_strdup_printf("the %s end %.12s cannot be tested", old_word, id);
	default:
		return g_strdup_printf("no %s revision that shares history with the %s one is "
				       "left: give an older %s",
				       old_word, new_word, old_option);
	}
}

static char *suspects_text(const Inquiry *inquiry)
{
	g_autofree char *repair = repair_text(inquiry);

	return g_strdup_printf(
		"untestable revisions hide the culprit: it is one of these %u%s%s",
		inquiry->suspects->len,
		inquiry->limited ? ", or one that the limits of the range leave out" : "", repair);
}

static char *reason_of(Inquiry *inquiry)
{
	const Terms *terms = inquiry->spec->terms;
	const char *old_option = terms->find_fix ? "--bad" : "--good";

	switch (inquiry->end) {
	case END_SUSPECTS:
		return suspects_text(inquiry);
	case END_CUT:
		return g_strdup_printf("%.12s is %s, and this shallow clone leaves out what was "
				       "before it: bring the rest of the history with git -C '%s' "
				       "fetch --unshallow",
				       inquiry->culprit.hex, terms->new_name,
				       repo_path(inquiry->spec->repo));
	case END_TROUBLE:
		return trouble_text(inquiry);
	case END_NO_TAG:
		return g_strdup_printf("no tag behind %.12s is %s: give %s REV", inquiry->top.hex,
				       terms->old_name, old_option);
	case END_NO_OLDER:
		return g_strdup_printf("%.12s is %s although %.12s, which descends from it, is %s: "
				       "the change is older and was undone between them; give an "
				       "older %s revision to find it",
				       inquiry->masked_bad.hex, terms->new_name,
				       inquiry->masked_good.hex, terms->old_name, old_option);
	default:
		return g_strdup("not finished");
	}
}

/* One line about what else came to light. */
static char *finding_of(const Inquiry *inquiry)
{
	const Terms *terms = inquiry->spec->terms;

	if (has_id(&inquiry->masked_bad))
		return g_strdup_printf("the change was masked: %.12s is %s although it is an "
				       "ancestor of %.12s, which is %s%s",
				       inquiry->masked_bad.hex, terms->new_name,
				       inquiry->masked_good.hex, terms->old_name,
				       has_id(&inquiry->masked_by) && !has_id(&inquiry->exposed_at)
					       ? "; the end of the range does not have what masked "
						 "it, or it is not clear what exposed it again"
					       : "");
	if (has_id(&inquiry->pair[0]))
		return g_strdup_printf(
			"both sides of the merge are %s: two of their commits do not "
			"go together",
			terms->old_name);
	if (inquiry->own_doing)
		return g_strdup_printf("both sides of the merge are %s, and so is merging them "
				       "anew: what the merge itself changed is the cause",
				       terms->old_name);
	if (has_id(&inquiry->brought_by))
		return g_strdup_printf("the culprit came with the merge %.12s",
				       inquiry->brought_by.hex);
	return NULL;
}

/* How sure it is, and who else it could have been. */
static void add_certainty(Inquiry *inquiry, RunResult *result)
{
	g_auto(SearchCertainty) certainty = { 0 };

	g_ptr_array_set_size(result->leaders, 0);
	result->tests = 0;
	if (!inquiry->main || !search_certainty(inquiry->main->search, &certainty))
		return;
	result->tests = certainty.tests;
	result->rate = certainty.rate;
	result->odd = certainty.odd;
	for (guint i = 0; i < certainty.leaders->len; i++) {
		const SearchLeader *leader = &g_array_index(certainty.leaders, SearchLeader, i);
		const RepoId *id = hunt_id(inquiry->main, leader->node);
		LeaderRecord *record = g_new0(LeaderRecord, 1);
		g_auto(RepoCommit) commit = { 0 };

		record->id = g_strdup(id->hex);
		record->subject = repo_commit(inquiry->spec->repo, id, &commit, NULL)
					  ? g_strdup(commit.subject)
					  : g_strdup("");
		record->probability = leader->probability;
		g_ptr_array_add(result->leaders, record);
	}
}

bool inquiry_report(Inquiry *inquiry, RunResult *result, GError **error)
{
	g_clear_pointer(&result->reason, g_free);
	g_clear_pointer(&result->reason_about, g_free);
	g_clear_pointer(&result->finding, g_free);
	result->status = inquiry->end == END_FOUND ? RUN_FOUND : RUN_INCONCLUSIVE;
	result->commits = inquiry->commits;
	if (inquiry->end != END_FOUND)
		result->reason = reason_of(inquiry);
	if (inquiry->end == END_TROUBLE || inquiry->end == END_NO_TAG)
		result->reason_about = g_strdup(inquiry->about.hex);
	result->finding = finding_of(inquiry);
	add_names(inquiry, inquiry->suspects, result->suspects);
	add_names(inquiry, inquiry->repaired, result->patches);
	add_certainty(inquiry, result);
	return (inquiry->end != END_FOUND ||
		fill(inquiry, &inquiry->culprit, &result->culprit, error)) &&
	       fill(inquiry, &inquiry->masked_by, &result->masked_by, error) &&
	       fill(inquiry, &inquiry->exposed_at, &result->exposed_at, error) &&
	       fill(inquiry, &inquiry->exposed_by, &result->exposed_by, error) &&
	       fill(inquiry, &inquiry->brought_by, &result->brought_by, error) &&
	       fill(inquiry, &inquiry->pair[0], &result->pair[0], error) &&
	       fill(inquiry, &inquiry->pair[1], &result->pair[1], error);
}
