/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share of libgit2. Private to the folder. */
#pragma once

#include "repo/repo.h"

#include <git2.h>

struct Repo {
	git_repository *git;
	char *path;         /* common git folder */
	char *workdir;      /* or NULL */
	GHashTable *cut;    /* ids (hex) whose parents are not there: .git/shallow; NULL for none */
	GHashTable *grafts; /* id (hex) -> GArray of RepoId; NULL for none */
};

/** git_start() - get libgit2 ready, once per process: extensions, no filters of the user's, no
 * system configuration but safe.directory */
void git_start(void);

/** git_fail() - set an error from libgit2's last one: "WHAT: libgit2's words"; always returns false
 */
bool git_fail(GError **error, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** git_to_id(), git_from_id() - between libgit2's ids and ours */
RepoId git_to_id(const git_oid *oid);
git_oid git_from_id(const RepoId *id);

/** git_missing() - set the error about an object that a shallow or partial clone lacks; always
 * returns false */
bool git_missing(const Repo *repo, const char *id, GError **error);
