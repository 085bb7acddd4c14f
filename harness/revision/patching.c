/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running patch(1). */
#include "revision/patching.h"

#include "util/error.h"
#include "util/process.h"

#define PATCH_TIMEOUT_S 60

bool patching_run(const Patching *patching, int *ret_status, char **ret_said, GError **error)
{
	g_autofree char *strip = g_strdup_printf("-p%u", patching->strip);
	g_autofree char *fuzz = g_strdup_printf("-F%u", patching->fuzz);
	const char *argv[] = { "patch",
			       strip,
			       fuzz,
			       "-f",
			       "-r",
			       "-",
			       "-d",
			       patching->folder,
			       "-i",
			       patching->file,
			       "--no-backup-if-mismatch",
			       NULL,
			       NULL,
			       NULL };
	g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "LC_ALL", "C", TRUE);
	ProcessSpec spec = { .argv = argv,
			     .env = (const char *const *)env,
			     .timeout_s = PATCH_TIMEOUT_S };
	g_auto(ProcessEnd) end = { 0 };
	guint n = 11;

	if (patching->dry)
		argv[n++] = "--dry-run";
	if (patching->reverse)
		argv[n] = "-R";
	if (!process_run(&spec, NULL, &end, error))
		return false;
	if (end.signal)
		return error_host(error, "patch was ended by signal %d on %s", end.signal,
				  patching->file);
	*ret_status = end.status;
	if (ret_said)
		*ret_said = g_strconcat(end.out, end.err, NULL);
	return true;
}
