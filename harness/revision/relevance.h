/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which revisions build the same kernel, and which commits can matter to it, from the footprints
 * of what was built (kernel/footprint.h). "The same" decides and is exact: tree against tree, with
 * a revision that was built, never along history. What a commit may matter is a guess that only
 * chooses what to test. harness/docs/FOOTPRINT.md.
 */
#pragma once

#include "kernel/footprint.h"
#include "record/relevance.h"
#include "repo/repo.h"

typedef struct Relevance Relevance;

/** relevance_new() - nothing built yet; @repo is borrowed */
Relevance *relevance_new(Repo *repo);
void relevance_free(Relevance *relevance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Relevance, relevance_free)

/**
 * relevance_add() - a revision was built, or failed to build
 * @footprint: taken over; it replaces an earlier one of the same tree
 */
bool relevance_add(Relevance *relevance, const RepoId *revision, Footprint *footprint,
		   GError **error);
/** relevance_add_tree() - the same of a tree by its id */
void relevance_add_tree(Relevance *relevance, const RepoId *tree, Footprint *footprint);
/** relevance_first_parent() - weigh a merge by its first parent alone: it is the culprit also where
 * it is equal to what it brought in */
void relevance_first_parent(Relevance *relevance);
/** relevance_built() - of how many trees the footprint is known, failed builds counted */
guint relevance_built(const Relevance *relevance);

/**
 * relevance_same() - whether two revisions certainly build the same kernel
 *
 * Only where one of them was built, or both are the same commit or tree. Whatever cannot be read
 * is not the same.
 */
bool relevance_same(Relevance *relevance, const RepoId *a, const RepoId *b);

/** relevance_same_tree() - whether a tree that relevance_add_tree() told of, and whose build did
 * not fail, is the same kernel as another tree */
bool relevance_same_tree(Relevance *relevance, const RepoId *built, const RepoId *tree);

/**
 * relevance_find() - a revision that was built and builds the same kernel as @revision
 * @ret_footprint: its footprint; borrowed; or NULL
 *
 * Return: false where there is none, also where all such builds failed.
 */
bool relevance_find(Relevance *relevance, const RepoId *revision, const Footprint **ret_footprint);

/**
 * relevance_look() - what a commit changes, and whether that may matter
 * @ret_commit: relevance_commit_clear()
 * @error:      its trees cannot be read
 *
 * It may matter where for every parent the difference holds a path that is not ignorable for some
 * built revision; also before anything was built, and where parents are not there.
 */
bool relevance_look(Relevance *relevance, const RepoId *commit, RelevanceCommit *ret_commit,
		    GError **error);
/**
 * relevance_range() - the same of all commits of a range that could be the culprit, oldest first
 * @tell: gets each, with its subject and which build is the same; borrowed
 */
bool relevance_range(Relevance *relevance, const RepoRange *range,
		     void (*tell)(const RelevanceCommit *commit, void *user), void *user,
		     GError **error);
/**
 * relevance_work() - about what share of a kernel, 0 to 1, is compiled again where a commit's
 * changes are taken or taken back
 *
 * By what depends on the files that differ from its first parent; 0 for a merge (but with
 * relevance_first_parent()), whose sides' commits count by themselves. What a makefile or a Kconfig
 * file does to others is not known, and not counted.
 *
 * Return: below 0 while nothing was built.
 */
double relevance_work(Relevance *relevance, const RepoId *commit);
/** relevance_matters() - the same in one word, kept from call to call; true in doubt */
bool relevance_matters(Relevance *relevance, const RepoId *commit);
