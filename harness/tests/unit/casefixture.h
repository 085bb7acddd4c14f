/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder with a case in it, for the tests of testcase/. */
#pragma once

#include "testcase/testcase.h"

#include "util/fs.h"

#include <glib/gstdio.h>

#define HEAD "\"title\": \"t\", \"about\": \"a\", \"good\": \"g\", \"bad\": \"b\""
#define RUN "\"command\": [\"./run\"], \"files\": [\"run\"]"

typedef struct {
	char *dir;    /* all of it */
	char *folder; /* of the case "mine" */
} Fixture;

static inline void put(const char *dir, const char *name, const char *text, int mode)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_assert_cmpint(g_chmod(path, mode), ==, 0);
}

static inline void fixture_set_up(Fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("bisectbox-case-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->folder = g_build_filename(f->dir, "mine", NULL);
	g_assert_cmpint(g_mkdir(f->folder, 0755), ==, 0);
	put(f->folder, "run", "#!/bin/sh\n", 0755);
	put(f->folder, "data", "1\n", 0644);
	put(f->folder, "mine.config", "AUDIT=y\n", 0644);
}

static inline void fixture_tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_free(f->dir);
	g_free(f->folder);
}

static inline Case *load(Fixture *f, const char *json)
{
	g_autoptr(GError) error = NULL;
	Case *testcase = NULL;

	put(f->folder, "case.json", json, 0644);
	case_load(f->folder, &testcase, &error);
	g_assert_no_error(error);
	g_assert_nonnull(testcase);
	return testcase;
}

#define ADD(path, function)                                                                        \
	g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
