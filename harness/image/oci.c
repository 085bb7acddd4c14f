/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases' own roots: OCI image to tar to disk. */
#include "image/oci.h"

#include "image/build.h"
#include "image/ociroot.h"
#include "image/userns.h"
#include "util/fs.h"
#include "util/paths.h"

/* Disks of OCI images that stay, of all of them together: no fewer than one guest can have. */
#define KEEP 16
/* What is made into a disk. */
typedef struct {
	const char *path;
	char *hash;
} Source;

static void source_clear(Source *source)
{
	g_free(source->hash);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Source, source_clear)

static bool make_root_disk(Build *build, void *what, GError **error)
{
	const Source *source = what;
	g_autofree char *tar = g_build_filename(build->folder, "root.tar", NULL);
	g_auto(OciRoot) root = { 0 };

	if (!ociroot_build(source->path, tar, build->progress, build->user, build->cancel, &root,
			   error))
		return false;

	DiskSpec spec = {
		.tar = tar,
		.filesystem = "ext2",
		.size_mib = disk_size_mib("ext2", root.files, root.bytes),
		.files = root.files,
		.own = true,
	};
	StoreRecord record = {
		.recipe = STORE_OCI,
		.recipe_hash = source->hash,
		.source = source->path,
		.env = (const char *const *)root.env,
	};
	return build_check_space(build, (guint64)spec.size_mib << 20, error) &&
	       build_disk(build, spec, record, NULL, error);
}

static bool hash_source(Source *source, GError **error)
{
	return g_file_test(source->path, G_FILE_TEST_IS_DIR)
		       ? fs_sha256_tree(source->path, &source->hash, error)
		       : fs_sha256(source->path, &source->hash, error);
}

bool oci_ensure(const char *path, const char *agent, Accel accel, ImageProgress progress,
		void *user, GCancellable *cancel, Image **ret_image, GError **error)
{
	g_auto(Source) source = { .path = path };
	g_auto(Build)
		build = { BUILD_NEW,      .name = STORE_OCI,    .keep = KEEP, .agent = agent,
			  .accel = accel, .progress = progress, .user = user, .cancel = cancel };

	if (!hash_source(&source, error) || !build_open(&build, error))
		return false;
	build.disk = store_oci_path(build.store, source.hash, build.agent_hash);
	return build_ensure(&build, make_root_disk, &source, ret_image, error);
}

GPtrArray *oci_list(void)
{
	g_autofree char *store = paths_cache("images");

	return store_list(store, STORE_OCI);
}

bool oci_check(GCancellable *cancel, GError **error)
{
	return ociroot_check(error) && userns_check("a case's root", cancel, error);
}
