/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A named pipe that QEMU writes a console to. Not a file: a libvirt daemon hands those to
 * virtlogd, which replaces them, rotates them, and lags behind; and what a guest writes while we
 * are not looking fills no disk. Internal to this room.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Release with pipe_clear(). */
typedef struct {
	int fd; /* to poll and to read, without blocking; never at its end */
	char *paths[2];
} Pipe;

#define PIPE_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/**
 * pipe_open() - make PATH.in and PATH.out, as QEMU wants them, and open the second
 * @error: BOX_ERROR_HOST naming the file
 */
bool pipe_open(Pipe *pipe, const char *path, GError **error);
/** pipe_clear() - close and remove; fine on what was never opened */
void pipe_clear(Pipe *pipe);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pipe, pipe_clear)
