/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `bisectbox resume` has of `bisectbox run`. */
#pragma once

#include "cmd/run_record.h"

#include <gio/gio.h>

/**
 * run_go_on() - go on with a run, to its report
 * @record:  taken over; it is this process's, and its folder the current one
 * @json, @verbose: besides what its own words say
 *
 * Return: the exit code.
 */
int run_go_on(RunRecord *record, bool json, bool verbose, GCancellable *cancel);
