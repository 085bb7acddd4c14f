/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One whole question: from the ends to the culprit, and on from there where a regression was
 * masked or a merge broke what neither side did. It strings searches together (search/), each over
 * the range of the repository that the last one led to, and works only from the answers: the same
 * question and answers lead to the same next step, in another process too.
 */
#pragma once

#include "record/result.h"
#include "repo/repo.h"
#include "search/search.h"

/**
 * struct InquirySpec - the question; all borrowed, and kept as long as the inquiry
 * @bad, @goods: the ends, new and old; no goods: look for one backwards through the tags
 * @terms:       what the states are called
 * @trust_ends:  do not test the ends first
 * @first_parent, @paths: as in RepoRangeSpec
 * @same:        whether two revisions certainly build the same kernel; or NULL
 * @relevance:   how likely a commit matters, above 0, at most 1; or NULL for all alike
 * @doubt:       how far answers are believed, its @prior unset; NULL: all the way
 * @price:       tests of revisions far from those that were built take longer (inquiry_took()): of
 *               nearly equals, ask the nearer
 * @work:        with @price: about what share of a kernel a commit has compiled again, 0 to 1, or
 *               below 0 where nothing is known yet; NULL: far is what many commits are between
 * @work_max:    so few commits must be left before @work or @ready is asked
 * @ready:       with @price: whether a revision's kernel is there already; or NULL
 * @matters:     whether what a commit changes may matter to the kernel, a guess; or NULL
 * @merge:       merge two commits in memory (worktree_merge()); NULL: a merge that is the culprit
 *               is not looked into
 * @apply:       put commits on top of another in memory (worktree_apply()): where untestable
 *               revisions hide the culprit, test them with later fixes of them; or NULL
 * @offer_repair: without @apply: say so where that could help
 * @user:        handed to @same, @matters, @work, @ready, @merge and @apply
 */
typedef struct {
	Repo *repo;
	RepoId bad;
	const GArray *goods;
	const Terms *terms;
	bool trust_ends;
	bool first_parent;
	const char *const *paths;
	double (*relevance)(const RepoId *id, void *user);
	const SearchDoubt *doubt;
	bool price;
	double (*work)(const RepoId *id, void *user);
	guint work_max;
	bool (*ready)(const RepoId *id, void *user);
	bool (*same)(const RepoId *a, const RepoId *b, void *user);
	bool (*matters)(const RepoId *id, void *user);
	bool (*merge)(const RepoId *a, const RepoId *b, RepoId *ret_id, bool *ret_conflict,
		      void *user, GError **error);
	bool (*apply)(const RepoId *onto, const RepoId *patches, guint n_patches, RepoId *ret_id,
		      bool *ret_conflict, void *user, GError **error);
	bool offer_repair;
	void *user;
} InquirySpec;

/**
 * struct InquiryStep - what to test next
 * @id:    the revision
 * @clean: from a clean build
 * @fresh: what is known of an equal kernel does not do: another answer is wanted
 * @why:   "end", "tag", "base", "narrow", "parent", "confirm", "again"; "mask" (what masked the
 *         regression), "expose" (what exposed it again), "pair" (two sides merged in memory),
 *         "repair" (with later fixes of untestable ones); static
 * @tag:   its name, with "tag"; or NULL
 * @left:  about how many more tests to narrow down
 * @of:    with @patches: the revision that @id is, with these on top; else empty
 * @patches: RepoId, applied in memory, or NULL; borrowed until the next inquiry_next()
 */
typedef struct {
	RepoId id;
	RepoId of;
	const GArray *patches;
	bool clean;
	bool fresh;
	const char *why;
	const char *tag;
	guint left;
} InquiryStep;

typedef struct Inquiry Inquiry;

/** inquiry_new() - read the range; BOX_ERROR_USAGE where the ends do not fit, as repo_range() */
bool inquiry_new(const InquirySpec *spec, Inquiry **ret_inquiry, GError **error);
void inquiry_free(Inquiry *inquiry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inquiry, inquiry_free)

/**
 * inquiry_next() - what to test now; the same again until there is an answer
 * @ret_done: set when all is answered; @ret_step then is not
 */
bool inquiry_next(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_done, GError **error);

/**
 * inquiry_foresee() - what inquiry_next() will most likely ask after the answer it waits for, as
 * search_foresee() says
 * @ret_step: @id and @clean only
 *
 * Return: false where that cannot be said, or is no commit that is there already.
 */
bool inquiry_foresee(Inquiry *inquiry, InquiryStep *ret_step);

/**
 * inquiry_answer() - a revision's state: good for the old one, bad for the new one, or skip
 * @clean: from a clean build, or from a person who knows
 *
 * Also about revisions that were not asked for. Answers that come without inquiry_next() in
 * between are taken in one by one, with all that follows from each, so that a row of them leads to
 * where they led when they were given.
 */
void inquiry_answer(Inquiry *inquiry, const RepoId *id, Verdict state, bool clean);
/** inquiry_answer_other() - the same from a clean build that turned out to be another kernel than
 * the revision's builds before: what was answered from these is forgotten (search_forget_unclean())
 */
void inquiry_answer_other(Inquiry *inquiry, const RepoId *id, Verdict state);
/** inquiry_took() - how long a test took, checkout and build and all; told after its answer */
void inquiry_took(Inquiry *inquiry, const RepoId *id, double seconds);
/** inquiry_skip() - one of many revisions that the user says cannot be tested: taken in together
 * with those before and after it */
void inquiry_skip(Inquiry *inquiry, const RepoId *id);

/** inquiry_search() - the search for the culprit and its range, or NULL before there is one;
 * borrowed until the next call of inquiry_next() */
Search *inquiry_search(Inquiry *inquiry, RepoRange **ret_range);
/** inquiry_ends() - the ends of the search for the culprit as they are now; borrowed until the next
 * inquiry_next() */
const RepoId *inquiry_ends(const Inquiry *inquiry, const GArray **ret_goods);
/** inquiry_is_main() - whether a revision takes part in the search for the culprit */
bool inquiry_is_main(Inquiry *inquiry, const RepoId *id);
/** inquiry_news() - one line about a turn that the inquiry has taken since the last call, or NULL;
 * g_free() */
char *inquiry_news(Inquiry *inquiry);

/**
 * inquiry_report() - what has been found out so far
 * @result: gets status, reason, culprit, suspects, commits and what is known of masking and pairs;
 *          @result's reason_about is the revision that the reason is about
 */
bool inquiry_report(Inquiry *inquiry, RunResult *result, GError **error);

/** inquiry_log() - the search for the culprit in the words that `git bisect replay` takes, with
 * @result's steps and skips; g_free() */
char *inquiry_log(Inquiry *inquiry, const RunResult *result);
