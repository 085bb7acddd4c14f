/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks are built once, by one process at a time, and count only when they are complete. */
#include "image/build.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define LOCK_POLL_US 200000UL

void build_clear(Build *build)
{
	appliance_free(build->appliance);
	g_cancellable_disconnect(build->cancel, build->give_up_id);
	g_clear_object(&build->give_up);
	if (build->folder)
		fs_remove_tree(build->folder, NULL);
	if (build->lock >= 0)
		close(build->lock);
	g_free(build->agent_hash);
	g_free(build->store);
	g_free(build->disk);
	g_free(build->folder);
}

void build_tell(const Build *build, const char *phase, const char *detail)
{
	if (build->progress)
		build->progress(phase, detail, build->user);
}

bool build_open(Build *build, GError **error)
{
	build->store = paths_cache("images");
	if (fs_sha256(build->agent, &build->agent_hash, error))
		return true;
	g_prefix_error(error, "the guests' agent (was bisectbox built?): ");
	return false;
}

static bool lock_store(Build *build, GError **error)
{
	g_autofree char *path = g_build_filename(build->store, "lock", NULL);
	bool told = false;

	if (!fs_mkdir(build->store, error))
		return false;
	for (;;) {
		bool busy = false;

		if (!fs_lock(path, &build->lock, &busy, error))
			return false;
		if (!busy)
			return true;
		if (g_cancellable_is_cancelled(build->cancel))
			return error_interrupted(error);
		if (!told)
			build_tell(build, "wait", "another bisectbox is building an image");
		told = true;
		g_usleep(LOCK_POLL_US);
	}
}

static bool make_folder(Build *build, GError **error)
{
	g_autofree char *folder = g_build_filename(build->store, "tmp-XXXXXX", NULL);

	store_clean(build->store);
	if (!g_mkdtemp_full(folder, 0755))
		return error_host(error, "cannot make a folder in %s: %s", build->store,
				  g_strerror(errno));
	build->folder = g_steal_pointer(&folder);
	return true;
}

bool build_begin(Build *build, GError **error)
{
	if (!build->store)
		build->store = paths_cache("images");
	return (build->lock >= 0 || lock_store(build, error)) && make_folder(build, error);
}

bool build_check_space(const Build *build, guint64 wanted, GError **error)
{
	guint64 bytes = 0;

	if (!fs_free_bytes(build->store, &bytes, error))
		return false;
	if (bytes >= wanted)
		return true;
	return error_host(
		error,
		"no room for an image in %s: %" G_GUINT64_FORMAT " MiB are free, %" G_GUINT64_FORMAT
		" MiB are wanted; make room, or set BISECTBOX_CACHE to a folder that has it",
		build->store, bytes >> 20, wanted >> 20);
}

/* The appliance outlives a build: its files are the same for all. */
char *build_appliance(const Build *build, GError **error)
{
	g_autofree char *folder = g_build_filename(build->store, "appliance", NULL);

	return fs_mkdir(folder, error) ? g_steal_pointer(&folder) : NULL;
}

static bool build_new(Build *build, bool (*make)(Build *build, void *what, GError **error),
		      void *what, GError **error)
{
	if (!build_check_space(build, build->space, error) || !build_begin(build, error) ||
	    !make(build, what, error))
		return false;
	store_prune(build->store, build->name, build->keep);
	return true;
}

/* The disk that is there, unless another one is wanted. */
static Image *find(const Build *build)
{
	return build->anew ? NULL : store_find(build->disk);
}

static bool check_use(const Build *build, GError **error)
{
	return !build->anew || !store_is_held(build->disk) ||
	       error_usage(error, "the image %s is in use by a run", build->disk);
}

bool build_ensure(Build *build, bool (*make)(Build *build, void *what, GError **error), void *what,
		  Image **ret_image, GError **error)
{
	Image *image = find(build);

	if (!image) {
		if (!lock_store(build, error) || !check_use(build, error))
			return false;
		image = find(build);
	}
	if (!image) {
		if (!build_new(build, make, what, error))
			return false;
		image = store_find(build->disk);
	}
	if (!image)
		return error_host(error, "the disk %s changed while it was being built",
				  build->disk);
	*ret_image = image;
	return true;
}

/* The disk that was there counts no more from here on. */
static bool put_in_place(const Build *build, const char *disk, const char *manifest, GError **error)
{
	g_autofree char *to = store_manifest_path(build->disk);

	store_forget(build->disk);
	return (!manifest || fs_move(manifest, to, error)) && fs_move(disk, build->disk, error);
}

/* A disk of this build, and where it is made; both to be freed. */
static bool place_disk(const Build *build, DiskSpec *spec, char **ret_cache, char **ret_made,
		       GError **error)
{
	*ret_cache = build_appliance(build, error);
	*ret_made = g_build_filename(build->folder, "disk.img", NULL);
	spec->agent = build->agent;
	spec->accel = build->accel;
	spec->cache = *ret_cache;
	spec->folder = build->folder;
	spec->appliance = build->appliance;
	return *ret_cache;
}

static void pass_on(GCancellable *cancel, void *user)
{
	(void)cancel;
	g_cancellable_cancel(user);
}

void build_may_give_up(Build *build)
{
	build->give_up = g_cancellable_new();
	if (build->cancel)
		build->give_up_id = g_cancellable_connect(build->cancel, G_CALLBACK(pass_on),
							  build->give_up, NULL);
}

bool build_start(Build *build, DiskSpec spec, GError **error)
{
	g_autofree char *cache = NULL;
	g_autofree char *made = NULL;

	if (!place_disk(build, &spec, &cache, &made, error))
		return false;
	build->appliance = disk_start(&spec, made, build->give_up, error);
	return build->appliance;
}

bool build_disk(Build *build, DiskSpec spec, StoreRecord record, const char *manifest,
		GError **error)
{
	g_autofree char *cache = NULL;
	g_autofree char *made = NULL;
	g_autofree char *disk_hash = NULL;
	g_autofree char *root_hash = NULL;

	if (!place_disk(build, &spec, &cache, &made, error))
		return false;
	if (!disk_build(&spec, made, build->progress, build->user, build->cancel, error))
		return false;
	build_tell(build, "hash", NULL);
	if (!fs_sha256(made, &disk_hash, error) || !fs_sha256(spec.tar, &root_hash, error) ||
	    !put_in_place(build, made, manifest, error))
		return false;
	record.format = spec.format ? spec.format : "raw";
	record.filesystem = spec.filesystem;
	record.device = record.device ? record.device : "/dev/vda";
	record.root_hash = root_hash;
	record.agent_hash = build->agent_hash;
	record.disk_hash = disk_hash;
	return store_put(build->disk, &record, error);
}
