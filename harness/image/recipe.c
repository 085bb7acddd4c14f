/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes of guest images: a strict reader, and the hashes that the cache goes by. */
#include "image/recipe.h"

#include "image/recipe_fields.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <string.h>

#define RECIPE_MAX_BYTES (256 << 10)
#define SIZE_MIB_MIN 64
#define SIZE_MIB_MAX (64 << 10)
#define SIZE_MIB_DEFAULT 512
#define MEM_MIB_MIN 64

/* The sets of packages to begin with that make a root in which a program can be started; of
 * "extract" all has to be named. */
static const char *const VARIANTS[] = { "essential", "apt",     "minbase", "important",
					"standard",  "extract", NULL };
/* Each needs a symbol in kconfigs/: see recipe_kconfig(). */
static const char *const FILESYSTEMS[] = { "ext2", "ext4", "squashfs", NULL };
static const char *const PARTITIONS[] = { "none", "gpt", "mbr", NULL };
static const char *const FORMATS[] = { "raw", "qcow2", NULL };

void recipe_free(Recipe *recipe)
{
	if (!recipe)
		return;
	g_free(recipe->name);
	g_free(recipe->title);
	g_free(recipe->suite);
	g_free(recipe->variant);
	g_strfreev(recipe->packages);
	g_free(recipe->archive);
	g_clear_pointer(&recipe->files, g_ptr_array_unref);
	g_strfreev(recipe->commands);
	g_free(recipe->filesystem);
	g_free(recipe->guest.machine);
	g_free(recipe->guest.cpu_model);
	g_free(recipe->partitions);
	g_free(recipe->format);
	g_free(recipe->root_hash);
	g_free(recipe->hash);
	g_free(recipe);
}

bool recipe_is_name(const char *word)
{
	return recipe_is_word(word, "-");
}

const char *recipe_device(const Recipe *recipe)
{
	return g_str_equal(recipe->partitions, "none") ? "/dev/vda" : "/dev/vda1";
}

char **recipe_kconfig(const Recipe *recipe)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	/* ext2 is in the base */
	if (!g_str_equal(recipe->filesystem, "ext2"))
		g_strv_builder_add(names, recipe->filesystem);
	if (!g_str_equal(recipe->partitions, "none"))
		g_strv_builder_add(names, "partitions");
	return g_strv_builder_end(names);
}

static void read_names(JsonReader *reader, const char *expected, Recipe *recipe)
{
	recipe->name = json_string(reader, "name");
	if (!recipe_is_name(recipe->name))
		json_reader_fail(reader, "name", "must be lower-case letters, digits and -");
	else if (!g_str_equal(recipe->name, expected))
		json_reader_fail(reader, "name", "must be \"%s\", as the file is called", expected);
	recipe->title = json_string(reader, "title");
	if (recipe->title && (!*recipe->title || strchr(recipe->title, '\n')))
		json_reader_fail(reader, "title", "must be one line");
}

static void read_suite(JsonReader *reader, Recipe *recipe)
{
	recipe->suite = json_string(reader, "suite");
	if (!recipe_is_word(recipe->suite, "-."))
		json_reader_fail(reader, "suite", "must be a suite's name, such as \"bookworm\"");
	if (!json_has(reader, "packages"))
		json_reader_fail(reader, "packages", "is missing: an array of strings is expected");
}

static void read_archive(JsonReader *reader, const char *field, const char *folder, Recipe *recipe)
{
	static const char *const others[] = { "suite", "variant", "packages" };
	g_autofree char *path = json_string(reader, field);

	if (path && *path)
		recipe->archive = g_canonicalize_filename(path, folder);
	else
		json_reader_fail(reader, field, "must be an archive");
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		if (json_has(reader, others[i]))
			json_reader_fail(reader, others[i], "does not go with \"%s\"", field);
}

/* What the root is made of. */
static void read_root(JsonReader *reader, const char *folder, Recipe *recipe)
{
	recipe->from = json_has(reader, "tar")   ? RECIPE_TAR
		       : json_has(reader, "oci") ? RECIPE_OCI
						 : RECIPE_SUITE;
	if (recipe->from == RECIPE_SUITE)
		read_suite(reader, recipe);
	else
		read_archive(reader, recipe->from == RECIPE_TAR ? "tar" : "oci", folder, recipe);
	recipe->variant = g_strdup(VARIANTS[json_choice_or(reader, "variant", VARIANTS, 2)]);
	recipe->packages = recipe_read_packages(reader);
	recipe->files = recipe_read_files(reader, folder);
	recipe->commands = recipe_read_commands(reader);
}

