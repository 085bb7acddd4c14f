/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes of guest images: a strict reader, and the hash that the cache goes by. */
#include "image/recipe.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/paths.h"

#include <string.h>

#define RECIPE_MAX_BYTES (64 << 10)
#define NAME_MAX_LEN 64
#define SIZE_MIB_MIN 64
#define SIZE_MIB_MAX (64 << 10)
#define SIZE_MIB_DEFAULT 512

/* The sets of packages to begin with that make a root in which a program can be started. */
static const char *const VARIANTS[] = {
	"essential", "apt", "minbase", "important", "standard", NULL
};
/* Each needs a symbol in kconfigs/base.config, or the guest cannot mount its root. */
static const char *const FILESYSTEMS[] = { "ext2", NULL };

void recipe_free(Recipe *recipe)
{
	if (!recipe)
		return;
	g_free(recipe->name);
	g_free(recipe->title);
	g_free(recipe->suite);
	g_free(recipe->variant);
	g_strfreev(recipe->packages);
	g_free(recipe->filesystem);
	g_free(recipe->hash);
	g_free(recipe);
}

/* Begins with a letter or digit, so that it can be no option and no `..`. */
static bool is_word(const char *text, const char *more)
{
	if (!text || !(g_ascii_islower(*text) || g_ascii_isdigit(*text)) ||
	    strlen(text) > NAME_MAX_LEN)
		return false;
	for (const char *c = text; *c; c++)
		if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && !strchr(more, *c))
			return false;
	return true;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_packages(JsonReader *reader, char **packages)
{
	guint n = g_strv_length(packages);

	if (n)
		qsort(packages, n, sizeof(*packages), compare_strings);
	for (guint i = 0; i < n; i++) {
		if (!is_word(packages[i], "+-."))
			json_reader_fail(reader, "packages", "holds \"%s\", not a package's name",
					 packages[i]);
		if (i > 0 && g_str_equal(packages[i], packages[i - 1]))
			json_reader_fail(reader, "packages", "holds \"%s\" twice", packages[i]);
	}
}

static char *recipe_hash(const Recipe *recipe)
{
	g_autofree char *packages = g_strjoinv(" ", recipe->packages);
	g_autofree char *text = g_strdup_printf(
		"recipe 1\nsuite %s\nvariant %s\npackages %s\nfilesystem %s\nsize_mib %u\n",
		recipe->suite, recipe->variant, packages, recipe->filesystem, recipe->size_mib);

	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

bool recipe_parse(const char *text, const char *path, const char *expected, Recipe **ret_recipe,
		  GError **error)
{
	g_autoptr(Json) json = json_parse(text, path, BOX_ERROR_USAGE, error);
	g_autoptr(Recipe) recipe = g_new0(Recipe, 1);

	if (!json)
		return false;
	g_autoptr(JsonReader) reader = json_reader_new(json, path, BOX_ERROR_USAGE);
	recipe->name = json_string(reader, "name");
	if (!is_word(recipe->name, "-"))
		json_reader_fail(reader, "name", "must be lower-case letters, digits and -");
	else if (!g_str_equal(recipe->name, expected))
		json_reader_fail(reader, "name", "must be \"%s\", as the file is called", expected);
	recipe->title = json_string(reader, "title");
	if (recipe->title && (!*recipe->title || strchr(recipe->title, '\n')))
		json_reader_fail(reader, "title", "must be one line");
	recipe->suite = json_string(reader, "suite");
	if (!is_word(recipe->suite, "-."))
		json_reader_fail(reader, "suite", "must be a suite's name, such as \"bookworm\"");
	recipe->variant = g_strdup(VARIANTS[json_choice_or(reader, "variant", VARIANTS, 2)]);
	if (!json_has(reader, "packages"))
		json_reader_fail(reader, "packages", "is missing: an array of strings is expected");
	recipe->packages = json_strings(reader, "packages");
	check_packages(reader, recipe->packages);
	recipe->filesystem =
		g_strdup(FILESYSTEMS[json_choice_or(reader, "filesystem", FILESYSTEMS, 0)]);
	recipe->size_mib = (guint)json_int_or(reader, "size_mib", SIZE_MIB_MIN, SIZE_MIB_MAX,
					      SIZE_MIB_DEFAULT);
	if (!json_reader_end(reader, error))
		return false;
	recipe->hash = recipe_hash(recipe);
	*ret_recipe = g_steal_pointer(&recipe);
	return true;
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

	if (!is_path && !is_word(name, "-"))
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
	if (!fs_read(path, RECIPE_MAX_BYTES, &text, NULL, error))
		return false;
	return recipe_parse(text, path, stem, ret_recipe, error);
}
