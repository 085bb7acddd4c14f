/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of a build whose bisectbox was killed: make's children go on by themselves. */
#pragma once

#include <glib.h>

/* In the environment of all that a build starts: its build folder. */
#define ORPHANS_VARIABLE "BISECTBOX_BUILD"

/**
 * orphans_end() - kill this user's processes that build in a folder, and wait until they are gone
 * @build: absolute; the caller must be the only one that may build there
 *
 * Return: how many there were.
 */
guint orphans_end(const char *build);
