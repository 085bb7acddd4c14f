/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which fixes make what they name testable, and the search with these. */
#include "inquiry/repair.h"

#include <string.h>

static Verdict label_of(const Inquiry *inquiry, const Patched *patched, bool *ret_clean)
{
	*ret_clean = false;
	return patched->fails ? VERDICT_SKIP : inquiry_label(inquiry, &patched->id, ret_clean);
}

static void ask(Inquiry *inquiry, const Patched *patched, bool clean, InquiryStep *ret_step)
{
	Repair *repair = inquiry->repair;
	g_autoptr(GArray) ids = repair_list(repair, patched->added);

	g_array_set_size(repair->shown, 0);
	if (ids->len > 0)
		g_array_append_vals(repair->shown, ids->data, ids->len);
	*ret_step = (InquiryStep){ .id = patched->id, .clean = clean, .why = "repair" };
	if (ids->len == 0)
		return;
	ret_step->of = *hunt_id(inquiry->main, patched->node);
	ret_step->patches = repair->shown;
}

/* ---- which fixes help ---- */

/*
 * Whether a revision can be tested with some fixes. Return: false with @error; else *ret_step was
 * filled and *ret_test set where that has to be seen first.
 */
static bool is_testable(Inquiry *inquiry, Node node, FixSet set, InquiryStep *ret_step,
			bool *ret_test, bool *ret_is, GError **error)
{
	const Patched *patched;
	Verdict label;
	bool clean;

	*ret_is = false;
	if (!repair_patch(inquiry, node, set, &patched, error))
		return false;
	label = label_of(inquiry, patched, &clean);
	*ret_is = label == VERDICT_GOOD || label == VERDICT_BAD;
	if (label == VERDICT_NONE) {
		ask(inquiry, patched, false, ret_step);
		*ret_test = true;
	}
	return true;
}

/* All fixes of one target; those that do not apply with those before them are left out. */
static bool gather_all(Inquiry *inquiry, Node target, FixSet base, FixSet *ret_set, GError **error)
{
	const Repair *repair = inquiry->repair;

	*ret_set = base;
	for (guint i = 0; i < repair->fixes->len; i++) {
		const Fix *fix = &g_array_index(repair->fixes, Fix, i);
		const Patched *patched;

		if (fix->target != target)
			continue;
		if (!repair_patch(inquiry, target, *ret_set | fix->chain, &patched, error))
			return false;
		if (!patched->fails)
			*ret_set |= fix->chain;
	}
	return true;
}

static bool is_last_of_target(const Repair *repair, guint at)
{
	guint here = g_array_index(repair->order, guint, at);
	guint next = at + 1 < repair->order->len ? g_array_index(repair->order, guint, at + 1)
						 : G_MAXUINT;

	return next == G_MAXUINT || g_array_index(repair->fixes, Fix, next).target !=
					    g_array_index(repair->fixes, Fix, here).target;
}

static void keep(Inquiry *inquiry, Node target, FixSet set)
{
	Repair *repair = inquiry->repair;
	g_autoptr(GArray) added = repair_list(repair, set & ~repair->works);

	for (guint i = 0; i < added->len; i++)
		inquiry_tell(inquiry, "%.12s can be tested with %.12s applied",
			     hunt_id(inquiry->main, target)->hex,
			     g_array_index(added, RepoId, i).hex);
	repair->works |= set;
}

/*
 * One fix on the commit that it names, beside those that have helped before: where these do
 * already, it mends something else, which had better stay as it is.
 */
static bool try_fix(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error)
{
	Repair *repair = inquiry->repair;
	const Fix *fix =
		&g_array_index(repair->fixes, Fix, g_array_index(repair->order, guint, repair->at));
	FixSet base = repair_needs(inquiry, fix->target, repair->works);
	FixSet sets[] = { base, base | fix->chain, 0 };

	if (is_last_of_target(repair, repair->at) &&
	    !gather_all(inquiry, fix->target, base, &sets[2], error))
		return false;
	for (guint i = 0; i < G_N_ELEMENTS(sets); i++) {
		bool is = false;

		if (sets[i] == 0)
			continue;
		if (!is_testable(inquiry, fix->target, sets[i], ret_step, ret_test, &is, error))
			return false;
		if (*ret_test)
			return true;
		if (is) {
			if (i > 0)
				keep(inquiry, fix->target, sets[i]);
			break;
		}
	}
	repair->at++;
	return true;
}

/* ---- the search with these ---- */

