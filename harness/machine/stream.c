/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams of libvirt's, read without waiting. */
#include "machine/stream.h"

#include <unistd.h>

#define ENDS (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)
#define SEND_PATIENCE_S 10
#define SEND_PAUSE_MS 10

struct Stream {
	virStreamPtr raw;
	int wake;
	guint number; /* not 0 while it is in listening */
	bool ended;
	gint ready; /* atomic: there may be something to read */
};

/*
 * libvirt's event loop may be in a callback, or about to be, while we let go; and its remote driver
 * never calls what is to free a callback's data (9.0, remoteStreamCallbackFree()). So callbacks get
 * a number, and find their stream by it as long as it is here.
 */
static GMutex lock;
static GHashTable *listening; /* number -> Stream */
static guint last_number;

static void enlist(Stream *stream)
{
	g_mutex_lock(&lock);
	if (!listening)
		listening = g_hash_table_new(NULL, NULL);
	stream->number = ++last_number;
	g_hash_table_insert(listening, GUINT_TO_POINTER(stream->number), stream);
	g_mutex_unlock(&lock);
}

static void delist(Stream *stream)
{
	g_mutex_lock(&lock);
	g_hash_table_remove(listening, GUINT_TO_POINTER(stream->number));
	stream->number = 0;
	if (!g_hash_table_size(listening))
		g_clear_pointer(&listening, g_hash_table_unref);
	g_mutex_unlock(&lock);
}

Stream *stream_new(virConnectPtr conn, int wake)
{
	virStreamPtr raw = virStreamNew(conn, VIR_STREAM_NONBLOCK);
	Stream *stream;

	if (!raw)
		return NULL;
	stream = g_new0(Stream, 1);
	stream->raw = raw;
	stream->wake = wake;
	stream->ready = TRUE;
	return stream;
}

virStreamPtr stream_raw(Stream *stream)
{
	return stream->raw;
}

static void wake_up(Stream *stream)
{
	const guint64 one = 1;

	/* asked for again only when all that is there has been read: else it comes over and over */
	virStreamEventUpdateCallback(stream->raw, 0);
	g_atomic_int_set(&stream->ready, TRUE);
	if (write(stream->wake, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}

static void on_event(virStreamPtr raw, int events, void *number)
{
	Stream *stream;

	(void)raw;
	(void)events;
	g_mutex_lock(&lock);
	stream = listening ? g_hash_table_lookup(listening, number) : NULL;
	if (stream)
		wake_up(stream);
	g_mutex_unlock(&lock);
}

bool stream_listen(Stream *stream)
{
	enlist(stream);
	if (virStreamEventAddCallback(stream->raw, VIR_STREAM_EVENT_READABLE | ENDS, on_event,
				      GUINT_TO_POINTER(stream->number), NULL) == 0)
		return true;
	delist(stream);
	return false;
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
	if (stream->number) {
		delist(stream);
		virStreamEventRemoveCallback(stream->raw);
	}
	/* whatever there may still be is of no interest */
	virStreamAbort(stream->raw);
	virStreamFree(stream->raw);
	g_free(stream);
}
