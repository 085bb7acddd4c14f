/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bisection by hand: a run's folder whose verdicts a person gives, one command at a time. Which
 * one a repository has is kept in the cache; the user's repository has nothing of it.
 */
#pragma once

#include "cmd/search_options.h"
#include "record/bisectlog.h"

typedef struct Session Session;

/**
 * session_start() - begin; session_keep() then makes it this repository's
 * @results: folder for runs, or NULL for the usual one
 * @checkout: have each revision that is asked for in a work tree of bisectbox's
 * @argc, @argv: the command line, for the records
 */
bool session_start(Repo *repo, const char *results, const Terms *terms, bool first_parent,
		   const char *const *paths, bool checkout, int argc, char **argv,
		   Session **ret_session, GError **error);
/**
 * session_rename() - begin it anew with other terms, while it has no verdict
 * @session: replaced; @argc, @argv: as in session_start()
 * @error: BOX_ERROR_USAGE: it has verdicts, or terms of its own
 */
bool session_rename(Session **session, const char *old_name, const char *new_name, int argc,
		    char **argv, GError **error);
/** session_keep() - be this repository's session from here on, instead of any other */
bool session_keep(const Session *session, GError **error);
/** session_drop() - remove one that was not kept */
void session_drop(Session *session);
/** session_load() - the one that is going on; BOX_ERROR_USAGE where there is none */
bool session_load(Repo *repo, Session **ret_session, GError **error);
/** session_forget() - let go of it; its folder stays */
bool session_forget(Session *session, GError **error);
void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

/** session_folder(), session_terms(), session_paths(), session_repo() - borrowed */
const char *session_folder(const Session *session);
const char *const *session_paths(const Session *session);
Repo *session_repo(const Session *session);
const Terms *session_terms(const Session *session);

/**
 * session_give() - a verdict
 * @word: one of the terms, or "skip"
 * @error: BOX_ERROR_USAGE: contradicts an earlier one, or the ends do not fit; nothing is recorded
 */
bool session_give(Session *session, const RepoId *id, const char *word, GError **error);

/** session_skip() - those of many revisions that have no verdict cannot be tested */
bool session_skip(Session *session, const GArray *ids, GError **error);

/**
 * session_next() - what to look at now
 * @ret_step: INQUIRY step; set where there is one
 * @ret_done: all is answered
 *
 * Return: true with neither where an end is missing.
 */
bool session_next(Session *session, InquiryStep *ret_step, bool *ret_asked, bool *ret_done,
		  GError **error);
/** session_inquiry() - or NULL where an end is missing; borrowed */
Inquiry *session_inquiry(Session *session);
/** session_missing() - "a good and a bad revision", in the session's terms, or NULL; g_free() */
char *session_missing(const Session *session);
/** session_checkout() - path of a work tree that has the revision, or NULL where none was asked
 * for; g_free() */
bool session_checkout(Session *session, const RepoId *id, GCancellable *cancel, char **ret_path,
		      GError **error);
/** session_log() - as git's bisect log; g_free() */
char *session_log(Session *session);
/** session_finish() - the result, also into the folder; run_result_free() */
bool session_finish(Session *session, RunResult **ret_result, GError **error);

/** session_question() - the ends and limits of a session, for `run --continue`; @options has more
 * skips */
bool session_question(Session *session, const SearchOptions *options, Question *ret_question,
		      GError **error);
/** session_told() - its verdicts, in order, each "good ID", "bad ID", "skip ID" or "along ID" (one
 * of many skips), good for the old state; g_strfreev() */
char **session_told(const Session *session);
/** session_tell() - give such verdicts to another inquiry, as tests that need confirmation, and the
 * skips to the records */
bool session_tell(const char *const *told, Inquiry *inquiry, RunResult *result, GError **error);
