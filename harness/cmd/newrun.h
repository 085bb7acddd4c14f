/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder that a command's rows go into: a new one, or that of an earlier part of the same. */
#pragma once

#include "cmd/guest_options.h"
#include "record/run.h"

/** newrun_question() - what run.json begins with: words, version, folder; json_free() */
Json *newrun_question(int argc, char **argv);

/**
 * newrun_open() - make the folder and write run.json, or go on in GuestOptions.again
 * @what:     part of the folder's name
 * @question: newrun_question() and all that rows follow from
 * @error:    not writable; going on: another process works on it, or something that the rows
 *            depend on is not what it was (usage)
 */
bool newrun_open(const GuestOptions *options, const char *what, const Json *question, Run **ret_run,
		 GError **error);
