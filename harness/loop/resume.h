/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going on with a run that was interrupted: what it knew is told again, so that it asks next what
 * it would have asked. */
#pragma once

#include "loop/driver.h"
#include "step/step.h"

/* Told of each step before its answer counts: what else the run knew from it. */
typedef bool (*ResumeTake)(const StepRecord *step, void *user, GError **error);

/**
 * resume_steps() - give the inquiry the answers of finished steps, one by one, as they came
 * @spec:  as driver_run() takes it afterwards; its result gets the steps
 * @steps: StepRecord, in order; emptied
 * @take:  or NULL
 */
bool resume_steps(const DriverSpec *spec, GPtrArray *steps, ResumeTake take, void *user,
		  GError **error);

/**
 * resume_recall() - what a workshop remembers of a step: which kernel it was, and what its build
 * read, as far as the cache still has that
 */
bool resume_recall(Workshop *shop, const StepRecord *step, GError **error);
