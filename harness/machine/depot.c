/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a guest on another host needs, by libvirt's storage pools. */
#include "machine/depot.h"
#include "machine/internal.h"
#include "machine/upload.h"
#include "util/error.h"

#include <libvirt/virterror.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POOL "bisectbox"
#define SYSTEM_FOLDER "/var/lib/libvirt/bisectbox"
#define DISK_PREFIX "disk-"
#define RUN_PREFIX "run-"
#define COMPLETE ".ok"
#define HASH_LEN 32
#define DISKS_KEPT 4
/* Of kernels: those before it are not wanted any more. */
#define FILES_KEPT 12
/* From when on what another host's process has brought is taken for left over. */
#define STALE_S (2 * 24 * 3600)

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
	virConnectPtr conn; /* borrowed */
	virStoragePoolPtr pool;
	bool session;
	char *host;
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

/* ---- the pool ---- */

static char *pool_xml(const Depot *depot)
{
	g_autofree char *folder =
		depot->session ? g_strconcat("/var/tmp/" POOL "-", g_get_user_name(), NULL)
			       : g_strdup(SYSTEM_FOLDER);

	/* QEMU, which is another user there, only has to get through */
	return g_markup_printf_escaped("<pool type='dir'><name>" POOL
				       "</name><target><path>%s</path>"
				       "<permissions><mode>%s</mode></permissions></target></pool>",
				       folder, depot->session ? "0700" : "0711");
}

static bool depot_fail(const Depot *depot, const char *what, GError **error)
{
	g_autofree char *text = g_strdup_printf("%s on %s", what, depot->host);

	return machine_fail(error, text);
}

static bool find_pool(Depot *depot, GError **error)
{
	g_autofree char *xml = NULL;

	g_clear_pointer(&depot->pool, virStoragePoolFree);
	depot->pool = virStoragePoolLookupByName(depot->conn, POOL);
	if (depot->pool && virStoragePoolIsActive(depot->pool) == 0 &&
	    virStoragePoolCreate(depot->pool, VIR_STORAGE_POOL_CREATE_WITH_BUILD) < 0)
		return depot_fail(depot, "cannot start the storage pool " POOL, error);
	if (depot->pool) {
		/* refused while somebody uploads; then it is as fresh as can be */
		virStoragePoolRefresh(depot->pool, 0);
		return true;
	}
	xml = pool_xml(depot);
	depot->pool = virStoragePoolCreateXML(depot->conn, xml, VIR_STORAGE_POOL_CREATE_WITH_BUILD);
	/* another bisectbox may just have done it */
	if (!depot->pool)
		depot->pool = virStoragePoolLookupByName(depot->conn, POOL);
	return depot->pool || depot_fail(depot, "cannot make the storage pool " POOL, error);
}

static void delete_volume(const Depot *depot, const char *name)
{
	virStorageVolPtr volume = virStorageVolLookupByName(depot->pool, name);

	if (!volume)
		return;
	virStorageVolDelete(volume, 0);
	virStorageVolFree(volume);
}

/* ---- what is there ---- */

/* One of the pool's volumes that may be ours to look at. */
typedef struct {
	char *name;
	gint64 changed; /* seconds since 1970 */
} Volume;

static void volume_free(Volume *volume)
{
	g_free(volume->name);
	g_free(volume);
}

static gint64 volume_changed(virStorageVolPtr raw)
{
	char *xml = virStorageVolGetXMLDesc(raw, 0);
	const char *at = xml ? strstr(xml, "<mtime>") : NULL;
	gint64 changed = at ? g_ascii_strtoll(at + strlen("<mtime>"), NULL, 10) : 0;

	free(xml);
	return changed;
}

static gint compare_volumes(gconstpointer a, gconstpointer b)
{
	const Volume *x = *(const Volume *const *)a, *y = *(const Volume *const *)b;

	return x->changed > y->changed ? -1 : x->changed < y->changed;
}

/* The newest first; empty also where libvirt does not say. */
static GPtrArray *list_volumes(const Depot *depot)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)volume_free);
	virStorageVolPtr *raws = NULL;
	int n = virStoragePoolListAllVolumes(depot->pool, &raws, 0);

	for (int i = 0; i < n; i++) {
		const char *name = virStorageVolGetName(raws[i]);

		if (g_str_has_prefix(name, DISK_PREFIX) || g_str_has_prefix(name, RUN_PREFIX)) {
			Volume *volume = g_new0(Volume, 1);

			volume->name = g_strdup(name);
			volume->changed = volume_changed(raws[i]);
			g_ptr_array_add(list, volume);
		}
		virStorageVolFree(raws[i]);
	}
	free(raws);
	g_ptr_array_sort(list, compare_volumes);
	return list;
}

static bool has_volume(const GPtrArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++)
		if (g_str_equal(((const Volume *)list->pdata[i])->name, name))
			return true;
	return false;
}

static bool is_complete(const GPtrArray *list, const Volume *disk)
{
	g_autofree char *mark = g_strconcat(disk->name, COMPLETE, NULL);

	return g_str_has_prefix(disk->name, DISK_PREFIX) &&
	       !g_str_has_suffix(disk->name, COMPLETE) && has_volume(list, mark);
}

