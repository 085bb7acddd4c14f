/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Untestable revisions made testable with later fixes of them; of this room only. First it is found
 * out which fixes do that, at the commits that they name. Then all candidates are searched once
 * more, each with those that it needs.
 */
#pragma once

#include "inquiry/internal.h"

/* A set of fixes: bit i is Repair.fixes[i]. */
typedef guint64 FixSet;
#define FIXES_MAX 64

/**
 * struct Fix - a commit that says it fixes a suspect that cannot be tested
 * @target: that suspect, of the main search's range
 * @chain:  itself, and what it fixes in turn
 */
typedef struct {
	RepoId id;
	Node target;
	FixSet chain;
} Fix;

/**
 * struct Patched - a revision with fixes
 * @set:   those that it must have
 * @added: those of them that it does not have by itself
 * @id:    it with all of them; the revision's own where it has them all
 * @fails: they do not apply
 * @fed:   it stands for the revision in the search, which knows its answers
 */
typedef struct {
	Node node;
	FixSet set;
	FixSet added;
	RepoId id;
	bool fails;
	bool fed;
} Patched;

struct Repair {
	GArray *fixes;   /* Fix, oldest first */
	GArray *order;   /* guint: in the order they are tried, by targets */
	guint at;        /* in that */
	FixSet works;    /* make what they name testable */
	GPtrArray *made; /* Patched * */
	GArray *shown;   /* RepoId: of the step that is asked for */
	Search *search;  /* or NULL before all fixes have been tried */
	guint taken;     /* answers that it has been told */
};

/** repair_new() - find fixes of the suspects that cannot be tested */
bool repair_new(Inquiry *inquiry, Repair **ret_repair, GError **error);
/** repair_needs() - those of a set whose targets a revision has */
FixSet repair_needs(const Inquiry *inquiry, Node node, FixSet set);
/** repair_missing() - those of a set that a revision does not have by itself */
bool repair_missing(const Inquiry *inquiry, Node node, FixSet set, FixSet *ret_missing,
		    GError **error);
/** repair_patch() - a revision with fixes; borrowed */
bool repair_patch(Inquiry *inquiry, Node node, FixSet set, const Patched **ret_patched,
		  GError **error);
/** repair_list() - a set's ids, in the order they apply; g_array_unref() */
GArray *repair_list(const Repair *repair, FixSet set);
/** repair_suspects() - who is left where no culprit came out: the sound part of what the search
 * says; @found: what it ended with, or NODE_NONE */
void repair_suspects(Inquiry *inquiry, Node found);
