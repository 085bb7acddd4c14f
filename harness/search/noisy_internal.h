/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the noisy search share. */
#pragma once

#include "search/ledger.h"
#include "search/noisy.h"

struct NoisySearch {
	NoisySpec spec;
	SearchOracle oracle;
	GArray *goods; /* Node */
	GArray *bases; /* Node */
	double *prior;
	double delta;  /* how much doubt may stay */
	double beyond; /* evidence beyond doubt, ln((1 - delta) / delta) */
	Ledger *ledger;

	Posterior *posterior;
	Posterior *guided; /* the same with guesses about relevance in its prior, for the choice; or
			      NULL */
	guint8 *state;     /* WeighState */
	guint8 *wanted;    /* candidates and their parents */
	guint n_candidates;
	bool grown; /* classes have to be joined again */

	bool decided;
	SearchAsk ask;
	Node node;
	SearchWhy why;
	SearchTrouble trouble;
	SearchElsewhere elsewhere;
};

/** noisy_decide() - work out what to do, where that is not done */
void noisy_decide(NoisySearch *noisy);

/** noisy_learn() - make the posteriors of what was answered so far */
void noisy_learn(NoisySearch *noisy);
/** noisy_add() - more answers of a revision, or with @sign -1 fewer; nothing before noisy_learn()
 */
void noisy_add(NoisySearch *noisy, Node node, Samples samples, int sign);
/** noisy_pool() - join revisions that build the same kernel, where there are new ones */
void noisy_pool(NoisySearch *noisy);
/** noisy_drop() - take answers back that turned out to be another kernel's, the node's own and
 * those of the same kernel; whether there were any */
bool noisy_drop(NoisySearch *noisy, Node node);
