/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of `bisectbox test`: every case on every kernel, as often as asked. */
#pragma once

#include "record/matrix.h"
#include "record/run.h"
#include "step/step.h"

/**
 * struct MatrixKernel - a kernel to test; all borrowed
 * @name:     as the user gave it
 * @revision: the commit in full, or NULL
 * @subject:  the commit's, or the kernel's own version; or NULL
 */
typedef struct {
	StepSource source;
	const char *name;
	const char *revision;
	const char *subject;
} MatrixKernel;

/* A matrix while its rows come. */
typedef struct MatrixLoop MatrixLoop;

/* What is told while it works; every member may be NULL. */
typedef struct {
	void (*begin)(const MatrixRow *row, void *user);
	/* a row is complete */
	void (*end)(const Matrix *matrix, const MatrixRow *row, void *user);
	/* whether a kernel needs no test: it is another row's; then the row's cells are filled, and
	 * its folder stays empty */
	bool (*known)(const MatrixKernel *kernel, MatrixRow *row, void *user);
	/* one line about something else ("trouble on this host, trying again: ...") */
	void (*note)(const char *text, void *user);
	void *user;
} MatrixEvents;

/**
 * matrix_begin() - a matrix without rows
 * @repeat: tries of each case on each kernel, each in a boot of its own; 0: nothing is booted, and
 *          a kernel that is there is good
 * @run:    takes a journal line a try, and a folder a kernel
 * @events: copied; what @events->user points at, and all else, must outlive the loop
 */
MatrixLoop *matrix_begin(Workshop *shop, guint repeat, Run *run, const MatrixEvents *events,
			 GCancellable *cancel);

/**
 * matrix_test() - test one more kernel
 * @flags:   STEP_CLEAN: build it in an empty folder
 * @ret_row: borrowed from the matrix; or NULL
 * @error:   host trouble that stayed, or interrupted; the row is in the matrix, as far as it got
 */
bool matrix_test(MatrixLoop *loop, const MatrixKernel *kernel, StepFlags flags,
		 const MatrixRow **ret_row, GError **error);

/**
 * matrix_end() - hand the matrix over
 * @error: why it ended early, or NULL
 */
Matrix *matrix_end(MatrixLoop *loop, const GError *error);

/**
 * matrix_run() - test kernels that are known beforehand
 * @kernels:    MatrixKernel
 * @repeat, @run, @events: as of matrix_begin()
 * @ret_matrix: what was found, also on failure; the row that failed is in it, as far as it got
 * @error:      as of matrix_test()
 */
bool matrix_run(Workshop *shop, const GArray *kernels, guint repeat, Run *run,
		const MatrixEvents *events, GCancellable *cancel, Matrix **ret_matrix,
		GError **error);
