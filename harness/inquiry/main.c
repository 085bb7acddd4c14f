/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for the culprit: back through the tags for a good one, down into what was masked. */
#include "inquiry/internal.h"

#include "util/error.h"
#include "util/text.h"

#include <string.h>

bool main_open(Inquiry *inquiry, GError **error)
{
	const InquirySpec *spec = inquiry->spec;
	const Terms *terms = spec->terms;
	RepoRangeSpec range_spec = {
		.bad = inquiry->top,
		.goods = (const RepoId *)(const void *)inquiry->goods->data,
		.n_goods = inquiry->goods->len,
		.first_parent = spec->first_parent && inquiry->limited,
		.paths = inquiry->limited ? spec->paths : NULL,
		.old_word = terms->old_name,
		.new_word = terms->new_name,
	};
	RepoRange *range = NULL;

	if (!repo_range(spec->repo, &range_spec, &range, error))
		return false;
	inquiry->main = hunt_new(inquiry, range, spec->trust_ends);
	if (spec->price)
		hunt_price(inquiry->main);
	if (spec->doubt)
		search_set_doubt(inquiry->main->search, spec->doubt);
	if (inquiry->commits == 0)
		inquiry->commits = range->commits;
	inquiry_tell(inquiry, "%u commit%s in the range", range->commits, text_s(range->commits));
	return true;
}

static void finish(Inquiry *inquiry, End end, const RepoId *about)
{
	inquiry->end = end;
	if (about)
		inquiry->about = *about;
	inquiry->stage = STAGE_REPAIR;
}

/*
 * Steps back through the tags behind the bad end, the distance doubling each time, until one is
 * good. A tag that is bad becomes the new bad end.
 */
static bool next_tag(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test)
{
	while (inquiry->tag_at < inquiry->tags->len) {
		const RepoTag *tag = &g_array_index(inquiry->tags, RepoTag, inquiry->tag_at);
		guint last = inquiry->tags->len - 1;
		bool clean;
		Verdict state = inquiry_label(inquiry, &tag->id, &clean);

		switch (state) {
		case VERDICT_NONE:
			*ret_step = (InquiryStep){ .id = tag->id, .why = "tag", .tag = tag->name };
			*ret_test = true;
			return true;
		case VERDICT_GOOD:
			g_array_append_val(inquiry->goods, tag->id);
			inquiry->stage = STAGE_MAIN;
			return true;
		case VERDICT_BAD:
			inquiry->top = tag->id;
			break;
		case VERDICT_SKIP:
			break;
		}
		inquiry->tag_at = inquiry->tag_at == last
					  ? last + 1
					  : MIN(inquiry->tag_at + inquiry->tag_stride, last);
		inquiry->tag_stride *= 2;
	}
	if (inquiry->older && !has_id(&inquiry->masked_bad))
		g_array_append_val(inquiry->suspects, inquiry->top);
	finish(inquiry,
	       !inquiry->older                ? END_NO_TAG
	       : has_id(&inquiry->masked_bad) ? END_NO_OLDER
					      : END_SUSPECTS,
	       &inquiry->top);
	return true;
}

/* Whether the bad end is one. */
static bool check_bad(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test)
{
	bool clean;

	switch (inquiry_label(inquiry, &inquiry->top, &clean)) {
	case VERDICT_NONE:
		*ret_test = !inquiry->spec->trust_ends;
		*ret_step = (InquiryStep){ .id = inquiry->top, .why = "end" };
		return inquiry->spec->trust_ends;
	case VERDICT_BAD:
		return true;
	case VERDICT_GOOD:
		inquiry->trouble = TROUBLE_BAD_IS_GOOD;
		break;
	case VERDICT_SKIP:
		inquiry->trouble = TROUBLE_BAD_UNTESTABLE;
		break;
	}
	finish(inquiry, END_TROUBLE, &inquiry->top);
	return false;
}

bool tags_next(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error)
{
	if (!inquiry->tags) {
		inquiry->tag_at = 0;
		inquiry->tag_stride = 1;
		if (!repo_tags_behind(inquiry->spec->repo, &inquiry->top, &inquiry->tags, error))
			return false;
		if (!inquiry->tags->len && !inquiry->older)
			return error_usage(
				error, "no --%s is given and no tag leads to %.12s: give --%s REV",
				inquiry->spec->terms->find_fix ? "bad" : "good", inquiry->top.hex,
				inquiry->spec->terms->find_fix ? "bad" : "good");
	}
	/* The first time only: below, a bad tag is the bad end. */
	if (inquiry->tag_at == 0 && !inquiry->older && !check_bad(inquiry, ret_step, ret_test))
		return true;
	return next_tag(inquiry, ret_step, ret_test);
}

