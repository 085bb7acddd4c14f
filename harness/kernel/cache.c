/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels that were built earlier: putting, taking, and what has to go. */
#include "kernel/cache.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/size.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "bisectbox.kernel/1"
#define RECORD "record.json"
#define RECORD_MAX ((gsize)64 << 10)
#define FOOTPRINT_MAX ((gsize)32 << 20)

enum { FILE_CONFIG, FILE_LOG, FILE_FOOTPRINT };
static const char *const file_names[] = { "config", "build.log", "footprint" };

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

bool kcache_limit(guint64 *ret_bytes, GError **error)
{
	const char *text = g_getenv(KCACHE_SIZE_VARIABLE);

	if (!text || !*text) {
		*ret_bytes = KCACHE_SIZE;
		return true;
	}
	if (size_parse(text, ret_bytes))
		return true;
	return error_usage(error,
			   KCACHE_SIZE_VARIABLE "=%s: a size is expected, such as 2G or "
						"500M; 0 for no limit",
			   text);
}

/* ---- what is there ---- */

/* TREE-COMPILER-c: another compiler's kernel of the same tree is another kernel. */
static char *entry_name(const KernelEntry *entry, bool clean)
{
	g_autofree char *compiler =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, entry->compiler, -1);

	return g_strdup_printf("%s/%s-%.12s-%c", entry->setup, entry->tree, compiler,
			       clean ? 'c' : 'i');
}

static guint64 folder_bytes(const char *path)
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
	for (guint i = 0; i < G_N_ELEMENTS(file_names); i++)
		entry->hashes[i] = json_string(reader, file_names[i]);
	return json_reader_end(reader, NULL) && g_str_equal(schema, SCHEMA);
}

/* An entry by the name of its folder; NULL where its record says nothing, or of another one. */
static KernelEntry *read_entry(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *record = g_build_filename(path, RECORD, NULL);
	g_autoptr(KernelEntry) entry = g_new0(KernelEntry, 1);
	g_autofree char *text = NULL;
	g_autofree char *expected = NULL;
	struct stat st;

	if (!fs_read(record, RECORD_MAX, &text, NULL, NULL) || stat(record, &st) < 0 ||
	    !read_fields(text, record, entry))
		return NULL;
	expected = entry_name(entry, entry->clean);
	if (!g_str_equal(expected, name))
		return NULL;
	entry->name = g_strdup(name);
	entry->bytes = folder_bytes(path);
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
		KernelEntry *entry = read_entry(folder, name);

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

static GPtrArray *list(const char *folder, const char *setup, GPtrArray *damaged)
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
	GPtrArray *entries = list(folder, setup, damaged);

	if (ret_damaged)
		*ret_damaged = damaged->len;
	return entries;
}

static char *file_path(const char *folder, const KernelEntry *entry, const char *name)
{
	return g_build_filename(folder, entry->name, name, NULL);
}

Footprint *kcache_footprint(const char *folder, const KernelEntry *entry)
{
	g_autofree char *path = file_path(folder, entry, file_names[FILE_FOOTPRINT]);
	g_autofree char *text = NULL;
	Footprint *footprint = NULL;

	if (fs_read(path, FOOTPRINT_MAX, &text, NULL, NULL))
		footprint_parse(text, &footprint, NULL);
	return footprint;
}

/* ---- one at a time ---- */

static bool lock(const char *folder, int *ret_fd, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "lock", NULL);

	return fs_mkdir(folder, error) && fs_lock(path, ret_fd, NULL, error);
}

/* Out of sight first, so that half an entry is never one. With the lock held. */
static bool drop(const char *folder, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *record = g_build_filename(path, RECORD, NULL);
	g_autofree char *above = g_path_get_dirname(path);

	g_unlink(record);
	if (!fs_remove_tree(path, error))
		return false;
	g_rmdir(above); /* where it was the last of its set-up */
	return true;
}

/* With the lock held nobody is at work on them. */
static void drop_left_overs(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_str_has_prefix(name, "tmp-"))
			fs_remove_tree(path, NULL);
	}
}

static bool sweep(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) entries = list(folder, NULL, damaged);

	drop_left_overs(folder);
	for (guint i = 0; i < damaged->len; i++)
		if (!drop(folder, damaged->pdata[i], error))
			return false;
	return true;
}

bool kcache_sweep(const char *folder, GError **error)
{
	bool ok;
	int fd;

	if (!lock(folder, &fd, error))
		return false;
	ok = sweep(folder, error);
	close(fd);
	return ok;
}

