/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search: which revision to test next, and when the answer is certain. Candidates are the
 * ancestors of bad that are no ancestors of a good (git's bisect-lk2009); the choice halves
 * their weight; the end is a certificate (harness/docs/HACKING.md): the culprit is bad and
 * every one of its parents is good, each seen with its own test, then seen again from a clean
 * build. Pure: same questions and answers, same steps.
 */
#pragma once

#include "search/graph.h"
#include "search/noise.h"
#include "verdict/outcome.h"

/**
 * struct SearchOracle - what the search may ask about revisions; both may be NULL
 * @graph_same:      whether two revisions certainly build the same kernel; "no" is always safe
 * @graph_relevance: how likely the revision matters, 0 < weight <= 1, a guess; false means 1
 * @user:            handed to both
 */
typedef struct {
	bool (*graph_same)(Node a, Node b, void *user);
	bool (*graph_relevance)(Node r, double *ret_weight, void *user);
	void *user;
} SearchOracle;

/* What the search wants now. */
typedef enum {
	SEARCH_TEST,         /* test this node, any build will do */
	SEARCH_CONFIRM,      /* test this node from a clean build: the culprit or a parent of it */
	SEARCH_FOUND,        /* this node is the culprit, certified */
	SEARCH_SUSPECTS,     /* untestable revisions hide it: one of these */
	SEARCH_ELSEWHERE,    /* it is none of these commits; see search_elsewhere() */
	SEARCH_CONTRADICTION /* the answers fit no commit; see search_trouble() */
} SearchAsk;

/* Why a node is to be tested; for people and records. */
typedef enum {
	REASON_END,     /* an end of the range */
	REASON_BASE,    /* a merge base of bad and a good that is no ancestor of it */
	REASON_NARROW,  /* halves the candidates, or tells suspects behind skips apart */
	REASON_PARENT,  /* parent of the suspect, so far only assumed good */
	REASON_CONFIRM, /* once more, from a clean build */
	REASON_AGAIN,   /* once more: answers may be wrong */
} SearchWhy;

/* What the answers have against each other, where they fit no commit. */
typedef enum {
	TROUBLE_NONE,
	TROUBLE_BAD_IS_GOOD,     /* the bad end answered good, or builds what did */
	TROUBLE_BAD_UNTESTABLE,  /* the bad end cannot be tested */
	TROUBLE_GOOD_IS_BAD,     /* a good end answered bad, or builds what did */
	TROUBLE_GOOD_UNTESTABLE, /* a good end cannot be tested */
	TROUBLE_NO_GOOD,         /* no good that shares history with bad is left */
} SearchTrouble;

/**
 * struct SearchElsewhere - where the culprit is, when it is none of the candidates
 * @bad:     the culprit is this or below it; bad from a clean build
 * @good:    a good that descends from @bad (a masked regression; good from a clean build), or
 *           NODE_NONE: @bad is no candidate for another reason (--first-parent, paths)
 * @suspect: the commit that seemed to be the culprit and whose parent @bad is, or NODE_NONE: @bad
 *           is a merge base, or the bad end
 */
typedef struct {
	Node bad;
	Node good;
	Node suspect;
} SearchElsewhere;

typedef struct Search Search;

/**
 * search_new() - begin
 * @graph:  borrowed; must hold every candidate and every parent of a candidate, and bad and goods
 * @bad:    the bad end
 * @goods:  the good ends (copied); at least one
 * @trust_ends: take the ends as they are instead of testing them first
 * @oracle: copied; may be NULL
 */
Search *search_new(const Graph *graph, Node bad, const Node *goods, guint n_goods, bool trust_ends,
		   const SearchOracle *oracle);
void search_free(Search *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Search, search_free)

/**
 * search_set_bases() - merge bases of bad and the goods, which are tested after the ends
 * @bases: copied; call it right after search_new()
 *
 * As git does where a good is no ancestor of bad. A bad one is SEARCH_ELSEWHERE: the regression
 * is older, and gone in the good. One that cannot be tested counts as good.
 */
void search_set_bases(Search *search, const Node *bases, guint n_bases);

/**
 * struct SearchDoubt - how far answers are believed
 * @noise:      how they come about, where they are not believed
 * @always:     believe none from the start: the noisy search (search/noisy.h). Else each is
 * believed until a revision has answered both ways; then the noisy search goes on with all answers.
 * Until then the bad end is asked NOISY_SHOWN times, a good that a bad ancestor makes doubtful as
 * often as noise_passes() says, and the culprit is SEARCH_FOUND only when all answers together give
 * it the confidence asked for. Where fp is what is not known, it is the good end, and the bad
 * ancestor
 * @repeat:     not 0: a revision is good when it has passed so often, one bad answer is bad, and
 *              nothing else is doubted
 * @inverted:   with @repeat: bad is what has to be seen so often, and one good answer is good (a
 *              fix is looked for)
 * @confidence: how likely the culprit must be
 * @prior:      weight of each node, above 0; by node, copied; NULL for all alike
 */
typedef struct {
	Noise noise;
	bool always;
	guint repeat;
	bool inverted;
	double confidence;
	const double *prior;
} SearchDoubt;

/**
 * search_set_cost() - tests do not all take the same time
 * @cost: seconds that a test of a node would take, above 0; of nearly equals the cheaper is asked
 *        (price_choose()). Without it the choice is git's
 */
void search_set_cost(Search *search, double (*cost)(Node node, void *user), void *user);

/** search_doubt_turned() - the same doubt where good and bad have changed places; its prior is left
 * out */
SearchDoubt search_doubt_turned(const SearchDoubt *doubt);

/** search_set_doubt() - doubt answers; without it each is believed. Call it right after
 * search_new(), search_set_bases() and search_set_cost() */
void search_set_doubt(Search *search, const SearchDoubt *doubt);

/**
 * search_next() - what to do now; asks nothing twice and changes nothing: calling it again
 * without an answer in between returns the same
 * @ret_node: SEARCH_TEST, SEARCH_CONFIRM, SEARCH_FOUND: the node; may be NULL
 * @ret_why:  why, for the first two; may be NULL
 */
SearchAsk search_next(Search *search, Node *ret_node, SearchWhy *ret_why);

/**
 * search_answer() - a verdict about a node
 * @verdict: good, bad or skip
 * @clean:   it comes from a clean build; such a verdict replaces one that does not
 *
 * Labels also every node that graph_same() calls the same; a pair is compared once for each
 * answer. A clean verdict that turns an earlier one round drops what was inferred from that, and
 * the search goes on. A bad parent of the suspect that is no candidate is SEARCH_ELSEWHERE, once
 * it, the good that descends from it and the suspect are seen from clean builds. A node that was
 * skipped stays so unless a clean build answers otherwise. An end that answers wrongly at first
 * is a contradiction; a good end that a later clean build calls bad is withdrawn.
 */
void search_answer(Search *search, Node node, Verdict verdict, bool clean);

/**
 * search_forget_unclean() - a node's clean build turned out to be another kernel than its other
 * builds: what these answered, about it and about nodes that are the same, says nothing
 *
 * Call it before that build's own answer: else the two seem to be one kernel that answers both
 * ways. Where answers are doubted, only clean builds of these nodes are asked for from here on.
 */
void search_forget_unclean(Search *search, Node node);

/** search_label() - what is known of a node by a test, its own or a same one's; VERDICT_NONE for
 * untested */
Verdict search_label(const Search *search, Node node);
/** search_candidates() - how many commits could still be the culprit */
guint search_candidates(Search *search);
/** search_is_candidate() - whether a node was among them when they were last counted */
bool search_is_candidate(Search *search, Node node);
/** search_steps_left() - about how many more tests halving needs (git's estimate), ends and
 * confirmation not counted */
guint search_steps_left(Search *search);
/** search_suspects() - SEARCH_SUSPECTS: the smallest set known to hold the culprit, oldest first;
 * free with g_array_unref() */
GArray *search_suspects(Search *search);
/** search_elsewhere() - SEARCH_ELSEWHERE: where the search has to go on */
SearchElsewhere search_elsewhere(Search *search);
/** search_trouble() - SEARCH_CONTRADICTION: what the answers have against each other */
SearchTrouble search_trouble(Search *search);

/* A candidate and how likely it is the culprit. */
typedef struct {
	Node node;
	double probability;
} SearchLeader;

/**
 * struct SearchCertainty - how sure the noisy search is; search_certainty_clear()
 * @leaders: SearchLeader, likeliest first: so many that together they have the confidence asked
 *           for, at least two where there are two, and at most SEARCH_LEADERS
 * @rate:    how often bad shows, as far as it is known; good where fp is what is not known
 * @odd:     how many answers are wrong if the first leader is the culprit
 * @tests:   answers that all this rests on
 */
typedef struct {
	GArray *leaders;
	double rate;
	guint odd;
	guint tests;
} SearchCertainty;
#define SEARCH_LEADERS 10

/** search_certainty() - false where no answer was doubted */
bool search_certainty(Search *search, SearchCertainty *ret_certainty);
/** search_doubts() - whether answers are doubted by now, so that each test has to be a new one */
bool search_doubts(Search *search);
void search_certainty_clear(SearchCertainty *certainty);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SearchCertainty, search_certainty_clear)

/* What a test of a node would leave at least, as `git rev-list --bisect-all` counts it. */
typedef struct {
	Node node;
	guint distance;
} SearchRank;

/**
 * search_together() - what @k machines would best test at the same time
 * @k: 1 to SEARCH_TOGETHER_MAX
 *
 * While it narrows down: tests that together say most (posterior_choose_many()); the first may be
 * another than search_next()'s where several say the same. Else only what that asks for.
 *
 * Return: Node, at most @k; free with g_array_unref()
 */
GArray *search_together(Search *search, guint k);
#define SEARCH_TOGETHER_MAX 8

/**
 * search_foresee() - what search_next() will most likely ask after the answer that it waits for
 * @ret_clean: from a clean build
 *
 * As if the ends were what the user says, and a candidate bad where most of the others are at or
 * below it. Where answers are doubted: the second of search_together().
 *
 * Return: NODE_NONE where there is nothing more to ask, or nothing can be said.
 */
Node search_foresee(Search *search, bool *ret_clean);

/** search_ranking() - candidates that can be tested, those that say most first; of SearchRank, free
 * with g_array_unref() */
GArray *search_ranking(Search *search);
