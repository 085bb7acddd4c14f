/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new case to start from: a folder that runs as it is. */
#include "testcase/internal.h"

#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <glib/gstdio.h>

static const char CASE_JSON[] = "{\n"
				"\t\"title\": \"a pipe hands on what was written to it\",\n"
				"\t\"about\": \"Writes a line into a pipe and reads it back. "
				"Replace this by what your case "
				"checks, and why anybody should care.\",\n"
				"\t\"command\": [\"./run.sh\"],\n"
				"\t\"files\": [\"run.sh\"],\n"
				"\t\"controls\": {\n"
				"\t\t\"pass\": [\"./run.sh\", \"--control\", \"pass\"],\n"
				"\t\t\"fail\": [\"./run.sh\", \"--control\", \"fail\"]\n"
				"\t},\n"
				"\t\"timeout_s\": 60,\n"
				"\t\"good\": \"the line comes out as it went in\",\n"
				"\t\"bad\": \"another line comes out, or none\",\n"
				"\t\"untestable\": \"a control is answered wrongly\"\n"
				"}\n";

static const char RUN_SH[] =
	"#!/bin/sh\n"
	"# Runs in the guest. Ends with 0 for good, 1 for bad, 125 where this kernel cannot show "
	"it;\n"
	"# the first line on stdout says why. What it leaves in /evidence comes back to you.\n"
	"\n"
	"# check WROTE GOT: the judge, for the question and for the controls alike.\n"
	"check() {\n"
	"\tif [ \"$2\" = \"$1\" ]; then\n"
	"\t\techo good\n"
	"\t\texit 0\n"
	"\tfi\n"
	"\techo \"bad: wrote '$1', read '$2'\"\n"
	"\texit 1\n"
	"}\n"
	"\n"
	"case $* in\n"
	"'--control pass') check hello hello ;; # must pass on every kernel\n"
	"'--control fail') check hello '' ;; # must fail on every kernel\n"
	"esac\n"
	"\n"
	"got=$(echo hello | cat)\n"
	"echo \"$got\" >/evidence/read\n"
	"check hello \"$got\"\n";

bool case_new(const char *name, char **ret_folder, GError **error)
{
	g_autofree char *folder = g_canonicalize_filename(name, NULL);
	g_autofree char *base = g_path_get_basename(folder);
	g_autofree char *json = g_build_filename(folder, "case.json", NULL);
	g_autofree char *script = g_build_filename(folder, "run.sh", NULL);

	if (!case_name_is_good(base))
		return case_name_error(folder, error);
	if (g_mkdir(folder, 0755) < 0)
		return error_usage(error, "cannot make the folder %s: %s", folder,
				   g_strerror(errno));
	if (!fs_write(json, CASE_JSON, -1, error) || !fs_write(script, RUN_SH, -1, error))
		return false;
	if (g_chmod(script, 0755) < 0)
		return error_host(error, "cannot make %s executable: %s", script,
				  g_strerror(errno));
	*ret_folder = g_steal_pointer(&folder);
	return true;
}
