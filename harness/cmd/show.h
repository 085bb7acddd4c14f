/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How commands show what is to be tested next. */
#pragma once

#include "cmd/session.h"

/**
 * show_next() - a revision to test, and how much is left
 * @path: a folder that has it, or NULL
 */
void show_next(Inquiry *inquiry, Repo *repo, const Terms *terms, const InquiryStep *step,
	       const char *path, bool json);
/** show_ranking() - all that can be tested, best first, as `git rev-list --bisect-all` does */
void show_ranking(Inquiry *inquiry, bool json);
/** show_session() - what a bisection by hand waits for, or its answer; an exit code */
int show_session(Session *session, bool json, GCancellable *cancel, GError **error);
