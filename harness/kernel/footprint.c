/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The footprint of a build, and what it says about a difference. harness/docs/FOOTPRINT.md. */
#include "kernel/footprint_internal.h"

#include "kernel/cmdfiles.h"
#include "kernel/makeglobs.h"
#include "util/error.h"
#include "util/fs.h"

#include <fnmatch.h>
#include <string.h>

#define SOURCE_MAX ((gsize)64 << 20)

static const char *const apart_folders[] = { "Documentation/", "LICENSES/", "samples/",
					     "tools/testing/", "tools/perf/" };

static GHashTable *new_set(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Names are compared without regard to case: on some file systems that is how they are found. */
static char *base_key(const char *path)
{
	return g_ascii_strdown(base_of(path), -1);
}

static char *stem_key(const char *path)
{
	const char *base = base_of(path);

	return g_ascii_strdown(base, (gssize)strcspn(base, "."));
}

static void note_names(Footprint *footprint, const GPtrArray *paths)
{
	for (guint i = 0; i < paths->len; i++) {
		g_hash_table_add(footprint->bases, base_key(paths->pdata[i]));
		g_hash_table_add(footprint->stems, stem_key(paths->pdata[i]));
	}
}

Footprint *footprint_new(const char *arch, bool failed)
{
	Footprint *footprint = g_new0(Footprint, 1);

	footprint->arch = g_strdup(arch);
	footprint->failed = failed;
	footprint->files = g_ptr_array_new_with_free_func(g_free);
	footprint->names = g_ptr_array_new_with_free_func(g_free);
	footprint->globs = g_ptr_array_new_with_free_func(g_free);
	footprint->nears = g_ptr_array_new_with_free_func(g_free);
	footprint->read = g_hash_table_new(g_str_hash, g_str_equal);
	footprint->uses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	footprint->bases = new_set();
	footprint->stems = new_set();
	footprint->exact = g_hash_table_new(g_str_hash, g_str_equal);
	footprint->wide = g_ptr_array_new();
	return footprint;
}

void footprint_free(Footprint *footprint)
{
	if (!footprint)
		return;
	g_free(footprint->arch);
	g_ptr_array_unref(footprint->files);
	g_ptr_array_unref(footprint->names);
	g_ptr_array_unref(footprint->globs);
	g_ptr_array_unref(footprint->nears);
	g_hash_table_unref(footprint->read);
	g_hash_table_unref(footprint->uses);
	g_hash_table_unref(footprint->bases);
	g_hash_table_unref(footprint->stems);
	g_hash_table_unref(footprint->exact);
	g_ptr_array_unref(footprint->wide);
	g_free(footprint);
}

void footprint_finish(Footprint *footprint)
{
	for (guint i = 0; i < footprint->files->len; i++)
		g_hash_table_add(footprint->read, footprint->files->pdata[i]);
	note_names(footprint, footprint->files);
	note_names(footprint, footprint->names);
	for (guint i = 0; i < footprint->globs->len; i++) {
		char *glob = footprint->globs->pdata[i];

		if (strpbrk(glob, "*?[\\"))
			g_ptr_array_add(footprint->wide, glob);
		else
			g_hash_table_add(footprint->exact, glob);
	}
}

static int compare_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lines are the stored form: what has a line end in it is nothing that a makefile could name. */
static void take_set(GHashTable *set, GPtrArray *list)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, set);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (!strchr(key, '\n'))
			g_ptr_array_add(list, g_strdup(key));
	g_ptr_array_sort(list, compare_text);
}

/* ---- kinds of paths ---- */

static bool is_recipe(const char *path)
{
	const char *base = base_of(path);

	return g_str_has_prefix(base, "Kconfig") || g_str_has_prefix(base, "Makefile") ||
	       g_str_has_prefix(base, "Kbuild");
}

/* The length of "arch/NAME/" of an architecture that is not built, or 0; by its names of long ago
 * too. */
static gsize other_arch_length(const char *arch, const char *path)
{
	const char *name = path + strlen("arch/");
	gsize len;

	if (!g_str_has_prefix(path, "arch/"))
		return 0;
	len = strcspn(name, "/");
	if (name[len] != '/' || (strncmp(name, arch, len) == 0 && arch[len] == '\0'))
		return 0;
	if (g_str_equal(arch, "x86") &&
	    (g_str_has_prefix(name, "i386/") || g_str_has_prefix(name, "x86_64/")))
		return 0;
	return strlen("arch/") + len + 1;
}

/* The length of the folder that @path is apart in, as far as its name goes; else 0. */
static gsize apart_length(const char *arch, const char *path)
{
	for (guint i = 0; i < G_N_ELEMENTS(apart_folders); i++)
		if (g_str_has_prefix(path, apart_folders[i]))
			return strlen(apart_folders[i]);
	return other_arch_length(arch, path);
}

