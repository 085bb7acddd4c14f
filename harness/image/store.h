/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of images that have been built. A disk counts only with the record beside it, which
 * is written last and says what went in, what came out, and what the file looked like then.
 *
 *   NAME-KEY.img, NAME-KEY.json   a disk and its record; KEY is of recipe and agent
 *   NAME-KEY.tar                  a root; KEY is of the recipe
 *   OCI-KEY.img, OCI-KEY.json     a case's own root; KEY is of the OCI image and the agent
 *   tmp-*                         of a build under way, or of one that was killed
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
 * @source:      of an OCI image: its path; else NULL
 * @env:         of an OCI image: "NAME=value", NULL-terminated; else NULL
 */
typedef struct {
	const char *recipe;
	const char *recipe_hash;
	const char *root_hash;
	const char *agent_hash;
	const char *disk_hash;
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

/**
 * store_find() - a disk, if it is there and still as recorded (size and time of change)
 * @path: from store_disk_path()
 *
 * Marks it as used now. Return: NULL where there is none to trust.
 */
Image *store_find(const char *path);

/** store_forget() - have store_find() not find a disk */
void store_forget(const char *path);

/**
 * store_list() - the disks of a name that are still as recorded, the one used last first
 *
 * Return: of Image; free with g_ptr_array_unref(). Listing is not using.
 */
GPtrArray *store_list(const char *folder, const char *name);

/** store_put() - write the record of a disk that is in its place and complete */
bool store_put(const char *path, const StoreRecord *record, GError **error);

/**
 * store_prune() - remove the disks and roots of a recipe that have not been used for longest
 * @name: the recipe's
 * @keep: how many of each to keep
 */
void store_prune(const char *folder, const char *name, guint keep);

/** store_clean() - remove what killed builds left; call with the store locked only */
void store_clean(const char *folder);
