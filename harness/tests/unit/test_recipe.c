/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of image recipes: what it takes, and what it says to what it does not. */
#include "image/recipe.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define FINE                                                                                       \
	"\"name\": \"small\", \"title\": \"A small one\", \"suite\": \"bookworm\", "               \
	"\"variant\": \"minbase\", \"packages\": [\"crun\"], \"filesystem\": \"ext2\""

/* Writes @text as FOLDER/small.json and loads it. */
static bool load(const char *text, Recipe **ret_recipe, GError **error)
{
	g_autofree char *folder = g_dir_make_tmp("recipe-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "small.json", NULL);
	bool fine;

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	fine = recipe_load(path, ret_recipe, error);
	g_assert_true(fs_remove_tree(folder, NULL));
	return fine;
}

static void test_shipped(void)
{
	g_auto(GStrv) names = recipe_names();

	g_assert_true(g_strv_contains((const char *const *)names, "debian"));
	for (char **name = names; *name; name++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Recipe) recipe = NULL;

		recipe_load(*name, &recipe, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(recipe->name, ==, *name);
	}
}

static void test_fields(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Recipe) recipe = NULL;

	load("{\"name\": \"small\", \"title\": \"A small one\", \"suite\": \"trixie\", "
	     "\"variant\": "
	     "\"apt\", \"packages\": [\"strace\", \"crun\", \"g++-12\"], \"filesystem\": \"ext2\", "
	     "\"size_mib\": 300}",
	     &recipe, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(recipe->name, ==, "small");
	g_assert_cmpstr(recipe->title, ==, "A small one");
	g_assert_cmpstr(recipe->suite, ==, "trixie");
	g_assert_cmpstr(recipe->variant, ==, "apt");
	g_assert_cmpuint(g_strv_length(recipe->packages), ==, 3);
	g_assert_cmpstr(recipe->packages[0], ==, "crun");
	g_assert_cmpstr(recipe->packages[1], ==, "g++-12");
	g_assert_cmpstr(recipe->packages[2], ==, "strace");
	g_assert_cmpstr(recipe->filesystem, ==, "ext2");
	g_assert_cmpuint(recipe->size_mib, ==, 300);
	g_assert_cmpuint(strlen(recipe->hash), ==, 64);
}

/* What is left out has a value of its own. */
static void test_defaults(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Recipe) recipe = NULL;

	load("{\"name\": \"small\", \"title\": \"t\", \"suite\": \"sid\", \"packages\": []}",
	     &recipe, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(recipe->variant, ==, "minbase");
	g_assert_cmpstr(recipe->filesystem, ==, "ext2");
	g_assert_cmpstr(recipe->partitions, ==, "none");
	g_assert_cmpstr(recipe->format, ==, "raw");
	g_assert_cmpstr(recipe_device(recipe), ==, "/dev/vda");
	g_assert_cmpuint(recipe->size_mib, ==, 512);
	g_assert_null(recipe->packages[0]);
	g_assert_cmpuint(recipe->files->len, ==, 0);
	g_assert_null(recipe->commands[0]);
}

#define SOME "\"name\": \"small\", \"title\": \"t\", \"suite\": \"sid\", \"packages\": []"

/* Files, commands, and a disk of another kind. */
static void test_more(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Recipe) recipe = NULL;
	g_auto(GStrv) kconfig = NULL;
	const RecipeFile *file;

	load("{" SOME ", \"files\": [{\"path\": \"/etc/motd\", \"text\": \"hi\\n\"}, "
	     "{\"path\": \"/usr/bin/x\", \"source\": \"/bin/sh\"}, "
	     "{\"path\": \"/x/y\", \"link\": \"../z\"}, "
	     "{\"path\": \"/s\", \"text\": \"\", \"mode\": \"4711\"}], "
	     "\"commands\": [\"true\", \"ls /\"], \"filesystem\": \"squashfs\", "
	     "\"partitions\": \"gpt\", \"format\": \"qcow2\"}",
	     &recipe, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(recipe->files->len, ==, 4);
	file = recipe->files->pdata[0];
	g_assert_cmpstr(file->path, ==, "/etc/motd");
	g_assert_cmpstr(file->text, ==, "hi\n");
	g_assert_cmpuint(file->mode, ==, 0644);
	file = recipe->files->pdata[1];
	g_assert_cmpstr(file->source, ==, "/bin/sh");
	g_assert_cmpuint(file->mode, ==, 0755); /* as it may be run */
	file = recipe->files->pdata[2];
	g_assert_cmpstr(file->link, ==, "../z");
	file = recipe->files->pdata[3];
	g_assert_cmpuint(file->mode, ==, 04711);
	g_assert_cmpstr(recipe->commands[1], ==, "ls /");
	g_assert_cmpstr(recipe_device(recipe), ==, "/dev/vda1");
	g_assert_cmpuint(recipe->size_mib, ==, 0);
	kconfig = recipe_kconfig(recipe);
	g_autofree char *names = g_strjoinv(" ", kconfig);
	g_assert_cmpstr(names, ==, "squashfs partitions");
}

/* Roots of archives, which are looked for beside the recipe, and hashed. */
static void test_archive(void)
{
	g_autofree char *folder = g_dir_make_tmp("recipe-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "small.json", NULL);
	g_autofree char *tar = g_build_filename(folder, "root.tar", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Recipe) one = NULL;
	g_autoptr(Recipe) two = NULL;

	g_assert_true(g_file_set_contents(path,
					  "{\"name\": \"small\", \"title\": \"t\", "
					  "\"tar\": \"root.tar\"}",
					  -1, NULL));
	g_assert_false(recipe_load(path, &one, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_assert_true(g_str_has_prefix(error->message, "recipe small: there is no "));
	g_clear_error(&error);
	g_assert_true(g_file_set_contents(tar, "one", -1, NULL));
	recipe_load(path, &one, &error);
	g_assert_no_error(error);
	g_assert_cmpint(one->from, ==, RECIPE_TAR);
	g_assert_cmpstr(one->archive, ==, tar);
	g_assert_cmpuint(one->size_mib, ==, 0);
	g_assert_true(g_file_set_contents(tar, "two", -1, NULL));
	g_assert_true(recipe_load(path, &two, NULL));
	g_assert_cmpstr(one->hash, !=, two->hash);
	g_assert_cmpstr(one->root_hash, !=, two->root_hash);
	g_assert_true(fs_remove_tree(folder, NULL));
}

/* The disk's looks are no part of the root's hash; its content is. */
static void test_root_hash(void)
{
	static const struct {
		const char *more;
		bool same_root;
	} rows[] = {
		{ ", \"filesystem\": \"ext4\"", true },
		{ ", \"format\": \"qcow2\"", true },
		{ ", \"partitions\": \"mbr\"", true },
		{ ", \"size_mib\": 600", true },
		{ ", \"commands\": [\"true\"]", false },
		{ ", \"commands\": [\"true\", \"false\"]", false },
		{ ", \"files\": [{\"path\": \"/x\", \"text\": \"\"}]", false },
		{ ", \"files\": [{\"path\": \"/x\", \"text\": \"\", \"mode\": \"600\"}]", false },
		{ ", \"files\": [{\"path\": \"/x\", \"link\": \"y\"}]", false },
	};
	g_autoptr(Recipe) plain = NULL;

	g_assert_true(load("{" SOME "}", &plain, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat("{" SOME, rows[i].more, "}", NULL);
		g_autoptr(Recipe) recipe = NULL;

		g_assert_true(load(text, &recipe, NULL));
		g_assert_cmpint(g_str_equal(plain->root_hash, recipe->root_hash), ==,
				rows[i].same_root);
		g_assert_cmpstr(plain->hash, !=, recipe->hash);
	}
}

/* The hash changes with the content, and with nothing else. */
static void test_hash(void)
{
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		{ "{" FINE ", \"size_mib\": 512}", true },
		{ "{\n" FINE "\n}\n", true },
		{ "{\"name\": \"small\", \"title\": \"Another\", \"suite\": \"bookworm\", "
		  "\"packages\": "
		  "[\"crun\"]}",
		  true },
		{ "{" FINE ", \"size_mib\": 513}", false },
		{ "{\"name\": \"small\", \"title\": \"t\", \"suite\": \"trixie\", \"packages\": "
		  "[\"crun\"]}",
		  false },
		{ "{\"name\": \"small\", \"title\": \"t\", \"suite\": \"bookworm\", \"packages\": "
		  "[\"crun\", \"attr\"]}",
		  false },
		{ "{\"name\": \"small\", \"title\": \"t\", \"suite\": \"bookworm\", \"variant\": "
		  "\"essential\", \"packages\": [\"crun\"]}",
		  false },
	};
	g_autoptr(Recipe) first = NULL;

	g_assert_true(load("{" FINE "}", &first, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(Recipe) recipe = NULL;

		g_assert_true(load(rows[i].text, &recipe, NULL));
		g_assert_cmpint(g_str_equal(first->hash, recipe->hash), ==, rows[i].same);
	}
}

static void test_order_of_packages(void)
{
	g_autoptr(Recipe) a = NULL;
	g_autoptr(Recipe) b = NULL;

	g_assert_true(load("{\"name\": \"small\", \"title\": \"t\", \"suite\": \"sid\", "
			   "\"packages\": [\"crun\", \"attr\"]}",
			   &a, NULL));
	g_assert_true(load("{\"name\": \"small\", \"title\": \"t\", \"suite\": \"sid\", "
			   "\"packages\": [\"attr\", \"crun\"]}",
			   &b, NULL));
	g_assert_cmpstr(a->hash, ==, b->hash);
}

static void test_malformed(void)
{
#define NAME "\"name\": \"small\", "
#define TITLE "\"title\": \"t\", "
#define SUITE "\"suite\": \"sid\", "
#define PACKAGES "\"packages\": []"
	static const struct {
		const char *text;
		const char *says; /* after the file's path */
	} rows[] = {
		{ "", "not valid JSON" },
		{ "{" FINE, "not valid JSON" },
		{ "{" FINE "} x", "not valid JSON" },
		{ "[]", "must be an object" },
		{ "{}", "field \"name\" is missing: a string is expected" },
		{ "{" FINE ", \"name\": \"small\"}", "field \"name\" is there twice" },
		{ "{" FINE ", \"size\": 1}", "field \"size\" is not known" },
		{ "{\"name\": 1}", "field \"name\" must be a string" },
		{ "{\"name\": \"Small\"}",
		  "field \"name\" must be lower-case letters, digits and -" },
		{ "{\"name\": \"../small\"}",
		  "field \"name\" must be lower-case letters, digits and -" },
		{ "{\"name\": \"\"}", "field \"name\" must be lower-case letters, digits and -" },
		{ "{\"name\": \"large\"}",
		  "field \"name\" must be \"small\", as the file is called" },
		{ "{" NAME SUITE PACKAGES "}", "field \"title\" is missing: a string is expected" },
		{ "{" NAME "\"title\": \"\", " SUITE PACKAGES "}",
		  "field \"title\" must be one line" },
		{ "{" NAME "\"title\": \"a\\nb\", " SUITE PACKAGES "}",
		  "field \"title\" must be one line" },
		{ "{" NAME TITLE PACKAGES "}", "field \"suite\" is missing: a string is expected" },
		{ "{" NAME TITLE PACKAGES ", \"suite\": \"--help\"}",
		  "field \"suite\" must be a suite's name, such as \"bookworm\"" },
		{ "{" NAME TITLE PACKAGES ", \"suite\": \"a b\"}",
		  "field \"suite\" must be a suite's name, such as \"bookworm\"" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"variant\": \"tiny\"}",
		  "field \"variant\" must be one of \"essential\", \"apt\", \"minbase\", "
		  "\"important\", "
		  "\"standard\", \"extract\"" },
		{ "{" NAME TITLE "\"suite\": \"sid\"}",
		  "field \"packages\" is missing: an array of strings is expected" },
		{ "{" NAME TITLE SUITE "\"packages\": \"crun\"}",
		  "field \"packages\" must be an array of strings" },
		{ "{" NAME TITLE SUITE "\"packages\": [1]}",
		  "field \"packages\" must be an array of strings" },
		{ "{" NAME TITLE SUITE "\"packages\": [\"crun,strace\"]}",
		  "field \"packages\" holds \"crun,strace\", not a package's name" },
		{ "{" NAME TITLE SUITE "\"packages\": [\"\"]}",
		  "field \"packages\" holds \"\", not a package's name" },
		{ "{" NAME TITLE SUITE "\"packages\": [\"-o\"]}",
		  "field \"packages\" holds \"-o\", not a package's name" },
		{ "{" NAME TITLE SUITE "\"packages\": [\"b\", \"a\", \"b\"]}",
		  "field \"packages\" holds \"b\" twice" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"filesystem\": \"btrfs\"}",
		  "field \"filesystem\" must be one of \"ext2\", \"ext4\", \"squashfs\"" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"size_mib\": \"512\"}",
		  "field \"size_mib\" must be an integer from 64 to 65536" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"size_mib\": 63}",
		  "field \"size_mib\" must be an integer from 64 to 65536" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"size_mib\": 65537}",
		  "field \"size_mib\" must be an integer from 64 to 65536" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"filesystem\": \"squashfs\", \"size_mib\": 99}",
		  "field \"size_mib\" does not go with squashfs, which is as large as it need be" },
		{ "{" NAME TITLE "\"tar\": \"x\", " SUITE PACKAGES "}",
		  "field \"suite\" does not go with \"tar\"" },
		{ "{" NAME TITLE "\"oci\": \"\"}", "field \"oci\" must be an archive" },
		{ "{" NAME TITLE "\"oci\": \"x\", \"tar\": \"x\"}", "field \"oci\" is not known" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"commands\": [\" \"]}",
		  "field \"commands\" holds one that is empty" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"files\": [{}]}",
		  "field \"path\" is missing: a string is expected" },
#define FILE(rest) "{" NAME TITLE SUITE PACKAGES ", \"files\": [{" rest "}]}"
#define PLACE "field \"path\" must be an absolute path without . and .."
		{ FILE("\"path\": \"x\", \"text\": \"\""), PLACE },
		{ FILE("\"path\": \"/\", \"text\": \"\""), PLACE },
		{ FILE("\"path\": \"/x/../y\", \"text\": \"\""), PLACE },
		{ FILE("\"path\": \"/x//y\", \"text\": \"\""), PLACE },
		{ FILE("\"path\": \"/x/\", \"text\": \"\""), PLACE },
		{ FILE("\"path\": \"/x\\ny\", \"text\": \"\""), PLACE },
		{ FILE("\"path\": \"/x\""),
		  "field \"path\" goes with one of \"text\", \"source\", \"link\"" },
		{ FILE("\"path\": \"/x\", \"text\": \"\", \"link\": \"y\""),
		  "field \"path\" goes with one of \"text\", \"source\", \"link\"" },
		{ FILE("\"path\": \"/x\", \"text\": \"\", \"mode\": \"999\""),
		  "field \"mode\" must be an octal number such as \"0755\"" },
		{ FILE("\"path\": \"/x\", \"link\": \"y\", \"mode\": \"755\""),
		  "field \"mode\" does not go with \"link\"" },
		{ FILE("\"path\": \"/x\", \"text\": \"\", \"owner\": \"me\""),
		  "field \"owner\" is not known" },
		{ FILE("\"path\": \"/x\", \"text\": \"\"}, {\"path\": \"/x\", \"text\": \"\""),
		  "field \"files\" has /x twice" },
		{ FILE("\"path\": \"/x\", \"source\": \"/nowhere/x\""),
		  "there is no file /nowhere/x" },
		{ "{" NAME TITLE SUITE PACKAGES ", \"size_mib\": 512.5}",
		  "field \"size_mib\" must be an integer from 64 to 65536" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Recipe) recipe = NULL;

		g_test_message("%s", rows[i].text);
		g_assert_false(load(rows[i].text, &recipe, &error));
		g_assert_null(recipe);
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, "small"));
		g_assert_true(g_str_has_suffix(error->message, rows[i].says));
	}
}

static void test_too_long(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Recipe) recipe = NULL;
	g_autofree char *spaces = g_strnfill(300000, ' ');
	g_autofree char *text = g_strconcat("{", spaces, FINE "}", NULL);

	g_assert_false(load(text, &recipe, &error));
	g_assert_nonnull(strstr(error->message, "small.json"));
}

static void test_unknown(void)
{
	static const struct {
		const char *name;
		const char *says;
	} rows[] = {
		{ "debain", "image \"debain\" is not known; there are: busybox, debian" },
		{ "", "image \"\": not a recipe's name" },
		{ "-x", "image \"-x\": not a recipe's name" },
		{ "/nowhere/small.json", "recipe /nowhere/small.json: no such file" },
		{ "/", "recipe /: no such file" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Recipe) recipe = NULL;

		g_assert_false(recipe_load(rows[i].name, &recipe, &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_assert_true(g_str_has_prefix(error->message, rows[i].says));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/recipe/shipped", test_shipped);
	g_test_add_func("/recipe/fields", test_fields);
	g_test_add_func("/recipe/defaults", test_defaults);
	g_test_add_func("/recipe/more", test_more);
	g_test_add_func("/recipe/archive", test_archive);
	g_test_add_func("/recipe/root-hash", test_root_hash);
	g_test_add_func("/recipe/hash", test_hash);
	g_test_add_func("/recipe/order-of-packages", test_order_of_packages);
	g_test_add_func("/recipe/malformed", test_malformed);
	g_test_add_func("/recipe/too-long", test_too_long);
	g_test_add_func("/recipe/unknown", test_unknown);
	return g_test_run();
}
