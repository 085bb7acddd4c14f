/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One import, from the look at the file to the record. */
#include "image/import.h"

#include "image/appliance.h"
#include "image/build.h"
#include "image/copyout.h"
#include "image/inspect.h"
#include "image/qemuimg.h"
#include "image/rootfs.h"
#include "image/settle.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/text.h"

#include <string.h>

#define CRUN_RECIPE "busybox"
#define NAME_MAX_LEN 60
/* Less than any system takes: whatever it is, an appliance need not be started to see that. */
#define DISK_MIN_BYTES ((guint64)1 << 20)

/* An import under way. */
typedef struct {
	const ImportSpec *spec;
	Build build;
	DiskFile file;
	char *copy;  /* of the disk: the appliance's first */
	char *plain; /* what its root is copied out to where need be: the second */
	System *system;
	bool copied_out;
	Imported *result;
	GString *manifest;
} Import;

static void import_clear(Import *import)
{
	build_clear(&import->build);
	disk_file_clear(&import->file);
	g_free(import->copy);
	g_free(import->plain);
	system_free(import->system);
	imported_free(import->result);
	g_string_free(import->manifest, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Import, import_clear)

char *import_name(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);
	g_autofree char *lower = g_ascii_strdown(base, -1);
	g_autoptr(GString) name = g_string_new(NULL);
	char *dot = strrchr(lower, '.');

	if (dot && dot != lower)
		*dot = '\0';
	for (const char *c = lower; *c && name->len < NAME_MAX_LEN; c++) {
		if (g_ascii_isalnum(*c))
			g_string_append_c(name, *c);
		else if (name->len && name->str[name->len - 1] != '-')
			g_string_append_c(name, '-');
	}
	while (name->len && name->str[name->len - 1] == '-')
		g_string_truncate(name, name->len - 1);
	return name->len ? g_string_free(g_steal_pointer(&name), FALSE) : NULL;
}

static bool check_name(const char *name, GError **error)
{
	g_auto(GStrv) recipes = recipe_names();
	g_autoptr(Imported) there = NULL;

	if (!recipe_is_name(name))
		return error_usage(
			error,
			"\"%s\" can be no image's name: lower-case letters, digits and - "
			"are expected",
			name);
	if (g_strv_contains((const char *const *)recipes, name))
		return error_usage(error, "there is a recipe called %s: give another --name", name);
	if (!imported_load(name, &there, error))
		return false;
	return !there ||
	       error_usage(error,
			   "there is an image called %s: give another --name, or `bisectbox image "
			   "remove %s`",
			   name, name);
}

/* ---- in the appliance ---- */

static bool add_drives(Import *import, guestfs_h *g)
{
	return guestfs_disk_create(g, import->plain, "qcow2",
				   (gint64)MAX(import->file.bytes, COPYOUT_MIN_BYTES), -1) == 0 &&
	       guestfs_add_drive_opts(g, import->copy, GUESTFS_ADD_DRIVE_OPTS_FORMAT, "qcow2",
				      GUESTFS_ADD_DRIVE_OPTS_CACHEMODE, "unsafe", -1) == 0 &&
	       guestfs_add_drive_opts(g, import->plain, GUESTFS_ADD_DRIVE_OPTS_FORMAT, "qcow2",
				      GUESTFS_ADD_DRIVE_OPTS_CACHEMODE, "unsafe", -1) == 0;
}

/* As the system does; what cannot be mounted beside the root is for a boot loader. */
static bool mount_system(Import *import, Appliance *appliance, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);

	for (guint i = 0; i < import->system->mounts->len; i++) {
		const SystemMount *mount = import->system->mounts->pdata[i];

		if (guestfs_mount(g, mount->device, mount->place) != 0 &&
		    !g_str_has_prefix(mount->place, "/boot")) {
			g_autofree char *what = g_strdup_printf("mount %s", mount->device);

			return appliance_fail(appliance, what, error);
		}
	}
	return true;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Its packages, as far as libguestfs can read the system's own list. */
static void list_packages(Import *import, guestfs_h *g)
{
	const SystemMount *root = import->system->mounts->pdata[0];
	struct guestfs_application2_list *list =
		guestfs_inspect_list_applications2(g, root->device);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; list && i < list->len; i++) {
		const struct guestfs_application2 *one = &list->val[i];
		bool epoch = one->app2_epoch != 0, release = one->app2_release[0];
		g_autofree char *whole =
			g_strdup_printf("%s%s%s", one->app2_version, release ? "-" : "",
					release ? one->app2_release : "");

		g_ptr_array_add(lines,
				epoch ? g_strdup_printf("package %s %d:%s", one->app2_name,
							one->app2_epoch, whole)
				      : g_strdup_printf("package %s %s", one->app2_name, whole));
	}
	g_ptr_array_sort(lines, compare_lines);
	for (guint i = 0; i < lines->len; i++)
		g_string_append_printf(import->manifest, "%s\n", (const char *)lines->pdata[i]);
	import->result->packages = lines->len;
	guestfs_free_application2_list(list);
}

static bool copy_out(Import *import, Appliance *appliance, GError **error)
{
	Imported *result = import->result;
	const System *system = import->system;

	import->copied_out = system->obstacle != NULL;
	if (!import->copied_out) {
		result->image->device = g_strdup(system->device);
		result->image->filesystem = g_strdup(system->filesystem);
		result->layout = g_strdup("as it was");
		return true;
	}
	build_tell(&import->build, "copy", system->obstacle);
	result->image->device = g_strdup("/dev/vda");
	result->image->filesystem = g_strdup("ext4");
	result->layout = g_strdup_printf("copied to one ext4, since %s", system->obstacle);
	return copyout_run(appliance, system, error);
}

