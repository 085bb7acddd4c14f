/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of built images: names, records, and what may be removed. */
#include "image/store.h"

#include "image/disk.h"
#include "image/ociroot.h"
#include "image/root.h"
#include "image/unpack.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "bisectbox.disk/2"
#define RECORD_MAX_BYTES (64 << 10)
/* Hex digits of a key in a file's name. */
#define KEY_LEN 16

/* NAME-KEY.SUFFIX, the key taken from all that decides the content. */
static char *store_path(const char *folder, const char *name, const char *content,
			const char *suffix)
{
	g_autofree char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, content, -1);
	g_autofree char *file = NULL;

	key[KEY_LEN] = '\0';
	file = g_strdup_printf("%s-%s.%s", name, key, suffix);
	return g_build_filename(folder, file, NULL);
}

static int root_version(const Recipe *recipe)
{
	/* NOLINTNEXTLINE(bugprone-branch-clone): two numbers that happen to be the same */
	return recipe->from == RECIPE_SUITE ? ROOT_VERSION : UNPACK_VERSION;
}

char *store_disk_path(const char *folder, const Recipe *recipe, const char *agent_hash)
{
	g_autofree char *content =
		g_strdup_printf("root %d disk %d recipe %s agent %s", root_version(recipe),
				DISK_VERSION, recipe->hash, agent_hash);

	return store_path(folder, recipe->name, content, "img");
}

char *store_oci_path(const char *folder, const char *source_hash, const char *agent_hash)
{
	g_autofree char *content =
		g_strdup_printf("oci %d disk %d source %s agent %s", OCIROOT_VERSION, DISK_VERSION,
				source_hash, agent_hash);

	return store_path(folder, STORE_OCI, content, "img");
}

char *store_root_path(const char *folder, const Recipe *recipe)
{
	g_autofree char *content =
		g_strdup_printf("root %d recipe %s", root_version(recipe), recipe->root_hash);

	return store_path(folder, recipe->name, content, "tar");
}

/* The disk's path with another ending. */
static char *beside(const char *path, const char *suffix)
{
	return g_strdup_printf("%.*s%s", (int)(strlen(path) - strlen(".img")), path, suffix);
}

char *store_manifest_path(const char *disk)
{
	return beside(disk, ".manifest");
}

static char *record_path(const char *path)
{
	return beside(path, ".json");
}