/* The youngest suspect that is bad as it is, and so the end of what is left; else the bad end. */
static Node find_top(const Inquiry *inquiry)
{
	Node top = NODE_NONE;

	for (guint i = 0; i < inquiry->suspects->len; i++) {
		const RepoId *id = &g_array_index(inquiry->suspects, RepoId, i);
		Node node = hunt_find(inquiry->main, id);
		bool clean;

		if (inquiry_label(inquiry, id, &clean) == VERDICT_BAD &&
		    (top == NODE_NONE || node > top))
			top = node;
	}
	return top == NODE_NONE ? inquiry->main->range->bad : top;
}

/* Its ends are what is known of revisions as they are, where that is beyond doubt. */
static void open_search(Inquiry *inquiry)
{
	const RepoRange *range = inquiry->main->range;
	bool sure = !search_doubts(inquiry->main->search);
	Repair *repair = inquiry->repair;
	g_autoptr(GArray) goods = g_array_copy(range->goods);

	for (Node node = 0; sure && node < range->ids->len; node++)
		if (search_label(inquiry->main->search, node) == VERDICT_GOOD)
			g_array_append_val(goods, node);
	repair->search =
		search_new(range->graph, sure ? find_top(inquiry) : range->bad,
			   (const Node *)(const void *)goods->data, goods->len, true, NULL);
	search_set_bases(repair->search, (const Node *)(const void *)range->bases->data,
			 range->bases->len);
	if (inquiry->spec->doubt)
		search_set_doubt(repair->search, inquiry->spec->doubt);
}

static void tell_search(Repair *repair, Node node, const Answer *answer)
{
	if (answer->other)
		search_forget_unclean(repair->search, node);
	search_answer(repair->search, node, answer->state, answer->clean);
}

/*
 * An answer about a revision as it is says nothing of what stands for it, where that has fixes
 * applied: these may be what makes it good, or bad.
 */
static bool take_plain(Inquiry *inquiry, const Answer *answer, GError **error)
{
	Node node = hunt_find(inquiry->main, &answer->id);
	FixSet missing;

	if (node == NODE_NONE)
		return true;
	if (!repair_missing(inquiry, node, repair_needs(inquiry, node, inquiry->repair->works),
			    &missing, error))
		return false;
	if (!missing)
		tell_search(inquiry->repair, node, answer);
	return true;
}

static bool take_answers(Inquiry *inquiry, GError **error)
{
	Repair *repair = inquiry->repair;

	for (; repair->taken < inquiry->seen; repair->taken++) {
		const Answer *answer = &g_array_index(inquiry->answers, Answer, repair->taken);

		if (!take_plain(inquiry, answer, error))
			return false;
		for (guint i = 0; i < repair->made->len; i++) {
			const Patched *patched = repair->made->pdata[i];

			if (patched->fed && patched->added &&
			    strcmp(patched->id.hex, answer->id.hex) == 0)
				tell_search(repair, patched->node, answer);
		}
	}
	return true;
}

/* From here on it stands for its revision, with what it has answered before. Return: whether it had
 * answered, or cannot. */
static bool feed(Inquiry *inquiry, Patched *patched)
{
	Repair *repair = inquiry->repair;
	bool any = false;

	if (patched->fed)
		return false;
	patched->fed = true;
	if (patched->fails) {
		search_answer(repair->search, patched->node, VERDICT_SKIP, true);
		return true;
	}
	for (guint i = 0; i < repair->taken && patched->added; i++) {
		const Answer *answer = &g_array_index(inquiry->answers, Answer, i);

		if (strcmp(patched->id.hex, answer->id.hex) != 0)
			continue;
		tell_search(repair, patched->node, answer);
		any = true;
	}
	return any;
}

/* Parents of the culprit with the same fixes as it. *ret_holds: they are good, all of them. A root
 * has no good side: with fixes it may be these that are bad. */
static bool check_parents(Inquiry *inquiry, Node culprit, InquiryStep *ret_step, bool *ret_test,
			  bool *ret_holds, GError **error)
{
	Repair *repair = inquiry->repair;
	FixSet set = repair_needs(inquiry, culprit, repair->works);
	guint n;
	const Node *parents = graph_parents(inquiry->main->range->graph, culprit, &n);

	*ret_holds = n > 0 || !set;
	for (guint i = 0; i < n && *ret_holds; i++) {
		const Patched *patched;
		Verdict label;
		bool clean;

		if (repair_needs(inquiry, parents[i], repair->works) == set)
			continue; /* the search has seen to it */
		if (!repair_patch(inquiry, parents[i], set, &patched, error))
			return false;
		label = label_of(inquiry, patched, &clean);
		if (!patched->fails && (label == VERDICT_NONE || !clean)) {
			ask(inquiry, patched, true, ret_step);
			*ret_test = true;
			return true;
		}
		*ret_holds = label == VERDICT_GOOD && !search_doubts(repair->search);
	}
	return true;
}

