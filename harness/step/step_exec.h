/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A step of `run --exec`: the user's own command judges each revision's tree. */
#pragma once

#include "record/result.h"
#include "repo/worktree.h"

/**
 * step_exec() - check a revision out and run a command in its tree
 * @tree:    takes the revision
 * @command: for /bin/sh -c: the user's own words
 * @folder:  absolute; takes stdout and stderr
 *
 * Exit codes are git bisect run's: 0 good, 125 skip, 1 to 127 bad; 128 and more, or a signal,
 * is host trouble and becomes an error.
 */
bool step_exec(Worktree *tree, const char *command, const RepoId *revision, const char *folder,
	       GCancellable *cancel, StepResult *ret_result, GError **error);