char *store_state(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	return g_strdup_printf("%" G_GINT64_FORMAT " bytes at %" G_GINT64_FORMAT ".%09ld",
			       (gint64)st.st_size, (gint64)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* ---- who has it ---- */

static int open_locked(const char *path, int how)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && flock(fd, how) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool store_hold(const char *path, int *ret_lock)
{
	for (;;) {
		int fd = open_locked(path, LOCK_SH);
		struct stat held, there;

		if (fd < 0)
			return false;
		/* it may have been replaced, or removed, between the opening and the locking */
		if (fstat(fd, &held) == 0 && stat(path, &there) == 0 &&
		    held.st_ino == there.st_ino && held.st_dev == there.st_dev) {
			*ret_lock = fd;
			return true;
		}
		close(fd);
	}
}

bool store_is_held(const char *path)
{
	int fd = open_locked(path, LOCK_EX | LOCK_NB);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EWOULDBLOCK;
}

static void remove_files(const char *path)
{
	g_autofree char *record = record_path(path);
	g_autofree char *manifest = store_manifest_path(path);

	/* the record first: without it the disk counts for nothing */
	fs_remove_tree(record, NULL);
	fs_remove_tree(manifest, NULL);
	fs_remove_tree(path, NULL);
}

bool store_remove(const char *path, GError **error)
{
	int fd = open_locked(path, LOCK_EX | LOCK_NB);

	if (fd < 0 && errno == EWOULDBLOCK)
		return error_usage(error, "the image %s is in use by a run", path);
	remove_files(path);
	if (fd >= 0)
		close(fd);
	return true;
}

/* ---- records ---- */

static bool is_hash(const char *text)
{
	return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* The disk as recorded, if the record is of a file in this state. */
static Image *read_record(const char *path, const char *state)
{
	g_autoptr(Image) image = g_new0(Image, 1);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = NULL;

	image->lock = -1;
	if (!fs_read(path, RECORD_MAX_BYTES, &text, NULL, NULL))
		return NULL;
	json = json_parse(text, path, BOX_ERROR_HOST, NULL);
	if (!json)
		return NULL;

	g_autoptr(JsonReader) reader = json_reader_new(json, path, BOX_ERROR_HOST);
	g_autofree char *schema = json_string(reader, "schema");
	g_autofree char *recorded = json_string(reader, "state");
	g_autofree char *recipe_hash = json_string(reader, "recipe_hash");
	image->name = json_string(reader, "recipe");
	image->hash = json_string(reader, "disk");
	image->root_hash = json_string(reader, "root");
	image->agent_hash = json_string(reader, "agent");
	image->format = json_string(reader, "format");
	image->device = json_string(reader, "device");
	image->filesystem = json_string(reader, "filesystem");
	image->crun = json_bool_or(reader, "crun", false);
	image->source = json_string_or(reader, "source", NULL);
	image->env = json_strings(reader, "env");
	if (!json_reader_end(reader, NULL) || !g_str_equal(schema, SCHEMA) ||
	    !is_hash(image->hash) || !g_str_equal(recorded, state))
		return NULL;
	return g_steal_pointer(&image);
}

static Image *read_disk(const char *path)
{
	g_autofree char *record = record_path(path);
	g_autofree char *state = store_state(path);
	Image *image = state ? read_record(record, state) : NULL;

	if (image)
		image->path = g_canonicalize_filename(path, NULL);
	return image;
}

Image *store_find(const char *path)
{
	g_autofree char *record = record_path(path);
	Image *image;
	int lock;

	if (!store_hold(path, &lock))
		return NULL;
	image = read_disk(path);
	if (!image) {
		close(lock);
		return NULL;
	}
	image->lock = lock;
	/* the record's time is when the disk was last asked for */
	utimensat(AT_FDCWD, record, NULL, 0);
	return image;
}

void store_forget(const char *path)
{
	g_autofree char *record = record_path(path);

	fs_remove_tree(record, NULL);
}

bool store_put(const char *path, const StoreRecord *record, GError **error)
{
	g_autofree char *file = record_path(path);
	g_autofree char *state = store_state(path);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = json_new_object();

	if (!state)
		return error_host(error, "cannot find the disk %s: %s", path, g_strerror(errno));
	json_add_string(json, "schema", SCHEMA);
	json_add_string(json, "recipe", record->recipe);
	json_add_string(json, "recipe_hash", record->recipe_hash);
	json_add_string(json, "root", record->root_hash);
	json_add_string(json, "agent", record->agent_hash);
	json_add_string(json, "disk", record->disk_hash);
	json_add_string(json, "state", state);
	json_add_string(json, "format", record->format);
	json_add_string(json, "device", record->device);
	json_add_string(json, "filesystem", record->filesystem);
	json_add_bool(json, "crun", record->crun);
	if (record->source)
		json_add_string(json, "source", record->source);
	if (record->env)
		json_add_strings(json, "env", record->env);
	text = json_text(json, true);
	return fs_write(file, text, -1, error);
}

/* A file of the store and when it was last used. */
typedef struct {
	char *path;
	gint64 used_us;
} Entry;

static void entry_free(Entry *entry)
{
	g_free(entry->path);
	g_free(entry);
}

static int compare_entries(const void *a, const void *b)
{
	const Entry *const *left = a;
	const Entry *const *right = b;

	return ((*left)->used_us < (*right)->used_us) - ((*left)->used_us > (*right)->used_us);
}

static gint64 used_us(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0
				   : st.st_mtim.tv_sec * G_USEC_PER_SEC + st.st_mtim.tv_nsec / 1000;
}

/* Whether a file is NAME-KEY.SUFFIX; another recipe's name may begin with this one's. */
static bool is_entry(const char *file, const char *name, const char *suffix)
{
	gsize len = strlen(name);

	return g_str_has_prefix(file, name) && file[len] == '-' &&
	       strspn(file + len + 1, "0123456789abcdef") == KEY_LEN &&
	       g_str_equal(file + len + 1 + KEY_LEN, suffix);
}

/* All files NAME-KEY.SUFFIX, most recently used first. */
static GPtrArray *list_entries(const char *folder, const char *name, const char *suffix)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *record = NULL;
		Entry *entry;

		if (!is_entry(file, name, suffix))
			continue;
		entry = g_new0(Entry, 1);
		entry->path = g_build_filename(folder, file, NULL);
		record = record_path(entry->path);
		entry->used_us = MAX(used_us(record), used_us(entry->path));
		g_ptr_array_add(entries, entry);
	}
	g_ptr_array_sort(entries, compare_entries);
	return entries;
}

GPtrArray *store_list(const char *folder, const char *name)
{
	GPtrArray *images = g_ptr_array_new_with_free_func((GDestroyNotify)image_free);
	g_autoptr(GPtrArray) entries = list_entries(folder, name, ".img");

	for (guint i = 0; i < entries->len; i++) {
		const Entry *entry = entries->pdata[i];
		Image *image = read_disk(entry->path);

		if (image)
			g_ptr_array_add(images, image);
	}
	return images;
}

GPtrArray *store_paths(const char *folder, const char *name, const char *suffix)
{
	g_autoptr(GPtrArray) entries = list_entries(folder, name, suffix);
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < entries->len; i++)
		g_ptr_array_add(paths, g_strdup(((const Entry *)entries->pdata[i])->path));
	return paths;
}

void store_prune(const char *folder, const char *name, guint keep)
{
	g_autoptr(GPtrArray) disks = store_paths(folder, name, ".img");
	g_autoptr(GPtrArray) roots = store_paths(folder, name, ".tar");

	for (guint i = keep; i < disks->len; i++)
		store_remove(disks->pdata[i], NULL);
	for (guint i = keep; i < roots->len; i++)
		fs_remove_tree(roots->pdata[i], NULL);
}

void store_clean(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, file, NULL);

		if (g_str_has_prefix(file, "tmp-"))
			fs_remove_tree(path, NULL);
	}
}
