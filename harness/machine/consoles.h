/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two consoles of a guest, as one log of stamped lines (util/stamp.h). The kernel prints the
 * same on both: what one of them has brought already is left out of the other. Internal to this
 * room.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
	CONSOLE_SERIAL,
	CONSOLE_VIRTIO,
	CONSOLE_SOURCES,
} ConsoleSource;

typedef struct Consoles Consoles;

/**
 * consoles_open() - make or empty the log
 * @error: BOX_ERROR_HOST naming the file
 */
Consoles *consoles_open(const char *path, GError **error);
void consoles_free(Consoles *consoles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Consoles, consoles_free)

/**
 * consoles_feed() - the next bytes of one of them
 * @ms:    when they came, milliseconds from the guest's start
 * @lines: gets the lines that are complete now and are not known from the other console, each with
 *         its newline and without a carriage return before it
 * @error: BOX_ERROR_HOST: the log cannot be written
 *
 * A line that gets too long (64 KiB) is cut into several.
 */
bool consoles_feed(Consoles *consoles, ConsoleSource source, gint64 ms, const char *data, gsize len,
		   GString *lines, GError **error);

/** consoles_end() - no more will come: also what is no complete line goes to log and @lines */
bool consoles_end(Consoles *consoles, gint64 ms, GString *lines, GError **error);
