/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which revisions can probably be tested, from which could not. Pure. */
#pragma once

#include "search/graph.h"

/**
 * near_testable() - the probability that a test of each node has an answer
 * @held:     graph_size() bytes of Verdict
 * @testable: graph_size() numbers, 0 to 1, written
 *
 * What broke one revision breaks its neighbours: history has untestable stretches, of all sizes.
 * Each revision that was asked speaks for its surroundings with K(d) = (d + 1/2)^-4, where d is
 * the distance in edges, parents and children alike, up to NEAR_REACH; and for the rest speaks a
 * belief in testable ones of the weight 0.003:
 *
 *     k(x) = (sum of K over those with an answer + 0.003) / (sum of K over all + 0.003)
 *
 * (Nadaraya-Watson). So a stretch is left at its edges: k is 1/2 half-way between an untestable
 * revision and a near one that has an answer, or four commits from one that stands alone, and is
 * steep there. Some revisions are untestable by chance, far from others that are: with s the
 * probability that there are stretches, 0.8 before anything is known and from then on by how well
 * k foretells each answer from all the others, against the mere share of untestable ones,
 *
 *     P(testable) = (1 - s) + s k
 *
 * where 1 - s leaves the choice to what a test says. The constants are those that took fewest
 * tests in simulation (harness/docs/NOISE.md). Where nothing is untestable it is 1 everywhere.
 */
void near_testable(const Graph *graph, const guint8 *held, double *testable);
#define NEAR_REACH 16
