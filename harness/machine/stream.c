/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams of libvirt's, read without waiting. */
#include "machine/stream.h"

#include <fcntl.h>
#include <unistd.h>

#define ENDS (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)
#define SEND_PATIENCE_S 10
#define SEND_PAUSE_MS 10

/* libvirt's event loop may be in the callback while we let go: reference counted. */
struct Stream {
	virStreamPtr raw;
	int wake;
	bool listening;
	bool ended;
	gint ready; /* atomic: there may be something to read */
};

static void stream_clear(Stream *stream)
{
	close(stream->wake);
}

static void stream_unref(void *stream)
{
	g_atomic_rc_box_release_full(stream, (GDestroyNotify)stream_clear);
}

Stream *stream_new(virConnectPtr conn, int wake)
{
	virStreamPtr raw = virStreamNew(conn, VIR_STREAM_NONBLOCK);
	Stream *stream;

	if (!raw)
		return NULL;
	stream = g_atomic_rc_box_new0(Stream);
	stream->raw = raw;
	stream->wake = fcntl(wake, F_DUPFD_CLOEXEC, 3);
	stream->ready = TRUE;
	return stream;
}

virStreamPtr stream_raw(Stream *stream)
{
	return stream->raw;
}

/* Asked for again only when all that is there has been read: else it comes over and over. */
static void on_event(virStreamPtr raw, int events, void *user)
{
	Stream *stream = user;
	guint64 one = 1;

	(void)events;
	virStreamEventUpdateCallback(raw, 0);
	g_atomic_int_set(&stream->ready, TRUE);
	if (write(stream->wake, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}

bool stream_listen(Stream *stream)
{
	stream->listening =
		virStreamEventAddCallback(stream->raw, VIR_STREAM_EVENT_READABLE | ENDS, on_event,
					  g_atomic_rc_box_acquire(stream), stream_unref) == 0;
	if (!stream->listening)
		stream_unref(stream);
	return stream->listening;
}

gsize stream_read(Stream *stream, char *buf, gsize size, bool *ret_end)
{
	int n;

	if (stream->ended) {
		*ret_end = true;
		return 0;
	}
	if (!g_atomic_int_get(&stream->ready))
		return 0;
	n = virStreamRecv(stream->raw, buf, size);
	if (n > 0)
		return (gsize)n;
	if (n == -2) {
		g_atomic_int_set(&stream->ready, FALSE);
		virStreamEventUpdateCallback(stream->raw, VIR_STREAM_EVENT_READABLE | ENDS);
		return 0;
	}
	stream->ended = true;
	*ret_end = true;
	return 0;
}

bool stream_send(Stream *stream, const char *data, gsize len)
{
	gint64 until = g_get_monotonic_time() + SEND_PATIENCE_S * G_TIME_SPAN_SECOND;

	while (len) {
		int n = virStreamSend(stream->raw, data, len);

		if (n == -1 || (n == -2 && g_get_monotonic_time() > until))
			return false;
		if (n == -2) {
			g_usleep(SEND_PAUSE_MS * 1000);
			continue;
		}
		data += n;
		len -= (gsize)n;
	}
	return true;
}

void stream_close(Stream *stream)
{
	if (!stream)
		return;
	if (stream->listening)
		virStreamEventRemoveCallback(stream->raw);
	/* whatever there may still be is of no interest */
	virStreamAbort(stream->raw);
	virStreamFree(stream->raw);
	stream->raw = NULL;
	stream_unref(stream);
}
