/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's result: making and freeing it. */
#include "record/result.h"

void step_result_clear(StepResult *result)
{
	g_clear_pointer(&result->reason, g_free);
	g_clear_pointer(&result->key, g_free);
	g_clear_pointer(&result->kernel, g_free);
	g_clear_pointer(&result->same_as, g_free);
	g_clear_pointer(&result->evidence, g_free);
}

StepResult step_result_copy(const StepResult *result)
{
	StepResult copy = *result;

	copy.reason = g_strdup(result->reason);
	copy.key = g_strdup(result->key);
	copy.kernel = g_strdup(result->kernel);
	copy.same_as = g_strdup(result->same_as);
	copy.evidence = g_strdup(result->evidence);
	return copy;
}

void step_record_free(StepRecord *record)
{
	if (!record)
		return;
	step_result_clear(&record->result);
	g_free(record->revision);
	g_free(record->subject);
	g_free(record->folder);
	g_free(record);
}

RunResult *run_result_new(void)
{
	RunResult *result = g_new0(RunResult, 1);

	result->status = RUN_FAILED;
	result->suspects = g_ptr_array_new_with_free_func(g_free);
	result->steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_record_free);
	return result;
}

void run_result_free(RunResult *result)
{
	if (!result)
		return;
	g_free(result->reason);
	g_free(result->finding);
	g_free(result->culprit.id);
	g_free(result->culprit.subject);
	g_free(result->culprit.author);
	g_free(result->culprit.date);
	g_strfreev(result->culprit.files);
	g_ptr_array_unref(result->suspects);
	g_ptr_array_unref(result->steps);
	g_free(result->evidence);
	g_free(result);
}

const char *run_status_name(RunStatus status)
{
	static const char *const names[] = { "found", "inconclusive", "failed" };

	return names[status];
}
