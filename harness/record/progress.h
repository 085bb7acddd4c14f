/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status.json: what a run is doing now, for whoever asks from another terminal. A convenience:
 * nothing is decided from it, and it is not synced. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct Progress - release with progress_clear()
 * @pid:      of the process that works on the run
 * @step:     its number, from 1
 * @revision, @subject: what is being tested
 * @why:      as in StepRecord; or NULL
 * @left:     about how many more narrowing tests; 0 for unknown
 * @phase:    "checkout", "build", "boot"; or NULL
 * @began_s, @phase_s: when step and phase began, seconds since 1970
 */
typedef struct {
	gint64 pid;
	guint step;
	char *revision;
	char *subject;
	char *why;
	guint left;
	char *phase;
	gint64 began_s;
	gint64 phase_s;
} Progress;

void progress_clear(Progress *progress);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Progress, progress_clear)

/** progress_write() - into a run's folder, whole or not at all. That it cannot be written is no
 * trouble of the run's: nothing is said */
void progress_write(const char *folder, const Progress *progress);
/** progress_remove() - nothing is being tested any more */
void progress_remove(const char *folder);
/** progress_read() - false where there is none, or none that can be read */
bool progress_read(const char *folder, Progress *ret_progress);
