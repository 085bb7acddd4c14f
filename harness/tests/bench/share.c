/* SPDX-License-Identifier: GPL-2.0-or-later */
/* share FOLDER [CASE]: the share of a boot as bisectbox makes it, for guests that are started by
 * hand. */
#include "testcase/testcase.h"
#include "util/fs.h"

#include <stdio.h>

static bool make_share(const char *folder, const char *name, GError **error)
{
	g_autofree char *in = g_build_filename(folder, "in", NULL);
	g_autofree char *out = g_build_filename(folder, "out", NULL);
	g_autofree char *job = g_build_filename(in, "job", NULL);
	g_autofree char *line = g_strdup("");
	g_autoptr(Case) testcase = NULL;

	if (!fs_mkdir(in, error) || !fs_mkdir(out, error))
		return false;
	if (name) {
		if (!case_load(name, &testcase, error) || !case_write_bundle(testcase, in, error))
			return false;
		g_free(line);
		line = g_strdup_printf("case %s %u container\n", testcase->name,
				       testcase->timeout_s);
	}

	g_autofree char *text = g_strconcat(line, "end\n", NULL);
	return fs_write(job, text, -1, error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc >= 2 && make_share(argv[1], argc > 2 ? argv[2] : NULL, &error))
		return 0;
	fprintf(stderr, "share: %s\n", error ? error->message : "usage: share FOLDER [CASE]");
	return 1;
}
