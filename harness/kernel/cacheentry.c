/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels that were built earlier: what is there. */
#include "kernel/cacheentry.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"

#include <string.h>
#include <sys/stat.h>

#define RECORD_MAX ((gsize)64 << 10)
#define FOOTPRINT_MAX ((gsize)32 << 20)

const char *const kcache_files[FILES] = { "config", "build.log", "footprint" };

void kcache_entry_free(KernelEntry *entry)
{
	if (!entry)
		return;
	g_free(entry->name);
	g_free(entry->setup);
	g_free(entry->compiler);
	g_free(entry->tree);
	g_free(entry->revision);
	g_free(entry->hash);
	for (guint i = 0; i < G_N_ELEMENTS(entry->hashes); i++)
		g_free(entry->hashes[i]);
	g_free(entry);
}

/* TREE-COMPILER-c: another compiler's kernel of the same tree is another kernel. */
char *kcache_name(const KernelEntry *entry, bool clean)
{
	g_autofree char *compiler =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, entry->compiler, -1);

	return g_strdup_printf("%s/%s-%.12s-%c", entry->setup, entry->tree, compiler,
			       clean ? 'c' : 'i');
}

guint64 kcache_bytes(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	guint64 bytes = 0;
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		struct stat st;

		if (lstat(file, &st) == 0)
			bytes += (guint64)st.st_size;
	}
	return bytes;
}

static bool read_fields(const char *text, const char *path, KernelEntry *entry)
{
	g_autoptr(Json) json = json_parse(text, path, BOX_ERROR_HOST, NULL);
	g_autoptr(JsonReader) reader = NULL;
	g_autofree char *schema = NULL;

	if (!json)
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_HOST);
	schema = json_string(reader, "schema");
	entry->setup = json_string(reader, "setup");
	entry->compiler = json_string(reader, "compiler");
	entry->tree = json_string(reader, "tree");
	entry->revision = json_string(reader, "revision");
	entry->clean = json_bool_or(reader, "clean", false);
	entry->hash = json_string(reader, "bzImage");
	for (guint i = 0; i < G_N_ELEMENTS(kcache_files); i++)
		entry->hashes[i] = json_string(reader, kcache_files[i]);
	return json_reader_end(reader, NULL) && g_str_equal(schema, KCACHE_SCHEMA);
}

/* An entry by the name of its folder; NULL where its record says nothing, or of another one. */
KernelEntry *kcache_read(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *record = g_build_filename(path, KCACHE_RECORD, NULL);
	g_autoptr(KernelEntry) entry = g_new0(KernelEntry, 1);
	g_autofree char *text = NULL;
	g_autofree char *expected = NULL;
	struct stat st;

	if (!fs_read(record, RECORD_MAX, &text, NULL, NULL) || stat(record, &st) < 0 ||
	    !read_fields(text, record, entry))
		return NULL;
	expected = kcache_name(entry, entry->clean);
	if (!g_str_equal(expected, name))
		return NULL;
	entry->name = g_strdup(name);
	entry->bytes = kcache_bytes(path);
	entry->used_us = st.st_mtim.tv_sec * G_USEC_PER_SEC + st.st_mtim.tv_nsec / 1000;
	return g_steal_pointer(&entry);
}

/* @damaged: takes the names of what has no record that can be read. */
static void list_setup(const char *folder, const char *setup, GPtrArray *entries,
		       GPtrArray *damaged)
{
	g_autofree char *path = g_build_filename(folder, setup, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *leaf;

	while (dir && (leaf = g_dir_read_name(dir))) {
		g_autofree char *name = g_build_filename(setup, leaf, NULL);
		KernelEntry *entry = kcache_read(folder, name);

		if (entry)
			g_ptr_array_add(entries, entry);
		else
			g_ptr_array_add(damaged, g_steal_pointer(&name));
	}
}

static int latest_first(gconstpointer a, gconstpointer b)
{
	const KernelEntry *x = *(const KernelEntry *const *)a;
	const KernelEntry *y = *(const KernelEntry *const *)b;

	if (x->used_us != y->used_us)
		return x->used_us < y->used_us ? 1 : -1;
	return strcmp(x->name, y->name);
}

GPtrArray *kcache_scan(const char *folder, const char *setup, GPtrArray *damaged)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)kcache_entry_free);
	g_autoptr(GDir) dir = setup ? NULL : g_dir_open(folder, 0, NULL);
	const char *name;

	if (setup)
		list_setup(folder, setup, entries, damaged);
	while (dir && (name = g_dir_read_name(dir)))
		if (!g_str_has_prefix(name, "tmp-"))
			list_setup(folder, name, entries, damaged);
	g_ptr_array_sort(entries, latest_first);
	return entries;
}

GPtrArray *kcache_list(const char *folder, const char *setup, guint *ret_damaged)
{
	g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
	GPtrArray *entries = kcache_scan(folder, setup, damaged);

	if (ret_damaged)
		*ret_damaged = damaged->len;
	return entries;
}

char *kcache_path(const char *folder, const KernelEntry *entry, const char *name)
{
	return g_build_filename(folder, entry->name, name, NULL);
}

Footprint *kcache_footprint(const char *folder, const KernelEntry *entry)
{
	g_autofree char *path = kcache_path(folder, entry, kcache_files[FILE_FOOTPRINT]);
	g_autofree char *text = NULL;
	Footprint *footprint = NULL;

	if (fs_read(path, FOOTPRINT_MAX, &text, NULL, NULL))
		footprint_parse(text, &footprint, NULL);
	return footprint;
}
