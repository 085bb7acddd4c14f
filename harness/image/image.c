/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images: recipe to root to disk. */
#include "image/image.h"

#include "image/build.h"
#include "image/root.h"
#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <stdio.h>

/* Disks of a recipe with different agents, and its roots, that stay. */
#define KEEP 4

void image_free(Image *image)
{
	if (!image)
		return;
	g_free(image->path);
	g_free(image->format);
	g_free(image->hash);
	g_free(image->source);
	g_strfreev(image->env);
	g_free(image);
}

bool image_verify(const Image *image, GError **error)
{
	g_autofree char *hash = NULL;

	if (!fs_sha256(image->path, &hash, error))
		return false;
	if (g_str_equal(hash, image->hash))
		return true;
	store_forget(image->path);
	return error_host(error,
			  "the image %s is damaged: it is not what was built; the next run makes "
			  "it anew",
			  image->path);
}

/* Where the recipe's disk with this agent belongs; writes nothing. */
static bool open_build(Build *build, const Recipe *recipe, GError **error)
{
	if (!build_open(build, error))
		return false;
	build->disk = store_disk_path(build->store, recipe, build->agent_hash);
	return true;
}

/* The root's tar, from the store or made now. */
static bool ensure_root(const Build *build, const Recipe *recipe, char **ret_tar, GError **error)
{
	g_autofree char *tar = store_root_path(build->store, recipe);
	g_autofree char *made = g_build_filename(build->folder, "root.tar", NULL);

	if (!g_file_test(tar, G_FILE_TEST_IS_REGULAR)) {
		build_tell(build, "root", NULL);
		if (!root_build(recipe, build->folder, made, build->progress, build->user,
				build->cancel, error))
			return false;
		if (!fs_move(made, tar, error))
			return false;
	}
	*ret_tar = g_steal_pointer(&tar);
	return true;
}

static bool make_image(Build *build, void *what, GError **error)
{
	const Recipe *recipe = what;
	g_autofree char *tar = NULL;
	StoreRecord record = { .recipe = recipe->name, .recipe_hash = recipe->hash };
	DiskSpec spec = { .filesystem = recipe->filesystem, .size_mib = recipe->size_mib };

	if (!ensure_root(build, recipe, &tar, error))
		return false;
	spec.tar = tar;
	return build_disk(build, spec, record, error);
}

bool image_find(const Recipe *recipe, const char *agent, Image **ret_image, GError **error)
{
	g_auto(Build) build = { BUILD_NEW, .agent = agent };

	if (!open_build(&build, recipe, error))
		return false;
	*ret_image = store_find(build.disk);
	return true;
}

bool image_ensure(const Recipe *recipe, const char *agent, Accel accel, ImageProgress progress,
		  void *user, GCancellable *cancel, Image **ret_image, GError **error)
{
	g_auto(Build) build = {
		BUILD_NEW,      .name = recipe->name, .keep = KEEP, .agent = agent,
		.accel = accel, .progress = progress, .user = user, .cancel = cancel,
	};

	return open_build(&build, recipe, error) &&
	       build_ensure(&build, make_image, (void *)recipe, ret_image, error);
}

bool image_check(Accel accel, GCancellable *cancel, GError **error)
{
	g_auto(Build) build = { BUILD_NEW, .accel = accel, .cancel = cancel };
	g_autofree char *appliance = NULL;

	if (!build_begin(&build, error))
		return false;
	appliance = build_appliance(&build, error);
	return appliance && disk_check(accel, appliance, build.folder, cancel, error);
}
