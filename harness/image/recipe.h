/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes of guest images: images/NAME.json, read strictly; images/README.md describes them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct Recipe - what a guest image is made of. Release with recipe_free().
 * @name:       of its file, without .json
 * @title:      one line for people
 * @suite:      of the distribution ("bookworm")
 * @variant:    mmdebstrap's --variant, the set of packages to begin with
 * @packages:   more packages, sorted, each once; NULL-terminated
 * @filesystem: of the disk: "ext2"
 * @size_mib:   size of the disk in MiB; the file is sparse
 * @hash:       SHA-256, in hex, of all the fields that decide what is on the disk: a new title
 *              or other white space builds nothing
 */
typedef struct {
	char *name;
	char *title;
	char *suite;
	char *variant;
	char **packages;
	char *filesystem;
	guint size_mib;
	char *hash;
} Recipe;

/**
 * recipe_load() - read and check a recipe
 * @name:       a shipped recipe's name, or a path (anything with a slash in it)
 * @ret_recipe: the recipe; set on success
 * @error:      BOX_ERROR_USAGE: unknown (lists what there is), or file, field and what was
 *              expected; BOX_ERROR_HOST: the file could not be read
 */
bool recipe_load(const char *name, Recipe **ret_recipe, GError **error);

/**
 * recipe_parse() - the same of its text
 * @path:     what errors call it
 * @expected: the name that the file's own name stands for
 */
bool recipe_parse(const char *text, const char *path, const char *expected, Recipe **ret_recipe,
		  GError **error);

/** recipe_free() - release a recipe; NULL is fine */
void recipe_free(Recipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipe, recipe_free)

/** recipe_names() - all recipes that are shipped, sorted; free with g_strfreev() */
char **recipe_names(void);
