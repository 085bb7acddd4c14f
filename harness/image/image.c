/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images: recipe to root to disk. */
#include "image/image.h"

#include "image/build.h"
#include "image/manifest.h"
#include "image/qemuimg.h"
#include "image/rootfs.h"
#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <unistd.h>

/* Disks of a recipe with different agents, and its roots, that stay. */
#define KEEP 4
/* Files that are named of those that changed. */
#define CHANGES_MAX 20

void image_free(Image *image)
{
	if (!image)
		return;
	if (image->lock >= 0)
		close(image->lock);
	g_free(image->name);
	g_free(image->path);
	g_free(image->format);
	g_free(image->hash);
	g_free(image->root_hash);
	g_free(image->agent_hash);
	g_free(image->device);
	g_free(image->filesystem);
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
	if (image->init)
		return error_host(error,
				  "the image %s is damaged: it is not what was imported; "
				  "`bisectbox image remove %s`, and import it again",
				  image->path, image->name);
	store_forget(image->path);
	return error_host(error,
			  "the image %s is damaged: it is not what was built; the next run makes "
			  "it anew",
			  image->path);
}

bool image_cover(const Image *image, const char *cover, GCancellable *cancel, GError **error)
{
	return qemuimg_cover(image->path, image->format, cover, cancel, error);
}

/* Where the recipe's disk with this agent belongs; writes nothing. */
static bool open_build(Build *build, const Recipe *recipe, GError **error)
{
	if (!build_open(build, error))
		return false;
	build->disk = store_disk_path(build->store, recipe, build->agent_hash);
	return true;
}

/* A build of a recipe's disk. */
typedef struct {
	const Recipe *recipe;
	ImageNews news;
	Manifest *before;
} Making;

static void making_clear(Making *making)
{
	manifest_free(making->before);
	image_news_clear(&making->news);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Making, making_clear)

void image_news_clear(ImageNews *news)
{
	g_clear_pointer(&news->changes, g_free);
}

/* The manifest of the disk of this name that was used last. */
static Manifest *last_manifest(const Build *build)
{
	g_autoptr(GPtrArray) disks = store_paths(build->store, build->name, ".img");

	for (guint i = 0; i < disks->len; i++) {
		g_autofree char *path = store_manifest_path(disks->pdata[i]);
		Manifest *manifest = manifest_read(path);

		if (manifest)
			return manifest;
	}
	return NULL;
}

static void compare(Making *making, const char *path)
{
	g_autoptr(Manifest) now = manifest_read(path);

	making->news.built = true;
	making->news.before = making->before && now;
	if (making->news.before)
		making->news.changes = manifest_changes(making->before, now, CHANGES_MAX);
}

/* The disk, without what is known of the root only. */
static DiskSpec describe(const Recipe *recipe)
{
	return (DiskSpec){
		.filesystem = recipe->filesystem,
		.partitions = recipe->partitions,
		.format = recipe->format,
		.size_mib = recipe->size_mib,
	};
}

/* What makes the root in a thread. */
typedef struct {
	const Build *build;
	const Recipe *recipe;
	GThread *thread;
	char *tar;
	GError *error;
} RootJob;

static void *make_root(void *data)
{
	RootJob *job = data;

	if (!rootfs_ensure(job->build, job->recipe, &job->tar, &job->error))
		g_cancellable_cancel(job->build->give_up);
	return NULL;
}

/* Nothing to be waited for twice: the appliance starts beside mmdebstrap, where the recipe tells
 * the disk's size. */
static bool ensure_root(Build *build, const Recipe *recipe, char **ret_tar, GError **error)
{
	const DiskSpec spec = describe(recipe);
	g_autoptr(GError) why = NULL;
	RootJob job = { .build = build, .recipe = recipe };
	bool started;

	if (!spec.size_mib || !disk_wants_appliance(&spec) || rootfs_is_there(build, recipe))
		return rootfs_ensure(build, recipe, ret_tar, error);
	build_may_give_up(build);
	job.thread = g_thread_new("root", make_root, &job);
	started = build_start(build, spec, &why);
	g_thread_join(job.thread);
	*ret_tar = job.tar;
	if (job.error)
		g_propagate_error(error, job.error);
	else if (!started)
		g_propagate_error(error, g_steal_pointer(&why));
	return !job.error && started;
}

static bool make_image(Build *build, void *what, GError **error)
{
	Making *making = what;
	const Recipe *recipe = making->recipe;
	g_autofree char *manifest = g_build_filename(build->folder, "manifest", NULL);
	g_autofree char *tar = NULL;
	g_auto(RootFacts) facts = { 0 };

	making->before = last_manifest(build);
	if (!ensure_root(build, recipe, &tar, error))
		return false;
	build_tell(build, "manifest", NULL);
	if (!manifest_write(tar, manifest, build->cancel, &facts, error))
		return false;
	compare(making, manifest);

	StoreRecord record = {
		.recipe = recipe->name,
		.recipe_hash = recipe->hash,
		.device = recipe_device(recipe),
		.crun = facts.crun,
	};
	DiskSpec spec = describe(recipe);

	spec.tar = tar;
	spec.sbin = facts.sbin;
	spec.files = facts.files;
	if (!spec.size_mib)
		spec.size_mib = disk_size_mib(spec.filesystem, facts.files, facts.bytes);
	return build_disk(build, spec, record, manifest, error);
}

bool image_find(const Recipe *recipe, const char *agent, Image **ret_image, GError **error)
{
	g_auto(Build) build = { BUILD_NEW, .agent = agent };

	if (!open_build(&build, recipe, error))
		return false;
	*ret_image = store_find(build.disk);
	return true;
}

bool image_build(const Recipe *recipe, const char *agent, Accel accel, bool anew,
		 ImageProgress progress, void *user, GCancellable *cancel, Image **ret_image,
		 ImageNews *ret_news, GError **error)
{
	g_auto(Making) making = { .recipe = recipe };
	g_auto(Build) build = {
		BUILD_NEW,      .name = recipe->name, .keep = KEEP, .agent = agent,   .anew = anew,
		.accel = accel, .progress = progress, .user = user, .cancel = cancel,
	};

	if (!open_build(&build, recipe, error) ||
	    !build_ensure(&build, make_image, &making, ret_image, error))
		return false;
	*ret_news = making.news;
	making.news = (ImageNews){ 0 };
	return true;
}

bool image_ensure(const Recipe *recipe, const char *agent, Accel accel, ImageProgress progress,
		  void *user, GCancellable *cancel, Image **ret_image, GError **error)
{
	g_auto(ImageNews) ignored = { 0 };

	return image_build(recipe, agent, accel, false, progress, user, cancel, ret_image, &ignored,
			   error);
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
