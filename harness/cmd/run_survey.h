/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's folder says of all commits of the range, not of those only that were tested. */
#pragma once

#include "cmd/live.h"
#include "inquiry/inquiry.h"
#include "record/run.h"
#include "revision/relevance.h"

/**
 * run_survey() - write range.jsonl, and relevance.jsonl where kernels were built
 * @relevance: or NULL
 * @result:    gets how many commits could matter
 * @live:      told where a file is not written, as where a partial clone lacks a tree: the answer
 *             does not hang on it
 */
bool run_survey(Inquiry *inquiry, Repo *repo, Relevance *relevance, Run *run, RunResult *result,
		Live *live, GError **error);
