/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in the cache folder, and removing it. */
#include "caches.h"

#include "kernel/cache.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/rundir.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_US ((gint64)G_USEC_PER_SEC * 86400)
#define CCACHE_TIMEOUT_S 600

static const char *const names[CACHE_KINDS] = { "kernels", "ccache",     "images",
						"trees",   "footprints", "series" };

const char *cache_kind_name(CacheKind kind)
{
	return names[kind];
}

CacheKind cache_kind_of(const char *name)
{
	CacheKind kind = 0;

	while (kind < CACHE_KINDS && !g_str_equal(names[kind], name))
		kind++;
	return kind;
}

/* ---- things, of which a kind is made ---- */

/* A file or folder that goes as a whole, with what belongs to it. */
typedef struct {
	char *path;
	char *beside; /* removed before it; or NULL */
	char *notes;  /* likewise */
	guint64 bytes;
	gint64 used_us;
} Thing;

static void thing_free(Thing *thing)
{
	g_free(thing->path);
	g_free(thing->beside);
	g_free(thing->notes);
	g_free(thing);
}

static gint64 time_us(const struct stat *st)
{
	return st->st_mtim.tv_sec * G_USEC_PER_SEC + st->st_mtim.tv_nsec / 1000;
}

static guint64 bytes_of(const char *path)
{
	g_autoptr(GDir) dir = NULL;
	const char *name;
	guint64 bytes;
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	bytes = (guint64)st.st_blocks * 512;
	dir = S_ISDIR(st.st_mode) ? g_dir_open(path, 0, NULL) : NULL;
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *inner = g_build_filename(path, name, NULL);

		bytes += bytes_of(inner);
	}
	return bytes;
}

static void add_thing(GPtrArray *things, const char *path, const char *beside)
{
	Thing *thing = g_new0(Thing, 1);
	struct stat st = { 0 };

	thing->path = g_strdup(path);
	thing->beside = g_strdup(beside);
	thing->bytes = bytes_of(path);
	if (lstat(path, &st) == 0)
		thing->used_us = time_us(&st);
	if (beside && lstat(beside, &st) == 0) {
		thing->bytes += bytes_of(beside);
		thing->used_us = MAX(thing->used_us, time_us(&st));
	}
	g_ptr_array_add(things, thing);
}

/* Of a disk, its record is when it was last asked for (image/store.h). */
static void add_image(GPtrArray *things, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *record = NULL;

	if (g_str_has_suffix(name, ".tar"))
		add_thing(things, path, NULL);
	if (!g_str_has_suffix(name, ".img"))
		return;
	record = g_strdup_printf("%.*s.json", (int)(strlen(path) - strlen(".img")), path);
	add_thing(things, path, record);
	((Thing *)things->pdata[things->len - 1])->notes =
		g_strdup_printf("%.*s.manifest", (int)(strlen(path) - strlen(".img")), path);
}

/* Of a work tree, its lock is when it was last taken (util/slot.h). */
static void add_tree(GPtrArray *things, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *lock = g_build_filename(path, "lock", NULL);
	struct stat st;

	add_thing(things, path, NULL);
	if (lstat(lock, &st) == 0)
		((Thing *)things->pdata[things->len - 1])->used_us = time_us(&st);
}

static void add_footprint(GPtrArray *things, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	add_thing(things, path, NULL);
}

/* Its lock stays: somebody may be about to take it. */
static void add_series(GPtrArray *things, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	if (g_str_has_suffix(name, ".git"))
		add_thing(things, path, NULL);
}

static int latest_first(gconstpointer a, gconstpointer b)
{
	const Thing *x = *(const Thing *const *)a;
	const Thing *y = *(const Thing *const *)b;

	return (y->used_us > x->used_us) - (y->used_us < x->used_us);
}

static GPtrArray *list_things(CacheKind kind)
{
	static void (*const adders[])(GPtrArray *, const char *, const char *) = {
		[CACHE_IMAGES] = add_image,
		[CACHE_TREES] = add_tree,
		[CACHE_FOOTPRINTS] = add_footprint,
		[CACHE_SERIES] = add_series,
	};
	GPtrArray *things = g_ptr_array_new_with_free_func((GDestroyNotify)thing_free);
	g_autofree char *folder = paths_cache(names[kind]);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		adders[kind](things, folder, name);
	g_ptr_array_sort(things, latest_first);
	return things;
}

