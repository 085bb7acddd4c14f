/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imported disks: their records, and the agent in them kept up to date. */
#include "image/imported.h"

#include "image/appliance.h"
#include "image/build.h"
#include "image/place.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/paths.h"

#include <string.h>
#include <unistd.h>

#define SCHEMA "bisectbox.imported/1"
#define RECORD_MAX (64 << 10)
#define DISK_SUFFIX ".qcow2"

void imported_free(Imported *imported)
{
	if (!imported)
		return;
	image_free(imported->image);
	g_free(imported->title);
	g_free(imported->origin);
	g_free(imported->layout);
	g_free(imported->starter);
	g_free(imported->when);
	g_free(imported);
}

char *imported_folder(void)
{
	return paths_cache("images/imported");
}

static char *path_of(const char *name, const char *suffix)
{
	g_autofree char *folder = imported_folder();
	g_autofree char *file = g_strconcat(name, suffix, NULL);

	return g_build_filename(folder, file, NULL);
}

char *imported_manifest_path(const char *name)
{
	return path_of(name, ".manifest");
}

char *imported_disk_path(const char *name)
{
	g_autofree char *suffix =
		g_strdup_printf("-%08x%08x" DISK_SUFFIX, g_random_int(), g_random_int());

	return path_of(name, suffix);
}

/* ---- records ---- */

static void read_image(JsonReader *reader, Image *image)
{
	image->lock = -1;
	image->name = json_string(reader, "name");
	image->hash = json_string(reader, "disk");
	image->root_hash = json_string(reader, "origin_hash");
	image->agent_hash = json_string(reader, "agent");
	image->device = json_string(reader, "device");
	image->filesystem = json_string(reader, "filesystem");
	image->crun = json_bool_or(reader, "crun", false);
	image->format = g_strdup("qcow2");
	image->init = true;
	image->env = g_new0(char *, 1);
}

/* The record's content, and which file and state of it is meant. */
static Imported *parse(const char *text, const char *path, char **ret_file, char **ret_state,
		       GError **error)
{
	g_autoptr(Imported) imported = g_new0(Imported, 1);
	g_autoptr(Json) json = json_parse(text, path, BOX_ERROR_HOST, error);
	g_autofree char *schema = NULL;

	if (!json)
		return NULL;
	g_autoptr(JsonReader) reader = json_reader_new(json, path, BOX_ERROR_HOST);
	imported->image = g_new0(Image, 1);
	schema = json_string(reader, "schema");
	if (schema && !g_str_equal(schema, SCHEMA))
		json_reader_fail(reader, "schema", "must be \"" SCHEMA "\"");
	read_image(reader, imported->image);
	imported->title = json_string(reader, "title");
	imported->origin = json_string(reader, "origin");
	imported->layout = json_string(reader, "layout");
	imported->starter = json_string(reader, "starter");
	imported->packages = (guint)json_int_or(reader, "packages", 0, G_MAXINT32, 0);
	imported->when = json_string(reader, "when");
	*ret_file = json_string(reader, "file");
	*ret_state = json_string(reader, "state");
	return json_reader_end(reader, error) ? g_steal_pointer(&imported) : NULL;
}

static bool load(const char *name, Imported **ret_imported, GError **error)
{
	g_autofree char *path = path_of(name, ".json");
	g_autofree char *folder = imported_folder();
	g_autofree char *text = NULL;
	g_autofree char *file = NULL;
	g_autofree char *state = NULL;
	g_autofree char *now = NULL;
	g_autoptr(Imported) imported = NULL;

	if (!fs_read(path, RECORD_MAX, &text, NULL, error))
		return false;
	imported = parse(text, path, &file, &state, error);
	if (!imported)
		return false;
	if (strchr(file, '/'))
		return error_host(error, "%s names a file elsewhere", path);
	imported->image->path = g_build_filename(folder, file, NULL);
	now = store_state(imported->image->path);
	if (g_strcmp0(now, state) != 0)
		return error_host(error, "%s is %s", imported->image->path,
				  now ? "not what was imported" : "gone");
	*ret_imported = g_steal_pointer(&imported);
	return true;
}

