/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a console file while QEMU writes it. Internal to this room. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Release with tail_clear(). @notify is inotify's; @pipe and @pipe_paths are there where QEMU
 * writes to a pipe.
 */
typedef struct {
	int fd;
	int notify;
	int pipe;
	char *pipe_paths[2];
	guint64 offset;
} Tail;

#define TAIL_INIT                                                                                  \
	{                                                                                          \
		.fd = -1, .notify = -1, .pipe = -1                                                 \
	}

/**
 * enum TailMode - who writes the file
 * @TAIL_FILE: QEMU
 * @TAIL_PIPE: we do, from a named pipe beside it (PATH.pipe.out): a libvirt daemon hands consoles
 *             that are files to virtlogd, which replaces them, rotates them, and lags behind
 */
typedef enum {
	TAIL_FILE,
	TAIL_PIPE,
} TailMode;

/**
 * tail_open() - make or empty the file, and watch it
 * @error: BOX_ERROR_HOST naming the file
 *
 * Where the host has no inotify instance left, there is nothing to poll: the caller polls anyway.
 */
bool tail_open(Tail *tail, const char *path, TailMode mode, GError **error);
void tail_clear(Tail *tail);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tail, tail_clear)

/** tail_notify() - descriptor to poll for reading, or -1 */
int tail_notify(const Tail *tail);
/** tail_settle() - take the pending notifications away, so that polling waits for new ones */
void tail_settle(Tail *tail);

/**
 * tail_read() - hand over what is new
 * @max:        bytes of the whole file that are handed over at most
 * @on_data:    takes a piece; true says that it had enough; or NULL
 * @ret_enough: set where @on_data said so; else untouched
 * @ret_flood:  set where the file is longer than @max; else untouched
 */
bool tail_read(Tail *tail, guint64 max, bool (*on_data)(const char *data, gsize len, void *user),
	       void *user, bool *ret_enough, bool *ret_flood, GError **error);
