/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of footprints: a source tree and a build folder beside it, as bisectbox has them. */
#pragma once

#include "util/fs.h"

typedef struct {
	char *dir;
	char *tree;
	char *build;
} Fixture;

static inline void put(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);

	g_assert_true(fs_mkdir(folder, NULL));
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* TREE in a .cmd file stands for the tree's path. */
static inline void put_cmd(Fixture *f, const char *name, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "TREE", -1);
	g_autofree char *whole = g_strjoinv(f->tree, parts);

	put(f->build, name, whole);
}
