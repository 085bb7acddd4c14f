/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `bisectbox debug --start`: telling the guest of another terminal's `bisectbox debug` to go on. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * debug_note() - say that the guest of this folder waits to be told
 * @folder: in a run's private folder
 * @about:  for people who have several
 */
bool debug_note(const char *folder, const char *about, GError **error);

/** debug_name() - what the guest of this folder is called; g_free() */
char *debug_name(const char *folder);

/**
 * debug_start() - have the guest's case started
 * @name: debug_name() of one; NULL for the only one
 * @ret_said: what to tell the person; g_free()
 * @error: BOX_ERROR_USAGE: there is none, or several, which are named
 */
bool debug_start(const char *name, char **ret_said, GError **error);
