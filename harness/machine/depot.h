/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of this host on the one where guests run: a storage pool of libvirt's, called bisectbox, in
 * a folder made for it. Disks are kept there from one run to the next, known by their content's
 * hash; all else is removed when the guest, or the run, has ended. Internal to this room.
 *
 * Volumes of the pool, PROCESS being HOST-PID of the bisectbox that has brought them:
 *   disk-HASH-PROCESS     a disk
 *   disk-HASH-PROCESS.ok  and it is complete
 *   run-PROCESS-N         what only that process uses
 */
#pragma once

#include "machine/machine.h"

#include <libvirt/libvirt.h>

typedef struct Depot Depot;

/**
 * depot_open() - find the pool, or make it; remove what killed processes left in it
 * @conn:    borrowed; outlives the depot, or is replaced by depot_reopen()
 * @session: of an ordinary user's daemon: the folder is in /var/tmp
 * @host:    what the other host is called, for people
 * @error:   BOX_ERROR_HOST
 */
bool depot_open(virConnectPtr conn, bool session, const char *host, Depot **ret_depot,
		GError **error);
/** depot_reopen() - the connection was lost, and there is another one */
bool depot_reopen(Depot *depot, virConnectPtr conn, GError **error);
/** depot_close() - remove what only this process used, and disks beyond the newest four */
void depot_close(Depot *depot);

/**
 * depot_keep() - have a disk there, from now on also by depot_find()
 * @hash: of its content
 */
bool depot_keep(Depot *depot, const char *path, const char *hash, MachineProgress progress,
		void *user, GCancellable *cancel, GError **error);

/**
 * depot_find() - where a file is on the other host; brought there where it is not yet
 * @ret_path: its path there; g_free()
 *
 * A file that has changed since is brought again. May be called from several threads.
 */
bool depot_find(Depot *depot, const char *path, GCancellable *cancel, char **ret_path,
		GError **error);

/** depot_drop() - a file is wanted no more */
void depot_drop(Depot *depot, const char *path);
