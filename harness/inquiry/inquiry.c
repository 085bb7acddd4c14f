/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from question to answer, stage by stage. */
#include "inquiry/internal.h"

#include <stdarg.h>
#include <string.h>

static bool is_limited(const InquirySpec *spec)
{
	return spec->first_parent || (spec->paths && spec->paths[0]);
}

bool inquiry_new(const InquirySpec *spec, Inquiry **ret_inquiry, GError **error)
{
	g_autoptr(Inquiry) inquiry = g_new0(Inquiry, 1);

	inquiry->spec = spec;
	inquiry->answers = g_array_new(FALSE, FALSE, sizeof(Answer));
	inquiry->news = g_ptr_array_new_with_free_func(g_free);
	inquiry->suspects = g_array_new(FALSE, FALSE, sizeof(RepoId));
	inquiry->goods = g_array_copy((GArray *)spec->goods);
	inquiry->top = spec->bad;
	inquiry->limited = is_limited(spec);
	inquiry->stage = inquiry->goods->len ? STAGE_MAIN : STAGE_TAGS;
	if (inquiry->stage == STAGE_MAIN && !main_open(inquiry, error))
		return false;
	*ret_inquiry = g_steal_pointer(&inquiry);
	return true;
}

void inquiry_free(Inquiry *inquiry)
{
	if (!inquiry)
		return;
	hunt_free(inquiry->main);
	hunt_free(inquiry->hunt);
	g_clear_pointer(&inquiry->answers, g_array_unref);
	g_clear_pointer(&inquiry->news, g_ptr_array_unref);
	g_clear_pointer(&inquiry->suspects, g_array_unref);
	g_clear_pointer(&inquiry->goods, g_array_unref);
	g_clear_pointer(&inquiry->tags, g_array_unref);
	g_clear_pointer(&inquiry->repaired, g_array_unref);
	repair_free(inquiry->repair);
	g_free(inquiry);
}

void inquiry_tell(Inquiry *inquiry, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(inquiry->news, g_strdup_vprintf(format, args));
	va_end(args);
}

char *inquiry_news(Inquiry *inquiry)
{
	return inquiry->news->len ? g_ptr_array_steal_index(inquiry->news, 0) : NULL;
}

const char *inquiry_word(const Inquiry *inquiry, Verdict state)
{
	const Terms *terms = inquiry->spec->terms;

	return terms_word(terms, terms_state(terms, state));
}

Verdict inquiry_label(const Inquiry *inquiry, const RepoId *id, bool *ret_clean)
{
	Verdict state = VERDICT_NONE;

	*ret_clean = false;
	for (guint i = 0; i < inquiry->seen; i++) {
		const Answer *answer = &g_array_index(inquiry->answers, Answer, i);

		if (strcmp(answer->id.hex, id->hex) != 0 || (*ret_clean && !answer->clean))
			continue;
		state = answer->state;
		*ret_clean = answer->clean;
	}
	return state;
}

void inquiry_answer(Inquiry *inquiry, const RepoId *id, Verdict state, bool clean)
{
	Answer answer = { .id = *id, .state = state, .clean = clean };

	if (state != VERDICT_NONE)
		g_array_append_val(inquiry->answers, answer);
}

void inquiry_answer_other(Inquiry *inquiry, const RepoId *id, Verdict state)
{
	Answer answer = { .id = *id, .state = state, .clean = true, .other = true };

	g_array_append_val(inquiry->answers, answer);
}

void inquiry_skip(Inquiry *inquiry, const RepoId *id)
{
	Answer answer = { .id = *id, .state = VERDICT_SKIP, .clean = true, .along = true };

	g_array_append_val(inquiry->answers, answer);
}

static void warn_of_base(Inquiry *inquiry, const RepoId *id)
{
	Node node;

	if (inquiry->stage != STAGE_MAIN || !inquiry->main)
		return;
	node = hunt_find(inquiry->main, id);
	for (guint i = 0; i < inquiry->main->range->bases->len; i++)
		if (g_array_index(inquiry->main->range->bases, Node, i) == node)
			inquiry_tell(inquiry,
				     "warning: the merge base %.12s cannot be tested, so it is not "
				     "sure that the first %s commit is above it; going on anyway",
				     id->hex, inquiry_word(inquiry, VERDICT_BAD));
}

