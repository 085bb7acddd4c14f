/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a guest on another host needs, by libvirt's storage pools. */
#include "machine/depot.h"
#include "machine/internal.h"
#include "machine/pool.h"
#include "machine/upload.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HASH_LEN 32
/* Of kernels: those before it are not wanted any more. */
#define FILES_KEPT 12

/* A file there; @hash is of a disk that is kept, else NULL and the volume is ours alone. */
typedef struct {
	char *path;   /* here */
	char *volume; /* its name in the pool */
	char *there;  /* its path there */
	char *hash;
	struct stat st; /* of the file, when it was brought */
	guint64 used;   /* when it was asked for last, as a count */
} Entry;

struct Depot {
	Pool *pool;
	char *process;
	GMutex lock;
	GHashTable *entries; /* path here -> Entry */
	guint64 clock;
	guint number; /* of run- volumes so far */
};

static void entry_free(Entry *entry)
{
	g_free(entry->path);
	g_free(entry->volume);
	g_free(entry->there);
	g_free(entry->hash);
	g_free(entry);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Brings a file there under a name; with the lock not held, since it may take minutes. */
static bool bring(Depot *depot, const char *path, const char *name, const Upload *how,
		  char **ret_there, GError **error)
{
	Upload upload = *how;
	virStorageVolPtr volume = NULL;
	bool ok;

	upload.pool = pool_raw(depot->pool);
	upload.path = path;
	upload.name = name;
	upload.host = pool_host(depot->pool);
	ok = upload_file(&upload, &volume, error);
	if (ok) {
		char *there = virStorageVolGetPath(volume);

		*ret_there = g_strdup(there);
		free(there);
	}
	if (volume)
		virStorageVolFree(volume);
	return ok;
}

static bool look_at(const char *path, struct stat *ret_st, GError **error)
{
	return stat(path, ret_st) == 0 ||
	       error_host(error, "cannot read %s: %s", path, g_strerror(errno));
}

/* Takes all over; with the lock. */
static void put_entry(Depot *depot, Entry *entry)
{
	entry->used = ++depot->clock;
	g_hash_table_replace(depot->entries, entry->path, entry);
}

static bool bring_disk(Depot *depot, const char *path, const char *prefix, const Upload *how,
		       char **ret_name, char **ret_there, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s-%s", prefix, depot->process);
	g_autofree char *mark = g_strconcat(name, POOL_COMPLETE, NULL);
	g_autofree char *nowhere = NULL;

	/* of ours, but not complete: it broke off */
	pool_delete(depot->pool, name);
	if (!bring(depot, path, name, how, ret_there, error) ||
	    !bring(depot, "/dev/null", mark, how, &nowhere, error))
		return false;
	*ret_name = g_steal_pointer(&name);
	return true;
}

bool depot_keep(Depot *depot, const char *path, const char *hash, MachineProgress progress,
		void *user, GCancellable *cancel, GError **error)
{
	g_autofree char *prefix = g_strdup_printf(POOL_DISK "%.*s", HASH_LEN, hash);
	g_autofree char *name = NULL;
	g_autofree char *there = NULL;
	const Upload how = { .progress = progress, .user = user, .cancel = cancel };
	struct stat st;
	Entry *entry;

	if (!look_at(path, &st, error))
		return false;
	name = pool_find_disk(depot->pool, prefix);
	there = name ? pool_path(depot->pool, name) : NULL;
	if (!there && !bring_disk(depot, path, prefix, &how, &name, &there, error))
		return false;
	entry = g_new0(Entry, 1);
	*entry = (Entry){ .path = g_strdup(path),
			  .volume = g_steal_pointer(&name),
			  .there = g_steal_pointer(&there),
			  .hash = g_strdup(hash),
			  .st = st };
	g_mutex_lock(&depot->lock);
	put_entry(depot, entry);
	g_mutex_unlock(&depot->lock);
	return true;
}

/* The file that has not been asked for for longest, where there are too many; with the lock. */
static char *forget_oldest(Depot *depot)
{
	GHashTableIter iter;
	gpointer value;
	Entry *oldest = NULL;
	guint n = 0;
	char *name;

	g_hash_table_iter_init(&iter, depot->entries);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Entry *entry = value;

		if (entry->hash)
			continue;
		n++;
		if (!oldest || entry->used < oldest->used)
			oldest = entry;
	}
	if (n <= FILES_KEPT)
		return NULL;
	name = g_strdup(oldest->volume);
	g_hash_table_remove(depot->entries, oldest->path);
	return name;
}

