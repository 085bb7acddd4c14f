/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of `bisectbox test`: every case on every kernel, as often as asked. */
#pragma once

#include "record/matrix.h"
#include "record/run.h"
#include "step.h"

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
 * matrix_run() - test
 * @kernels:    MatrixKernel
 * @repeat:     tries of each case on each kernel, each in a boot of its own; 0: nothing is booted,
 *              and a kernel that is there is good
 * @run:        takes a journal line a try, and a folder a kernel
 * @ret_matrix: what was found, also on failure; the row that failed is in it, as far as it got
 * @error:      host trouble that stayed, or interrupted
 */
bool matrix_run(Workshop *shop, const GArray *kernels, guint repeat, Run *run,
		const MatrixEvents *events, GCancellable *cancel, Matrix **ret_matrix,
		GError **error);
