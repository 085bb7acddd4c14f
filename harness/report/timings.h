/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of `bisectbox test --timings`. Makes text; prints nothing. */
#pragma once

#include "record/timings.h"

/**
 * struct TimedKernel - a kernel and its boots; timed_kernel_free()
 * @name: as the user gave it
 * @boots: Timings
 */
typedef struct {
	char *name;
	GPtrArray *boots;
} TimedKernel;

TimedKernel *timed_kernel_new(const char *name);
void timed_kernel_free(TimedKernel *kernel);

/** report_timings() - a row a kernel, its medians in milliseconds; @kernels: TimedKernel; g_free()
 */
char *report_timings(const GPtrArray *kernels);
/** report_timings_json() - [{"kernel", "boots": [...]}]; json_free() */
Json *report_timings_json(const GPtrArray *kernels);