static void read_disk(JsonReader *reader, Recipe *recipe)
{
	recipe->filesystem =
		g_strdup(FILESYSTEMS[json_choice_or(reader, "filesystem", FILESYSTEMS, 0)]);
	recipe->partitions =
		g_strdup(PARTITIONS[json_choice_or(reader, "partitions", PARTITIONS, 0)]);
	recipe->format = g_strdup(FORMATS[json_choice_or(reader, "format", FORMATS, 0)]);
	recipe->size_mib = (guint)json_int_or(reader, "size_mib", SIZE_MIB_MIN, SIZE_MIB_MAX,
					      recipe->from == RECIPE_SUITE ? SIZE_MIB_DEFAULT : 0);
	if (!g_str_equal(recipe->filesystem, "squashfs"))
		return;
	if (json_has(reader, "size_mib"))
		json_reader_fail(reader, "size_mib",
				 "does not go with squashfs, which is as large as it need be");
	recipe->size_mib = 0;
}

static const Arch *read_arch(JsonReader *reader)
{
	g_autofree char *name = json_string_or(reader, "architecture", arch_usual()->name);
	const Arch *arch = name ? arch_find(name) : NULL;
	g_autofree char *known = arch_names();

	if (name && !arch)
		json_reader_fail(reader, "architecture", "must be one of %s", known);
	return arch ? arch : arch_usual();
}

static void read_guest(JsonReader *reader, RecipeGuest *guest)
{
	guest->machine = json_string_or(reader, "machine", NULL);
	guest->cpu_model = json_string_or(reader, "cpu_model", NULL);
	guest->mem_mib = (guint)json_int_or(reader, "mem_mib", MEM_MIB_MIN, SIZE_MIB_MAX, 0);
}

bool recipe_parse(const char *text, const char *path, const char *expected, Recipe **ret_recipe,
		  GError **error)
{
	g_autoptr(Json) json = json_parse(text, path, BOX_ERROR_USAGE, error);
	g_autoptr(Recipe) recipe = g_new0(Recipe, 1);
	g_autofree char *folder = NULL;
	g_autofree char *whole = NULL;

	if (!json)
		return false;
	g_autoptr(JsonReader) reader = json_reader_new(json, path, BOX_ERROR_USAGE);
	whole = g_canonicalize_filename(path, NULL);
	folder = g_path_get_dirname(whole);
	read_names(reader, expected, recipe);
	read_root(reader, folder, recipe);
	read_disk(reader, recipe);
	recipe->arch = read_arch(reader);
	read_guest(reader, &recipe->guest);
	if (!json_reader_end(reader, error))
		return false;
	*ret_recipe = g_steal_pointer(&recipe);
	return true;
}

/* Reads the files that the recipe names. */
static bool hash_all(Recipe *recipe, GError **error)
{
	g_autofree char *root = recipe_describe_root(recipe, error);
	g_autofree char *disk = NULL;

	if (!root)
		return false;
	recipe->root_hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, root, -1);
	disk = g_strdup_printf(
		"recipe 2\nroot %s\nfilesystem %s\npartitions %s\nformat %s\nsize_mib %u\n",
		recipe->root_hash, recipe->filesystem, recipe->partitions, recipe->format,
		recipe->size_mib);
	recipe->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, disk, -1);
	return true;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **recipe_names(void)
{
	g_autofree char *folder = paths_data("images");
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *name = g_strdup(file);

		if (!g_str_has_suffix(name, ".json"))
			continue;
		name[strlen(name) - strlen(".json")] = '\0';
		g_strv_builder_add(names, name);
	}

	char **list = g_strv_builder_end(names);
	if (list[0])
		qsort(list, g_strv_length(list), sizeof(*list), compare_strings);
	return list;
}

bool recipe_load(const char *name, Recipe **ret_recipe, GError **error)
{
	bool is_path = strchr(name, '/');
	g_autofree char *file = g_strconcat("images/", name, ".json", NULL);
	g_autofree char *path = is_path ? g_strdup(name) : paths_data(file);
	g_autofree char *stem = g_path_get_basename(path);
	g_autofree char *text = NULL;
	g_autoptr(Recipe) recipe = NULL;

	if (!is_path && !recipe_is_name(name))
		return error_usage(error, "image \"%s\": not a recipe's name", name);
	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
		g_auto(GStrv) names = recipe_names();
		g_autofree char *list = g_strjoinv(", ", names);

		if (is_path)
			return error_usage(error, "recipe %s: no such file", path);
		return error_usage(error, "image \"%s\" is not known; there are: %s", name, list);
	}
	if (g_str_has_suffix(stem, ".json"))
		stem[strlen(stem) - strlen(".json")] = '\0';
	if (!fs_read(path, RECIPE_MAX_BYTES, &text, NULL, error) ||
	    !recipe_parse(text, path, stem, &recipe, error) || !hash_all(recipe, error))
		return false;
	*ret_recipe = g_steal_pointer(&recipe);
	return true;
}
