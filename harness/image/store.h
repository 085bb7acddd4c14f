/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of images that have been built. A disk counts only with the record beside it, which
 * is written last and says what went in, what came out, and what the file looked like then.
 *
 *   NAME-KEY.img, NAME-KEY.json   a disk and its record; KEY is of recipe and agent
 *   NAME-KEY.manifest             what is in its root: image/manifest.h
 *   NAME-KEY.tar                  a root; KEY is of what the recipe says about it
 *   OCI-KEY.img, OCI-KEY.json     a case's own root; KEY is of the OCI image and the agent
 *   imported/                     disks that were imported: image/imported.h
 *   tmp-*                         of a build under way, or of one that was killed
 *
 * Whoever uses a disk has a shared lock (flock) on it; whoever removes it, an exclusive one.
 */
#pragma once

#include "image/image.h"

/* The name of disks that come from OCI images; no recipe can be called so. */
#define STORE_OCI "OCI"

/**
 * struct StoreRecord - what is written down about a disk; all borrowed
 * @recipe:      its name, or STORE_OCI
 * @recipe_hash: Recipe.hash, or SHA-256 of the OCI image
 * @root_hash:   SHA-256 of the root's tar
 * @agent_hash:  SHA-256 of the agent
 * @disk_hash:   SHA-256 of the disk
 * @format, @device, @filesystem, @crun: as in Image
 * @source:      of an OCI image: its path; else NULL
 * @env:         of an OCI image: "NAME=value", NULL-terminated; else NULL
 */
typedef struct {
	const char *recipe;
	const char *recipe_hash;
	const char *root_hash;
	const char *agent_hash;
	const char *disk_hash;
	const char *format;
	const char *device;
	const char *filesystem;
	bool crun;
	const char *source;
	const char *const *env;
} StoreRecord;

/** store_disk_path() - where the disk of a recipe with an agent is, or will be; free with g_free()
 */
char *store_disk_path(const char *folder, const Recipe *recipe, const char *agent_hash);

/** store_oci_path() - where the disk of an OCI image with an agent is, or will be; g_free() */
char *store_oci_path(const char *folder, const char *source_hash, const char *agent_hash);

/** store_root_path() - where the tar of a recipe's root is, or will be; free with g_free() */
char *store_root_path(const char *folder, const Recipe *recipe);

/** store_manifest_path() - where the manifest of a disk is, or will be; free with g_free() */
char *store_manifest_path(const char *disk);

/**
 * store_find() - a disk, if it is there and still as recorded (size and time of change)
 * @path: from store_disk_path()
 *
 * Marks it as used now, and holds it until image_free(). Return: NULL where there is none to trust.
 */
Image *store_find(const char *path);

/** store_forget() - have store_find() not find a disk */
void store_forget(const char *path);

/**
 * store_state() - what a file looks like, its size and time of change, as one word for a record
 *
 * Return: NULL where it is no regular file; g_free().
 */
char *store_state(const char *path);

/**
 * store_hold() - have nobody remove a disk
 * @ret_lock: close it to let it go
 *
 * Return: false where it is gone.
 */
bool store_hold(const char *path, int *ret_lock);

/** store_is_held() - whether anybody holds a disk */
bool store_is_held(const char *path);

/**
 * store_remove() - remove a disk with its record and manifest
 * @error: BOX_ERROR_USAGE: it is in use
 */
bool store_remove(const char *path, GError **error);

/**
 * store_list() - the disks of a name that are still as recorded, the one used last first
 *
 * Return: of Image; free with g_ptr_array_unref(). Listing is neither using nor holding.
 */
GPtrArray *store_list(const char *folder, const char *name);

/** store_put() - write the record of a disk that is in its place and complete */
bool store_put(const char *path, const StoreRecord *record, GError **error);

/** store_paths() - all files NAME-KEY@suffix, the one used last first; free with
 * g_ptr_array_unref() */
GPtrArray *store_paths(const char *folder, const char *name, const char *suffix);

/**
 * store_prune() - remove the disks and roots of a recipe that have not been used for longest, and
 * are not in use
 * @name: the recipe's
 * @keep: how many of each to keep
 */
void store_prune(const char *folder, const char *name, guint keep);

/** store_clean() - remove what killed builds left; call with the store locked only */
void store_clean(const char *folder);
