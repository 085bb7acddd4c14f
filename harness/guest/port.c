/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port, and lines that come by it. */
#include "guest/port.h"

#include "guest/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 64

int port_open(Reason *reason)
{
	/* without O_NONBLOCK it waits for a carrier, where the kernel begins so */
	int port = open(PROTOCOL_PORT, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios settings;

	if (port < 0) {
		fail(reason, "cannot open " PROTOCOL_PORT ", which a person is to speak by");
		return -1;
	}
	if (tcgetattr(port, &settings) == 0) {
		cfmakeraw(&settings);
		settings.c_cflag |= CLOCAL | CREAD;
		if (tcsetattr(port, TCSANOW, &settings) == 0 &&
		    fcntl(port, F_SETFL, fcntl(port, F_GETFL) & ~O_NONBLOCK) == 0)
			return port;
	}
	fail(reason, "cannot set " PROTOCOL_PORT " up");
	close(port);
	return -1;
}

bool port_wait(int port, const char *word)
{
	char line[LINE_MAX_BYTES + 1];
	size_t len = 0;

	for (;;) {
		char c;
		ssize_t n = read(port, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (len < LINE_MAX_BYTES)
			line[len++] = c;
		line[len] = '\0';
		if (c != '\n')
			continue;
		if (strcmp(line, word) == 0)
			return true;
		len = 0;
	}
}