/* ---- from a build folder ---- */

/* Makefiles of the folders that the build went through, and those that all of them include. */
static void find_globs(const char *tree, const char *arch, const CmdFiles *cmd, GHashTable *globs)
{
	g_autoptr(GHashTable) folders = new_set();
	GHashTableIter iter;
	gpointer key;

	g_hash_table_add(folders, g_strdup("scripts"));
	g_hash_table_add(folders, g_strconcat("arch/", arch, NULL));
	g_hash_table_add(folders, g_strdup("include/uapi"));
	g_hash_table_iter_init(&iter, cmd->folders);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		char *folder = g_strdup(key);

		while (!g_str_equal(folder, ".") && g_hash_table_add(folders, g_strdup(folder))) {
			char *above = g_path_get_dirname(folder);

			g_free(folder);
			folder = above;
		}
		g_free(folder);
	}
	g_hash_table_add(folders, g_strdup(""));
	g_hash_table_iter_init(&iter, folders);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		make_globs_read(tree, key, globs);
	g_hash_table_iter_init(&iter, cmd->packed);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		g_hash_table_add(globs, g_strconcat(key, "/*", NULL));
	if (cmd->all_headers) {
		g_hash_table_add(globs, g_strdup("include/*"));
		g_hash_table_add(globs, g_strdup("arch/*/include/*"));
	}
}

static void add_near(GHashTable *nears, const char *arch, GHashTable *paths)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, paths);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		g_autofree char *path = g_strconcat(key, "/", NULL);
		gsize len = apart_length(arch, path);

		if (len && !is_recipe(key))
			g_hash_table_add(nears, g_strndup(path, len));
	}
}

/* Where the build went into a folder, read in it or searched it, nothing there is apart. */
static GHashTable *find_near(const char *arch, const CmdFiles *cmd)
{
	GHashTable *nears = new_set();

	add_near(nears, arch, cmd->files);
	add_near(nears, arch, cmd->folders);
	add_near(nears, arch, cmd->searched);
	return nears;
}

static bool is_source(const char *path)
{
	return g_str_has_suffix(path, ".c") || g_str_has_suffix(path, ".h") ||
	       g_str_has_suffix(path, ".S");
}

/* What sources ask for where it may be missing counts like what they found. */
static bool find_asked(const char *tree, const CmdFiles *cmd, GHashTable *globs, GError **error)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, cmd->files);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		g_autofree char *path = g_build_filename(tree, key, NULL);
		g_autofree char *text = NULL;
		bool read = is_source(key) && g_file_test(path, G_FILE_TEST_IS_REGULAR);

		if (read && !fs_read(path, SOURCE_MAX, &text, NULL, error))
			return false;
		if (read)
			has_include_text(text, cmd->names, globs);
	}
	return true;
}

static void take_uses(Footprint *footprint, const CmdFiles *cmd)
{
	GHashTableIter iter;
	gpointer path, uses;

	footprint->made = cmd->made;
	g_hash_table_iter_init(&iter, cmd->uses);
	while (g_hash_table_iter_next(&iter, &path, &uses))
		if (GPOINTER_TO_UINT(uses) > 1 && !strchr(path, '\n'))
			g_hash_table_insert(footprint->uses, g_strdup(path), uses);
}

bool footprint_read(const char *tree, const char *build, const char *arch,
		    Footprint **ret_footprint, GError **error)
{
	g_auto(CmdFiles) cmd = { 0 };
	g_autoptr(GHashTable) globs = new_set();
	g_autoptr(GHashTable) nears = NULL;
	Footprint *footprint;

	if (!cmd_files_read(tree, build, &cmd, error))
		return false;
	if (!g_hash_table_size(cmd.files))
		return error_host(error, "%s: no .cmd file in it names a source of %s", build,
				  tree);
	find_globs(tree, arch, &cmd, globs);
	if (!find_asked(tree, &cmd, globs, error))
		return false;
	footprint = footprint_new(arch, false);
	take_set(cmd.files, footprint->files);
	take_uses(footprint, &cmd);
	take_set(cmd.names, footprint->names);
	take_set(globs, footprint->globs);
	nears = find_near(arch, &cmd);
	take_set(nears, footprint->nears);
	footprint_finish(footprint);
	*ret_footprint = footprint;
	return true;
}

void footprint_add(Footprint *footprint, const char *path)
{
	char *copy;

	if (g_hash_table_contains(footprint->read, path))
		return;
	copy = g_strdup(path);
	g_ptr_array_add(footprint->files, copy);
	g_ptr_array_sort(footprint->files, compare_text);
	g_hash_table_add(footprint->read, copy);
	g_hash_table_add(footprint->bases, base_key(path));
	g_hash_table_add(footprint->stems, stem_key(path));
}

