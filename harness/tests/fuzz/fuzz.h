/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share. A target is a file fuzz_NAME.c: libFuzzer (clang) calls it with
 * bytes that it makes up from those in fixtures/fuzz/NAME and from what it saw the reader compare.
 */
#pragma once

#include "util/fs.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** fuzz_text() - the input up to its first NUL, as readers of text get it; g_free() */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return g_strndup((const char *)data, size);
}

static char *fuzz_made;

static void fuzz_tidy(void)
{
	fs_remove_tree(fuzz_made, NULL);
	g_free(fuzz_made);
}

/** fuzz_folder() - a folder of this process, for readers that take paths; removed at its end */
static inline const char *fuzz_folder(void)
{
	if (!fuzz_made) {
		fuzz_made = g_dir_make_tmp("bisectbox-fuzz-XXXXXX", NULL);
		g_assert_nonnull(fuzz_made);
		atexit(fuzz_tidy);
	}
	return fuzz_made;
}

/** fuzz_write() - a file below fuzz_folder(), its folders with it */
static inline void fuzz_write(const char *name, const void *data, size_t size)
{
	g_autofree char *path = g_build_filename(fuzz_folder(), name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd < 0) {
		g_assert_true(fs_mkdir(folder, NULL));
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	}
	g_assert_cmpint(fd, >=, 0);
	g_assert_true(fs_write_all(fd, data, size));
	close(fd);
}

/** fuzz_check() - a reader's answer: either it is well, or there is a line for people */
static inline void fuzz_check(bool ok, GError **error)
{
	g_assert_true(ok == (*error == NULL));
	g_assert_true(ok || (*error)->message[0]);
	g_clear_error(error);
}
