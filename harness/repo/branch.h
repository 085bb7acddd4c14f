/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a commit is in a branch, be it as itself, as a copy that says so, or as an equal patch.
 * On stable branches hardly a commit has the id that it has upstream.
 */
#pragma once

#include "repo/repo.h"

typedef enum {
	BRANCH_LACKS,
	BRANCH_HAS,       /* the commit itself is reached */
	BRANCH_HAS_COPY,  /* one that says that it is this one, or that both are a third */
	BRANCH_HAS_PATCH, /* one whose change is the same (git patch-id) */
} BranchHow;

/** branch_how_name() - "no", "yes", "copy", "patch"; static */
const char *branch_how_name(BranchHow how);

/**
 * struct BranchAnswer - @id: of the commit that it is there, empty for none
 * @reverted: of a later one of the branch that takes it back, empty for none
 */
typedef struct {
	BranchHow how;
	RepoId id;
	RepoId reverted;
} BranchAnswer;

typedef struct RepoBranch RepoBranch;

/**
 * repo_branch_open() - read what is in a branch and not behind a commit
 * @tip:    of the branch
 * @beside: a commit of the main line that questions will be near
 */
bool repo_branch_open(Repo *repo, const RepoId *tip, const RepoId *beside, RepoBranch **ret_branch,
		      GError **error);
void repo_branch_close(RepoBranch *branch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepoBranch, repo_branch_close)

/** repo_branch_has() - look for a commit; works in both directions: @commit may be a copy itself */
bool repo_branch_has(RepoBranch *branch, const RepoId *commit, BranchAnswer *ret_answer,
		     GError **error);

/**
 * repo_said_fixes() - the commits that a commit's Fixes: trailers name
 * @ret_ids: of RepoId; g_array_unref()
 * @ret_unknown: names that the repository does not know; g_strfreev()
 */
bool repo_said_fixes(Repo *repo, const RepoId *commit, GArray **ret_ids, char ***ret_unknown,
		     GError **error);
