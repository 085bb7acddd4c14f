/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bisectbox has started that died without ending it: known by a mark in its environment. */
#pragma once

#include <glib.h>

/* Of each program that process_run() starts, and so of all that this one starts. */
#define ORPHANS_MARK "BISECTBOX_STARTED_BY"

/** orphans_mark() - this process, as the mark names it: its id, the time that it began, its
 * namespace of ids; NULL where /proc does not say; g_free() */
char *orphans_mark(void);

/**
 * orphans_end() - kill this user's processes that were started by a bisectbox which is not there
 * any more, and see them gone
 *
 * With the power, or by SIGKILL to all that it was, a run goes without ending its compilers: they
 * must not write into the folder that the next run builds in.
 * Return: how many there were.
 */
guint orphans_end(void);
