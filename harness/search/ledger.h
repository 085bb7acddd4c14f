/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every answer that was given, by revision, and pooled where revisions build the same kernel.
 * Pure. */
#pragma once

#include "search/noise.h"
#include "search/search.h"

typedef struct Ledger Ledger;

/** ledger_new() - empty; @oracle is copied and may be NULL */
Ledger *ledger_new(const Graph *graph, const SearchOracle *oracle);
void ledger_free(Ledger *ledger);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ledger, ledger_free)

/** ledger_answer() - one test's verdict; one that is no skip ends a skip. Return: whether a class
 * has grown by it */
bool ledger_answer(Ledger *ledger, Node node, Verdict verdict, bool clean);
/** ledger_drop_unclean() - forget a revision's own answers that are not from a clean build, and
 * take no more of them. Return: what was forgotten */
Samples ledger_drop_unclean(Ledger *ledger, Node node);
/** ledger_clean_only() - whether ledger_drop_unclean() was called for it */
bool ledger_clean_only(const Ledger *ledger, Node node);

/**
 * ledger_pool() - find out which nodes build the same kernel as one that was asked
 * @wanted: graph_size() bytes, nonzero for the nodes that matter
 *
 * Each wanted node is compared once with each class of same kernels, until it has one.
 *
 * Return: whether a class has grown.
 */
bool ledger_pool(Ledger *ledger, const guint8 *wanted);
/** ledger_classes() - GArray of Node for each class, some of a single node; borrowed */
const GPtrArray *ledger_classes(const Ledger *ledger);

/** ledger_own() - a revision's own answers */
Samples ledger_own(const Ledger *ledger, Node node);
/** ledger_all() - its answers and those of the same kernel */
Samples ledger_all(const Ledger *ledger, Node node);
/** ledger_clean() - those of ledger_all() that are from clean builds */
Samples ledger_clean(const Ledger *ledger, Node node);
/** ledger_same() - a revision and those that build the same kernel: Node; borrowed; NULL where it
 * is in no class */
const GArray *ledger_same(const Ledger *ledger, Node node);
/** ledger_skipped() - it, or one with the same kernel, could not be tested when last asked */
bool ledger_skipped(const Ledger *ledger, Node node);
/** ledger_skip_is_known() - all who skipped it, or one with the same kernel, were a person who
 * knows, or clean builds: that says nothing of its neighbours */
bool ledger_skip_is_known(const Ledger *ledger, Node node);
/** ledger_asked() - all revisions with answers or skips, in the order of their first; borrowed */
const GArray *ledger_asked(const Ledger *ledger);
