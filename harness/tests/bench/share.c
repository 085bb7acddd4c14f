/* SPDX-License-Identifier: GPL-2.0-or-later */
/* share FOLDER [CASE...]: the share of a boot as bisectbox makes it, for guests that are started by
 * hand. */
#include "guest/protocol.h"
#include "testcase/testcase.h"
#include "util/fs.h"

#include <stdio.h>

#define TOKEN "00112233445566778899aabbccddeeff"

static bool add_case(const char *in, const char *name, GString *text, GError **error)
{
	g_autoptr(Case) testcase = NULL;

	if (!case_load(name, &testcase, error) ||
	    !case_write_bundle(testcase, in, CASE_BUNDLE_PLAIN, NULL, error))
		return false;
	g_string_append_printf(text, "case %s %u container\n", testcase->name, testcase->timeout_s);
	return true;
}

static bool make_share(const char *folder, char **names, GError **error)
{
	g_autofree char *in = g_build_filename(folder, "in", NULL);
	g_autofree char *out = g_build_filename(folder, "out", NULL);
	g_autofree char *job = g_build_filename(in, "job", NULL);
	g_autoptr(GString) text = g_string_new(PROTOCOL_JOB_TOKEN TOKEN "\n");

	if (!fs_mkdir(in, error) || !fs_mkdir(out, error))
		return false;
	for (; *names; names++)
		if (!add_case(in, *names, text, error))
			return false;
	g_string_append(text, "end\n");
	return fs_put(job, text->str, -1, error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc >= 2 && make_share(argv[1], argv + 2, &error))
		return 0;
	fprintf(stderr, "share: %s\n", error ? error->message : "usage: share FOLDER [CASE...]");
	return 1;
}
