/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a failed build's log says: whose fault it was, and the first error. Pure. */
#pragma once

#include <glib.h>

/**
 * buildlog_host_trouble() - a sign that the host failed, not the source
 * @log: text of the log
 *
 * Return: one line for people that says what to do, or NULL; free with g_free().
 */
char *buildlog_host_trouble(const char *log);

/** buildlog_first_error() - the compiler's, the linker's or make's first error line; free with
 * g_free() */
char *buildlog_first_error(const char *log);
