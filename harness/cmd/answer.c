/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command's last words, on stdout and in its folder. */
#include "cmd/answer.h"

#include <stdio.h>

bool answer_give(const Answer *answer, Run *run, GError **error)
{
	g_autofree char *line = json_text(answer->json, false);

	if (answer->as_json)
		puts(line);
	else
		fputs(answer->shown, stdout);
	return run_write(run, "result.json", answer->json, error) &&
	       run_write_text(run, "report.txt", answer->report, error);
}
