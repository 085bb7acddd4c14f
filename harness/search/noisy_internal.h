/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the noisy search share. */
#pragma once

#include "search/ledger.h"
#include "search/noisy.h"

struct NoisySearch {
	NoisySpec spec;
	SearchOracle oracle;
	GArray *goods;
	double *prior;
	double delta;  /* how much doubt may stay */
	double beyond; /* evidence beyond doubt, ln((1 - delta) / delta) */
	Ledger *ledger;

	Node top; /* the bad end, or a bad ancestor of a good one */
	Posterior *posterior;
	guint8 *below_top; /* answers of others say nothing about this top's candidates */
	guint8 *wanted;    /* candidates and their parents */
	guint n_candidates;
	bool grown; /* classes have to be joined again */

	bool decided;
	SearchAsk ask;
	Node node;
	SearchWhy why;
	const char *reason;
	Node masked_bad;
	Node masked_good;
};

/** noisy_decide() - work out what to do, where that is not done */
void noisy_decide(NoisySearch *noisy);
