/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of a session only: what it holds, and its records. */
#pragma once

#include "cmd/session.h"
#include "record/run.h"
#include "repo/worktree.h"

/* A verdict of the person. */
typedef struct {
	RepoId id;
	Verdict state;
	bool end;   /* of the range, as far as was known then */
	bool along; /* one of many skips, given without being asked */
} Given;

struct Session {
	Repo *repo;
	Question question; /* what the verdicts so far make of it */
	bool has_bad;
	bool checkout;
	GArray *given; /* Given */
	InquirySpec spec;
	Inquiry *inquiry; /* NULL until both ends are known */
	Run *run;
	char *pointer; /* file in the cache that names the folder */
};

/** session_fold() - take a verdict in; session_rebuild() then works out what it means */
void session_fold(Session *session, const Given *given);
bool session_rebuild(Session *session, GError **error);
/** session_hand_on() - give a verdict to an inquiry; @clean as in inquiry_answer() */
void session_hand_on(const Given *given, bool clean, Inquiry *inquiry);
/** session_word() - what a state is called; borrowed */
const char *session_word(const Session *session, Verdict state);
/** session_record() - write the verdicts from one on down, and bisect.log anew */
bool session_record(Session *session, guint first, const char *why, GError **error);