static bool bring_file(Depot *depot, const char *path, const struct stat *st, GCancellable *cancel,
		       char **ret_path, GError **error)
{
	const Upload how = { .cancel = cancel };
	g_autofree char *name = NULL;
	g_autofree char *there = NULL;
	g_autofree char *oldest = NULL;
	Entry *entry;

	g_mutex_lock(&depot->lock);
	name = g_strdup_printf(POOL_RUN "%s-%u", depot->process, ++depot->number);
	g_mutex_unlock(&depot->lock);
	if (!bring(depot, path, name, &how, &there, error))
		return false;
	*ret_path = g_strdup(there);
	entry = g_new0(Entry, 1);
	*entry = (Entry){ .path = g_strdup(path),
			  .volume = g_steal_pointer(&name),
			  .there = g_steal_pointer(&there),
			  .st = *st };
	g_mutex_lock(&depot->lock);
	put_entry(depot, entry);
	oldest = forget_oldest(depot);
	g_mutex_unlock(&depot->lock);
	if (oldest)
		pool_delete(depot->pool, oldest);
	return true;
}

/* What is known of a file: where it is there, or what has to be done. */
typedef struct {
	char *there;
	char *volume;
	char *hash;
} Known;

static void known_clear(Known *known)
{
	g_free(known->there);
	g_free(known->volume);
	g_free(known->hash);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Known, known_clear)

/* One that changed meanwhile is another file: its old copy is forgotten. */
static void look_up(Depot *depot, const char *path, const struct stat *st, Known *ret_known)
{
	Entry *entry;

	g_mutex_lock(&depot->lock);
	entry = g_hash_table_lookup(depot->entries, path);
	if (entry && is_same_file(&entry->st, st)) {
		entry->used = ++depot->clock;
		*ret_known = (Known){ g_strdup(entry->there), g_strdup(entry->volume),
				      g_strdup(entry->hash) };
	} else if (entry) {
		ret_known->volume = entry->hash ? NULL : g_strdup(entry->volume);
		g_hash_table_remove(depot->entries, path);
	}
	g_mutex_unlock(&depot->lock);
}

bool depot_find(Depot *depot, const char *path, GCancellable *cancel, char **ret_path,
		GError **error)
{
	g_auto(Known) known = { 0 };
	g_autofree char *there = NULL;
	struct stat st;

	if (!look_at(path, &st, error))
		return false;
	look_up(depot, path, &st, &known);
	if (known.there) {
		/* another bisectbox may have removed it, to make room for its own */
		there = pool_path(depot->pool, known.volume);
		if (there) {
			*ret_path = g_steal_pointer(&there);
			return true;
		}
		if (known.hash)
			return depot_keep(depot, path, known.hash, NULL, NULL, cancel, error) &&
			       depot_find(depot, path, cancel, ret_path, error);
	} else if (known.volume) {
		pool_delete(depot->pool, known.volume);
	}
	return bring_file(depot, path, &st, cancel, ret_path, error);
}

void depot_drop(Depot *depot, const char *path)
{
	g_autofree char *name = NULL;
	const Entry *entry;

	g_mutex_lock(&depot->lock);
	entry = g_hash_table_lookup(depot->entries, path);
	if (entry && !entry->hash)
		name = g_strdup(entry->volume);
	g_hash_table_remove(depot->entries, path);
	g_mutex_unlock(&depot->lock);
	if (name)
		pool_delete(depot->pool, name);
}

/* ---- open and close ---- */

bool depot_open(virConnectPtr conn, bool session, const char *host, Depot **ret_depot,
		GError **error)
{
	Depot *depot = g_new0(Depot, 1);

	depot->process = pool_process();
	g_mutex_init(&depot->lock);
	depot->entries =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)entry_free);
	*ret_depot = depot;
	if (!pool_open(conn, session, host, &depot->pool, error))
		return false;
	pool_clean_up(depot->pool);
	return true;
}

bool depot_reopen(Depot *depot, virConnectPtr conn, GError **error)
{
	return pool_reopen(depot->pool, conn, error);
}

void depot_close(Depot *depot)
{
	if (!depot)
		return;
	/* also what could not be removed when its connection was lost */
	if (pool_raw(depot->pool)) {
		pool_delete_own(depot->pool);
		pool_clean_up(depot->pool);
	}
	pool_close(depot->pool);
	g_hash_table_unref(depot->entries);
	g_mutex_clear(&depot->lock);
	g_free(depot->process);
	g_free(depot);
}