Footprint *footprint_new_failed(const char *arch)
{
	Footprint *footprint = footprint_new(arch, true);

	/* Part of the kernel where the configuration says so: it may be what failed. */
	g_ptr_array_add(footprint->nears, g_strdup("samples/"));
	return footprint;
}

bool footprint_failed(const Footprint *footprint)
{
	return footprint->failed;
}

const GPtrArray *footprint_files(const Footprint *footprint)
{
	return footprint->files;
}

double footprint_share(const Footprint *footprint, const char *path)
{
	guint uses = GPOINTER_TO_UINT(g_hash_table_lookup(footprint->uses, path));

	if (!footprint->made || !g_hash_table_contains(footprint->read, path))
		return 0;
	return MIN((double)MAX(uses, 1) / footprint->made, 1);
}

/* ---- the rule ---- */

static bool is_near(const Footprint *footprint, const char *path)
{
	for (guint i = 0; i < footprint->nears->len; i++)
		if (g_str_has_prefix(path, footprint->nears->pdata[i]))
			return true;
	return false;
}

static bool is_apart(const Footprint *footprint, const char *path)
{
	if (is_recipe(path))
		return false;
	if (g_str_equal(path, "MAINTAINERS") || g_str_equal(path, "CREDITS"))
		return true;
	return apart_length(footprint->arch, path) && !is_near(footprint, path);
}

static bool is_globbed(const Footprint *footprint, const char *path)
{
	if (g_hash_table_contains(footprint->exact, path))
		return true;
	for (guint i = 0; i < footprint->wide->len; i++)
		if (fnmatch(footprint->wide->pdata[i], path, 0) == 0)
			return true;
	return false;
}

static bool has_name(const Footprint *footprint, const char *path)
{
	g_autofree char *base = base_key(path);

	return g_hash_table_contains(footprint->bases, base);
}

bool footprint_hides(const Footprint *footprint, const char *path)
{
	return !is_recipe(path) && has_name(footprint, path);
}

static bool is_shadow(const Footprint *footprint, const char *path)
{
	g_autofree char *stem = NULL;

	if (has_name(footprint, path))
		return true;
	if (g_str_has_suffix(path, ".h"))
		return false;
	stem = stem_key(path);
	return g_hash_table_contains(footprint->stems, stem);
}

FootprintWhy footprint_judge(const Footprint *footprint, const char *path, guint change)
{
	bool added = (change & ~(guint)FOOTPRINT_ODD) == FOOTPRINT_ADDED;

	if (g_hash_table_contains(footprint->read, path))
		return FOOTPRINT_READ;
	if (is_apart(footprint, path))
		return FOOTPRINT_APART;
	if (footprint->failed)
		return FOOTPRINT_BROKEN;
	/* At the top a localversion-x.h would be part of the release's name. */
	if (!is_source(path) || is_recipe(path) || (change & FOOTPRINT_ODD) || !strchr(path, '/') ||
	    g_str_has_prefix(path, "scripts/") || g_str_has_prefix(path, "tools/"))
		return FOOTPRINT_KIND;
	if (added && is_shadow(footprint, path))
		return FOOTPRINT_SHADOW;
	if (is_globbed(footprint, path))
		return FOOTPRINT_GLOB;
	return FOOTPRINT_UNREAD;
}

static const char *why_apart(const char *path)
{
	return g_str_has_prefix(path, "arch/")      ? "another architecture's"
	       : g_str_has_prefix(path, "samples/") ? "a sample, which this kernel has none of"
	       : g_str_has_prefix(path, "tools/")   ? "a tool of user space"
						    : "documentation";
}

static const char *why_kind(const char *path)
{
	const char *base = base_of(path);

	return g_str_has_prefix(base, "Kconfig") ? "may change the configuration"
	       : is_recipe(path)                 ? "may change what is built, and how"
	       : g_str_has_prefix(path, "scripts/") || g_str_has_prefix(path, "tools/")
		       ? "may be run by the build, or be part of what is"
		       : "a kind of file that a build may read without saying so";
}

const char *footprint_why(FootprintWhy why, const char *path)
{
	static const char *const words[] = {
		[FOOTPRINT_UNREAD] = "not compiled into this kernel, nor included",
		[FOOTPRINT_READ] = "the build reads it",
		[FOOTPRINT_SHADOW] =
			"new, and may be found in place of a file that the build reads",
		[FOOTPRINT_GLOB] = "named by a makefile, or picked up by its wildcard",
		[FOOTPRINT_BROKEN] = "the build failed before it could be seen to read it or not",
	};

	return why == FOOTPRINT_APART  ? why_apart(path)
	       : why == FOOTPRINT_KIND ? why_kind(path)
				       : words[why];
}
