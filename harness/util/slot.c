/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbered folders with a lock each. */
#include "util/slot.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/orphans.h"

#define KEY_LEN 16 /* digits of a SHA-256 */

bool slot_take(const char *folder, const char *what, char **ret_path, int *ret_lock, GError **error)
{
	g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
	g_autofree char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, what, -1);

	key[KEY_LEN] = '\0';
	for (guint i = 1; i <= SLOTS_MAX; i++) {
		g_autofree char *name = i == 1 ? g_strdup(key) : g_strdup_printf("%s-%u", key, i);
		g_autofree char *path = g_build_filename(absolute, name, NULL);
		g_autofree char *lock = g_build_filename(path, "lock", NULL);
		bool busy = false;

		if (!fs_mkdir(path, error) || !fs_lock(lock, ret_lock, &busy, error))
			return false;
		if (!busy) {
			/* Nobody has it; nor may what somebody started who had it. */
			orphans_end();
			*ret_path = g_steal_pointer(&path);
			return true;
		}
	}
	return error_host(error,
			  "cannot take a folder in %s: all %d for %s are in use by other runs",
			  absolute, SLOTS_MAX, what);
}
