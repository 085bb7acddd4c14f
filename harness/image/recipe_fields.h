/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of a recipe that are lists of things, read and checked. */
#pragma once

#include "image/recipe.h"
#include "util/json.h"

/** recipe_is_word() - lower-case letters, digits and what of @more there is; begins with a letter
 * or digit, so that it can be no option and no `..` */
bool recipe_is_word(const char *text, const char *more);

/** recipe_read_packages() - "packages": sorted, each once; g_strfreev() */
char **recipe_read_packages(JsonReader *reader);

/**
 * recipe_read_files() - "files"
 * @folder: what sources are relative to
 *
 * Return: of RecipeFile; g_ptr_array_unref().
 */
GPtrArray *recipe_read_files(JsonReader *reader, const char *folder);

/** recipe_read_commands() - "commands": none of them empty; g_strfreev() */
char **recipe_read_commands(JsonReader *reader);

/** recipe_describe_root() - what decides the root's content, a line each, for a hash; the files
 * that it names are read. NULL with @error; g_free() */
char *recipe_describe_root(const Recipe *recipe, GError **error);
