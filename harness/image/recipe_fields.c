/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packages, files and commands of a recipe, and what of it a root depends on. */
#include "image/recipe_fields.h"

#include "util/error.h"
#include "util/fs.h"

#include <string.h>
#include <unistd.h>

#define WORD_MAX_LEN 64
#define PATH_MAX_LEN 1024
#define MODE_FILE 0644U
#define MODE_PROGRAM 0755U

bool recipe_is_word(const char *text, const char *more)
{
	if (!text || !(g_ascii_islower(*text) || g_ascii_isdigit(*text)) ||
	    strlen(text) > WORD_MAX_LEN)
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

char **recipe_read_packages(JsonReader *reader)
{
	char **packages = json_strings(reader, "packages");
	guint n = g_strv_length(packages);

	if (n)
		qsort(packages, n, sizeof(*packages), compare_strings);
	for (guint i = 0; i < n; i++) {
		if (!recipe_is_word(packages[i], "+-."))
			json_reader_fail(reader, "packages", "holds \"%s\", not a package's name",
					 packages[i]);
		if (i > 0 && g_str_equal(packages[i], packages[i - 1]))
			json_reader_fail(reader, "packages", "holds \"%s\" twice", packages[i]);
	}
	return packages;
}

/* ---- files ---- */

static void file_free(RecipeFile *file)
{
	g_free(file->path);
	g_free(file->text);
	g_free(file->source);
	g_free(file->link);
	g_free(file);
}

static bool has_control(const char *text)
{
	for (const char *c = text; *c; c++)
		if (g_ascii_iscntrl(*c))
			return true;
	return false;
}

/* A place in the root, said in one way only. */
static bool is_place(const char *path)
{
	g_auto(GStrv) parts = NULL;

	if (!path || path[0] != '/' || !path[1] || strlen(path) > PATH_MAX_LEN || has_control(path))
		return false;
	parts = g_strsplit(path + 1, "/", -1);
	for (char **part = parts; *part; part++)
		if (!**part || g_str_equal(*part, ".") || g_str_equal(*part, ".."))
			return false;
	return true;
}

/* "0755": as chmod(1) takes it. */
static guint read_mode(JsonReader *reader)
{
	g_autofree char *text = json_string_or(reader, "mode", NULL);
	guint64 mode = 0;

	if (!text)
		return 0;
	if (!g_ascii_string_to_unsigned(text, 8, 1, 07777, &mode, NULL))
		json_reader_fail(reader, "mode", "must be an octal number such as \"0755\"");
	return (guint)mode;
}

static RecipeFile *read_file(JsonReader *reader, const char *folder)
{
	RecipeFile *file = g_new0(RecipeFile, 1);
	g_autofree char *source = NULL;

	file->path = json_string(reader, "path");
	if (!is_place(file->path))
		json_reader_fail(reader, "path", "must be an absolute path without . and ..");
	file->text = json_string_or(reader, "text", NULL);
	file->link = json_string_or(reader, "link", NULL);
	source = json_string_or(reader, "source", NULL);
	if (!!file->text + !!file->link + !!source != 1)
		json_reader_fail(reader, "path", "goes with one of \"text\", \"source\", \"link\"");
	if (file->link && (!*file->link || has_control(file->link)))
		json_reader_fail(reader, "link", "must be what the link leads to");
	if (file->link && json_has(reader, "mode"))
		json_reader_fail(reader, "mode", "does not go with \"link\"");
	if (source && !*source)
		json_reader_fail(reader, "source", "must be a file");
	file->source = source ? g_canonicalize_filename(source, folder) : NULL;
	file->mode = read_mode(reader);
	return file;
}

GPtrArray *recipe_read_files(JsonReader *reader, const char *folder)
{
	GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)file_free);
	g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);

	for (JsonReader **one = json_objects(reader, "files", NULL); *one; one++) {
		RecipeFile *file = read_file(*one, folder);

		g_ptr_array_add(files, file);
		if (file->path && !g_hash_table_add(paths, file->path))
			json_reader_fail(reader, "files", "has %s twice", file->path);
	}
	return files;
}

char **recipe_read_commands(JsonReader *reader)
{
	char **commands = json_strings(reader, "commands");

	for (char **command = commands; *command; command++)
		if (!(*command)[strspn(*command, " \t\n")])
			json_reader_fail(reader, "commands", "holds one that is empty");
	return commands;
}

/* ---- what a root depends on ---- */

static bool describe_file(const Recipe *recipe, RecipeFile *file, GString *text, GError **error)
{
	g_autofree char *hash = NULL;

	if (file->link) {
		g_string_append_printf(text, "link %s\n%s\n", file->path, file->link);
		return true;
	}
	if (file->source && !g_file_test(file->source, G_FILE_TEST_IS_REGULAR))
		return error_usage(error, "recipe %s: there is no file %s", recipe->name,
				   file->source);
	if (file->source && !fs_sha256(file->source, &hash, error))
		return false;
	if (!file->mode)
		file->mode =
			file->source && access(file->source, X_OK) == 0 ? MODE_PROGRAM : MODE_FILE;
	if (file->text)
		hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, file->text, -1);
	g_string_append_printf(text, "file %s\n%o %s\n", file->path, file->mode, hash);
	return true;
}

static bool describe_archive(const Recipe *recipe, GString *text, GError **error)
{
	bool is_folder = g_file_test(recipe->archive, G_FILE_TEST_IS_DIR);
	g_autofree char *hash = NULL;

	if (!is_folder && !g_file_test(recipe->archive, G_FILE_TEST_IS_REGULAR))
		return error_usage(error, "recipe %s: there is no %s", recipe->name,
				   recipe->archive);
	if (is_folder && recipe->from == RECIPE_TAR)
		return error_usage(error, "recipe %s: %s is a folder, and no archive", recipe->name,
				   recipe->archive);
	if (!(is_folder ? fs_sha256_tree(recipe->archive, &hash, error)
			: fs_sha256(recipe->archive, &hash, error)))
		return false;
	g_string_append_printf(text, "%s %s\n", recipe->from == RECIPE_TAR ? "tar" : "oci", hash);
	return true;
}

char *recipe_describe_root(const Recipe *recipe, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *packages = g_strjoinv(" ", recipe->packages);

	if (recipe->from == RECIPE_SUITE)
		g_string_append_printf(text, "suite %s\nvariant %s\npackages %s\n", recipe->suite,
				       recipe->variant, packages);
	else if (!describe_archive(recipe, text, error))
		return NULL;
	if (recipe->arch != arch_usual())
		g_string_append_printf(text, "architecture %s\n", recipe->arch->name);
	for (guint i = 0; i < recipe->files->len; i++)
		if (!describe_file(recipe, recipe->files->pdata[i], text, error))
			return NULL;
	for (char **command = recipe->commands; *command; command++)
		g_string_append_printf(text, "command %" G_GSIZE_FORMAT "\n%s\n", strlen(*command),
				       *command);
	return g_string_free(g_steal_pointer(&text), FALSE);
}
