/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop: ask the inquiry, test, record, answer; until it has its answer. Knows nothing of
 * kernels: how a revision is tested is the caller's function.
 */
#pragma once

#include "inquiry/inquiry.h"
#include "record/run.h"

/**
 * DriverTest - test one revision
 * @step:   what is wanted: the revision, from a clean build or not, a new answer or any
 * @folder: absolute, exists; takes whatever the verdict is based on
 *
 * Return: false with @error for host trouble, which is tried once more and then ends the run.
 */
typedef bool (*DriverTest)(const InquiryStep *step, const char *folder, GCancellable *cancel,
			   StepResult *ret_result, void *user, GError **error);

/* What the driver tells while it works; every member may be NULL. */
typedef struct {
	/* a step begins; @left is about how many more narrowing tests there will be */
	void (*begin)(const StepRecord *step, guint left, void *user);
	void (*end)(const StepRecord *step, void *user);
	/* one line about something else ("host trouble, trying again: ...") */
	void (*note)(const char *text, void *user);
	void *user;
} DriverEvents;

/**
 * struct DriverSpec - one question; all borrowed
 * @inquiry: the question, and what is known already
 * @result:  gets steps and what is found; has terms, limits and skips for the records
 * @run:     takes the records
 */
typedef struct {
	Repo *repo;
	Inquiry *inquiry;
	RunResult *result;
	Run *run;
	DriverTest test;
	void *user;
	DriverEvents events;
} DriverSpec;

/**
 * driver_run() - find the culprit
 * @error: host trouble that stayed, bad input, or interrupted; all records are kept, and the
 *         result has the steps done so far
 *
 * Return: true when found or inconclusive.
 */
bool driver_run(const DriverSpec *spec, GCancellable *cancel, GError **error);

/** driver_answer() - tell the inquiry what a step has answered, and what building it took
 * @id: what was tested: the step's revision, or that with commits on top */
void driver_answer(const DriverSpec *spec, const StepRecord *step, const RepoId *id);

/**
 * driver_aside() - one step more, after driver_run(), that the inquiry is not told of
 * @ret_step: its record, at the end of the result's; borrowed
 */
bool driver_aside(const DriverSpec *spec, const InquiryStep *next, GCancellable *cancel,
		  const StepRecord **ret_step, GError **error);
