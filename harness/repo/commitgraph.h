/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * git's commit-graph files (gitformat-commit-graph(5)): parents, dates and trees of commits without
 * unpacking them. What git gc writes anyway. Of this room only.
 */
#pragma once

#include "repo/internal.h"

/**
 * commit_graph_open() - the commit-graph of the first of some objects folders that has one
 * @objects: of char *, the repository's own first; borrowed
 *
 * Return: NULL where there is none, or where one is damaged or of a kind not known here: it only
 * saves time. The files stay mapped, as they are, when git replaces them.
 */
CommitGraph *commit_graph_open(const GPtrArray *objects);
void commit_graph_free(CommitGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommitGraph, commit_graph_free)

/** commit_graph_find() - the position of a commit; false where it is not in the graph */
bool commit_graph_find(const CommitGraph *graph, const git_oid *id, guint *ret_position);

/**
 * commit_graph_read() - the commit at a position
 * @ret_date: committer's, seconds
 * @parents: of guint, emptied first; their positions, in the commit's order, each once
 *
 * Return: false where the file says what cannot be.
 */
bool commit_graph_read(const CommitGraph *graph, guint position, gint64 *ret_date, GArray *parents);

/** commit_graph_tree() - its tree's id; false where there is no such position */
bool commit_graph_tree(const CommitGraph *graph, guint position, git_oid *ret_tree);
/** commit_graph_id() - its own id; false where there is no such position */
bool commit_graph_id(const CommitGraph *graph, guint position, git_oid *ret_id);
/** commit_graph_rest() - after many reads: the pages that were looked at no longer count as ours */
void commit_graph_rest(CommitGraph *graph);
