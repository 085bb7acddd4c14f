/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of `bisectbox series`: each commit in turn, oldest first, built and tested where it can
 * change the kernel. */
#pragma once

#include "loop/matrix.h"
#include "record/series.h"

/**
 * series_commits() - the commits of a range
 * @range: of base and tip
 * @ret_ids: of RepoId, parents before children, without the base; g_array_unref()
 */
void series_commits(const RepoRange *range, GArray **ret_ids);

/* What is told while it works; every member may be NULL. */
typedef struct {
	void (*begin)(const MatrixRow *row, void *user);
	/* a row is complete, but for its findings */
	void (*end)(const Series *series, const SeriesRow *row, void *user);
	void (*note)(const char *text, void *user);
	void *user;
} SeriesEvents;

/**
 * struct SeriesSpec - all borrowed
 * @shop:    its @relevance is told of each build
 * @base:    what the first commits are compared with
 * @commits: of RepoId, parents before children
 * @repeat:  as of matrix_run()
 * @first_parent: a merge is compared with its first parent alone
 */
typedef struct {
	Workshop *shop;
	Repo *repo;
	const RepoId *base;
	const GArray *commits;
	guint repeat;
	bool first_parent;
	Run *run;
	SeriesEvents events;
} SeriesSpec;

/**
 * series_run() - test the base and each commit
 * @ret_series: judged; also on failure, as far as it got
 * @error: host trouble that stayed, or interrupted
 */
bool series_run(const SeriesSpec *spec, GCancellable *cancel, Series **ret_series, GError **error);