/* Takes a work tree, as a run would. */
static bool take_tree(const Thing *thing, int *ret_lock, bool *ret_busy, GError **error)
{
	g_autofree char *lock = g_build_filename(thing->path, "lock", NULL);

	return fs_lock(lock, ret_lock, ret_busy, error);
}

static bool is_busy(CacheKind kind, const Thing *thing)
{
	g_autofree char *path = g_build_filename(thing->path, "lock", NULL);

	if (kind == CACHE_IMAGES)
		return rundir_any();
	if (kind == CACHE_SERIES)
		return fs_locked(thing->path);
	return kind == CACHE_TREES && fs_locked(path);
}

/* The lock stays, so that nobody else can take what is being emptied. */
static bool empty_tree(const Thing *thing, bool *ret_busy, GError **error)
{
	g_autoptr(GDir) dir = NULL;
	const char *name;
	bool ok = true;
	int lock;

	if (!take_tree(thing, &lock, ret_busy, error))
		return false;
	if (*ret_busy)
		return true;
	dir = g_dir_open(thing->path, 0, NULL);
	while (ok && dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(thing->path, name, NULL);

		ok = g_str_equal(name, "lock") || fs_remove_tree(path, error);
	}
	close(lock);
	return ok;
}

static bool remove_thing(CacheKind kind, const Thing *thing, bool *ret_busy, GError **error)
{
	*ret_busy = false;
	if (kind == CACHE_TREES)
		return empty_tree(thing, ret_busy, error);
	*ret_busy = is_busy(kind, thing);
	return *ret_busy || ((!thing->beside || fs_remove_tree(thing->beside, error)) &&
			     (!thing->notes || fs_remove_tree(thing->notes, error)) &&
			     fs_remove_tree(thing->path, error));
}

/* ---- looking ---- */

static bool kernels_state(CacheState *state, GError **error)
{
	g_autofree char *folder = paths_cache(names[CACHE_KERNELS]);
	g_autoptr(GPtrArray) entries = kcache_list(folder, NULL, NULL);

	state->count = entries->len;
	if (entries->len)
		state->used_us = ((const KernelEntry *)entries->pdata[0])->used_us;
	state->bytes = bytes_of(folder);
	return kcache_limit(&state->limit, error);
}

/* A tree that was emptied is a folder with a lock in it. */
static bool is_there(CacheKind kind, const Thing *thing)
{
	g_autofree char *home = g_build_filename(thing->path, "home", NULL);
	g_autofree char *tree = g_build_filename(thing->path, "tree", NULL);

	return kind != CACHE_TREES || g_file_test(home, G_FILE_TEST_EXISTS) ||
	       g_file_test(tree, G_FILE_TEST_EXISTS);
}

bool cache_state(CacheKind kind, CacheState *ret_state, GError **error)
{
	g_autofree char *folder = paths_cache(names[kind]);
	g_autoptr(GPtrArray) things = NULL;
	CacheState state = { 0 };
	struct stat st;

	if (kind == CACHE_KERNELS) {
		if (!kernels_state(&state, error))
			return false;
		*ret_state = state;
		return true;
	}
	state.bytes = bytes_of(folder);
	if (kind == CACHE_CCACHE) {
		g_autofree char *stats = g_build_filename(folder, "0", "stats", NULL);

		if (stat(stats, &st) == 0 || stat(folder, &st) == 0)
			state.used_us = time_us(&st);
		*ret_state = state;
		return true;
	}
	things = list_things(kind);
	for (guint i = 0; i < things->len; i++) {
		const Thing *thing = things->pdata[i];

		if (!is_there(kind, thing))
			continue;
		state.count++;
		state.in_use += is_busy(kind, thing);
		state.used_us = MAX(state.used_us, thing->used_us);
	}
	*ret_state = state;
	return true;
}

/* ---- removing ---- */

