/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors: one domain, three kinds, each with its exit code. */
#include "util/error.h"

#include <gio/gio.h>
#include <stdarg.h>

#undef error_usage
#undef error_host
#undef error_interrupted

G_DEFINE_QUARK(bisectbox - error, box_error)

int error_exit_code(const GError *error)
{
	if (g_error_matches(error, BOX_ERROR, BOX_ERROR_USAGE))
		return EXIT_USAGE;
	if (g_error_matches(error, BOX_ERROR, BOX_ERROR_INTERRUPTED) ||
	    g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return EXIT_INTERRUPTED;
	return EXIT_HOST;
}

static void error_setv(GError **error, BoxError code, const char *format, va_list args)
{
	if (error)
		*error = g_error_new_valist(BOX_ERROR, (int)code, format, args);
}

bool error_usage(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_setv(error, BOX_ERROR_USAGE, format, args);
	va_end(args);
	return false;
}

bool error_host(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_setv(error, BOX_ERROR_HOST, format, args);
	va_end(args);
	return false;
}

bool error_interrupted(GError **error)
{
	g_set_error_literal(error, BOX_ERROR, BOX_ERROR_INTERRUPTED, "interrupted");
	return false;
}