/* The search with fixes is the search for the culprit from here on. */
static void take_over(Inquiry *inquiry, Node culprit)
{
	Repair *repair = inquiry->repair;

	search_free(inquiry->main->search);
	inquiry->main->search = g_steal_pointer(&repair->search);
	inquiry->culprit = *hunt_id(inquiry->main, culprit);
	inquiry->end = END_FOUND;
	inquiry->repaired = repair_list(repair, repair_needs(inquiry, culprit, repair->works));
	g_array_set_size(inquiry->suspects, 0);
}

static bool end_search(Inquiry *inquiry, SearchAsk end, Node node, InquiryStep *ret_step,
		       bool *ret_test, GError **error)
{
	bool holds = false;

	if (end == SEARCH_FOUND && !check_parents(inquiry, node, ret_step, ret_test, &holds, error))
		return false;
	if (*ret_test)
		return true;
	if (holds && !main_is_cut(inquiry, node))
		take_over(inquiry, node);
	else if (end == SEARCH_FOUND || end == SEARCH_SUSPECTS)
		repair_suspects(inquiry, end == SEARCH_FOUND ? node : NODE_NONE);
	inquiry->stage++;
	return true;
}

static bool search_on(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error)
{
	Repair *repair = inquiry->repair;

	for (;;) {
		const Patched *patched;
		Node node = NODE_NONE;
		SearchWhy why;
		SearchAsk wish;

		if (!take_answers(inquiry, error))
			return false;
		wish = search_next(repair->search, &node, &why);
		if (wish != SEARCH_TEST && wish != SEARCH_CONFIRM)
			return end_search(inquiry, wish, node, ret_step, ret_test, error);
		if (!repair_patch(inquiry, node, repair_needs(inquiry, node, repair->works),
				  &patched, error))
			return false;
		if (feed(inquiry, (Patched *)patched))
			continue;
		ask(inquiry, patched, wish == SEARCH_CONFIRM, ret_step);
		ret_step->fresh = why == REASON_AGAIN || search_doubts(repair->search);
		ret_step->left = search_steps_left(repair->search);
		*ret_test = true;
		return true;
	}
}

/* ---- the stage ---- */

static bool open_repair(Inquiry *inquiry, GError **error)
{
	const InquirySpec *spec = inquiry->spec;

	if (inquiry->end != END_SUSPECTS || !inquiry->main || !inquiry->suspects->len ||
	    (!spec->apply && !spec->offer_repair))
		return true;
	if (spec->apply)
		inquiry_tell(inquiry,
			     "looking for later commits that say they fix one of the %u "
			     "that are left",
			     inquiry->suspects->len);
	return repair_new(inquiry, &inquiry->repair, error);
}

bool repair_next(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error)
{
	Repair *repair;

	if (!inquiry->repair && !open_repair(inquiry, error))
		return false;
	repair = inquiry->repair;
	if (!repair || !inquiry->spec->apply) {
		inquiry->stage++;
		return true;
	}
	while (repair->at < repair->order->len && !*ret_test)
		if (!try_fix(inquiry, ret_step, ret_test, error))
			return false;
	if (*ret_test)
		return true;
	if (!repair->works) {
		inquiry->stage++;
		return true;
	}
	if (!repair->search)
		open_search(inquiry);
	return search_on(inquiry, ret_step, ret_test, error);
}

char *repair_text(const Inquiry *inquiry)
{
	const Repair *repair = inquiry->repair;

	if (!repair)
		return g_strdup("");
	if (!repair->fixes->len)
		return g_strdup(inquiry->spec->apply ? "; no commit here says that it fixes one of "
						       "them"
						     : "");
	if (!inquiry->spec->apply)
		return g_strdup_printf("; run --repair may help: %.12s says that it fixes one of "
				       "them",
				       g_array_index(repair->fixes, Fix, 0).id.hex);
	if (!repair->works)
		return g_strdup_printf("; %u later commit%s that they fix one of them, and none "
				       "makes it testable",
				       repair->fixes->len,
				       repair->fixes->len == 1 ? " says" : "s say");
	return g_strdup("; with fixes of them applied they could not be told apart further");
}
