/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a console file while QEMU writes it. */
#include "machine/tail.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* QEMU reads from one pipe, in which nothing ever comes, and writes to another. */
static bool tail_open_pipe(Tail *tail, const char *path, GError **error)
{
	guint i;

	tail->pipe_paths[0] = g_strconcat(path, ".pipe.out", NULL);
	tail->pipe_paths[1] = g_strconcat(path, ".pipe.in", NULL);
	for (i = 0; i < G_N_ELEMENTS(tail->pipe_paths); i++) {
		unlink(tail->pipe_paths[i]);
		if (mkfifo(tail->pipe_paths[i], 0600) < 0)
			return error_host(error, "cannot make the console's pipe %s: %s",
					  tail->pipe_paths[i], g_strerror(errno));
	}
	/* open for writing too, so that it never is at its end */
	tail->pipe = open(tail->pipe_paths[0], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tail->pipe < 0)
		return error_host(error, "cannot open the console's pipe %s: %s",
				  tail->pipe_paths[0], g_strerror(errno));
	return true;
}

bool tail_open(Tail *tail, const char *path, TailMode mode, GError **error)
{
	tail->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (tail->fd < 0)
		return error_host(error, "cannot write the console file %s: %s", path,
				  g_strerror(errno));
	tail->offset = 0;
	if (mode == TAIL_PIPE)
		return tail_open_pipe(tail, path, error);
	tail->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (tail->notify >= 0 && inotify_add_watch(tail->notify, path, IN_MODIFY) < 0) {
		close(tail->notify);
		tail->notify = -1;
	}
	return true;
}

void tail_clear(Tail *tail)
{
	guint i;

	if (tail->fd >= 0)
		close(tail->fd);
	if (tail->notify >= 0)
		close(tail->notify);
	if (tail->pipe >= 0)
		close(tail->pipe);
	for (i = 0; i < G_N_ELEMENTS(tail->pipe_paths); i++) {
		if (tail->pipe_paths[i])
			unlink(tail->pipe_paths[i]);
		g_clear_pointer(&tail->pipe_paths[i], g_free);
	}
	tail->fd = tail->notify = tail->pipe = -1;
}

int tail_notify(const Tail *tail)
{
	return tail->pipe >= 0 ? tail->pipe : tail->notify;
}

void tail_settle(Tail *tail)
{
	char events[4096];

	while (tail->notify >= 0 && read(tail->notify, events, sizeof(events)) > 0)
		;
}

/* At most @max bytes and one more, which shows that there are more; the rest can wait. */
static bool tail_pump(Tail *tail, guint64 max, GError **error)
{
	char buf[16 << 10];
	guint64 left = max - tail->offset + 1;
	ssize_t n;

	while (left > 0 && (n = read(tail->pipe, buf, MIN(sizeof(buf), left))) > 0) {
		if (write(tail->fd, buf, (gsize)n) != n)
			return error_host(error, "cannot write the console file: %s",
					  g_strerror(errno));
		left -= (guint64)n;
	}
	return true;
}

bool tail_read(Tail *tail, guint64 max, bool (*on_data)(const char *data, gsize len, void *user),
	       void *user, bool *ret_enough, bool *ret_flood, GError **error)
{
	char buf[32 << 10];

	if (tail->pipe >= 0 && !tail_pump(tail, max, error))
		return false;
	for (;;) {
		guint64 left = max - tail->offset;
		ssize_t n = pread(tail->fd, buf, sizeof(buf), (off_t)tail->offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_host(error, "cannot read the console file: %s",
					  g_strerror(errno));
		if (n == 0)
			return true;
		if ((guint64)n > left) {
			*ret_flood = true;
			n = (ssize_t)left;
		}
		if (n > 0 && on_data && on_data(buf, (gsize)n, user))
			*ret_enough = true;
		tail->offset += (guint64)n;
		if (n == 0 || *ret_flood)
			return true;
	}
}