/* Those used longest ago go; @keep, just put, goes last. With the lock held. */
static bool shrink(const char *folder, guint64 limit, const char *keep, guint64 *freed,
		   GError **error)
{
	g_autoptr(GPtrArray) entries = kcache_list(folder, NULL, NULL);
	guint64 bytes = 0;

	for (guint i = 0; i < entries->len; i++) {
		const KernelEntry *entry = entries->pdata[i];

		bytes += entry->bytes;
	}
	for (guint i = entries->len; i-- > 0 && bytes > limit;) {
		const KernelEntry *entry = entries->pdata[i];

		if (g_strcmp0(entry->name, keep) == 0)
			continue;
		if (!drop(folder, entry->name, error))
			return false;
		bytes -= entry->bytes;
		*freed += entry->bytes;
	}
	return true;
}

/* ---- putting ---- */

static bool sync_path(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	int why = errno;

	if (fd >= 0)
		close(fd);
	return ok || error_host(error, "cannot write %s: %s", path, g_strerror(why));
}

static bool put_file(const char *from, const char *folder, const char *name, char **ret_hash,
		     GError **error)
{
	g_autofree char *to = g_build_filename(folder, name, NULL);

	if (from && g_file_test(from, G_FILE_TEST_EXISTS)) {
		if (!fs_copy(from, to, error) || !sync_path(to, error))
			return false;
	} else if (!fs_write(to, "", 0, error)) {
		return false;
	}
	return fs_sha256(to, ret_hash, error);
}

static bool put_record(const char *folder, const KernelEntry *entry, char *const *hashes,
		       GError **error)
{
	g_autofree char *path = g_build_filename(folder, RECORD, NULL);
	g_autoptr(Json) json = json_new_object();
	g_autofree char *text = NULL;

	json_add_string(json, "schema", SCHEMA);
	json_add_string(json, "setup", entry->setup);
	json_add_string(json, "compiler", entry->compiler);
	json_add_string(json, "tree", entry->tree);
	json_add_string(json, "revision", entry->revision);
	json_add_bool(json, "clean", entry->clean);
	json_add_string(json, "bzImage", entry->hash);
	for (guint i = 0; i < G_N_ELEMENTS(file_names); i++)
		json_add_string(json, file_names[i], hashes[i]);
	text = json_text(json, true);
	return fs_write(path, text, -1, error) && sync_path(folder, error);
}

/* All of an entry, in a folder that is none yet. */
static bool fill(const char *folder, const KernelEntry *entry, const KernelFiles *files,
		 const Footprint *footprint, GError **error)
{
	g_autofree char *print = g_build_filename(folder, file_names[FILE_FOOTPRINT], NULL);
	g_autofree char *text = footprint_text(footprint);
	g_autofree char *image = NULL;
	char *hashes[G_N_ELEMENTS(file_names)] = { NULL };
	bool ok = put_file(files->image, folder, "bzImage", &image, error) &&
		  put_file(files->config, folder, file_names[FILE_CONFIG], &hashes[FILE_CONFIG],
			   error) &&
		  put_file(files->log, folder, file_names[FILE_LOG], &hashes[FILE_LOG], error) &&
		  fs_write(print, text, -1, error) &&
		  fs_sha256(print, &hashes[FILE_FOOTPRINT], error);

	if (ok && !g_str_equal(image, entry->hash))
		ok = error_host(error, "%s changed while it was copied", files->image);
	ok = ok && put_record(folder, entry, hashes, error);
	for (guint i = 0; i < G_N_ELEMENTS(hashes); i++)
		g_free(hashes[i]);
	return ok;
}

/* With the lock held. */
static bool put(const KernelCache *cache, const char *tmp, const KernelEntry *entry,
		const KernelFiles *files, const Footprint *footprint, GError **error)
{
	g_autofree char *name = entry_name(entry, entry->clean);
	g_autofree char *other = entry_name(entry, false);
	g_autofree char *path = g_build_filename(cache->folder, name, NULL);
	g_autofree char *above = g_path_get_dirname(path);
	guint64 freed = 0;

	if (!fill(tmp, entry, files, footprint, error))
		return false;
	if (cache->limit && folder_bytes(tmp) > cache->limit)
		return true;
	if (!drop(cache->folder, name, error) || !fs_mkdir(above, error))
		return false;
	if (g_rename(tmp, path) < 0)
		return error_host(error, "cannot move %s to %s: %s", tmp, path, g_strerror(errno));
	if (!sync_path(above, error))
		return false;
	if (entry->clean && !drop(cache->folder, other, error))
		return false;
	return !cache->limit || shrink(cache->folder, cache->limit, name, &freed, error);
}

bool kcache_put(const KernelCache *cache, const KernelEntry *entry, const KernelFiles *files,
		const Footprint *footprint, GError **error)
{
	g_autofree char *clean_name = entry_name(entry, true);
	g_autofree char *tmp = g_build_filename(cache->folder, "tmp-XXXXXX", NULL);
	g_autoptr(KernelEntry) better = NULL;
	bool ok = true;
	int fd;

	if (!lock(cache->folder, &fd, error))
		return false;
	drop_left_overs(cache->folder);
	if (!entry->clean)
		better = read_entry(cache->folder, clean_name);
	if (!better) {
		if (g_mkdtemp_full(tmp, 0755))
			ok = put(cache, tmp, entry, files, footprint, error);
		else
			ok = error_host(error, "cannot make a folder in %s: %s", cache->folder,
					g_strerror(errno));
		fs_remove_tree(tmp, NULL);
	}
	close(fd);
	return ok;
}

