/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case.json: read strictly; what was taken can be written as a bundle. */
#include "fuzz.h"

#include "testcase/testcase.h"

/* What a case may name: a program, a file, a fragment, and a sibling's file. */
static const char *make_folder(void)
{
	static char *folder;

	if (folder)
		return folder;
	folder = g_build_filename(fuzz_folder(), "mine", NULL);
	fuzz_write("mine/run", "#!/bin/sh\n", 10);
	fuzz_write("mine/data", "1\n", 2);
	fuzz_write("mine/x.config", "AUDIT=y\n", 8);
	fuzz_write("other/helper", "2\n", 2);
	return folder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *folder = make_folder();
	g_autofree char *in = g_build_filename(fuzz_folder(), "in", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Case) testcase = NULL;
	bool ok;

	fuzz_write("mine/case.json", data, size);
	ok = case_load(folder, &testcase, &error);
	fuzz_check(ok, &error);
	if (!ok)
		return 0;
	g_assert_cmpuint(strlen(testcase->hash), ==, 64);
	g_free(case_unfit(testcase, "x86_64", &testcase->from));
	ok = case_write_bundle(testcase, in, CASE_BUNDLE_TRACED | CASE_BUNDLE_SHELL, NULL, &error);
	fuzz_check(ok, &error);
	g_assert_true(fs_remove_tree(in, NULL));
	return 0;
}
