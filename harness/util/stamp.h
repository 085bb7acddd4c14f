/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each line of console.log begins with: when it came, and from which console.
 *     "    1.204 S [    0.512345] Run /sbin/init as init process"
 * Seconds since the guest was started, to the millisecond, right-aligned in nine columns; S for the
 * serial console, V for virtio's.
 */
#pragma once

#include <glib.h>

/** stamp_add() - a line, stamped, at the end of @log; @line has no newline, one is added */
void stamp_add(GString *log, gint64 ms, char source, const char *line, gsize len);

/** stamp_skip() - what comes behind the stamp of a line; @line itself where it has none */
const char *stamp_skip(const char *line);

/** stamp_strip() - a log without its stamps; bytes as they are else; g_string_free() */
GString *stamp_strip(const char *text, gsize len);
