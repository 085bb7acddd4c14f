/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the inquiry only: its stages, and one search over one range. */
#pragma once

#include "inquiry/inquiry.h"
#include "search/price.h"

/* In the order they are gone through; not all are. */
typedef enum {
	STAGE_TAGS,   /* a good revision is looked for */
	STAGE_MAIN,   /* the culprit is */
	STAGE_REPAIR, /* among revisions that cannot be tested, with later fixes applied */
	STAGE_MASK,   /* what masked it, from the bad ancestor up to the good end */
	STAGE_EXPOSE, /* what brought it back, above that */
	STAGE_SIDE,   /* of a merge: the commit of one side that breaks the other */
	STAGE_OTHER,  /* and of that other side the commit that it breaks */
	STAGE_DONE,
} Stage;

/* How the search for the culprit ended. */
typedef enum {
	END_OPEN,
	END_FOUND,
	END_SUSPECTS,
	END_CUT,     /* found, but a shallow clone leaves its parents out */
	END_TROUBLE, /* SearchTrouble */
	END_NO_TAG,  /* no tag behind bad is good */
	END_NO_OLDER /* bad all the way down below the goods */
} End;

typedef struct {
	RepoId id;
	Verdict state;
	bool clean;
	bool other; /* clean, and of another kernel than what was not clean before */
	bool along; /* taken in together with the one before it */
} Answer;

/* A search, and what its nodes are. */
typedef struct {
	Inquiry *inquiry;
	RepoRange *range;
	Graph *part;   /* the part of the range's graph that is searched, or NULL for all */
	GArray *nodes; /* of part: Node of the range */
	Search *search;
	GArray *built; /* Node, of tests that took their time */
	double *depth; /* by node: far_of()'s scale; NULL: not known yet, or the range is too long
			*/
	bool few;      /* candidates are left: each can be asked about */
	guint fed;     /* answers it has been told */
	bool inverted;
	bool merged; /* a node stands for its merge with @base */
	RepoId base;
	guint8 *old; /* merged: ancestors of @base, whose merge is @base itself */
	guint *told; /* merged: how many of its merge's answers a node has been told */
} Hunt;

typedef struct Repair Repair;

struct Inquiry {
	const InquirySpec *spec;
	Stage stage;
	GArray *answers; /* Answer */
	guint seen;      /* how many of them have been taken in */
	GPtrArray *news; /* char * */

	/* The search for the culprit. */
	RepoId top;
	GArray *goods; /* RepoId */
	bool limited;  /* to first parents or paths, still */
	bool older;    /* the culprit is older than the goods that were given */
	GArray *tags;  /* RepoTag, while one is looked for */
	guint tag_at;
	guint tag_stride;
	Hunt *main;
	PriceModel price;
	bool doubted; /* answers have contradicted each other, and that was told */
	guint commits;
	End end;
	SearchTrouble trouble;
	RepoId about; /* what @end is about, where it is about one */
	RepoId culprit;
	GArray *suspects; /* RepoId */
	Repair *repair;   /* what later commits make of the suspects; or NULL */
	GArray *repaired; /* RepoId: the fixes that culprit and parents were tested with; or NULL */

	/* What came to light beside it; ids are empty where it did not. */
	RepoId masked_bad;
	RepoId masked_good;
	RepoId masked_by;
	RepoId exposed_at;
	RepoId exposed_by;
	RepoId brought_by;
	RepoId pair[2];
	bool own_doing; /* the merge itself does what merging its parents anew does not */

	/* The stage after it. */
	Hunt *hunt;
	RepoId base;
	RepoId side;
	RepoId merge;
};

/** has_id() - whether an id is set */
static inline bool has_id(const RepoId *id)
{
	return id->hex[0] != '\0';
}

/** inquiry_label() - the last word about a revision, of clean builds where there is one */
Verdict inquiry_label(const Inquiry *inquiry, const RepoId *id, bool *ret_clean);
/** inquiry_tell() - add a line to the news */
void inquiry_tell(Inquiry *inquiry, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** inquiry_word() - the term for a state; borrowed */
const char *inquiry_word(const Inquiry *inquiry, Verdict state);

/** hunt_new() - a search over a range, which it takes over, with its ends */
Hunt *hunt_new(Inquiry *inquiry, RepoRange *range, bool trust_ends);
/** hunt_new_above() - over the part of a range that descends from @root, its good; NULL where
 * nothing does */
Hunt *hunt_new_above(Inquiry *inquiry, RepoRange *range, const RepoId *root);
void hunt_free(Hunt *hunt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hunt, hunt_free)
/** hunt_price() - prefer what is near the last build, of nearly equals */
void hunt_price(Hunt *hunt);
/** hunt_merge() - have nodes stand for their merges with @base, a good of the range */
void hunt_merge(Hunt *hunt, const RepoId *base);
/** hunt_id() - the commit of a node */
const RepoId *hunt_id(const Hunt *hunt, Node node);
/** hunt_find() - the node of a commit, or NODE_NONE */
Node hunt_find(const Hunt *hunt, const RepoId *id);

/**
 * hunt_next() - what the search wants
 * @ret_id:   SEARCH_TEST, SEARCH_CONFIRM: what to test; SEARCH_FOUND: the commit found
 * @ret_node: its node
 */
bool hunt_next(Hunt *hunt, SearchAsk *ret_ask, RepoId *ret_id, Node *ret_node, SearchWhy *ret_why,
	       GError **error);

/** main_open(), main_end() - begin the search for the culprit on the range of top and goods; take
 * in its end and choose the next stage */
bool main_open(Inquiry *inquiry, GError **error);
bool main_end(Inquiry *inquiry, SearchAsk ask, Node node, GError **error);
/** tags_next() - a tag to test; or the next stage, with *ret_step untouched and *ret_test false */
bool tags_next(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error);
/** after_open(), after_end() - the same for the stages after it; after_open() leaves hunt NULL
 * where a stage has nothing to do */
bool after_open(Inquiry *inquiry, GError **error);
bool after_end(Inquiry *inquiry, SearchAsk ask, const RepoId *id, GError **error);
/** repair_next() - a revision with fixes to test; or the next stage, as tags_next() */
bool repair_next(Inquiry *inquiry, InquiryStep *ret_step, bool *ret_test, GError **error);
/** repair_text() - what fixes could do for the suspects, or did, as the rest of a sentence;
 * g_free() */
char *repair_text(const Inquiry *inquiry);
void repair_free(Repair *repair);
/** main_is_cut() - whether a shallow clone leaves out the parents of a node */
bool main_is_cut(const Inquiry *inquiry, Node node);