static bool run_ccache(const char *const *argv, const char *limit, GCancellable *cancel,
		       GError **error)
{
	g_autofree char *folder = paths_cache(names[CACHE_CCACHE]);
	g_auto(GStrv) env = g_get_environ();
	ProcessSpec spec = { .argv = argv, .timeout_s = CCACHE_TIMEOUT_S };

	if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
		return true;
	env = g_environ_setenv(env, "CCACHE_DIR", folder, TRUE);
	if (limit)
		env = g_environ_setenv(env, "CCACHE_MAXSIZE", limit, TRUE);
	spec.env = (const char *const *)env;
	return process_check(&spec, cancel, error);
}

static bool prune_ccache(const CachePrune *prune, GCancellable *cancel, GError **error)
{
	g_autofree char *age = g_strdup_printf("%ud", prune->older_days);
	const char *evict[] = { "ccache", "--evict-older-than", age, NULL };
	const char *cleanup[] = { "ccache", "--cleanup", NULL };
	/* 0 would be no limit */
	g_autofree char *size =
		g_strdup_printf("%" G_GUINT64_FORMAT "k", MAX(1, prune->size / 1000));

	if (prune->older_days && !run_ccache(evict, NULL, cancel, error))
		return false;
	return prune->size == G_MAXUINT64 || run_ccache(cleanup, size, cancel, error);
}

static bool is_old(const KernelEntry *entry, void *user)
{
	const gint64 *before = user;

	return entry->used_us < *before;
}

static bool prune_kernels(const CachePrune *prune, gint64 before, GError **error)
{
	g_autofree char *folder = paths_cache(names[CACHE_KERNELS]);
	guint64 freed;

	if (prune->older_days && !kcache_remove(folder, is_old, &before, NULL, error))
		return false;
	return prune->size == G_MAXUINT64 || kcache_shrink(folder, prune->size, &freed, error);
}

static bool prune_things(CacheKind kind, const CachePrune *prune, gint64 before, guint *ret_left,
			 GError **error)
{
	g_autoptr(GPtrArray) things = list_things(kind);
	guint64 bytes = 0;

	for (guint i = 0; i < things->len; i++) {
		const Thing *thing = things->pdata[i];
		bool old, busy;

		bytes += thing->bytes;
		old = prune->older_days && thing->used_us < before;
		if ((!old && bytes <= prune->size) || !is_there(kind, thing))
			continue;
		if (!remove_thing(kind, thing, &busy, error))
			return false;
		*ret_left += busy;
		if (!busy)
			bytes -= thing->bytes;
	}
	return true;
}

bool cache_prune(CacheKind kind, const CachePrune *prune, GCancellable *cancel, guint *ret_left,
		 GError **error)
{
	gint64 before = g_get_real_time() - prune->older_days * DAY_US;

	*ret_left = 0;
	switch (kind) {
	case CACHE_KERNELS:
		return prune_kernels(prune, before, error);
	case CACHE_CCACHE:
		return prune_ccache(prune, cancel, error);
	default:
		return prune_things(kind, prune, before, ret_left, error);
	}
}

/* Not even the appliance stays, unless a guest may be made or run from what is there. */
static bool clear_images(guint *ret_left, GError **error)
{
	g_autofree char *folder = paths_cache(names[CACHE_IMAGES]);
	g_autofree char *appliance = g_build_filename(folder, "appliance", NULL);
	g_autofree char *lock = g_build_filename(folder, "lock", NULL);
	const CachePrune all = { .size = 0 };
	bool ok, busy = false;
	int fd;

	if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
		return true;
	if (!fs_lock(lock, &fd, &busy, error))
		return false;
	if (busy) {
		*ret_left = 1;
		return true;
	}
	ok = prune_things(CACHE_IMAGES, &all, 0, ret_left, error) &&
	     (*ret_left || fs_remove_tree(appliance, error));
	close(fd);
	return ok;
}

bool cache_clear(CacheKind kind, GCancellable *cancel, guint *ret_left, GError **error)
{
	static const char *const clear[] = { "ccache", "--clear", NULL };
	const CachePrune all = { .size = 0 };
	g_autofree char *folder = paths_cache(names[kind]);

	*ret_left = 0;
	switch (kind) {
	case CACHE_KERNELS:
		return kcache_remove(folder, NULL, NULL, NULL, error);
	case CACHE_CCACHE:
		return run_ccache(clear, NULL, cancel, error);
	case CACHE_IMAGES:
		return clear_images(ret_left, error);
	default:
		return prune_things(kind, &all, 0, ret_left, error);
	}
}
