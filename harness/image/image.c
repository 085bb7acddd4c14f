/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images: recipe to root to disk, each built once, by one process at a time. */
#include "image/image.h"

#include "image/disk.h"
#include "image/root.h"
#include "image/store.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* The appliance, the root's tar and the disk. */
#define SPACE_BYTES ((guint64)1 << 30)
/* Disks of a recipe with different agents, and its roots, that stay. */
#define KEEP 4
#define LOCK_POLL_US 200000UL

void image_free(Image *image)
{
	if (!image)
		return;
	g_free(image->path);
	g_free(image->format);
	g_free(image->hash);
	g_free(image);
}

/* One call of image_ensure(). */
typedef struct {
	const Recipe *recipe;
	const char *agent;
	char *agent_hash;
	char *store;  /* folder of all images */
	char *disk;   /* where the disk goes */
	char *folder; /* this build's own, below the store; NULL until the lock is held */
	int lock;
	Accel accel;
	ImageProgress progress;
	void *user;
	GCancellable *cancel;
} Build;

static void build_clear(Build *build)
{
	if (build->folder)
		fs_remove_tree(build->folder, NULL);
	if (build->lock >= 0)
		close(build->lock);
	g_free(build->agent_hash);
	g_free(build->store);
	g_free(build->disk);
	g_free(build->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Build, build_clear)

static void tell(const Build *build, const char *phase, const char *detail)
{
	if (build->progress)
		build->progress(phase, detail, build->user);
}

/* What the cache goes by; writes nothing. */
static bool build_name(Build *build, GError **error)
{
	build->store = paths_cache("images");
	if (!fs_sha256(build->agent, &build->agent_hash, error)) {
		g_prefix_error(error, "the guests' agent (was bisectbox built?): ");
		return false;
	}
	build->disk = store_disk_path(build->store, build->recipe, build->agent_hash);
	return true;
}

/* Takes the store's lock, waiting for whoever builds. */
static bool lock_store(const char *store, ImageProgress progress, void *user, GCancellable *cancel,
		       int *ret_fd, GError **error)
{
	g_autofree char *path = g_build_filename(store, "lock", NULL);
	bool told = false;

	if (!fs_mkdir(store, error))
		return false;
	for (;;) {
		bool busy = false;

		if (!fs_lock(path, ret_fd, &busy, error))
			return false;
		if (!busy)
			return true;
		if (g_cancellable_is_cancelled(cancel))
			return error_interrupted(error);
		if (progress && !told)
			progress("wait", "another bisectbox is building an image", user);
		told = true;
		g_usleep(LOCK_POLL_US);
	}
}

/* A new folder below a locked store, what killed builds left being gone. */
static char *make_folder(const char *store, GError **error)
{
	g_autofree char *folder = g_build_filename(store, "tmp-XXXXXX", NULL);

	store_clean(store);
	if (g_mkdtemp_full(folder, 0755))
		return g_steal_pointer(&folder);
	error_host(error, "cannot make a folder in %s: %s", store, g_strerror(errno));
	return NULL;
}

/* The appliance outlives a build: its files are the same for all. */
static char *appliance_folder(const char *store, GError **error)
{
	g_autofree char *folder = g_build_filename(store, "appliance", NULL);

	return fs_mkdir(folder, error) ? g_steal_pointer(&folder) : NULL;
}

static bool check_space(const char *store, GError **error)
{
	guint64 bytes = 0;

	if (!fs_free_bytes(store, &bytes, error))
		return false;
	if (bytes >= SPACE_BYTES)
		return true;
	return error_host(
		error,
		"no room for an image in %s: %" G_GUINT64_FORMAT " MiB are free, %" G_GUINT64_FORMAT
		" MiB are wanted; make room, or set BISECTBOX_CACHE to a folder that has it",
		store, bytes >> 20, SPACE_BYTES >> 20);
}

static bool move_to(const char *from, const char *to, GError **error)
{
	if (rename(from, to) == 0)
		return true;
	return error_host(error, "cannot move %s to %s: %s", from, to, g_strerror(errno));
}

/* The root's tar, from the store or made now. */
static bool ensure_root(const Build *build, char **ret_tar, GError **error)
{
	g_autofree char *tar = store_root_path(build->store, build->recipe);
	g_autofree char *made = g_build_filename(build->folder, "root.tar", NULL);

	if (!g_file_test(tar, G_FILE_TEST_IS_REGULAR)) {
		tell(build, "root", NULL);
		if (!root_build(build->recipe, build->folder, made, build->progress, build->user,
				build->cancel, error) ||
		    !move_to(made, tar, error))
			return false;
	}
	*ret_tar = g_steal_pointer(&tar);
	return true;
}

static bool make_disk(const Build *build, const char *tar, GError **error)
{
	g_autofree char *made = g_build_filename(build->folder, "disk.img", NULL);
	g_autofree char *appliance = appliance_folder(build->store, error);
	g_autofree char *disk_hash = NULL;
	g_autofree char *root_hash = NULL;
	DiskSpec spec = {
		.tar = tar,
		.agent = build->agent,
		.filesystem = build->recipe->filesystem,
		.size_mib = build->recipe->size_mib,
		.accel = build->accel,
		.cache = appliance,
		.folder = build->folder,
	};

	if (!appliance ||
	    !disk_build(&spec, made, build->progress, build->user, build->cancel, error))
		return false;
	tell(build, "hash", NULL);
	if (!fs_sha256(made, &disk_hash, error) || !fs_sha256(tar, &root_hash, error) ||
	    !move_to(made, build->disk, error))
		return false;

	StoreRecord record = {
		.recipe = build->recipe->name,
		.recipe_hash = build->recipe->hash,
		.root_hash = root_hash,
		.agent_hash = build->agent_hash,
		.disk_hash = disk_hash,
	};
	return store_put(build->disk, &record, error);
}

bool image_find(const Recipe *recipe, const char *agent, Image **ret_image, GError **error)
{
	g_auto(Build) build = { .recipe = recipe, .agent = agent, .lock = -1 };

	if (!build_name(&build, error))
		return false;
	*ret_image = store_find(build.disk);
	return true;
}

static bool build_image(Build *build, GError **error)
{
	g_autofree char *tar = NULL;

	if (!check_space(build->store, error))
		return false;
	build->folder = make_folder(build->store, error);
	if (!build->folder || !ensure_root(build, &tar, error) || !make_disk(build, tar, error))
		return false;
	store_prune(build->store, build->recipe->name, KEEP);
	return true;
}

bool image_ensure(const Recipe *recipe, const char *agent, Accel accel, ImageProgress progress,
		  void *user, GCancellable *cancel, Image **ret_image, GError **error)
{
	g_auto(Build) build = {
		.recipe = recipe,
		.agent = agent,
		.lock = -1,
		.accel = accel,
		.progress = progress,
		.user = user,
		.cancel = cancel,
	};
	Image *image;

	if (!build_name(&build, error))
		return false;
	image = store_find(build.disk);
	if (!image) {
		if (!lock_store(build.store, progress, user, cancel, &build.lock, error))
			return false;
		image = store_find(build.disk);
	}
	if (!image) {
		if (!build_image(&build, error))
			return false;
		image = store_find(build.disk);
	}
	if (!image)
		return error_host(error, "the disk %s changed while it was being built",
				  build.disk);
	*ret_image = image;
	return true;
}

bool image_check(Accel accel, GCancellable *cancel, GError **error)
{
	g_autofree char *store = paths_cache("images");
	g_autofree char *appliance = NULL;
	g_autofree char *folder = NULL;
	int lock = -1;
	bool fine = false;

	if (!lock_store(store, NULL, NULL, cancel, &lock, error))
		return false;
	appliance = appliance_folder(store, error);
	folder = appliance ? make_folder(store, error) : NULL;
	if (folder) {
		fine = disk_check(accel, appliance, folder, cancel, error);
		fs_remove_tree(folder, NULL);
	}
	close(lock);
	return fine;
}
