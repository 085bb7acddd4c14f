/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command that leaves a folder ends with. */
#pragma once

#include "record/run.h"
#include "util/json.h"

/**
 * struct Answer - what there is to say; all borrowed
 * @json:    result.json
 * @report:  report.txt
 * @shown:   for people, on stdout
 * @as_json: stdout gets @json in its place, in one line
 */
typedef struct {
	const Json *json;
	const char *report;
	const char *shown;
	bool as_json;
} Answer;

/** answer_give() - print it, and keep it in the folder; BOX_ERROR_HOST: that cannot be written */
bool answer_give(const Answer *answer, Run *run, GError **error);
