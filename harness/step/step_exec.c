/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A step of `run --exec`. */
#include "step/step_exec.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

static bool write_text(const char *folder, const char *name, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return fs_write(path, text, -1, error);
}

bool step_exec(Worktree *tree, const char *command, const RepoId *revision, const char *folder,
	       GCancellable *cancel, StepResult *ret_result, GError **error)
{
	const char *argv[] = { "sh", "-c", command, NULL };
	g_auto(GStrv) env =
		g_environ_setenv(g_get_environ(), "BISECTBOX_REVISION", revision->hex, TRUE);
	ProcessSpec spec = { .argv = argv,
			     .cwd = worktree_path(tree),
			     .env = (const char *const *)env };
	g_auto(ProcessEnd) end = { 0 };
	gint64 start = g_get_monotonic_time();

	if (!worktree_checkout(tree, revision, cancel, NULL, error) ||
	    !process_run(&spec, cancel, &end, error) ||
	    !write_text(folder, "stdout", end.out, error) ||
	    !write_text(folder, "stderr", end.err, error))
		return false;
	if (end.signal)
		return error_host(error, "the command was ended by signal %d", end.signal);
	if (end.status >= 128)
		return error_host(error, "the command ended with %d: 128 and more is no verdict",
				  end.status);
	*ret_result = (StepResult){
		.outcome = end.status == 0     ? OUTCOME_PASSED
			   : end.status == 125 ? OUTCOME_SKIPPED
					       : OUTCOME_FAILED,
		.reason = g_strdup_printf("the command ended with %d", end.status),
		.build_ms = (g_get_monotonic_time() - start) / 1000,
	};
	ret_result->verdict = verdict_of(JUDGE_CASE, ret_result->outcome, false);
	return true;
}
