/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After the culprit: what masked it and what exposed it again; and where a merge broke what both
 * its sides had whole, which two commits do not go together.
 */
#include "inquiry/internal.h"

#include <string.h>

static bool read_range(const Inquiry *inquiry, const RepoId *bad, const RepoId *goods,
		       guint n_goods, RepoRange **ret_range, GError **error)
{
	RepoRangeSpec spec = { .bad = *bad, .goods = goods, .n_goods = n_goods };

	return repo_range(inquiry->spec->repo, &spec, ret_range, error);
}

/* From the bad ancestor up to the good that descends from it, the other way round. */
static bool open_mask(Inquiry *inquiry, GError **error)
{
	RepoRange *range = NULL;

	if (!has_id(&inquiry->masked_bad))
		return true;
	inquiry_tell(inquiry, "looking for what masked it between %.12s and %.12s",
		     inquiry->masked_bad.hex, inquiry->masked_good.hex);
	if (!read_range(inquiry, &inquiry->masked_good, &inquiry->masked_bad, 1, &range, error))
		return false;
	inquiry->hunt = hunt_new(inquiry, range, true);
	inquiry->hunt->inverted = true;
	if (inquiry->spec->doubt) {
		SearchDoubt turned = search_doubt_turned(inquiry->spec->doubt);

		search_set_doubt(inquiry->hunt->search, &turned);
	}
	return true;
}

/* Above what masked it, to the bad end: only commits that have it can say what undid it. */
static bool open_expose(Inquiry *inquiry, GError **error)
{
	const InquirySpec *spec = inquiry->spec;
	g_auto(RepoCommit) commit = { 0 };
	RepoRange *range = NULL;
	bool reached = false;

	if (!has_id(&inquiry->masked_by))
		return true;
	if (!repo_is_ancestor(spec->repo, &inquiry->masked_by, &spec->bad, &reached, error) ||
	    !repo_commit(spec->repo, &inquiry->masked_by, &commit, error))
		return false;
	if (!reached || commit.parents->len == 0)
		return true;
	inquiry_tell(inquiry, "looking for what exposed it again above %.12s",
		     inquiry->masked_by.hex);
	if (!read_range(inquiry, &spec->bad, (const RepoId *)(const void *)commit.parents->data,
			commit.parents->len, &range, error))
		return false;
	inquiry->hunt = hunt_new_above(inquiry, range, &inquiry->masked_by);
	if (inquiry->hunt && inquiry->spec->doubt)
		search_set_doubt(inquiry->hunt->search, inquiry->spec->doubt);
	return true;
}

/* The two sides of a merge that is the culprit; more than two say nothing about a pair. One that
 * needs fixes to be tested would need them for each pair. */
static bool sides_of_culprit(Inquiry *inquiry, GError **error)
{
	g_auto(RepoCommit) commit = { 0 };

	if (inquiry->end != END_FOUND || has_id(&inquiry->masked_bad) || inquiry->repaired)
		return true;
	if (!repo_commit(inquiry->spec->repo, &inquiry->culprit, &commit, error))
		return false;
	if (commit.parents->len != 2)
		return true;
	inquiry->merge = inquiry->culprit;
	inquiry->base = g_array_index(commit.parents, RepoId, 0);
	inquiry->side = g_array_index(commit.parents, RepoId, 1);
	return true;
}

typedef enum {
	SIDES_APART,     /* each has commits of its own, on something in common */
	SIDES_CONTAINED, /* one has all of the other: nothing to merge */
	SIDES_UNRELATED, /* nothing in common: no commit of a side alone can be merged */
} Sides;

static bool compare_sides(Inquiry *inquiry, Sides *ret_sides, GError **error)
{
	Repo *repo = inquiry->spec->repo;
	g_autoptr(GArray) base = g_array_new(FALSE, TRUE, sizeof(RepoId));
	g_autoptr(GArray) related = NULL;
	bool above = false;
	bool below = false;

	g_array_append_val(base, inquiry->base);
	if (!repo_is_ancestor(repo, &inquiry->side, &inquiry->base, &below, error) ||
	    !repo_is_ancestor(repo, &inquiry->base, &inquiry->side, &above, error) ||
	    !repo_goods_below(repo, &inquiry->side, base, &related, error))
		return false;
	*ret_sides = above || below      ? SIDES_CONTAINED
		     : related->len == 0 ? SIDES_UNRELATED
					 : SIDES_APART;
	return true;
}