/* Of a name with HOST-PID at its end, or before another number: whether that process is gone. */
static bool is_left_over(const Volume *volume)
{
	g_autofree char *ours = g_strdup_printf("-%s-", machine_host_word());
	const char *at = strstr(volume->name, ours);
	gint64 pid = at ? g_ascii_strtoll(at + strlen(ours), NULL, 10) : 0;

	if (pid > 0)
		return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
	return g_get_real_time() / G_USEC_PER_SEC - volume->changed > STALE_S;
}

/* What killed processes have left, and disks that have not been used for longest. */
static void clean_up(const Depot *depot)
{
	g_autoptr(GPtrArray) list = list_volumes(depot);
	guint disks = 0;

	for (guint i = 0; i < list->len; i++) {
		const Volume *volume = list->pdata[i];
		g_autofree char *mark = g_strconcat(volume->name, COMPLETE, NULL);

		if (g_str_has_suffix(volume->name, COMPLETE))
			continue;
		if (!is_complete(list, volume)) {
			if (is_left_over(volume))
				delete_volume(depot, volume->name);
		} else if (++disks > DISKS_KEPT) {
			delete_volume(depot, mark);
			delete_volume(depot, volume->name);
		}
	}
}

/* ---- what is brought ---- */

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

	upload.pool = depot->pool;
	upload.path = path;
	upload.name = name;
	upload.host = depot->host;
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

/* A complete disk with this content, whoever brought it; the name of its volume, or NULL. */
static char *find_disk(const Depot *depot, const char *prefix)
{
	g_autoptr(GPtrArray) list = list_volumes(depot);

	for (guint i = 0; i < list->len; i++) {
		const Volume *volume = list->pdata[i];

		if (g_str_has_prefix(volume->name, prefix) && is_complete(list, volume))
			return g_strdup(volume->name);
	}
	return NULL;
}

static char *path_there(const Depot *depot, const char *name)
{
	virStorageVolPtr volume = virStorageVolLookupByName(depot->pool, name);
	char *there = volume ? virStorageVolGetPath(volume) : NULL;
	char *copy = g_strdup(there);

	free(there);
	if (volume)
		virStorageVolFree(volume);
	return copy;
}

static bool bring_disk(Depot *depot, const char *path, const char *prefix, const Upload *how,
		       char **ret_name, char **ret_there, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s-%s", prefix, depot->process);
	g_autofree char *mark = g_strconcat(name, COMPLETE, NULL);
	g_autofree char *nowhere = NULL;

	/* of ours, but not complete: it broke off */
	delete_volume(depot, name);
	if (!bring(depot, path, name, how, ret_there, error) ||
	    !bring(depot, "/dev/null", mark, how, &nowhere, error))
		return false;
	*ret_name = g_steal_pointer(&name);
	return true;
}

bool depot_keep(Depot *depot, const char *path, const char *hash, MachineProgress progress,
		void *user, GCancellable *cancel, GError **error)
{
	g_autofree char *prefix = g_strdup_printf(DISK_PREFIX "%.*s", HASH_LEN, hash);
	g_autofree char *name = NULL;
	g_autofree char *there = NULL;
	const Upload how = { .progress = progress, .user = user, .cancel = cancel };
	struct stat st;
	Entry *entry;

	if (!look_at(path, &st, error))
		return false;
	name = find_disk(depot, prefix);
	there = name ? path_there(depot, name) : NULL;
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
	name = g_strdup_printf(RUN_PREFIX "%s-%u", depot->process, ++depot->number);
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
		delete_volume(depot, oldest);
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
		there = path_there(depot, known.volume);
		if (there) {
			*ret_path = g_steal_pointer(&there);
			return true;
		}
		if (known.hash)
			return depot_keep(depot, path, known.hash, NULL, NULL, cancel, error) &&
			       depot_find(depot, path, cancel, ret_path, error);
	} else if (known.volume) {
		delete_volume(depot, known.volume);
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
		delete_volume(depot, name);
}

/* ---- open and close ---- */

bool depot_open(virConnectPtr conn, bool session, const char *host, Depot **ret_depot,
		GError **error)
{
	Depot *depot = g_new0(Depot, 1);

	depot->conn = conn;
	depot->session = session;
	depot->host = g_strdup(host);
	depot->process = g_strdup_printf("%s-%d", machine_host_word(), getpid());
	g_mutex_init(&depot->lock);
	depot->entries =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)entry_free);
	*ret_depot = depot;
	if (!find_pool(depot, error))
		return false;
	clean_up(depot);
	return true;
}

bool depot_reopen(Depot *depot, virConnectPtr conn, GError **error)
{
	depot->conn = conn;
	return find_pool(depot, error);
}

/* All that only this process used, also what could not be removed when its connection was lost. */
static void delete_own(const Depot *depot)
{
	g_autoptr(GPtrArray) list = list_volumes(depot);
	g_autofree char *prefix = g_strdup_printf(RUN_PREFIX "%s-", depot->process);

	for (guint i = 0; i < list->len; i++) {
		const Volume *volume = list->pdata[i];

		if (g_str_has_prefix(volume->name, prefix))
			delete_volume(depot, volume->name);
	}
}

void depot_close(Depot *depot)
{
	if (!depot)
		return;
	if (depot->pool) {
		delete_own(depot);
		clean_up(depot);
		virStoragePoolFree(depot->pool);
	}
	g_hash_table_unref(depot->entries);
	g_mutex_clear(&depot->lock);
	g_free(depot->host);
	g_free(depot->process);
	g_free(depot);
}
