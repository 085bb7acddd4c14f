/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiler's warnings of a whole kernel. An incremental build prints those of what it compiles
 * again; those of the rest are kept beside it in the build folder, and added to the log's end: so
 * each log has all warnings of its kernel, also in the kernel cache. Reading is pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct Warning - one of them
 * @object: what was being made, less its suffix ("kernel/audit"); "" where the log does not say
 * @file:   that it is about, relative to the tree
 * @text:   without line and column: what moves is the same warning
 */
typedef struct {
	char *object;
	char *file;
	char *text;
} Warning;

/**
 * warnings_read() - all warnings of a log, each once, sorted by file and text
 * @folder: name of the source folder, which paths in the log begin with
 * @ret_whole: whether these are all of the kernel's: the log was settled; or NULL
 *
 * Those of gcc, clang, the assembler, ld, objtool, modpost, and kconfig's unmet dependencies.
 * Return: of Warning; g_ptr_array_unref().
 */
GPtrArray *warnings_read(const char *log, const char *folder, bool *ret_whole);

/** warnings_new() - those of @after that are in none of @befores (of GPtrArray of Warning), by file
 * and text; borrowed from @after; g_ptr_array_unref() */
GPtrArray *warnings_new(const GPtrArray *after, const GPtrArray *befores);

/**
 * warnings_settle() - make has ended: add to its log what the build folder has besides
 * @build:  build folder
 * @log:    of this make
 * @folder: as in warnings_read()
 * @empty:  the folder was empty before
 * @error:  BOX_ERROR_HOST
 *
 * Where a folder was built in by somebody who did not do this, the log stays as it is: not whole.
 */
bool warnings_settle(const char *build, const char *log, const char *folder, bool empty,
		     GError **error);
