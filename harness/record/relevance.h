/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a commit of the range could change of the kernel. Plain data. */
#pragma once

#include "util/json.h"

/**
 * struct RelevanceCommit - release with relevance_commit_clear()
 * @subject: or NULL
 * @matters: it may
 * @path:    the file that says so: the first that may matter, or of one that cannot the first
 *           that it changes; NULL where nothing differs, or nothing is known
 * @why:     about @path, in a few words; static
 * @files:   of one that cannot matter: how many files it changes
 * @same_as: id of a revision that was built and is the same kernel; or NULL
 */
typedef struct {
	char *id;
	char *subject;
	bool matters;
	char *path;
	const char *why;
	guint files;
	char *same_as;
} RelevanceCommit;

void relevance_commit_clear(RelevanceCommit *commit);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RelevanceCommit, relevance_commit_clear)
/** relevance_commit_json() - {"commit", "subject", "matters", "file", "why", "files", "same_as"};
 * json_free()
 */
Json *relevance_commit_json(const RelevanceCommit *commit);
