/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a console file while QEMU writes it. */
#include "machine/tail.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

bool tail_open(Tail *tail, const char *path, GError **error)
{
	tail->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (tail->fd < 0)
		return error_host(error, "cannot write the console file %s: %s", path,
				  g_strerror(errno));
	tail->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (tail->notify >= 0 && inotify_add_watch(tail->notify, path, IN_MODIFY) < 0) {
		close(tail->notify);
		tail->notify = -1;
	}
	tail->offset = 0;
	return true;
}

void tail_clear(Tail *tail)
{
	if (tail->fd >= 0)
		close(tail->fd);
	if (tail->notify >= 0)
		close(tail->notify);
	tail->fd = tail->notify = -1;
}

void tail_settle(Tail *tail)
{
	char events[4096];

	while (tail->notify >= 0 && read(tail->notify, events, sizeof(events)) > 0)
		;
}

bool tail_read(Tail *tail, guint64 max, bool (*on_data)(const char *data, gsize len, void *user),
	       void *user, bool *ret_enough, bool *ret_flood, GError **error)
{
	char buf[32 << 10];

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
