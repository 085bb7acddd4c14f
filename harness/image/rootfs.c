/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Roots are made once, and kept beside the disks that are made of them. */
#include "image/rootfs.h"

#include "image/root.h"
#include "image/unpack.h"
#include "util/fs.h"

static bool make(const Build *build, const Recipe *recipe, const char *tar, GError **error)
{
	if (recipe->from != RECIPE_SUITE)
		return unpack_build(recipe, build->folder, tar, build->progress, build->user,
				    build->cancel, error);
	build_tell(build, "root", NULL);
	return root_build(recipe, build->folder, tar, build->progress, build->user, build->cancel,
			  error);
}

bool rootfs_is_there(const Build *build, const Recipe *recipe)
{
	g_autofree char *tar = store_root_path(build->store, recipe);

	return !build->anew && g_file_test(tar, G_FILE_TEST_IS_REGULAR);
}

bool rootfs_ensure(const Build *build, const Recipe *recipe, char **ret_tar, GError **error)
{
	g_autofree char *tar = store_root_path(build->store, recipe);
	g_autofree char *made = g_build_filename(build->folder, "root.tar", NULL);

	if (!rootfs_is_there(build, recipe) &&
	    (!make(build, recipe, made, error) || !fs_move(made, tar, error)))
		return false;
	*ret_tar = g_steal_pointer(&tar);
	return true;
}
