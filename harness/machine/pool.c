/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding and tidying the storage pool of another host. */
#include "machine/pool.h"
#include "machine/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "bisectbox"
#define SYSTEM_FOLDER "/var/lib/libvirt/bisectbox"
#define DISKS_KEPT 4
/* From when on what another host's process has brought is taken for left over. */
#define STALE_S (2 * 24 * 3600)

struct Pool {
	virStoragePoolPtr raw; /* atomic: another one where the connection was lost */
	GPtrArray *raws;       /* it, and those before it, which somebody may still use */
	bool session;
	char *host;
};

/* ---- the pool ---- */

static char *pool_xml(const Pool *pool)
{
	g_autofree char *folder =
		pool->session ? g_strconcat("/var/tmp/" NAME "-", g_get_user_name(), NULL)
			      : g_strdup(SYSTEM_FOLDER);

	/* QEMU, which is another user there, only has to get through */
	return g_markup_printf_escaped("<pool type='dir'><name>" NAME
				       "</name><target><path>%s</path>"
				       "<permissions><mode>%s</mode></permissions></target></pool>",
				       folder, pool->session ? "0700" : "0711");
}

static bool pool_fail(const Pool *pool, const char *what, GError **error)
{
	g_autofree char *text =
		g_strdup_printf("cannot %s the storage pool " NAME " on %s", what, pool->host);

	return machine_fail(error, text);
}

static void raw_free(gpointer raw)
{
	virStoragePoolFree(raw);
}

/* What is worked with from now on; an earlier one may still be in somebody's hands. */
static void set_raw(Pool *pool, virStoragePoolPtr raw)
{
	g_ptr_array_add(pool->raws, raw);
	g_atomic_pointer_set(&pool->raw, raw);
}

static bool start(Pool *pool, virStoragePoolPtr raw, GError **error)
{
	set_raw(pool, raw);
	if (virStoragePoolIsActive(raw) == 0 &&
	    virStoragePoolCreate(raw, VIR_STORAGE_POOL_CREATE_WITH_BUILD) < 0)
		return pool_fail(pool, "start", error);
	/* refused while somebody uploads; then it is as fresh as can be */
	virStoragePoolRefresh(raw, 0);
	return true;
}

bool pool_reopen(Pool *pool, virConnectPtr conn, GError **error)
{
	virStoragePoolPtr raw = virStoragePoolLookupByName(conn, NAME);
	g_autofree char *xml = NULL;

	if (raw)
		return start(pool, raw, error);
	xml = pool_xml(pool);
	raw = virStoragePoolCreateXML(conn, xml, VIR_STORAGE_POOL_CREATE_WITH_BUILD);
	/* another bisectbox may just have done it */
	if (!raw)
		raw = virStoragePoolLookupByName(conn, NAME);
	if (!raw)
		return pool_fail(pool, "make", error);
	set_raw(pool, raw);
	return true;
}

bool pool_open(virConnectPtr conn, bool session, const char *host, Pool **ret_pool, GError **error)
{
	Pool *pool = g_new0(Pool, 1);

	pool->session = session;
	pool->host = g_strdup(host);
	pool->raws = g_ptr_array_new_with_free_func(raw_free);
	*ret_pool = pool;
	return pool_reopen(pool, conn, error);
}

void pool_close(Pool *pool)
{
	if (!pool)
		return;
	g_ptr_array_unref(pool->raws);
	g_free(pool->host);
	g_free(pool);
}

virStoragePoolPtr pool_raw(Pool *pool)
{
	return g_atomic_pointer_get(&pool->raw);
}

const char *pool_host(const Pool *pool)
{
	return pool->host;
}

char *pool_process(void)
{
	return g_strdup_printf("%s-%d", machine_host_word(), getpid());
}

/* ---- its volumes ---- */

void pool_delete(Pool *pool, const char *name)
{
	virStorageVolPtr volume = virStorageVolLookupByName(pool_raw(pool), name);

	if (!volume)
		return;
	virStorageVolDelete(volume, 0);
	virStorageVolFree(volume);
}

char *pool_path(Pool *pool, const char *name)
{
	virStorageVolPtr volume = virStorageVolLookupByName(pool_raw(pool), name);
	char *path = volume ? virStorageVolGetPath(volume) : NULL;
	char *copy = g_strdup(path);

	free(path);
	if (volume)
		virStorageVolFree(volume);
	return copy;
}

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
static GPtrArray *list_volumes(Pool *pool)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)volume_free);
	virStorageVolPtr *raws = NULL;
	int n = virStoragePoolListAllVolumes(pool_raw(pool), &raws, 0);

	for (int i = 0; i < n; i++) {
		const char *name = virStorageVolGetName(raws[i]);

		if (g_str_has_prefix(name, POOL_DISK) || g_str_has_prefix(name, POOL_RUN)) {
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
	g_autofree char *mark = g_strconcat(disk->name, POOL_COMPLETE, NULL);

	return g_str_has_prefix(disk->name, POOL_DISK) &&
	       !g_str_has_suffix(disk->name, POOL_COMPLETE) && has_volume(list, mark);
}

char *pool_find_disk(Pool *pool, const char *prefix)
{
	g_autoptr(GPtrArray) list = list_volumes(pool);

	for (guint i = 0; i < list->len; i++) {
		const Volume *volume = list->pdata[i];

		if (g_str_has_prefix(volume->name, prefix) && is_complete(list, volume))
			return g_strdup(volume->name);
	}
	return NULL;
}

/* ---- what is left over ---- */

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

void pool_clean_up(Pool *pool)
{
	g_autoptr(GPtrArray) list = list_volumes(pool);
	guint disks = 0;

	for (guint i = 0; i < list->len; i++) {
		const Volume *volume = list->pdata[i];
		g_autofree char *mark = g_strconcat(volume->name, POOL_COMPLETE, NULL);

		if (g_str_has_suffix(volume->name, POOL_COMPLETE))
			continue;
		if (!is_complete(list, volume)) {
			if (is_left_over(volume))
				pool_delete(pool, volume->name);
		} else if (++disks > DISKS_KEPT) {
			pool_delete(pool, mark);
			pool_delete(pool, volume->name);
		}
	}
}

void pool_delete_own(Pool *pool)
{
	g_autoptr(GPtrArray) list = list_volumes(pool);
	g_autofree char *process = pool_process();
	g_autofree char *prefix = g_strdup_printf(POOL_RUN "%s-", process);

	for (guint i = 0; i < list->len; i++) {
		const Volume *volume = list->pdata[i];

		if (g_str_has_prefix(volume->name, prefix))
			pool_delete(pool, volume->name);
	}
}
