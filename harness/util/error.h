/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one error domain of bisectbox. The code says what kind of trouble it is, and so which
 * exit code the program ends with; the message is one line for a person.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * enum BoxError - kinds of trouble, in the domain BOX_ERROR
 * @BOX_ERROR_USAGE:       the question was wrong: option, name, revision, file (exit 129)
 * @BOX_ERROR_HOST:        this host failed: disk, QEMU, libvirt, image, permission (exit 128)
 * @BOX_ERROR_INTERRUPTED: the user or the system asked us to stop (exit 130)
 */
typedef enum {
	BOX_ERROR_USAGE,
	BOX_ERROR_HOST,
	BOX_ERROR_INTERRUPTED,
} BoxError;

#define BOX_ERROR (box_error_quark())
GQuark box_error_quark(void);

/* The exit codes of every subcommand; results/README.md and the man page have the same table. */
enum {
	EXIT_GOOD = 0,
	EXIT_BAD = 1,
	EXIT_INCONCLUSIVE = 3,
	EXIT_UNTESTABLE = 125,
	EXIT_HOST = 128,
	EXIT_USAGE = 129,
	EXIT_INTERRUPTED = 130,
};

/**
 * error_exit_code() - the exit code that an error ends the program with
 * @error: any GError; one of a foreign domain counts as host trouble
 *
 * Return: EXIT_USAGE, EXIT_INTERRUPTED or EXIT_HOST.
 */
int error_exit_code(const GError *error);

/** error_usage() - set a BOX_ERROR_USAGE; always returns false, so `return error_usage(...)` reads
 * well */
bool error_usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** error_host() - set a BOX_ERROR_HOST; always returns false */
bool error_host(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** error_interrupted() - set a BOX_ERROR_INTERRUPTED; always returns false */
bool error_interrupted(GError **error);

/* What the analysers of `make lint` cannot see from here: they return false. */
#ifdef BOX_LINT
#define error_usage(error, ...) (error_usage(error, __VA_ARGS__), false)
#define error_host(error, ...) (error_host(error, __VA_ARGS__), false)
#define error_interrupted(error) (error_interrupted(error), false)
#endif
