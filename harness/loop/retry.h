/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trouble of the host: written down, and tried once more. It never becomes a verdict. */
#pragma once

#include "record/run.h"

/**
 * struct Retry - what may meet host trouble; all borrowed
 * @run:      its journal takes a line for each time
 * @work:     does it; finds everything as it was before the first try
 * @clear:    takes back what a failed try has left in memory
 * @describe: adds to the journal's line what it was about
 * @note:     told "trouble on this host, trying again: ..."; or NULL
 * @user:     handed to @work, @clear and @describe
 * @note_user: handed to @note
 */
typedef struct {
	Run *run;
	bool (*work)(void *user, GError **error);
	void (*clear)(void *user);
	void (*describe)(Json *line, void *user);
	void (*note)(const char *text, void *user);
	void *user;
	void *note_user;
} Retry;

/**
 * retry_work() - try, and once more where the host was in trouble
 * @error: of the second time; of the first, where it is no trouble of the host or could not be
 *         written down
 */
bool retry_work(const Retry *retry, GError **error);