/* Revisions that are known to be good: the ends, and what was tested. */
static GArray *known_goods(const Inquiry *inquiry)
{
	GArray *goods = g_array_new(FALSE, TRUE, sizeof(RepoId));

	for (guint i = 0; i < inquiry->goods->len; i++) {
		const RepoId *id = &g_array_index(inquiry->goods, RepoId, i);
		bool clean;
		Verdict state = inquiry_label(inquiry, id, &clean);

		if (state == VERDICT_GOOD || state == VERDICT_NONE)
			g_array_append_val(goods, *id);
	}
	for (guint i = inquiry->seen; i-- > 0;) {
		const Answer *answer = &g_array_index(inquiry->answers, Answer, i);
		bool clean;

		/* The last word may be another; there can be thousands of skips. */
		if (answer->state == VERDICT_GOOD &&
		    inquiry_label(inquiry, &answer->id, &clean) == VERDICT_GOOD)
			g_array_append_val(goods, answer->id);
	}
	return goods;
}

static void tell_elsewhere(Inquiry *inquiry, const SearchElsewhere *to)
{
	const char *bad = hunt_id(inquiry->main, to->bad)->hex;
	const char *new_word = inquiry_word(inquiry, VERDICT_BAD);

	if (to->good != NODE_NONE)
		inquiry_tell(inquiry,
			     "%.12s is %s although it is an ancestor of %.12s, which is %s: the "
			     "change was masked there; the search goes on below it",
			     bad, new_word, hunt_id(inquiry->main, to->good)->hex,
			     inquiry_word(inquiry, VERDICT_GOOD));
	else
		inquiry_tell(inquiry,
			     "%.12s is %s: the culprit is none of the commits that the range was "
			     "limited to; the search goes on in all the history below it",
			     bad, new_word);
}

/* The culprit is at another commit or below it: a new range, from what is known. */
static bool go_elsewhere(Inquiry *inquiry, GError **error)
{
	SearchElsewhere to = search_elsewhere(inquiry->main->search);
	g_autoptr(GArray) known = known_goods(inquiry);
	GArray *goods = NULL;

	tell_elsewhere(inquiry, &to);
	if (to.good != NODE_NONE && !has_id(&inquiry->masked_bad)) {
		inquiry->masked_bad = *hunt_id(inquiry->main, to.bad);
		inquiry->masked_good = *hunt_id(inquiry->main, to.good);
	}
	if (to.good == NODE_NONE && to.suspect != NODE_NONE && inquiry->spec->first_parent)
		inquiry->brought_by = *hunt_id(inquiry->main, to.suspect);
	inquiry->top = *hunt_id(inquiry->main, to.bad);
	inquiry->limited = false;
	if (!repo_goods_below(inquiry->spec->repo, &inquiry->top, known, &goods, error))
		return false;
	g_array_unref(inquiry->goods);
	inquiry->goods = goods;
	g_clear_pointer(&inquiry->main, hunt_free);
	if (goods->len == 0) {
		inquiry_tell(inquiry, "looking for an older %s revision back through the tags",
			     inquiry_word(inquiry, VERDICT_GOOD));
		g_clear_pointer(&inquiry->tags, g_array_unref);
		inquiry->older = true;
		inquiry->stage = STAGE_TAGS;
	}
	return true;
}

bool main_is_cut(const Inquiry *inquiry, Node node)
{
	const GArray *cut = inquiry->main->range->cut;

	for (guint i = 0; i < cut->len; i++)
		if (g_array_index(cut, Node, i) == node)
			return true;
	return false;
}

/* The end that a contradiction is about. */
static const RepoId *trouble_about(const Inquiry *inquiry)
{
	bool clean;

	if (inquiry->trouble != TROUBLE_GOOD_IS_BAD && inquiry->trouble != TROUBLE_GOOD_UNTESTABLE)
		return &inquiry->top;
	for (guint i = 0; i < inquiry->goods->len; i++) {
		const RepoId *id = &g_array_index(inquiry->goods, RepoId, i);
		Verdict state = inquiry_label(inquiry, id, &clean);

		if (state == VERDICT_BAD || state == VERDICT_SKIP)
			return id;
	}
	return &g_array_index(inquiry->goods, RepoId, 0);
}

bool main_end(Inquiry *inquiry, SearchAsk ask, Node node, GError **error)
{
	g_autoptr(GArray) suspects = NULL;

	switch (ask) {
	case SEARCH_ELSEWHERE:
		return go_elsewhere(inquiry, error);
	case SEARCH_FOUND:
		inquiry->culprit = *hunt_id(inquiry->main, node);
		if (main_is_cut(inquiry, node))
			g_array_append_val(inquiry->suspects, inquiry->culprit);
		finish(inquiry, main_is_cut(inquiry, node) ? END_CUT : END_FOUND,
		       &inquiry->culprit);
		return true;
	case SEARCH_SUSPECTS:
		suspects = search_suspects(inquiry->main->search);
		for (guint i = 0; i < suspects->len; i++)
			g_array_append_val(
				inquiry->suspects,
				*hunt_id(inquiry->main, g_array_index(suspects, Node, i)));
		finish(inquiry, END_SUSPECTS, NULL);
		return true;
	default:
		inquiry->trouble = search_trouble(inquiry->main->search);
		finish(inquiry, END_TROUBLE, trouble_about(inquiry));
		return true;
	}
}