/* The next answer that waits, and those that go along with it. Return: whether there was one. */
static bool take_in(Inquiry *inquiry)
{
	guint first = inquiry->seen;

	while (inquiry->seen < inquiry->answers->len) {
		const Answer *answer = &g_array_index(inquiry->answers, Answer, inquiry->seen);

		if (inquiry->seen > first && !answer->along)
			break;
		inquiry->seen++;
		if (answer->state == VERDICT_SKIP)
			warn_of_base(inquiry, &answer->id);
	}
	return inquiry->seen > first;
}

static const char *why_name(const Inquiry *inquiry, SearchWhy why)
{
	static const char *const stages[] = { [STAGE_MASK] = "mask",
					      [STAGE_EXPOSE] = "expose",
					      [STAGE_SIDE] = "pair",
					      [STAGE_OTHER] = "pair" };
	static const char *const names[] = {
		[REASON_END] = "end",         [REASON_BASE] = "base",
		[REASON_NARROW] = "narrow",   [REASON_PARENT] = "parent",
		[REASON_CONFIRM] = "confirm", [REASON_AGAIN] = "again"
	};

	return inquiry->stage == STAGE_MAIN ? names[why] : stages[inquiry->stage];
}

/* Answers that were believed so far contradict each other. */
static void tell_doubt(Inquiry *inquiry)
{
	const SearchDoubt *doubt = inquiry->spec->doubt;

	if (inquiry->doubted || !inquiry->main || !search_doubts(inquiry->main->search))
		return;
	inquiry->doubted = true;
	if (!doubt->always)
		inquiry_tell(inquiry,
			     "the same revision has answered both ways: from here on answers are "
			     "asked again until the culprit is %g %% sure",
			     doubt->confidence * 100);
}

/* One stage's search. Return: false with *ret_test unset where the stage is over. */
static bool stage_next(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error)
{
	bool is_main = inquiry->stage == STAGE_MAIN;
	Hunt **hunt = is_main ? &inquiry->main : &inquiry->hunt;
	SearchAsk ask;
	SearchWhy why;
	RepoId id = { "" };
	Node node;

	if (!*hunt && !(is_main ? main_open(inquiry, error) : after_open(inquiry, error)))
		return false;
	if (!*hunt) /* nothing to do there */
		return true;
	if (!hunt_next(*hunt, &ask, &id, &node, &why, error))
		return false;
	tell_doubt(inquiry);
	if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM)
		return is_main ? main_end(inquiry, ask, node, error)
			       : after_end(inquiry, ask, &id, error);
	*ret_step = (InquiryStep){ .id = id,
				   .clean = ask == SEARCH_CONFIRM,
				   .fresh = why == REASON_AGAIN || search_doubts((*hunt)->search),
				   .why = why_name(inquiry, why),
				   .left = search_steps_left((*hunt)->search) };
	*ret_test = true;
	return true;
}

static bool advance(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error)
{
	switch (inquiry->stage) {
	case STAGE_TAGS:
		return tags_next(inquiry, ret_step, ret_test, error);
	case STAGE_REPAIR:
		return repair_next(inquiry, ret_step, ret_test, error);
	default:
		return stage_next(inquiry, ret_step, ret_test, error);
	}
}

bool inquiry_next(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_done, GError **error)
{
	bool test = false;

	*ret_done = false;
	do {
		test = false;
		while (inquiry->stage != STAGE_DONE && !test)
			if (!advance(inquiry, ret_step, &test, error))
				return false;
	} while (take_in(inquiry));
	*ret_done = !test;
	return true;
}

bool inquiry_foresee(Inquiry *inquiry, InquiryStep *ret_step)
{
	Hunt *hunt = inquiry->stage == STAGE_MAIN ? inquiry->main : inquiry->hunt;
	bool clean = false;
	Node node;

	if (inquiry->stage == STAGE_TAGS || inquiry->stage == STAGE_DONE || !hunt || hunt->merged)
		return false;
	node = search_foresee(hunt->search, &clean);
	if (node == NODE_NONE)
		return false;
	*ret_step = (InquiryStep){ .id = *hunt_id(hunt, node), .clean = clean };
	return true;
}

Search *inquiry_search(Inquiry *inquiry, RepoRange **ret_range)
{
	if (!inquiry->main)
		return NULL;
	if (ret_range)
		*ret_range = inquiry->main->range;
	return inquiry->main->search;
}

const RepoId *inquiry_ends(const Inquiry *inquiry, const GArray **ret_goods)
{
	*ret_goods = inquiry->goods;
	return &inquiry->top;
}

bool inquiry_is_main(Inquiry *inquiry, const RepoId *id)
{
	return inquiry->main && hunt_find(inquiry->main, id) != NODE_NONE;
}
