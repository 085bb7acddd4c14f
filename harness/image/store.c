/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of built images: names, records, and what may be removed. */
#include "image/store.h"

#include "image/disk.h"
#include "image/ociroot.h"
#include "image/root.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMA "bisectbox.disk/1"
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

char *store_disk_path(const char *folder, const Recipe *recipe, const char *agent_hash)
{
	g_autofree char *content =
		g_strdup_printf("root %d disk %d recipe %s agent %s", ROOT_VERSION, DISK_VERSION,
				recipe->hash, agent_hash);

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
	g_autofree char *content = g_strdup_printf("root %d recipe %s", ROOT_VERSION, recipe->hash);

	return store_path(folder, recipe->name, content, "tar");
}

/* The record's place: the disk's path with another ending. */
static char *record_path(const char *path)
{
	return g_strdup_printf("%.*s.json", (int)(strlen(path) - strlen(".img")), path);
}

/* Size and time of change as one word. */
static bool describe(const char *path, char **ret_state)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	*ret_state =
		g_strdup_printf("%" G_GINT64_FORMAT " bytes at %" G_GINT64_FORMAT ".%09ld",
				(gint64)st.st_size, (gint64)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	return true;
}

static bool is_hash(const char *text)
{
	return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* The disk as recorded, if the record is of a file in this state. */
static Image *read_record(const char *path, const char *state)
{
	static const char *const others[] = { "recipe", "recipe_hash", "root", "agent" };
	g_autoptr(Image) image = g_new0(Image, 1);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = NULL;

	if (!fs_read(path, RECORD_MAX_BYTES, &text, NULL, NULL))
		return NULL;
	json = json_parse(text, path, BOX_ERROR_HOST, NULL);
	if (!json)
		return NULL;

	g_autoptr(JsonReader) reader = json_reader_new(json, path, BOX_ERROR_HOST);
	g_autofree char *schema = json_string(reader, "schema");
	g_autofree char *recorded = json_string(reader, "state");
	image->hash = json_string(reader, "disk");
	image->source = json_string_or(reader, "source", NULL);
	image->env = json_strings(reader, "env");
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		g_free(json_string(reader, others[i]));
	if (!json_reader_end(reader, NULL) || !g_str_equal(schema, SCHEMA) ||
	    !is_hash(image->hash) || !g_str_equal(recorded, state))
		return NULL;
	return g_steal_pointer(&image);
}

static Image *read_disk(const char *path)
{
	g_autofree char *record = record_path(path);
	g_autofree char *state = NULL;
	Image *image;

	if (!describe(path, &state))
		return NULL;
	image = read_record(record, state);
	if (!image)
		return NULL;
	image->path = g_canonicalize_filename(path, NULL);
	image->format = g_strdup("raw");
	return image;
}

Image *store_find(const char *path)
{
	g_autofree char *record = record_path(path);
	Image *image = read_disk(path);

	/* the record's time is when the disk was last asked for */
	if (image)
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
	g_autofree char *state = NULL;
	g_autofree char *text = NULL;
	g_autoptr(Json) json = json_new_object();

	if (!describe(path, &state))
		return error_host(error, "cannot find the disk %s: %s", path, g_strerror(errno));
	json_add_string(json, "schema", SCHEMA);
	json_add_string(json, "recipe", record->recipe);
	json_add_string(json, "recipe_hash", record->recipe_hash);
	json_add_string(json, "root", record->root_hash);
	json_add_string(json, "agent", record->agent_hash);
	json_add_string(json, "disk", record->disk_hash);
	json_add_string(json, "state", state);
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

void store_prune(const char *folder, const char *name, guint keep)
{
	static const char *const suffixes[] = { ".img", ".tar" };

	for (guint s = 0; s < G_N_ELEMENTS(suffixes); s++) {
		g_autoptr(GPtrArray) entries = list_entries(folder, name, suffixes[s]);

		for (guint i = keep; i < entries->len; i++) {
			const Entry *entry = entries->pdata[i];
			g_autofree char *record = record_path(entry->path);

			/* the record first: without it the disk counts for nothing */
			if (s == 0)
				fs_remove_tree(record, NULL);
			fs_remove_tree(entry->path, NULL);
		}
	}
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
