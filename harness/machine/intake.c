/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest says, taken as it comes. */
#include "machine/intake.h"
#include "guest/protocol.h"
#include "machine/domain.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (32 << 10)

bool intake_open(Intake *intake, const Machine *machine, GError **error)
{
	static const char *const names[CONSOLE_SOURCES] = { DOMAIN_SERIAL_PIPE,
							    DOMAIN_VIRTIO_PIPE };
	const GuestSpec *spec = intake->spec;

	intake->log = consoles_open(spec->console, error);
	if (!intake->log)
		return false;
	if (machine->host) {
		if (spec->share)
			intake->inbox = inbox_new(spec->share);
		return true;
	}
	for (guint i = 0; i < CONSOLE_SOURCES; i++) {
		g_autofree char *path = g_strconcat(spec->console, names[i], NULL);

		if (!pipe_open(&intake->pipes[i], path, error))
			return false;
	}
	return true;
}

void intake_clear(Intake *intake)
{
	for (guint i = 0; i < CONSOLE_SOURCES; i++)
		pipe_clear(&intake->pipes[i]);
	g_clear_pointer(&intake->log, consoles_free);
	g_clear_pointer(&intake->inbox, inbox_free);
}

/* Streams of another host wake the guest's own descriptor. */
guint intake_poll(const Intake *intake, struct pollfd *fds)
{
	guint n = 0;

	for (guint i = 0; i < CONSOLE_SOURCES; i++)
		if (intake->pipes[i].fd >= 0)
			fds[n++] = (struct pollfd){ .fd = intake->pipes[i].fd, .events = POLLIN };
	return n;
}

static gint64 intake_ms(const Intake *intake)
{
	return (g_get_monotonic_time() - intake->began) / 1000;
}

static void hand_on(const Intake *intake, const GString *lines, Heard *heard)
{
	const GuestSpec *spec = intake->spec;

	if (lines->len && spec->on_console && spec->on_console(lines->str, lines->len, spec->user))
		heard->enough = true;
}

/* Bytes of one console; 0 where there are none now, or at its end. */
static gsize read_console(const Intake *intake, Guest *guest, guint i, char *buf, gsize size,
			  bool *ret_end)
{
	ssize_t n;

	if (guest && guest->consoles[i])
		return stream_read(guest->consoles[i], buf, size, ret_end);
	*ret_end = intake->pipes[i].fd < 0;
	if (*ret_end)
		return 0;
	do {
		n = read(intake->pipes[i].fd, buf, size);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? (gsize)n : 0;
}

/* Of one console, in pieces so small that the other has its turn in time. */
static bool take_console(Intake *intake, Guest *guest, guint i, Heard *heard, bool *ret_more,
			 bool *ret_end, GError **error)
{
	g_autoptr(GString) lines = g_string_new(NULL);
	guint64 left = intake->spec->console_max - intake->bytes;
	char buf[BUFFER];
	gsize n = read_console(intake, guest, i, buf, MIN(sizeof(buf), left + 1), ret_end);

	*ret_more = n > 0;
	if (n > left) {
		heard->flood = true;
		n = (gsize)left;
	}
	intake->bytes += n;
	if (n && !consoles_feed(intake->log, i, intake_ms(intake), buf, n, lines, error))
		return false;
	hand_on(intake, lines, heard);
	return true;
}

static bool take_consoles(Intake *intake, Guest *guest, Heard *heard, bool *ret_end, GError **error)
{
	bool more = true, any = true;

	while (any && !heard->flood) {
		any = false;
		*ret_end = true;
		for (guint i = 0; i < CONSOLE_SOURCES && !heard->flood; i++) {
			bool end = false;

			if (!take_console(intake, guest, i, heard, &more, &end, error))
				return false;
			any |= more;
			*ret_end &= end;
		}
	}
	return true;
}

/* What the guest sends as its results; it waits for our word that they are here. */
static bool take_channel(Intake *intake, Guest *guest, bool *ret_end, GError **error)
{
	char buf[BUFFER];
	gsize n;

	if (!intake->inbox || !guest->channel)
		return true;
	while ((n = stream_read(guest->channel, buf, sizeof(buf), ret_end)) > 0)
		if (!inbox_feed(intake->inbox, buf, n, error))
			return false;
	if (inbox_ended(intake->inbox) && !intake->acknowledged) {
		intake->acknowledged = true;
		stream_send(guest->channel, PROTOCOL_FAR_GOT, strlen(PROTOCOL_FAR_GOT));
	}
	return true;
}

bool intake_take(Intake *intake, Guest *guest, Heard *heard, GError **error)
{
	bool consoles_end = false, channel_end = intake->inbox == NULL;

	/* first the results: what the console says about them is then true */
	if (!take_channel(intake, guest, &channel_end, error) ||
	    !take_consoles(intake, guest, heard, &consoles_end, error))
		return false;
	intake->silent = consoles_end && channel_end;
	return true;
}

bool intake_end(Intake *intake, Heard *heard, GError **error)
{
	g_autoptr(GString) lines = g_string_new(NULL);

	if (!consoles_end(intake->log, intake_ms(intake), lines, error))
		return false;
	hand_on(intake, lines, heard);
	return true;
}
