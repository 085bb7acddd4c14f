/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A case that was bad, once more in a boot of its own, for its traces. */
#include "step/boot_internal.h"

#include "util/error.h"
#include "util/fs.h"

#include <string.h>

/* Tracing slows a case down: strace by an order of magnitude. */
#define TRACED_TIMES 5
#define TRACED_MORE_S 30
/* The times of the kernel's log, whatever its configuration says. */
#define TRACED_WORDS "printk.time=1"
#define TRACED "traced"
#define NOTES "trace-notes"

/* The agent's trace-* files, from the boot's folder to the case's evidence. */
static bool take_traces(const char *from, const char *to, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *source = g_build_filename(from, name, NULL);
		g_autofree char *target = g_build_filename(to, name, NULL);

		if (g_str_has_prefix(name, "trace-") && !fs_copy(source, target, error))
			return false;
	}
	return true;
}

/* What came of it, and then what the agent could not trace. */
static bool write_notes(const char *evidence, const char *what, GError **error)
{
	g_autofree char *path = g_build_filename(evidence, NOTES, NULL);
	g_autofree char *agents = NULL;
	g_autofree char *text = NULL;

	fs_read(path, PROTOCOL_OUTPUT_MAX, &agents, NULL, NULL);
	text = g_strdup_printf("%s\n%s", what, agents ? agents : "");
	return fs_write(path, text, -1, error);
}

bool boot_trace(Workshop *shop, const Case *testcase, const char *kernel, const char *folder,
		GCancellable *cancel, GError **error)
{
	g_autoptr(GPtrArray) alone = g_ptr_array_new();
	g_autofree char *own = g_build_filename(folder, testcase->name, NULL);
	g_autofree char *boot = g_build_filename(own, TRACED, NULL);
	g_autofree char *from = g_build_filename(boot, testcase->name, "evidence", NULL);
	g_autofree char *evidence = g_build_filename(own, "evidence", NULL);
	const BootSpec spec = { .kernel = kernel,
				.folder = boot,
				.words = TRACED_WORDS,
				.bundle = CASE_BUNDLE_TRACED,
				.timeout_s = testcase->timeout_s * TRACED_TIMES + TRACED_MORE_S };
	g_autofree char *what = NULL;
	g_autoptr(GError) local = NULL;
	g_auto(StepResult) result = { 0 };

	g_ptr_array_add(alone, (gpointer)testcase);
	if (!fs_mkdir(boot, error) || !fs_mkdir(evidence, error))
		return false;
	if (boot_cases_as(shop, alone, &spec, cancel, &result, &local))
		what = g_strdup_printf("run once more, traced: %s (%s)",
				       outcome_name(result.outcome), result.reason);
	else if (error_exit_code(local) == EXIT_INTERRUPTED)
		return error_interrupted(error);
	else
		what = g_strdup_printf("could not be run once more: %s", local->message);
	return take_traces(from, evidence, error) && write_notes(evidence, what, error);
}
