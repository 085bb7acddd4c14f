/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop: ask the search, test, record, answer; until the search has its answer. Knows
 * nothing of kernels: how a revision is tested is the caller's function.
 */
#pragma once

#include "record/run.h"
#include "repo/repo.h"
#include "search/search.h"

/**
 * DriverTest - test one revision
 * @clean:  from a clean build
 * @folder: absolute, exists; takes whatever the verdict is based on
 *
 * Return: false with @error for host trouble, which is tried once more and then ends the run.
 */
typedef bool (*DriverTest)(const RepoId *revision, bool clean, const char *folder,
			   GCancellable *cancel, StepResult *ret_result, void *user,
			   GError **error);

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
 * @bad:        the bad end
 * @goods:      RepoId of the good ends; empty: look for one backwards through the tags
 * @trust_ends: do not test the ends first
 * @run:        takes the records
 */
typedef struct {
	Repo *repo;
	RepoId bad;
	GArray *goods;
	bool trust_ends;
	Run *run;
	DriverTest test;
	void *user;
	DriverEvents events;
} DriverSpec;

/**
 * driver_run() - find the culprit
 * @ret_result: set on success, and also on failure, with the steps done so far; run_result_free()
 * @error:      host trouble that stayed, bad input, or interrupted; all records are kept
 *
 * Return: true when found or inconclusive.
 */
bool driver_run(const DriverSpec *spec, GCancellable *cancel, RunResult **ret_result,
		GError **error);
