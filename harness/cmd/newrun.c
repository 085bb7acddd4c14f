/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder that a command's rows go into. */
#include "cmd/newrun.h"

#include "cmd/cmd.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#define QUESTION_MAX ((gsize)16 << 20)

Json *newrun_question(int argc, char **argv)
{
	Json *json = json_new_object();

	cmd_describe(json, "bisectbox.question/1", argc, argv);
	return json;
}

/* Rows that are there must be what they would be now. */
static bool check(const char *folder, const Json *question, GError **error)
{
	static const char *const may_differ[] = {
		"version", "date", "command", "cwd", "exact", NULL
	};
	g_autofree char *path = g_build_filename(folder, "run.json", NULL);
	g_autofree char *text = NULL;
	g_autoptr(Json) then = NULL;
	const char *field;

	if (!fs_read(path, QUESTION_MAX, &text, NULL, error))
		return false;
	then = json_parse(text, path, BOX_ERROR_USAGE, error);
	if (!then)
		return false;
	field = json_difference(then, question, may_differ);
	return !field || error_usage(error,
				     "%s cannot be gone on with: \"%s\" in its run.json is not "
				     "what it would be now; give the command again",
				     folder, field);
}

static bool go_on(const char *folder, const Json *question, Run **ret_run, GError **error)
{
	g_autoptr(Run) run = NULL;
	bool busy = false;

	if (!run_open(folder, &run, error) || !run_lock(run, false, &busy, error))
		return false;
	if (busy)
		return error_usage(error, "%s is being worked on by another process", folder);
	if (!run_mend(run, error) || !check(folder, question, error))
		return false;
	*ret_run = g_steal_pointer(&run);
	return true;
}

bool newrun_open(const GuestOptions *options, const char *what, const Json *question, Run **ret_run,
		 GError **error)
{
	g_autofree char *standard = paths_results();

	if (options->again)
		return go_on(options->again, question, ret_run, error);
	return run_create(options->results ? options->results : standard, what, ret_run, error) &&
	       run_write(*ret_run, "run.json", question, error);
}
