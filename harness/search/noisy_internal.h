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
	guint8 *state;  /* WeighState */
	guint8 *wanted; /* candidates and their parents */
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
