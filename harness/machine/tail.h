/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a console file while QEMU writes it. Internal to this room. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Release with tail_clear(). @notify becomes readable when the file may have grown. */
typedef struct {
	int fd;
	int notify;
	guint64 offset;
} Tail;

#define TAIL_INIT                                                                                  \
	{                                                                                          \
		.fd = -1, .notify = -1                                                             \
	}

/**
 * tail_open() - make or empty the file, and watch it
 * @error: BOX_ERROR_HOST naming the file
 *
 * Where the host has no inotify instance left, @notify stays -1: the caller polls anyway.
 */
bool tail_open(Tail *tail, const char *path, GError **error);
void tail_clear(Tail *tail);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tail, tail_clear)

/** tail_settle() - take the pending notifications away, so that @notify waits for new ones */
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
