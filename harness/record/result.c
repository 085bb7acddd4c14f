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
	g_clear_pointer(&result->note, g_free);
	g_clear_pointer(&result->compiler, g_free);
	g_clear_pointer(&result->fixups, g_strfreev);
}

StepResult step_result_copy(const StepResult *result)
{
	StepResult copy = *result;

	copy.reason = g_strdup(result->reason);
	copy.key = g_strdup(result->key);
	copy.kernel = g_strdup(result->kernel);
	copy.same_as = g_strdup(result->same_as);
	copy.evidence = g_strdup(result->evidence);
	copy.note = g_strdup(result->note);
	copy.compiler = g_strdup(result->compiler);
	copy.fixups = g_strdupv(result->fixups);
	return copy;
}

void step_record_free(StepRecord *record)
{
	if (!record)
		return;
	step_result_clear(&record->result);
	g_free(record->revision);
	g_free(record->subject);
	g_strfreev(record->patches);
	g_free(record->word);
	g_free(record->folder);
	g_free(record);
}

void commit_record_clear(CommitRecord *record)
{
	g_clear_pointer(&record->id, g_free);
	g_clear_pointer(&record->subject, g_free);
	g_clear_pointer(&record->author, g_free);
	g_clear_pointer(&record->date, g_free);
	g_clear_pointer(&record->files, g_strfreev);
}

void leader_record_free(LeaderRecord *record)
{
	if (!record)
		return;
	g_free(record->id);
	g_free(record->subject);
	g_free(record);
}

RunResult *run_result_new(const Terms *terms)
{
	RunResult *result = g_new0(RunResult, 1);

	result->terms = terms_copy(terms);
	result->status = RUN_FAILED;
	result->skips = g_ptr_array_new_with_free_func(g_free);
	result->suspects = g_ptr_array_new_with_free_func(g_free);
	result->patches = g_ptr_array_new_with_free_func(g_free);
	result->steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_record_free);
	result->leaders = g_ptr_array_new_with_free_func((GDestroyNotify)leader_record_free);
	return result;
}

void run_result_free(RunResult *result)
{
	if (!result)
		return;
	terms_clear(&result->terms);
	g_strfreev(result->paths);
	g_ptr_array_unref(result->skips);
	g_free(result->reason);
	g_free(result->reason_about);
	g_free(result->finding);
	commit_record_clear(&result->culprit);
	commit_record_clear(&result->masked_by);
	commit_record_clear(&result->exposed_at);
	commit_record_clear(&result->exposed_by);
	commit_record_clear(&result->brought_by);
	commit_record_clear(&result->pair[0]);
	commit_record_clear(&result->pair[1]);
	g_ptr_array_unref(result->suspects);
	g_ptr_array_unref(result->patches);
	g_ptr_array_unref(result->steps);
	g_ptr_array_unref(result->leaders);
	g_free(result->evidence);
	revert_record_clear(&result->revert);
	g_free(result);
}

void revert_record_clear(RevertRecord *record)
{
	g_clear_pointer(&record->onto, g_free);
	g_clear_pointer(&record->files, g_strfreev);
	g_clear_pointer(&record->step, g_free);
	g_clear_pointer(&record->reason, g_free);
}

const char *revert_state_name(RevertState state)
{
	static const char *const names[REVERT_COUNT] = { NULL, "mends", "remains", "untested",
							 "conflict" };

	return names[state];
}

const char *run_status_name(RunStatus status)
{
	static const char *const names[] = { "found", "inconclusive", "failed" };

	return names[status];
}
