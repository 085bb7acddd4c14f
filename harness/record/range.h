/* SPDX-License-Identifier: GPL-2.0-or-later */
/* range.jsonl: the commits that a run was about, and how they hang together. */
#pragma once

#include "record/relevance.h"

/**
 * struct RangeCommit - a line of it
 * @parents: ids of those that are in the file, NULL-terminated, or that it descends from without
 *           being their child
 * @outside: is no candidate: it only connects others, or is a good end
 * @known:   there is a line about it in relevance.jsonl
 * @fact:    that line
 */
typedef struct {
	char *id;
	char *subject;
	char **parents;
	bool outside;
	bool known;
	RelevanceCommit fact;
} RangeCommit;

void range_commit_free(RangeCommit *commit);
/** range_commit_json() - {"commit", "subject", "parents", "candidate"}; json_free() */
Json *range_commit_json(const RangeCommit *commit);

/**
 * range_read() - what a run's folder has of both files
 * @ret_commits: RangeCommit, oldest first, parents before children; empty where the run left none;
 *               g_ptr_array_unref()
 * @error: BOX_ERROR_USAGE: damaged, with file and line
 */
bool range_read(const char *folder, GPtrArray **ret_commits, GError **error);
