/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named files, and commits that touch them. */
#include "cmd/touched.h"

#include <string.h>

#define TEXT_MAX (1 << 20)

struct Touched {
	Repo *repo;
	GRegex *pattern;
	GHashTable *named; /* char *: paths, or ends or extensions of paths */
	GHashTable *files; /* char * id -> char **: what commits touch, as far as asked */
};

Touched *touched_new(Repo *repo)
{
	Touched *touched = g_new0(Touched, 1);

	touched->repo = repo;
	touched->pattern =
		g_regex_new("\\w[\\w.+-]*(?:/[\\w.+-]+)+\\.[chS]\\b", G_REGEX_OPTIMIZE, 0, NULL);
	touched->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	touched->files =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
	return touched;
}

void touched_free(Touched *touched)
{
	if (!touched)
		return;
	g_regex_unref(touched->pattern);
	g_hash_table_unref(touched->named);
	g_hash_table_unref(touched->files);
	g_free(touched);
}

void touched_read(Touched *touched, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(touched->pattern, valid, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL))
		g_hash_table_add(touched->named, g_match_info_fetch(match, 0));
}

void touched_read_folder(Touched *touched, const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autoptr(GMappedFile) file = NULL;
		g_autofree char *text = NULL;

		if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
			continue;
		file = g_mapped_file_new(path, FALSE, NULL);
		if (!file || g_mapped_file_get_length(file) == 0)
			continue;
		text = g_strndup(g_mapped_file_get_contents(file),
				 MIN(g_mapped_file_get_length(file), TEXT_MAX));
		touched_read(touched, text);
	}
}

guint touched_count(const Touched *touched)
{
	return g_hash_table_size(touched->named);
}

/* Whether a path ends in the other, at a folder's border. */
static bool ends_in(const char *path, const char *end)
{
	gsize len = strlen(path);
	gsize part = strlen(end);

	return part <= len && g_str_equal(path + len - part, end) &&
	       (part == len || path[len - part - 1] == '/');
}

static bool is_named(const Touched *touched, const char *file)
{
	GHashTableIter iter;
	gpointer name;

	/* A compiler may have called it by more than its path, and a person by less. */
	g_hash_table_iter_init(&iter, touched->named);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		if (ends_in(file, name) || ends_in(name, file))
			return true;
	return false;
}

static char **files_of(Touched *touched, const RepoId *id)
{
	char **files = g_hash_table_lookup(touched->files, id->hex);
	g_auto(RepoCommit) commit = { 0 };

	if (files)
		return files;
	files = repo_commit(touched->repo, id, &commit, NULL) ? g_steal_pointer(&commit.files)
							      : g_new0(char *, 1);
	g_hash_table_insert(touched->files, g_strdup(id->hex), files);
	return files;
}

double touched_weight(Touched *touched, const RepoId *id)
{
	char **files;

	if (touched_count(touched) == 0)
		return 1;
	files = files_of(touched, id);
	for (guint i = 0; files[i]; i++)
		if (is_named(touched, files[i]))
			return 1;
	return TOUCHED_ELSE;
}
