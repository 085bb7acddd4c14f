/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run found out: filled by the driver, read by reports. Plain data, ids as hex. */
#pragma once

#include "verdict/outcome.h"

/**
 * struct StepResult - one revision's test; release with step_result_clear()
 * @reason:  one line of why
 * @key:     hash of all that the verdict depends on (kernel, image, case, agent, machine)
 * @kernel:  SHA-256 of the bzImage, or NULL
 * @same_as: folder of the step whose equal kernel's verdict was taken over, or NULL
 * @evidence: folder of what the case left, relative to the step's ("" for that itself); NULL where
 *           nothing ran
 * @built:   a kernel was compiled for it
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
	bool built;
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
 * @why:      "end", "narrow", "parent", "confirm", "tag"
 * @clean:    from a clean build
 * @folder:   its folder, relative to the run's
 */
typedef struct {
	guint number;
	char *revision;
	char *subject;
	const char *why;
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

/**
 * struct RunResult - the end of a run; release with run_result_free()
 * @reason:   why inconclusive or failed: one line; NULL when found
 * @finding:  something else that a person should know (a masked regression), or NULL
 * @culprit:  when found; else all NULL
 * @suspects: revisions ("id subject") that untestable ones hide it among; or empty
 * @commits:  candidates in the range, 0 until it is known
 * @evidence: folder of the step that @reason is about, relative to the run's; or NULL
 */
typedef struct {
	RunStatus status;
	char *reason;
	char *finding;
	CommitRecord culprit;
	GPtrArray *suspects;
	GPtrArray *steps;
	guint commits;
	char *evidence;
	gint64 wall_ms;
} RunResult;

RunResult *run_result_new(void);
void run_result_free(RunResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunResult, run_result_free)
/** run_status_name() - "found", "inconclusive", "failed"; static */
const char *run_status_name(RunStatus status);
