/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `bisectbox backport` found out: one fix, several branches. Plain data and its rules. */
#pragma once

#include "record/matrix.h"

/** enum BackportAnswer - what is to be done about a branch */
typedef enum {
	BACKPORT_TAKE,         /* it mends what is bad and breaks nothing */
	BACKPORT_HAS,          /* the branch has it, and is good */
	BACKPORT_HAS_BAD,      /* the branch has it, and is bad nevertheless */
	BACKPORT_NOT_AFFECTED, /* good without, and what it fixes is not in the branch */
	BACKPORT_NOT_SHOWN,    /* good without, though what it fixes is there, or is not known */
	BACKPORT_CONFLICTS,
	BACKPORT_NO_BUILD,
	BACKPORT_NO_USE, /* bad with it, too */
	BACKPORT_BREAKS, /* another case is bad with it that was good without */
	BACKPORT_UNTESTABLE,
	BACKPORT_TROUBLE, /* of the host: not finished */
} BackportAnswer;

/** backport_answer_name() - "take" ..., for JSON; static */
const char *backport_answer_name(BackportAnswer answer);

/* A commit that has to do with the fix, and whether a branch has it. */
typedef struct {
	char *id;
	char *subject;
	const char *how; /* "yes", "copy", "patch", "no" */
	char *as;        /* the branch's own commit for it, or NULL */
	char *reverted;  /* by which commit of the branch, or NULL */
} BackportCommit;

void backport_commit_free(BackportCommit *commit);

/**
 * struct BackportRow - one branch; backport_row_free()
 * @branch:    as the user gave it
 * @tip:       its commit
 * @fix:       the fix itself
 * @fixes:     BackportCommit: what the fix says that it fixes
 * @later:     BackportCommit: later commits that say that they fix the fix
 * @conflicts: paths, or NULL where it applies
 * @empty:     it applies, and changes nothing
 * @without, @with: rows of the matrix; borrowed; NULL where not tested
 * @broken:    indices of cases that it breaks
 */
typedef struct {
	char *branch;
	char *tip;
	BackportCommit *fix;
	GPtrArray *fixes;
	GPtrArray *later;
	char **conflicts;
	bool empty;
	const MatrixRow *without;
	const MatrixRow *with;
	GArray *broken;
	BackportAnswer answer;
} BackportRow;

BackportRow *backport_row_new(const char *branch);
void backport_row_free(BackportRow *row);

/**
 * struct Backport - backport_free()
 * @unknown: names in the fix's Fixes: that the repository does not know
 */
typedef struct {
	char *fix;
	char *subject;
	char **unknown;
	Matrix *matrix;
	GPtrArray *rows;
} Backport;

Backport *backport_new(void);
void backport_free(Backport *backport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backport, backport_free)

/** backport_judge() - fill @broken and @answer of each row; the first case is what it is about */
void backport_judge(Backport *backport);

/** backport_verdict() - bad where a branch needs somebody, else skip where one is untestable */
Verdict backport_verdict(const Backport *backport);

/** backport_json() - schema bisectbox.backport/1; json_free() */
Json *backport_json(const Backport *backport, const char *folder);
