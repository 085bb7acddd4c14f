/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, for programs of the guest: libc only. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Why something did not work, in one line for a person; empty where nothing failed. */
typedef struct {
	char text[512];
} Reason;

/** fail() - set a reason, errno's meaning after it; always returns false, so `return fail(...)`
 * reads well */
bool fail(Reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** set_path() - sprintf for paths */
void set_path(char path[PATH_MAX], const char *format, ...) __attribute__((format(printf, 2, 3)));

/** make_dir() - one folder, 0755; one that exists is fine */
bool make_dir(const char *path, Reason *reason);

/** write_all() - all of @len bytes to a descriptor, or false with errno */
bool write_all(int fd, const char *data, size_t len);

/**
 * read_text() - a small file as a string
 * @max:     bytes from which on it is too big (EFBIG)
 * @ret_len: its length, or NULL
 *
 * Return: the text, free() it; NULL with errno.
 */
char *read_text(const char *path, size_t max, size_t *ret_len);

/** write_text() - make or replace a file, 0644 */
bool write_text(const char *path, const char *text, size_t len, Reason *reason);

/**
 * copy_file() - copy at most @max bytes of a regular file, its permission bits with it
 *
 * The source may be a case's doing: a symlink is an error, a device or a pipe is left alone,
 * and nothing waits.
 */
bool copy_file(const char *from, const char *to, off_t max, Reason *reason);

/** copy_tree() - copy a folder's regular files and its folders, a few levels deep */
bool copy_tree(const char *from, const char *to, Reason *reason);
