/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixes, revisions that they are applied to, and what the answers of these are worth. */
#include "inquiry/repair.h"

#include "repo/fixes.h"

#include <string.h>

void repair_free(Repair *repair)
{
	if (!repair)
		return;
	g_array_unref(repair->fixes);
	g_array_unref(repair->order);
	g_ptr_array_unref(repair->made);
	g_array_unref(repair->shown);
	search_free(repair->search);
	g_free(repair);
}

/* Suspects that cannot be tested. */
static GArray *broken_of(const Inquiry *inquiry)
{
	GArray *broken = g_array_new(FALSE, TRUE, sizeof(RepoId));

	for (guint i = 0; i < inquiry->suspects->len; i++) {
		const RepoId *id = &g_array_index(inquiry->suspects, RepoId, i);
		bool clean;

		if (inquiry_label(inquiry, id, &clean) == VERDICT_SKIP)
			g_array_append_val(broken, *id);
	}
	return broken;
}

/* A commit that names several counts for the first that it names. */
static void add_fix(Inquiry *inquiry, Repair *repair, const RepoFix *found)
{
	Fix fix = { found->id, hunt_find(inquiry->main, &found->of), 0 };

	for (guint i = 0; i < repair->fixes->len; i++) {
		const Fix *other = &g_array_index(repair->fixes, Fix, i);

		if (strcmp(other->id.hex, found->id.hex) == 0)
			return;
		if (strcmp(other->id.hex, found->of.hex) == 0) {
			fix.target = other->target;
			fix.chain = other->chain;
		}
	}
	if (fix.target == NODE_NONE || repair->fixes->len == FIXES_MAX)
		return;
	fix.chain |= G_GUINT64_CONSTANT(1) << repair->fixes->len;
	g_array_append_val(repair->fixes, fix);
}

static int compare_targets(gconstpointer a, gconstpointer b, gpointer user)
{
	const Repair *repair = user;
	guint x = *(const guint *)a;
	guint y = *(const guint *)b;
	Node of_x = g_array_index(repair->fixes, Fix, x).target;
	Node of_y = g_array_index(repair->fixes, Fix, y).target;

	if (of_x != of_y)
		return of_x < of_y ? -1 : 1;
	return x < y ? -1 : x > y;
}

bool repair_new(Inquiry *inquiry, Repair **ret_repair, GError **error)
{
	g_autoptr(GArray) broken = broken_of(inquiry);
	g_autoptr(GArray) found = NULL;
	Repair *repair;

	if (!repo_fixes(inquiry->spec->repo, broken, &found, error))
		return false;
	repair = g_new0(Repair, 1);
	repair->fixes = g_array_new(FALSE, FALSE, sizeof(Fix));
	repair->order = g_array_new(FALSE, FALSE, sizeof(guint));
	repair->made = g_ptr_array_new_with_free_func(g_free);
	repair->shown = g_array_new(FALSE, TRUE, sizeof(RepoId));
	for (guint i = 0; i < found->len; i++)
		add_fix(inquiry, repair, &g_array_index(found, RepoFix, i));
	for (guint i = 0; i < repair->fixes->len; i++)
		g_array_append_val(repair->order, i);
	g_array_sort_with_data(repair->order, compare_targets, repair);
	*ret_repair = repair;
	return true;
}

FixSet repair_needs(const Inquiry *inquiry, Node node, FixSet set)
{
	const Repair *repair = inquiry->repair;
	const Graph *graph = inquiry->main->range->graph;
	FixSet needs = 0;

	for (guint i = 0; i < repair->fixes->len; i++)
		if (set >> i & 1 &&
		    graph_is_ancestor(graph, g_array_index(repair->fixes, Fix, i).target, node))
			needs |= G_GUINT64_CONSTANT(1) << i;
	return needs;
}

GArray *repair_list(const Repair *repair, FixSet set)
{
	GArray *ids = g_array_new(FALSE, TRUE, sizeof(RepoId));

	for (guint i = 0; i < repair->fixes->len; i++)
		if (set >> i & 1)
			g_array_append_val(ids, g_array_index(repair->fixes, Fix, i).id);
	return ids;
}

/* Limits leave commits out of the range: there the repository knows. */
bool repair_missing(const Inquiry *inquiry, Node node, FixSet set, FixSet *ret_missing,
		    GError **error)
{
	*ret_missing = 0;
	for (guint i = 0; i < inquiry->repair->fixes->len; i++) {
		const Fix *fix = &g_array_index(inquiry->repair->fixes, Fix, i);
		Node own = hunt_find(inquiry->main, &fix->id);
		bool has = own != NODE_NONE &&
			   graph_is_ancestor(inquiry->main->range->graph, own, node);

		if (!(set >> i & 1))
			continue;
		if (!has && inquiry->limited &&
		    !repo_is_ancestor(inquiry->spec->repo, &fix->id, hunt_id(inquiry->main, node),
				      &has, error))
			return false;
		if (!has)
			*ret_missing |= G_GUINT64_CONSTANT(1) << i;
	}
	return true;
}