/* Search the side for the first commit that is bad when merged with the base. */
static bool open_side(Inquiry *inquiry, GError **error)
{
	RepoRange *range = NULL;
	Sides sides;

	if (inquiry->stage == STAGE_SIDE && !has_id(&inquiry->merge) &&
	    !sides_of_culprit(inquiry, error))
		return false;
	if (!inquiry->spec->merge || !has_id(&inquiry->merge) ||
	    (inquiry->stage == STAGE_OTHER && !has_id(&inquiry->pair[0])))
		return true;
	if (inquiry->stage == STAGE_OTHER) {
		inquiry->side = inquiry->base;
		inquiry->base = inquiry->pair[0];
	}
	if (!compare_sides(inquiry, &sides, error))
		return false;
	if (sides != SIDES_APART) {
		inquiry->own_doing = sides == SIDES_CONTAINED && inquiry->stage == STAGE_SIDE;
		return true;
	}
	inquiry_tell(inquiry, "looking which commit of %.12s does not go together with %.12s",
		     inquiry->side.hex, inquiry->base.hex);
	if (!read_range(inquiry, &inquiry->side, &inquiry->base, 1, &range, error))
		return false;
	inquiry->hunt = hunt_new(inquiry, range, false);
	hunt_merge(inquiry->hunt, &inquiry->base);
	if (inquiry->spec->doubt)
		search_set_doubt(inquiry->hunt->search, inquiry->spec->doubt);
	return true;
}

bool after_open(Inquiry *inquiry, GError **error)
{
	bool ok = inquiry->stage == STAGE_MASK     ? open_mask(inquiry, error)
		  : inquiry->stage == STAGE_EXPOSE ? open_expose(inquiry, error)
						   : open_side(inquiry, error);

	if (ok && !inquiry->hunt)
		inquiry->stage++;
	return ok;
}

/* What exposed it is a merge that brought in a side without what masked it: look into that. */
static bool sides_of_exposure(Inquiry *inquiry, GError **error)
{
	g_auto(RepoCommit) commit = { 0 };
	guint above = 0;

	if (!repo_commit(inquiry->spec->repo, &inquiry->exposed_at, &commit, error))
		return false;
	for (guint i = 0; i < commit.parents->len; i++)
		if (hunt_find(inquiry->hunt, &g_array_index(commit.parents, RepoId, i)) !=
		    NODE_NONE)
			above |= 1U << i;
	if (commit.parents->len != 2 || above == 3)
		return true;
	inquiry->merge = inquiry->exposed_at;
	inquiry->base = g_array_index(commit.parents, RepoId, above == 1 ? 0 : 1);
	inquiry->side = g_array_index(commit.parents, RepoId, above == 1 ? 1 : 0);
	return true;
}

static bool take_found(Inquiry *inquiry, const RepoId *id, GError **error)
{
	switch (inquiry->stage) {
	case STAGE_MASK:
		inquiry->masked_by = *id;
		return true;
	case STAGE_EXPOSE:
		inquiry->exposed_at = *id;
		return sides_of_exposure(inquiry, error);
	case STAGE_SIDE:
		if (has_id(&inquiry->exposed_at))
			inquiry->exposed_by = *id;
		else
			inquiry->pair[0] = *id;
		return true;
	default:
		inquiry->pair[1] = *id;
		return true;
	}
}

/* Where these searches have no clear end, the report goes without what they would have said. */
bool after_end(Inquiry *inquiry, SearchAsk ask, const RepoId *id, GError **error)
{
	if (ask == SEARCH_FOUND && !take_found(inquiry, id, error))
		return false;
	if (ask == SEARCH_CONTRADICTION && inquiry->stage == STAGE_SIDE &&
	    search_trouble(inquiry->hunt->search) == TROUBLE_BAD_IS_GOOD)
		inquiry->own_doing = true;
	g_clear_pointer(&inquiry->hunt, hunt_free);
	inquiry->stage++;
	return true;
}
