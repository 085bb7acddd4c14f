/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes of guest images: images/NAME.json, read strictly; images/README.md describes them. */
#pragma once

#include "util/arch.h"

#include <glib.h>
#include <stdbool.h>

/* Where a root comes from. */
typedef enum {
	RECIPE_SUITE, /* a distribution's packages, by mmdebstrap */
	RECIPE_TAR,   /* an archive of a root */
	RECIPE_OCI,   /* an OCI image: an archive or a layout folder */
} RecipeFrom;

/**
 * struct RecipeFile - a file that is put into the root; one of @text, @source and @link is set
 * @path:   in the root: absolute, without `.`, `..` and empty parts
 * @text:   its content
 * @source: absolute path of the host's file that it is a copy of
 * @link:   it is a symlink to this
 * @mode:   permission bits
 */
typedef struct {
	char *path;
	char *text;
	char *source;
	char *link;
	guint mode;
} RecipeFile;

/**
 * struct RecipeGuest - what guests of an image are where nobody says otherwise; NULL or 0: as usual
 * @machine, @cpu_model, @mem_mib: as a case may have them
 */
typedef struct {
	char *machine;
	char *cpu_model;
	guint mem_mib;
} RecipeGuest;

/**
 * struct Recipe - what a guest image is made of. Release with recipe_free().
 * @name:       of its file, without .json
 * @title:      one line for people
 * @from:       which of the following are set
 * @suite:      RECIPE_SUITE: of the distribution ("bookworm")
 * @variant:    RECIPE_SUITE: mmdebstrap's --variant, the set of packages to begin with
 * @packages:   RECIPE_SUITE: more packages, sorted, each once; NULL-terminated, never NULL
 * @archive:    RECIPE_TAR, RECIPE_OCI: absolute path
 * @files:      RecipeFile; put in first
 * @commands:   shell commands run in the root after that, one by one; NULL-terminated, never NULL
 * @filesystem: of the disk: "ext2", "ext4", "squashfs"
 * @partitions: "none", "gpt", "mbr"; with a table, the root is the first partition
 * @format:     of the disk's file: "raw", "qcow2"
 * @size_mib:   size of the disk in MiB; 0: as large as it need be
 * @arch:       architecture of its programs
 * @guest:      of guests that boot it; decides nothing about the disk
 * @root_hash:  SHA-256, in hex, of what decides the content of the root, that of the host's files
 *              and of @archive among it; set by recipe_load()
 * @hash:       of what decides the content of the disk: a new title or other white space builds
 *              nothing; set by recipe_load()
 */
typedef struct {
	char *name;
	char *title;
	RecipeFrom from;
	char *suite;
	char *variant;
	char **packages;
	char *archive;
	GPtrArray *files;
	char **commands;
	char *filesystem;
	char *partitions;
	char *format;
	guint size_mib;
	const Arch *arch;
	RecipeGuest guest;
	char *root_hash;
	char *hash;
} Recipe;

/**
 * recipe_load() - read and check a recipe, and hash what it names
 * @name:       a shipped recipe's name, or a path (anything with a slash in it)
 * @ret_recipe: the recipe; set on success
 * @error:      BOX_ERROR_USAGE: unknown (lists what there is), or file, field and what was
 *              expected; BOX_ERROR_HOST: a file could not be read
 */
bool recipe_load(const char *name, Recipe **ret_recipe, GError **error);

/**
 * recipe_parse() - the same of its text; looks at no file
 * @path:     what errors call it; files that it names are looked for beside it
 * @expected: the name that the file's own name stands for
 */
bool recipe_parse(const char *text, const char *path, const char *expected, Recipe **ret_recipe,
		  GError **error);

/** recipe_free() - release a recipe; NULL is fine */
void recipe_free(Recipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipe, recipe_free)

/** recipe_names() - all recipes that are shipped, sorted; free with g_strfreev() */
char **recipe_names(void);

/** recipe_is_name() - whether a word can be the name of an image */
bool recipe_is_name(const char *word);

/** recipe_device() - what the root is called in the guest, "/dev/vda1"; static */
const char *recipe_device(const Recipe *recipe);

/** recipe_kconfig() - fragments that a kernel needs to mount it, NULL-terminated; g_strfreev() */
char **recipe_kconfig(const Recipe *recipe);
