/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named pipes of a guest's console. */
#include "machine/pipe.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* QEMU reads from one pipe, in which nothing ever comes, and writes to another. */
bool pipe_open(Pipe *pipe, const char *path, GError **error)
{
	static const char *const ends[] = { ".in", ".out" };

	for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
		pipe->paths[i] = g_strconcat(path, ends[i], NULL);
		unlink(pipe->paths[i]);
		if (mkfifo(pipe->paths[i], 0600) < 0)
			return error_host(error, "cannot make the console's pipe %s: %s",
					  pipe->paths[i], g_strerror(errno));
	}
	/* open for writing too, so that it never is at its end */
	pipe->fd = open(pipe->paths[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (pipe->fd < 0)
		return error_host(error, "cannot open the console's pipe %s: %s", pipe->paths[1],
				  g_strerror(errno));
	return true;
}

void pipe_clear(Pipe *pipe)
{
	if (pipe->fd >= 0)
		close(pipe->fd);
	pipe->fd = -1;
	for (guint i = 0; i < G_N_ELEMENTS(pipe->paths); i++) {
		if (pipe->paths[i])
			unlink(pipe->paths[i]);
		g_clear_pointer(&pipe->paths[i], g_free);
	}
}