static bool find_crun(Import *import, Appliance *appliance, char **ret_tar, GError **error)
{
	g_autoptr(Recipe) recipe = NULL;

	if (import->spec->no_crun || settle_has_crun(appliance))
		return true;
	if (recipe_load(CRUN_RECIPE, &recipe, error) &&
	    rootfs_ensure(&import->build, recipe, ret_tar, error))
		return true;
	g_prefix_error(error,
		       "the system has no crun, and none can be had (--no-crun leaves it so, "
		       "for cases without a container): ");
	return false;
}

static bool settle(Import *import, Appliance *appliance, GError **error)
{
	const char *starter = NULL;
	g_autofree char *crun = NULL;
	SettleSpec spec = {
		.disk = import->spec->disk,
		.agent = import->spec->agent,
		.password = import->spec->password,
	};

	if (!find_crun(import, appliance, &crun, error))
		return false;
	spec.crun = crun;
	build_tell(&import->build, "disk", NULL);
	if (!settle_system(appliance, &spec, &starter, &import->result->image->crun, error))
		return false;
	import->result->starter = g_strdup(starter);
	return true;
}

static bool work(Import *import, GError **error)
{
	g_autofree char *cache = build_appliance(&import->build, error);
	g_autoptr(Appliance) appliance = NULL;
	guestfs_h *g;

	build_tell(&import->build, "appliance", NULL);
	if (!cache || !(appliance = appliance_new(import->spec->accel, cache, import->build.folder,
						  import->spec->cancel, error)))
		return false;
	g = appliance_handle(appliance);
	if (!add_drives(import, g))
		return appliance_fail(appliance, "open the disk", error);
	if (!appliance_start(appliance, error) ||
	    !inspect_disk(appliance, import->spec->disk, &import->system, error))
		return false;
	if (!mount_system(import, appliance, error))
		return false;
	import->result->title = inspect_title(appliance);
	if (!import->result->title)
		import->result->title = g_strdup(import->system->title);
	build_tell(&import->build, "disk", import->result->title);
	list_packages(import, g);
	if (!copy_out(import, appliance, error) || !settle(import, appliance, error))
		return false;
	if (guestfs_umount_all(g) != 0)
		return appliance_fail(appliance, "unmount the disk", error);
	return appliance_stop(appliance, error);
}

/* ---- before and after ---- */

static bool look(Import *import, GError **error)
{
	const ImportSpec *spec = import->spec;

	if (!qemuimg_look(spec->disk, spec->cancel, &import->file, error))
		return false;
	return import->file.bytes >= DISK_MIN_BYTES ||
	       error_usage(error,
			   "%s is no disk image: %" G_GUINT64_FORMAT " bytes can hold no system",
			   spec->disk, import->file.bytes);
}

static bool begin(Import *import, GError **error)
{
	const ImportSpec *spec = import->spec;
	Build *build = &import->build;
	Image *image = g_new0(Image, 1);

	import->result->image = image;
	image->lock = -1;
	image->name = g_strdup(spec->name);
	image->format = g_strdup("qcow2");
	image->init = true;
	image->env = g_new0(char *, 1);
	import->result->origin = text_clean(spec->disk, 0);
	if (!build_open(build, error) || !build_begin(build, error) ||
	    !build_check_space(build, import->file.used + build->space, error))
		return false;
	imported_clean();
	import->copy = g_build_filename(build->folder, "copy.qcow2", NULL);
	import->plain = g_build_filename(build->folder, "plain.qcow2", NULL);
	build_tell(build, "copy", import->file.format);
	return fs_sha256(spec->disk, &image->root_hash, error) &&
	       qemuimg_convert(spec->disk, import->file.format, import->copy, spec->cancel, error);
}

static bool finish(Import *import, GError **error)
{
	Image *image = import->result->image;
	const char *made = import->copied_out ? import->plain : import->copy;
	g_autofree char *folder = imported_folder();
	g_autofree char *manifest = imported_manifest_path(image->name);
	g_autoptr(GDateTime) now = g_date_time_new_now_local();

	build_tell(&import->build, "hash", NULL);
	image->path = imported_disk_path(image->name);
	image->agent_hash = g_strdup(import->build.agent_hash);
	import->result->when = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S%z");
	return fs_sha256(made, &image->hash, error) && fs_mkdir(folder, error) &&
	       fs_sync(made, error) && fs_move(made, image->path, error) &&
	       fs_write(manifest, import->manifest->str, -1, error) &&
	       imported_put(import->result, error);
}

bool import_disk(const ImportSpec *spec, Imported **ret_imported, GError **error)
{
	g_auto(Import) import = {
		.spec = spec,
		.build = { BUILD_NEW, .name = spec->name, .agent = spec->agent,
			   .accel = spec->accel, .progress = spec->progress, .user = spec->user,
			   .cancel = spec->cancel },
		.result = g_new0(Imported, 1),
		.manifest = g_string_new("bisectbox manifest 1\n"),
	};

	if (!check_name(spec->name, error) || !look(&import, error) || !begin(&import, error) ||
	    !work(&import, error) || !finish(&import, error))
		return false;
	*ret_imported = g_steal_pointer(&import.result);
	return true;
}
