/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of images that have been built. A disk counts only with the record beside it, which
 * is written last and says what went in, what came out, and what the file looked like then.
 *
 *   NAME-KEY.img, NAME-KEY.json   a disk and its record; KEY is of recipe and agent
 *   NAME-KEY.tar                  a root; KEY is of the recipe
 *   tmp-*                         of a build under way, or of one that was killed
 */
#pragma once

#include "image/image.h"

/**
 * struct StoreRecord - what is written down about a disk; all borrowed
 * @recipe:      its name
 * @recipe_hash: Recipe.hash
 * @root_hash:   SHA-256 of the root's tar
 * @agent_hash:  SHA-256 of the agent
 * @disk_hash:   SHA-256 of the disk
 */
typedef struct {
	const char *recipe;
	const char *recipe_hash;
	const char *root_hash;
	const char *agent_hash;
	const char *disk_hash;
} StoreRecord;

/** store_disk_path() - where the disk of a recipe with an agent is, or will be; free with g_free()
 */
char *store_disk_path(const char *folder, const Recipe *recipe, const char *agent_hash);

/** store_root_path() - where the tar of a recipe's root is, or will be; free with g_free() */
char *store_root_path(const char *folder, const Recipe *recipe);

/**
 * store_find() - a disk, if it is there and still as recorded (size and time of change)
 * @path: from store_disk_path()
 *
 * Marks it as used now. Return: NULL where there is none to trust.
 */
Image *store_find(const char *path);

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
