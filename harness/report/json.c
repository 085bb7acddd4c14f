/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a run as JSON, schema bisectbox.run/1. */
#include "report/report.h"

#include "record/run.h"

Json *report_json(const RunResult *result, const char *folder)
{
	Json *json = json_new_object();
	Json *part, *steps;

	json_add_string(json, "schema", "bisectbox.run/1");
	json_add_string(json, "status", run_status_name(result->status));
	if (result->status == RUN_FOUND) {
		part = json_add(json, "culprit", json_new_object());
		json_add_string(part, "id", result->culprit.id);
		json_add_string(part, "subject", result->culprit.subject);
		json_add_string(part, "author", result->culprit.author);
		json_add_string(part, "date", result->culprit.date);
		json_add_strings(part, "files", (const char *const *)result->culprit.files);
	} else {
		json_add_string(json, "culprit", NULL);
	}
	json_add_string(json, "reason", result->reason);
	json_add_string(json, "finding", result->finding);
	part = json_add(json, "suspects", json_new_array());
	for (guint i = 0; i < result->suspects->len; i++)
		json_append_string(part, result->suspects->pdata[i]);
	part = json_add(json, "range", json_new_object());
	json_add_int(part, "commits", result->commits);
	steps = json_add(json, "steps", json_new_array());
	for (guint i = 0; i < result->steps->len; i++)
		json_append(steps, step_record_json(result->steps->pdata[i]));
	json_add_double(json, "wall_s", (double)result->wall_ms / 1000);
	json_add_string(json, "results", folder);
	return json;
}
