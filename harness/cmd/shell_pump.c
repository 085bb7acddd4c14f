/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal in raw mode on one side, frames (guest/protocol.h) on the other. */
#include "cmd/shell_pump.h"

#include "guest/protocol.h"
#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ROWS 24
#define COLUMNS 80

typedef struct {
	int port;
	gsize window;   /* bytes that may still be sent */
	GByteArray *in; /* of the port, less than a frame */
	bool over;
	PumpEnd end;
	int status;
} Pump;

/* The terminal's size has changed; a signal's handler knows no other way. */
static int resized = -1;

static void on_resize(int number)
{
	const guint64 one = 1;
	int saved = errno;

	(void)number;
	(void)!write(resized, &one, sizeof(one));
	errno = saved;
}

static struct winsize terminal_size(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
		size = (struct winsize){ .ws_row = ROWS, .ws_col = COLUMNS };
	return size;
}

char *pump_size(void)
{
	struct winsize size = terminal_size();
	const char *term = g_getenv("TERM");
	/* it goes into a line of words, and is no more than a file's name to the guest */
	bool fine = term && *term && strlen(term) < 64 &&
		    strspn(term, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "+-._") == strlen(term);

	return g_strdup_printf("%u %u %s", size.ws_row, size.ws_col, fine ? term : "dumb");
}

static void finish(Pump *pump, PumpEnd end)
{
	pump->over = true;
	pump->end = end;
}

static void send_frame(Pump *pump, char kind, const void *payload, gsize len)
{
	guint8 frame[PORT_HEAD + PORT_FRAME_MAX] = { (guint8)kind, (guint8)(len >> 8),
						     (guint8)len };

	memcpy(frame + PORT_HEAD, payload, len);
	if (!fs_write_all(pump->port, (const char *)frame, PORT_HEAD + len))
		finish(pump, PUMP_OVER);
}

static void send_size(Pump *pump)
{
	const struct winsize size = terminal_size();
	const guint8 payload[4] = { (guint8)(size.ws_row >> 8), (guint8)size.ws_row,
				    (guint8)(size.ws_col >> 8), (guint8)size.ws_col };

	send_frame(pump, PORT_SIZE, payload, sizeof(payload));
}

/* What is typed, as far as the guest has room for it. */
static void take_typed(Pump *pump)
{
	char typed[PORT_FRAME_MAX];
	ssize_t n = read(STDIN_FILENO, typed, MIN(sizeof(typed), pump->window));
	const char *escape = n > 0 ? memchr(typed, PUMP_ESCAPE, (gsize)n) : NULL;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0 || escape) {
		finish(pump, escape ? PUMP_ESCAPED : PUMP_HANGUP);
		return;
	}
	pump->window -= (gsize)n;
	send_frame(pump, PORT_DATA, typed, (gsize)n);
}

static void take_frame(Pump *pump, guint8 kind, const guint8 *payload, gsize len)
{
	switch (kind) {
	case PORT_DATA:
		if (!fs_write_all(STDOUT_FILENO, (const char *)payload, len))
			finish(pump, PUMP_HANGUP);
		break;
	case PORT_TAKEN:
		if (len == 2)
			pump->window = MIN(pump->window + ((gsize)payload[0] << 8 | payload[1]),
					   (gsize)PORT_WINDOW);
		break;
	case PORT_EXIT:
		pump->status = len ? payload[0] : 0;
		finish(pump, PUMP_EXIT);
		break;
	default: /* whoever is root there may write what he likes */
		break;
	}
}

static void take_shown(Pump *pump)
{
	guint8 bytes[4096];
	ssize_t n = read(pump->port, bytes, sizeof(bytes));
	gsize at = 0;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		finish(pump, PUMP_OVER);
		return;
	}
	g_byte_array_append(pump->in, bytes, (guint)n);
	while (!pump->over && pump->in->len - at >= PORT_HEAD) {
		const guint8 *frame = pump->in->data + at;
		gsize len = (gsize)frame[1] << 8 | frame[2];

		if (pump->in->len - at < PORT_HEAD + len)
			break;
		take_frame(pump, frame[0], frame + PORT_HEAD, len);
		at += PORT_HEAD + len;
	}
	g_byte_array_remove_range(pump->in, 0, (guint)at);
}

static void pass(Pump *pump, int over, GCancellable *cancel)
{
	enum { TYPED, SHOWN, RESIZED, OVER, CANCEL, COUNT };
	struct pollfd fds[COUNT] = {
		[TYPED] = { .events = POLLIN },
		[SHOWN] = { .fd = pump->port, .events = POLLIN },
		[RESIZED] = { .fd = resized, .events = POLLIN },
		[OVER] = { .fd = over, .events = POLLIN },
		[CANCEL] = { .fd = g_cancellable_get_fd(cancel), .events = POLLIN },
	};
	guint64 count;

	while (!pump->over) {
		fds[TYPED].fd = pump->window ? STDIN_FILENO : -1;
		if (poll(fds, COUNT, -1) <= 0)
			continue;
		/* the last words first */
		if (fds[SHOWN].revents)
			take_shown(pump);
		else if (fds[OVER].revents)
			finish(pump, PUMP_OVER);
		else if (fds[CANCEL].revents)
			finish(pump, PUMP_HANGUP);
		if (fds[RESIZED].revents && read(resized, &count, sizeof(count)) > 0)
			send_size(pump);
		if (fds[TYPED].revents && !pump->over)
			take_typed(pump);
	}
	g_cancellable_release_fd(cancel);
}

static GSocketConnection *reach(const char *path, GError **error)
{
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GError) local = NULL;
	GSocketConnection *connection =
		g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, &local);

	if (!connection)
		error_host(error, "cannot reach the guest's port: %s", local->message);
	return connection;
}

bool pump_run(const char *path, int over, GCancellable *cancel, PumpEnd *ret_end, int *ret_status,
	      GError **error)
{
	g_autoptr(GSocketConnection) connection = reach(path, error);
	g_autoptr(GByteArray) in = g_byte_array_new();
	struct sigaction action = { .sa_handler = on_resize, .sa_flags = SA_RESTART }, before;
	Pump pump = { .window = PORT_WINDOW, .in = in };
	struct termios settings, raw;

	if (!connection)
		return false;
	pump.port = g_socket_get_fd(g_socket_connection_get_socket(connection));
	/* GLib's are not */
	fcntl(pump.port, F_SETFL, fcntl(pump.port, F_GETFL) & ~O_NONBLOCK);
	resized = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (resized < 0 || tcgetattr(STDIN_FILENO, &settings) < 0)
		return error_host(error, "cannot read the terminal's settings: %s",
				  g_strerror(errno));
	sigaction(SIGWINCH, &action, &before);
	raw = settings;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	send_size(&pump); /* it may have changed since the guest was started */
	pass(&pump, over, cancel);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
	sigaction(SIGWINCH, &before, NULL);
	close(resized);
	*ret_end = pump.end;
	*ret_status = pump.status;
	return true;
}
