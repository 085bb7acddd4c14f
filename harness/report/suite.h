/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as the formats of CI see it: suites of tests. */
#pragma once

#include "record/past.h"

/* What a test came to. */
typedef enum {
	SUITE_PASS,
	SUITE_FAIL,
	SUITE_SKIP,
	SUITE_ERROR, /* trouble of the host: nothing is said of the kernel */
} SuiteState;

/**
 * struct SuiteTest - a step of a run, or a case on a kernel
 * @name:   one line, no control characters, as are all but @out and @err
 * @word:   of the verdict, in the run's terms
 * @reason: or NULL
 * @place:  folder of the evidence, relative to the run's, or NULL
 * @out, @err: what the case wrote, the end of it; or NULL; bytes as they came
 */
typedef struct {
	char *name;
	SuiteState state;
	char *word;
	char *reason;
	char *place;
	char *out;
	char *err;
	gint64 ms;
} SuiteTest;

/* A run, or a kernel of `bisectbox test`. */
typedef struct {
	char *name;
	GPtrArray *tests; /* SuiteTest */
	gint64 ms;
} Suite;

/**
 * suites_of() - of a run one suite: its steps, and last whether the question was answered; of
 * `bisectbox test` a suite a kernel
 * Return: of Suite; g_ptr_array_unref()
 */
GPtrArray *suites_of(const Past *past);
/** suite_count() - its tests of one state */
guint suite_count(const Suite *suite, SuiteState state);
