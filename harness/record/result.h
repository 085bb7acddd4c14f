/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run found out: filled by the driver, read by reports. Plain data, ids as hex. */
#pragma once

#include "record/terms.h"

/**
 * struct StepResult - one revision's test; release with step_result_clear()
 * @reason:  one line of why
 * @key:     hash of all that the verdict depends on (kernel, image, case, agent, machine)
 * @kernel:  SHA-256 of the bzImage, or NULL
 * @same_as: folder of the step whose equal kernel's verdict was taken over, or NULL
 * @evidence: folder of what the case left, relative to the step's ("" for that itself); NULL where
 *           nothing ran
 * @note:    one line that a person should know of the kernel, or NULL
 * @compiler: what it was compiled with, in one line; or NULL
 * @fixups:  what the source was changed with before that, NULL-terminated; or NULL for nothing
 * @built:   a kernel was compiled for it
 * @cached:  its kernel was built by an earlier step or run: it came from the kernel cache
 * @other_kernel: from a clean build, and another kernel than the revision's incremental one
 * @booted:  a guest ran for it; false also where an equal kernel's verdict was taken over
 * @build_ms, @boot_ms: milliseconds of checkout, configure and make; and of the guest
 */
typedef struct {
	Verdict verdict;
	Outcome outcome;
	char *reason;
	char *key;
	char *kernel;
	char *same_as;
	char *evidence;
	char *note;
	char *compiler;
	char **fixups;
	bool built;
	bool cached;
	bool other_kernel;
	bool booted;
	gint64 build_ms;
	gint64 boot_ms;
} StepResult;

void step_result_clear(StepResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StepResult, step_result_clear)
/** step_result_copy() - a deep copy; release with step_result_clear() */
StepResult step_result_copy(const StepResult *result);

/**
 * struct StepRecord - a step of a run
 * @number:   from 1
 * @why:      "end", "tag", "base", "narrow", "parent", "confirm", "again", "mask", "expose",
 * "pair", "repair", "revert", "hand"
 * @patches:  ids of later commits that were applied on top of it for this test, NULL-terminated; or
 *            NULL
 * @word:     what the run's terms call the verdict
 * @clean:    from a clean build
 * @folder:   its folder, relative to the run's
 */
typedef struct {
	guint number;
	char *revision;
	char *subject;
	const char *why;
	char **patches;
	char *word;
	bool clean;
	char *folder;
	gint64 wall_ms;
	StepResult result;
} StepRecord;

void step_record_free(StepRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StepRecord, step_record_free)

typedef enum {
	RUN_FOUND,
	RUN_INCONCLUSIVE,
	RUN_FAILED,
} RunStatus;

/* A commit as reports show it. */
typedef struct {
	char *id;
	char *subject;
	char *author;
	char *date;
	char **files;
} CommitRecord;

void commit_record_clear(CommitRecord *record);

/* A commit and how likely it is the culprit. */
typedef struct {
	char *id;
	char *subject;
	double probability;
} LeaderRecord;

void leader_record_free(LeaderRecord *record);

/* What becomes of the newer end without the culprit. */
typedef enum {
	REVERT_NONE,     /* was not tried */
	REVERT_MENDS,    /* it is as before the culprit */
	REVERT_REMAINS,  /* it is as it was: something else is in it, too */
	REVERT_UNTESTED, /* that revision cannot be tested */
	REVERT_CONFLICT, /* the culprit cannot be taken out without a person */
	REVERT_COUNT,
} RevertState;

/**
 * struct RevertRecord - the culprit, reverted in memory on top of the newer end
 * @onto:   id of that end
 * @files:  that conflict, NULL-terminated; or NULL
 * @step:   folder of the step that tested it, relative to the run's; or NULL
 * @reason: of that step's verdict; or NULL
 */
typedef struct {
	RevertState state;
	char *onto;
	char **files;
	char *step;
	char *reason;
} RevertRecord;

void revert_record_clear(RevertRecord *record);
/** revert_state_name() - "mends", "remains", "untested", "conflict"; NULL for none; static */
const char *revert_state_name(RevertState state);

/**
 * struct RunResult - the end of a run; release with run_result_free()
 * @terms:    what the states are called
 * @first_parent, @paths: how the range was limited; @paths NULL for not
 * @skips:    ids that the user said cannot be tested
 * @reason:   why inconclusive or failed: one line; NULL when found
 * @reason_about: id of the revision that @reason is about, or NULL
 * @finding:  something else that a person should know (a masked regression), or NULL
 * @culprit:  when found; else all NULL
 * @suspects: revisions ("id subject") that untestable ones hide it among; or empty
 * @patches:  when found: later fixes ("id subject") that the culprit and each parent had or were
 *            given for the tests that prove it; or empty
 * @commits:  candidates in the range, 0 until it is known
 * @weighed:  it is known which of them could matter to the kernel
 * @relevant: how many
 * @masked_by: a commit that took the regression back for a while; the culprit is older
 * @exposed_at: the commit that brought it back
 * @exposed_by: where @exposed_at is a merge: the commit of its side branch that did
 * @brought_by: the merge that brought the culprit into the first-parent line
 * @pair:     where the culprit is a merge of two good sides: the commits that do not go together
 * @leaders:  LeaderRecord, likeliest first, where answers were doubted; else empty
 * @tests, @rate, @odd: then: answers that this rests on, how often bad shows, and how many answers
 *            are wrong if the first is the culprit
 * @evidence: folder of the step that @reason is about, relative to the run's; or NULL
 * @revert:   with --verify-revert
 */
typedef struct {
	Terms terms;
	bool first_parent;
	char **paths;
	GPtrArray *skips;
	RunStatus status;
	char *reason;
	char *reason_about;
	char *finding;
	CommitRecord culprit;
	CommitRecord masked_by;
	CommitRecord exposed_at;
	CommitRecord exposed_by;
	CommitRecord brought_by;
	CommitRecord pair[2];
	GPtrArray *suspects;
	GPtrArray *patches;
	GPtrArray *steps;
	guint commits;
	GPtrArray *leaders;
	guint tests;
	double rate;
	guint odd;
	bool weighed;
	guint relevant;
	char *evidence;
	RevertRecord revert;
	gint64 wall_ms;
} RunResult;

/** run_result_new() - empty, with a copy of the terms */
RunResult *run_result_new(const Terms *terms);
void run_result_free(RunResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunResult, run_result_free)
/** run_status_name() - "found", "inconclusive", "failed"; static */
const char *run_status_name(RunStatus status);