bool imported_load(const char *name, Imported **ret_imported, GError **error)
{
	g_autofree char *path = path_of(name, ".json");

	*ret_imported = NULL;
	if (!recipe_is_name(name) || !g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	if (load(name, ret_imported, error))
		return true;
	if (error && *error) {
		g_autofree char *message = g_steal_pointer(&(*error)->message);

		(*error)->message = g_strdup_printf(
			"the image %s is damaged: %s; `bisectbox image remove %s`, and import it "
			"again",
			name, message, name);
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	const Imported *const *left = a;
	const Imported *const *right = b;

	return strcmp((*left)->image->name, (*right)->image->name);
}

GPtrArray *imported_list(void)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)imported_free);
	g_autofree char *folder = imported_folder();
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *name = g_strdup(file);
		Imported *imported = NULL;

		if (!g_str_has_suffix(name, ".json"))
			continue;
		name[strlen(name) - strlen(".json")] = '\0';
		if (imported_load(name, &imported, NULL) && imported)
			g_ptr_array_add(list, imported);
	}
	g_ptr_array_sort(list, by_name);
	return list;
}

/* The file that a name's record means; NULL for none. */
static char *meant_file(const char *name)
{
	g_autofree char *path = path_of(name, ".json");
	g_autofree char *text = NULL;
	g_autofree char *state = NULL;
	g_autoptr(Imported) imported = NULL;
	char *file = NULL;

	if (fs_read(path, RECORD_MAX, &text, NULL, NULL))
		imported = parse(text, path, &file, &state, NULL);
	return file;
}

/* NAME of NAME-KEY.qcow2; NULL where it is not called so. */
static char *name_of(const char *file)
{
	const gsize tail = strlen("-0123456789abcdef" DISK_SUFFIX);
	const gsize len = strlen(file);

	if (len <= tail || !g_str_has_suffix(file, DISK_SUFFIX) || file[len - tail] != '-')
		return NULL;
	return g_strndup(file, len - tail);
}

void imported_clean(void)
{
	g_autofree char *folder = imported_folder();
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, file, NULL);
		g_autofree char *name = name_of(file);
		g_autofree char *meant = name ? meant_file(name) : NULL;

		if (name && g_strcmp0(meant, file) != 0 && !store_is_held(path))
			fs_remove_tree(path, NULL);
	}
}

bool imported_put(const Imported *imported, GError **error)
{
	const Image *image = imported->image;
	g_autofree char *path = path_of(image->name, ".json");
	g_autofree char *file = g_path_get_basename(image->path);
	g_autofree char *state = store_state(image->path);
	g_autoptr(Json) json = json_new_object();
	g_autofree char *text = NULL;

	json_add_string(json, "schema", SCHEMA);
	json_add_string(json, "name", image->name);
	json_add_string(json, "file", file);
	json_add_string(json, "state", state);
	json_add_string(json, "disk", image->hash);
	json_add_string(json, "origin", imported->origin);
	json_add_string(json, "origin_hash", image->root_hash);
	json_add_string(json, "agent", image->agent_hash);
	json_add_string(json, "device", image->device);
	json_add_string(json, "filesystem", image->filesystem);
	json_add_bool(json, "crun", image->crun);
	json_add_string(json, "title", imported->title);
	json_add_string(json, "layout", imported->layout);
	json_add_string(json, "starter", imported->starter);
	json_add_int(json, "packages", imported->packages);
	json_add_string(json, "when", imported->when);
	text = json_text(json, true);
	if (!fs_write(path, text, -1, error))
		return false;
	imported_clean();
	return true;
}

bool imported_remove(const char *name, bool *ret_found, GError **error)
{
	g_autofree char *record = path_of(name, ".json");
	g_autofree char *manifest = imported_manifest_path(name);
	g_autoptr(Imported) imported = NULL;

	*ret_found = recipe_is_name(name) && g_file_test(record, G_FILE_TEST_EXISTS);
	if (!*ret_found)
		return true;
	if (imported_load(name, &imported, NULL) && imported &&
	    store_is_held(imported->image->path))
		return error_usage(error, "the image %s is in use by a run", name);
	if (!fs_remove_tree(record, error))
		return false;
	fs_remove_tree(manifest, NULL);
	imported_clean();
	return true;
}

