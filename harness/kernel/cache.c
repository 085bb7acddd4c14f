/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels that were built earlier: putting, taking, and what has to go. */
#include "kernel/cache.h"

#include "kernel/cacheentry.h"
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
	g_autofree char *record = g_build_filename(path, KCACHE_RECORD, NULL);
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

	g_ptr_array_unref(kcache_scan(folder, NULL, damaged));
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
	g_autofree char *path = g_build_filename(folder, KCACHE_RECORD, NULL);
	g_autoptr(Json) json = json_new_object();
	g_autofree char *text = NULL;

	json_add_string(json, "schema", KCACHE_SCHEMA);
	json_add_string(json, "setup", entry->setup);
	json_add_string(json, "compiler", entry->compiler);
	json_add_string(json, "tree", entry->tree);
	json_add_string(json, "revision", entry->revision);
	json_add_bool(json, "clean", entry->clean);
	json_add_string(json, "bzImage", entry->hash);
	for (guint i = 0; i < G_N_ELEMENTS(kcache_files); i++)
		json_add_string(json, kcache_files[i], hashes[i]);
	text = json_text(json, true);
	return fs_write(path, text, -1, error) && sync_path(folder, error);
}

/* All of an entry, in a folder that is none yet. */
static bool fill(const char *folder, const KernelEntry *entry, const KernelFiles *files,
		 const Footprint *footprint, GError **error)
{
	g_autofree char *print = g_build_filename(folder, kcache_files[FILE_FOOTPRINT], NULL);
	g_autofree char *text = footprint_text(footprint);
	g_autofree char *image = NULL;
	char *hashes[G_N_ELEMENTS(kcache_files)] = { NULL };
	bool ok = put_file(files->image, folder, "bzImage", &image, error) &&
		  put_file(files->config, folder, kcache_files[FILE_CONFIG], &hashes[FILE_CONFIG],
			   error) &&
		  put_file(files->log, folder, kcache_files[FILE_LOG], &hashes[FILE_LOG], error) &&
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
	g_autofree char *name = kcache_name(entry, entry->clean);
	g_autofree char *other = kcache_name(entry, false);
	g_autofree char *path = g_build_filename(cache->folder, name, NULL);
	g_autofree char *above = g_path_get_dirname(path);
	guint64 freed = 0;

	if (!fill(tmp, entry, files, footprint, error))
		return false;
	if (cache->limit && kcache_bytes(tmp) > cache->limit)
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
	g_autofree char *clean_name = kcache_name(entry, true);
	g_autofree char *tmp = g_build_filename(cache->folder, "tmp-XXXXXX", NULL);
	g_autoptr(KernelEntry) better = NULL;
	bool ok = true;
	int fd;

	if (!lock(cache->folder, &fd, error))
		return false;
	drop_left_overs(cache->folder);
	if (!entry->clean)
		better = kcache_read(cache->folder, clean_name);
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
	g_autofree char *from = kcache_path(folder, entry, name);
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
	g_autofree char *record = kcache_path(folder, entry, KCACHE_RECORD);
	g_autoptr(Footprint) footprint = kcache_footprint(folder, entry);

	if (!take_file(folder, entry, "bzImage", entry->hash, to->image, ret_wrong, error) ||
	    !take_file(folder, entry, kcache_files[FILE_CONFIG], entry->hashes[FILE_CONFIG],
		       to->config, ret_wrong, error) ||
	    !take_file(folder, entry, kcache_files[FILE_LOG], entry->hashes[FILE_LOG], to->log,
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
	now = kcache_read(folder, entry->name);
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
