/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disks that were imported, by the names that they were given: imported/NAME.json of the store,
 * and the disk that it names beside it. Unlike a recipe's they cannot be made again, so that nobody
 * but the user removes them.
 */
#pragma once

#include "image/image.h"

/**
 * struct Imported - a disk that was imported; imported_free()
 * @image:    the disk, not held; its name is the import's
 * @title:    the system that is on it, as it calls itself
 * @origin:   path of the file that it is a copy of
 * @layout:   what became of the disk's layout, for people
 * @starter:  the system's init, for people
 * @packages: how many packages libguestfs found in it
 * @when:     it was imported, as ISO 8601 has it
 */
typedef struct {
	Image *image;
	char *title;
	char *origin;
	char *layout;
	char *starter;
	guint packages;
	char *when;
} Imported;

void imported_free(Imported *imported);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Imported, imported_free)

/** imported_folder() - where they are; g_free() */
char *imported_folder(void);

/**
 * imported_load() - one of them
 * @name:         it need not be one
 * @ret_imported: NULL where there is none of that name
 * @error:        BOX_ERROR_HOST: its record or its disk is not as it was left: says what to do
 */
bool imported_load(const char *name, Imported **ret_imported, GError **error);

/** imported_list() - all of them, by name; those that imported_load() fails on are left out; free
 * with g_ptr_array_unref() */
GPtrArray *imported_list(void);

/** imported_disk_path() - a file for the disk of an import, which no other has; g_free() */
char *imported_disk_path(const char *name);

/** imported_manifest_path() - where the list of its packages is; g_free() */
char *imported_manifest_path(const char *name);

/** imported_clean() - remove disks that no record means and nobody uses, as killed imports leave
 * them; call with the store locked */
void imported_clean(void);

/**
 * imported_put() - have a disk that is in its place count from now on, and no other of its name
 *
 * Call with the store locked.
 */
bool imported_put(const Imported *imported, GError **error);

/**
 * imported_remove() - remove one of them
 * @ret_found: whether there was one
 * @error:     BOX_ERROR_USAGE: in use by a run
 */
bool imported_remove(const char *name, bool *ret_found, GError **error);

/**
 * imported_ensure() - the disk of an import, held, with this agent in it
 * @agent: path of the agent's static binary; where another one is on the disk, it is replaced
 * @accel, @progress, @user, @cancel, @ret_image, @error: as in image_ensure()
 */
bool imported_ensure(const char *name, const char *agent, Accel accel, ImageProgress progress,
		     void *user, GCancellable *cancel, Image **ret_image, GError **error);

/** imported_kconfig() - fragments that a kernel needs to boot it, NULL-terminated; g_strfreev() */
char **imported_kconfig(const Imported *imported);