bool repair_patch(Inquiry *inquiry, Node node, FixSet set, const Patched **ret_patched,
		  GError **error)
{
	const InquirySpec *spec = inquiry->spec;
	Repair *repair = inquiry->repair;
	Patched patched = { .node = node, .set = set, .id = *hunt_id(inquiry->main, node) };
	g_autoptr(GArray) ids = NULL;

	for (guint i = 0; i < repair->made->len; i++) {
		*ret_patched = repair->made->pdata[i];
		if ((*ret_patched)->node == node && (*ret_patched)->set == set)
			return true;
	}
	if (!repair_missing(inquiry, node, set, &patched.added, error))
		return false;
	ids = repair_list(repair, patched.added);
	if (ids->len > 0 &&
	    !spec->apply(hunt_id(inquiry->main, node), (const RepoId *)(const void *)ids->data,
			 ids->len, &patched.id, &patched.fails, spec->user, error))
		return false;
	*ret_patched = g_memdup2(&patched, sizeof(patched));
	g_ptr_array_add(repair->made, (gpointer)*ret_patched);
	return true;
}

/* ---- what remains where no culprit came out ---- */

/* What a revision with its fixes has answered; it stands for the revision in the search. */
static Verdict answer_of(const Inquiry *inquiry, const Patched *patched)
{
	bool clean;

	return patched->fed && !patched->fails ? inquiry_label(inquiry, &patched->id, &clean)
					       : VERDICT_NONE;
}

/* The sets that revisions with one state have, whether or not any of it had to be applied. */
static GArray *sets_with(const Inquiry *inquiry, Verdict state)
{
	const Repair *repair = inquiry->repair;
	GArray *sets = g_array_new(FALSE, FALSE, sizeof(FixSet));
	const GArray *answers = inquiry->answers;

	for (guint i = 0; i < repair->made->len; i++) {
		const Patched *patched = repair->made->pdata[i];

		if (answer_of(inquiry, patched) == state)
			g_array_append_val(sets, patched->set);
	}
	for (guint i = 0; i < inquiry->seen; i++) {
		const Answer *answer = &g_array_index(answers, Answer, i);
		Node node = hunt_find(inquiry->main, &answer->id);
		FixSet missing;
		FixSet set;

		if (node == NODE_NONE || answer->state != state)
			continue;
		set = repair_needs(inquiry, node, repair->works);
		if (repair_missing(inquiry, node, set, &missing, NULL) && !missing)
			g_array_append_val(sets, set);
	}
	return sets;
}

static bool has_set(const GArray *sets, FixSet set)
{
	for (guint i = 0; i < sets->len; i++)
		if (g_array_index(sets, FixSet, i) == set)
			return true;
	return false;
}

/* A fix that undoes the culprit makes all good: good counts where bad was seen with the same. */
static bool goods_are_sound(const Inquiry *inquiry)
{
	const Repair *repair = inquiry->repair;
	g_autoptr(GArray) bads = sets_with(inquiry, VERDICT_BAD);

	for (guint i = 0; i < repair->made->len; i++) {
		const Patched *patched = repair->made->pdata[i];

		if (patched->added && answer_of(inquiry, patched) == VERDICT_GOOD &&
		    !has_set(bads, patched->set))
			return false;
	}
	return true;
}

/* Fixes that may be what made a revision bad: applied to a bad one, and in no good one. */
static FixSet find_blamed(const Inquiry *inquiry)
{
	const Repair *repair = inquiry->repair;
	g_autoptr(GArray) goods = sets_with(inquiry, VERDICT_GOOD);
	FixSet blamed = 0;

	for (guint i = 0; i < repair->made->len; i++) {
		const Patched *patched = repair->made->pdata[i];

		if (answer_of(inquiry, patched) == VERDICT_BAD)
			blamed |= patched->added;
	}
	for (guint i = 0; i < goods->len; i++)
		blamed &= ~g_array_index(goods, FixSet, i);
	return blamed;
}

static bool has_suspect(const GArray *suspects, const RepoId *id)
{
	for (guint i = 0; i < suspects->len; i++)
		if (strcmp(g_array_index(suspects, RepoId, i).hex, id->hex) == 0)
			return true;
	return false;
}

void repair_suspects(Inquiry *inquiry, Node found)
{
	Repair *repair = inquiry->repair;
	g_autoptr(GArray) nodes = NULL;
	g_autoptr(GArray) blamed = NULL;
	g_autoptr(GArray) left = g_array_new(FALSE, TRUE, sizeof(RepoId));

	if (!repair->search || !goods_are_sound(inquiry))
		return;
	if (found == NODE_NONE) {
		nodes = search_suspects(repair->search);
	} else {
		nodes = g_array_new(FALSE, FALSE, sizeof(Node));
		g_array_append_val(nodes, found);
	}
	for (guint i = 0; i < nodes->len; i++)
		g_array_append_val(left, *hunt_id(inquiry->main, g_array_index(nodes, Node, i)));
	blamed = repair_list(repair, find_blamed(inquiry));
	for (guint i = 0; i < blamed->len; i++)
		if (!has_suspect(left, &g_array_index(blamed, RepoId, i)))
			g_array_append_val(left, g_array_index(blamed, RepoId, i));
	if (left->len == 0 || left->len >= inquiry->suspects->len)
		return;
	g_array_set_size(inquiry->suspects, 0);
	g_array_append_vals(inquiry->suspects, left->data, left->len);
}