/* ---- the agent in it ---- */

static bool replace_agent(Appliance *appliance, const Image *image, const char *disk,
			  const char *agent, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	g_autofree char *device = g_strconcat("/dev/sda", image->device + strlen("/dev/vda"), NULL);

	if (guestfs_add_drive_opts(g, disk, GUESTFS_ADD_DRIVE_OPTS_FORMAT, image->format,
				   GUESTFS_ADD_DRIVE_OPTS_CACHEMODE, "unsafe", -1) != 0)
		return appliance_fail(appliance, "open the disk", error);
	if (!appliance_start(appliance, error))
		return false;
	if (guestfs_mount(g, device, "/") != 0 || !place_agent(g, agent) ||
	    guestfs_umount_all(g) != 0)
		return appliance_fail(appliance, "replace the agent on the disk", error);
	return appliance_stop(appliance, error);
}

/* A copy with this agent takes the disk's place; a run that has the old one goes on with it. */
static bool renew(Build *build, Imported *imported, GError **error)
{
	Image *image = imported->image;
	g_autofree char *appliance_folder = build_appliance(build, error);
	g_autofree char *made = g_build_filename(build->folder, "disk.qcow2", NULL);
	g_autofree char *path = imported_disk_path(image->name);
	g_autofree char *hash = NULL;
	g_autoptr(Appliance) appliance = NULL;

	build_tell(build, "appliance", "a newer agent");
	if (!appliance_folder || !fs_copy(image->path, made, error))
		return false;
	appliance =
		appliance_new(build->accel, appliance_folder, build->folder, build->cancel, error);
	if (!appliance || !replace_agent(appliance, image, made, build->agent, error))
		return false;
	build_tell(build, "hash", NULL);
	if (!fs_sha256(made, &hash, error) || !fs_sync(made, error) || !fs_move(made, path, error))
		return false;
	g_free(image->hash);
	image->hash = g_steal_pointer(&hash);
	g_free(image->path);
	image->path = g_steal_pointer(&path);
	g_free(image->agent_hash);
	image->agent_hash = g_strdup(build->agent_hash);
	return imported_put(imported, error);
}

static bool load_known(const char *name, Imported **ret_imported, GError **error)
{
	return imported_load(name, ret_imported, error) &&
	       (*ret_imported || error_usage(error, "there is no imported image %s", name));
}

/* Another process may have renewed it while the store was waited for. */
static bool renew_locked(Build *build, const char *name, Imported **ret_imported, GError **error)
{
	g_autoptr(Imported) imported = NULL;

	if (!build_begin(build, error) || !load_known(name, &imported, error))
		return false;
	if (!g_str_equal(imported->image->agent_hash, build->agent_hash) &&
	    (!build_check_space(build, build->space, error) || !renew(build, imported, error)))
		return false;
	*ret_imported = g_steal_pointer(&imported);
	return true;
}

bool imported_ensure(const char *name, const char *agent, Accel accel, ImageProgress progress,
		     void *user, GCancellable *cancel, Image **ret_image, GError **error)
{
	g_auto(Build) build = { BUILD_NEW,       .name = name,         .agent = agent,
				.accel = accel,  .progress = progress, .user = user,
				.cancel = cancel };
	g_autoptr(Imported) imported = NULL;

	if (!build_open(&build, error) || !load_known(name, &imported, error))
		return false;
	if (!g_str_equal(imported->image->agent_hash, build.agent_hash)) {
		g_clear_pointer(&imported, imported_free);
		if (!renew_locked(&build, name, &imported, error))
			return false;
	}
	if (!store_hold(imported->image->path, &imported->image->lock))
		return error_host(error, "the image %s was removed just now", name);
	*ret_image = g_steal_pointer(&imported->image);
	return true;
}

char **imported_kconfig(const Imported *imported)
{
	const Image *image = imported->image;
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	if (!g_str_equal(image->filesystem, "ext2"))
		g_strv_builder_add(names, "ext4"); /* which mounts ext3, too */
	if (!g_str_equal(image->device, "/dev/vda"))
		g_strv_builder_add(names, "partitions");
	g_strv_builder_add(names, "distribution");
	return g_strv_builder_end(names);
}
