/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The storage pool that other hosts have for us: its volumes, by name. Internal to this room. What
 * their names say is in depot.h.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

#define POOL_DISK "disk-"
#define POOL_RUN "run-"
#define POOL_COMPLETE ".ok"

typedef struct Pool Pool;

/**
 * pool_open() - find the pool, or make it
 * @session: of an ordinary user's daemon: the folder is in /var/tmp
 * @host:    what the other host is called, for people
 * @ret_pool: also on failure: pool_close()
 * @error:   BOX_ERROR_HOST
 */
bool pool_open(virConnectPtr conn, bool session, const char *host, Pool **ret_pool, GError **error);
/** pool_reopen() - the same by another connection; what others hold of the old one stays good */
bool pool_reopen(Pool *pool, virConnectPtr conn, GError **error);
void pool_close(Pool *pool);

/** pool_raw() - libvirt's part of it; borrowed until pool_close() */
virStoragePoolPtr pool_raw(Pool *pool);
/** pool_host() - as given; borrowed */
const char *pool_host(const Pool *pool);

/** pool_process() - this process as names of volumes have it: HOST-PID; g_free() */
char *pool_process(void);

/** pool_delete() - remove a volume; one that is not there is fine */
void pool_delete(Pool *pool, const char *name);
/** pool_path() - where a volume's file is, NULL where there is none; g_free() */
char *pool_path(Pool *pool, const char *name);
/** pool_find_disk() - the newest complete disk whose name begins so, or NULL; g_free() */
char *pool_find_disk(Pool *pool, const char *prefix);

/** pool_clean_up() - remove what killed processes have left, and all but the newest four disks */
void pool_clean_up(Pool *pool);
/** pool_delete_own() - remove what this process has brought for itself */
void pool_delete_own(Pool *pool);