/* ---- taking ---- */

/* Copies and looks at what was copied. @ret_wrong: what is wrong with the entry. */
static bool take_file(const char *folder, const KernelEntry *entry, const char *name,
		      const char *expected, const char *to, char **ret_wrong, GError **error)
{
	g_autofree char *from = file_path(folder, entry, name);
	g_autofree char *hash = NULL;

	if (!to || *ret_wrong)
		return true;
	if (!g_file_test(from, G_FILE_TEST_IS_REGULAR)) {
		*ret_wrong = g_strdup_printf("%s is gone", name);
		return true;
	}
	if (!fs_copy(from, to, error) || !fs_sha256(to, &hash, error))
		return false;
	if (!g_str_equal(hash, expected))
		*ret_wrong = g_strdup_printf("%s is not what was put there", name);
	return true;
}

/* With the lock held. */
static bool take(const char *folder, const KernelEntry *entry, const KernelFiles *to,
		 char **ret_wrong, GError **error)
{
	g_autofree char *record = file_path(folder, entry, RECORD);
	g_autoptr(Footprint) footprint = kcache_footprint(folder, entry);

	if (!take_file(folder, entry, "bzImage", entry->hash, to->image, ret_wrong, error) ||
	    !take_file(folder, entry, file_names[FILE_CONFIG], entry->hashes[FILE_CONFIG],
		       to->config, ret_wrong, error) ||
	    !take_file(folder, entry, file_names[FILE_LOG], entry->hashes[FILE_LOG], to->log,
		       ret_wrong, error))
		return false;
	if (!footprint && !*ret_wrong)
		*ret_wrong = g_strdup("its footprint is damaged");
	if (!*ret_wrong)
		utimensat(AT_FDCWD, record, NULL, 0);
	return true;
}

static void forget_copies(const KernelFiles *to)
{
	const char *const paths[] = { to->image, to->config, to->log };

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
		if (paths[i])
			g_unlink(paths[i]);
}

bool kcache_take(const char *folder, const KernelEntry *entry, const KernelFiles *to,
		 bool *ret_taken, char **ret_damage, GError **error)
{
	g_autofree char *wrong = NULL;
	g_autoptr(KernelEntry) now = NULL;
	bool ok = true;
	int fd;

	if (!lock(folder, &fd, error))
		return false;
	*ret_taken = false;
	now = read_entry(folder, entry->name);
	if (now)
		ok = take(folder, now, to, &wrong, error);
	if (!ok || wrong)
		forget_copies(to);
	if (ok && wrong)
		ok = drop(folder, entry->name, error);
	close(fd);
	if (ok) {
		*ret_taken = now && !wrong;
		*ret_damage = g_steal_pointer(&wrong);
	}
	return ok;
}

/* ---- removing ---- */

static bool remove_all(const char *folder, guint64 *freed, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) entries = kcache_list(folder, NULL, NULL);
	const char *name;

	for (guint i = 0; i < entries->len; i++)
		*freed += ((const KernelEntry *)entries->pdata[i])->bytes;
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (!g_str_equal(name, "lock") && !fs_remove_tree(path, error))
			return false;
	}
	return true;
}

bool kcache_remove(const char *folder, KernelJudge judge, void *user, guint64 *ret_bytes,
		   GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 freed = 0;
	bool ok = true;
	int fd;

	if (ret_bytes)
		*ret_bytes = 0;
	if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
		return true;
	if (!lock(folder, &fd, error))
		return false;
	ok = judge ? sweep(folder, error) : remove_all(folder, &freed, error);
	if (judge)
		entries = kcache_list(folder, NULL, NULL);
	for (guint i = 0; ok && entries && i < entries->len; i++) {
		const KernelEntry *entry = entries->pdata[i];

		if (!judge(entry, user))
			continue;
		ok = drop(folder, entry->name, error);
		freed += entry->bytes;
	}
	close(fd);
	if (ret_bytes)
		*ret_bytes = freed;
	return ok;
}

bool kcache_shrink(const char *folder, guint64 limit, guint64 *ret_bytes, GError **error)
{
	guint64 freed = 0;
	bool ok;
	int fd;

	*ret_bytes = 0;
	if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
		return true;
	if (!lock(folder, &fd, error))
		return false;
	ok = sweep(folder, error) && shrink(folder, limit, NULL, &freed, error);
	close(fd);
	*ret_bytes = freed;
	return ok;
}
