/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a run as JSON, schema bisectbox.run/1. */
#include "report/report.h"

#include "record/run.h"

/* A commit under a name, or null. */
static void add_commit(Json *json, const char *field, const CommitRecord *commit)
{
	Json *part;

	if (!commit->id) {
		json_add_string(json, field, NULL);
		return;
	}
	part = json_add(json, field, json_new_object());
	json_add_string(part, "id", commit->id);
	json_add_string(part, "subject", commit->subject);
	json_add_string(part, "author", commit->author);
	json_add_string(part, "date", commit->date);
	json_add_strings(part, "files", (const char *const *)commit->files);
}

static void add_beside(Json *json, const RunResult *result)
{
	json_add_string(json, "finding", result->finding);
	add_commit(json, "masked_by", &result->masked_by);
	add_commit(json, "exposed_at", &result->exposed_at);
	add_commit(json, "exposed_by", &result->exposed_by);
	add_commit(json, "brought_by", &result->brought_by);
	add_commit(json, "pair_side", &result->pair[0]);
	add_commit(json, "pair_other", &result->pair[1]);
}

/* Null where it was not tried. */
static void add_revert(Json *json, const RevertRecord *revert)
{
	Json *part;

	if (revert->state == REVERT_NONE) {
		json_add_string(json, "revert", NULL);
		return;
	}
	part = json_add(json, "revert", json_new_object());
	json_add_string(part, "state", revert_state_name(revert->state));
	json_add_string(part, "onto", revert->onto);
	json_add_strings(part, "files", (const char *const *)revert->files);
	json_add_string(part, "step", revert->step);
	json_add_string(part, "reason", revert->reason);
}

/* Null where no answer was doubted. */
static void add_certainty(Json *json, const RunResult *result)
{
	Json *part, *list;

	if (!result->leaders->len) {
		json_add_string(json, "certainty", NULL);
		return;
	}
	part = json_add(json, "certainty", json_new_object());
	json_add_int(part, "tests", result->tests);
	json_add_int(part, "odd_answers", result->odd);
	json_add_double(part, "rate", result->rate);
	list = json_add(part, "leaders", json_new_array());
	for (guint i = 0; i < result->leaders->len; i++) {
		const LeaderRecord *leader = result->leaders->pdata[i];
		Json *one = json_append(list, json_new_object());

		json_add_string(one, "id", leader->id);
		json_add_string(one, "subject", leader->subject);
		json_add_double(one, "probability", leader->probability);
	}
}

Json *report_json(const RunResult *result, const char *folder)
{
	Json *json = json_new_object();
	Json *part, *steps;

	json_add_string(json, "schema", "bisectbox.run/1");
	json_add_string(json, "status", run_status_name(result->status));
	part = json_add(json, "terms", json_new_object());
	json_add_string(part, "old", result->terms.old_name);
	json_add_string(part, "new", result->terms.new_name);
	add_commit(json, "culprit", &result->culprit);
	json_add_string(json, "reason", result->reason);
	add_beside(json, result);
	add_revert(json, &result->revert);
	add_certainty(json, result);
	part = json_add(json, "suspects", json_new_array());
	for (guint i = 0; i < result->suspects->len; i++)
		json_append_string(part, result->suspects->pdata[i]);
	part = json_add(json, "patches", json_new_array());
	for (guint i = 0; i < result->patches->len; i++)
		json_append_string(part, result->patches->pdata[i]);
	part = json_add(json, "range", json_new_object());
	json_add_int(part, "commits", result->commits);
	if (result->weighed)
		json_add_int(part, "relevant", result->relevant);
	else
		json_add_string(part, "relevant", NULL);
	steps = json_add(json, "steps", json_new_array());
	for (guint i = 0; i < result->steps->len; i++)
		json_append(steps, step_record_json(result->steps->pdata[i]));
	json_add_double(json, "wall_s", (double)result->wall_ms / 1000);
	json_add_string(json, "results", folder);
	return json;
}
