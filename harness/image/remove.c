/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing goes that a run uses, and nothing while something is made. */
#include "image/remove.h"

#include "image/imported.h"
#include "image/store.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <unistd.h>

static bool check_use(const char *name, const GPtrArray *disks, GError **error)
{
	for (guint i = 0; i < disks->len; i++)
		if (store_is_held(disks->pdata[i]))
			return error_usage(error, "the image %s is in use by a run", name);
	return true;
}

static bool remove_built(const char *store, const char *name, bool *ret_any, GError **error)
{
	g_autoptr(GPtrArray) disks = store_paths(store, name, ".img");
	g_autoptr(GPtrArray) roots = store_paths(store, name, ".tar");

	*ret_any = disks->len || roots->len;
	if (!check_use(name, disks, error))
		return false;
	for (guint i = 0; i < disks->len; i++)
		if (!store_remove(disks->pdata[i], error))
			return false;
	for (guint i = 0; i < roots->len; i++)
		if (!fs_remove_tree(roots->pdata[i], error))
			return false;
	return true;
}

bool image_remove(const char *name, bool *ret_any, GError **error)
{
	g_autofree char *store = paths_cache("images");
	g_autofree char *lock = g_build_filename(store, "lock", NULL);
	bool busy = false, ok;
	int fd;

	*ret_any = false;
	if (!g_file_test(store, G_FILE_TEST_IS_DIR))
		return true;
	if (!fs_lock(lock, &fd, &busy, error))
		return false;
	if (busy)
		return error_usage(error, "an image is being built or imported: wait for it");
	ok = imported_remove(name, ret_any, error) &&
	     (*ret_any || remove_built(store, name, ret_any, error));
	close(fd);
	return ok;
}
