/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders in the cache that one process at a time may use, kept from one use to the next. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define SLOTS_MAX 64 /* of one key at the same time */

/**
 * slot_take() - a free folder for a key: FOLDER/KEY, or KEY-2, KEY-3 ... while others are in use
 * @folder:   where they are; made where missing
 * @what:     what the key is made of, such as a path; also for the error
 * @ret_path: the folder, absolute; g_free()
 * @ret_lock: close it to give the folder back; the lock goes with the process
 * @error:    BOX_ERROR_HOST: cannot be written, or SLOTS_MAX are in use
 *
 * What a dead process that had it may have left running is ended (orphans_end()).
 */
bool slot_take(const char *folder, const char *what, char **ret_path, int *ret_lock,
	       GError **error);
