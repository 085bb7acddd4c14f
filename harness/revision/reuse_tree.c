/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the build folder of a source folder may be built in again. */
#include "revision/reuse_tree.h"

#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define NOTE "bisectbox.tree" /* the compiler's key, then a line a file */
#define NOTE_MAX ((gsize)64 << 20)

static int by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *list_names(const char *path, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) local = NULL;
	GDir *dir = g_dir_open(path, 0, &local);
	const char *name;

	if (!dir) {
		error_host(error, "cannot list %s: %s", path, local->message);
		return NULL;
	}
	while ((name = g_dir_read_name(dir)))
		if (!g_str_equal(name, ".git"))
			g_ptr_array_add(names, g_strdup(name));
	g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	return g_steal_pointer(&names);
}

/* A line: what tells a file from what it was, a tab, its path. */
static void add_line(GString *text, const char *path, const struct stat *st)
{
	g_string_append_printf(text,
			       "%o %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
			       ".%09ld %" G_GINT64_FORMAT ".%09ld %" G_GUINT64_FORMAT "\t%s\n",
			       st->st_mode, (gint64)st->st_size, (gint64)st->st_mtim.tv_sec,
			       st->st_mtim.tv_nsec, (gint64)st->st_ctim.tv_sec, st->st_ctim.tv_nsec,
			       (guint64)st->st_ino, path);
}

static bool add_folder(const char *tree, const char *folder, GString *text, GError **error)
{
	g_autofree char *whole = g_build_filename(tree, folder, NULL);
	g_autoptr(GPtrArray) names = list_names(whole, error);

	for (guint i = 0; names && i < names->len; i++) {
		const char *name = names->pdata[i];
		g_autofree char *path =
			*folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
		g_autofree char *file = g_build_filename(tree, path, NULL);
		struct stat st;

		if (lstat(file, &st) < 0)
			return error_host(error, "cannot look at %s: %s", file, g_strerror(errno));
		if (!S_ISDIR(st.st_mode))
			add_line(text, path, &st);
		else if (!add_folder(tree, path, text, error))
			return false;
	}
	return names != NULL;
}

/* A changed file that is newer than all that was built: make sees it. What a changed makefile no
 * longer makes, nobody sees. */
static bool is_seen(const char *tree, const char *path, const struct stat *built)
{
	g_autofree char *file = g_build_filename(tree, path, NULL);
	g_autofree char *name = g_path_get_basename(path);
	struct stat st;

	return !g_str_has_prefix(name, "Makefile") && !g_str_has_prefix(name, "Kbuild") &&
	       lstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mtim.tv_sec != built->st_mtim.tv_sec
			? st.st_mtim.tv_sec > built->st_mtim.tv_sec
			: st.st_mtim.tv_nsec > built->st_mtim.tv_nsec);
}

/* Both are sorted alike, so that they fit line by line or not at all. */
static bool lines_fit(const char *tree, const char *old, const char *now, const struct stat *built)
{
	while (*old && *now) {
		gsize old_len = strcspn(old, "\n"), len = strcspn(now, "\n");
		g_autofree char *line = g_strndup(now, len);
		g_autofree char *old_line = g_strndup(old, old_len);
		const char *path = strchr(line, '\t'), *old_path = strchr(old_line, '\t');

		if (!g_str_equal(line, old_line) &&
		    (g_strcmp0(path, old_path) != 0 || !path || !is_seen(tree, path + 1, built)))
			return false;
		old += old_len + (old[old_len] == '\n');
		now += len + (now[len] == '\n');
	}
	return !*old && !*now;
}

static bool fits(const char *tree, const char *build, const char *note)
{
	g_autofree char *path = g_build_filename(build, NOTE, NULL);
	g_autofree char *old = NULL;
	struct stat st;

	return fs_read(path, NOTE_MAX, &old, NULL, NULL) && lstat(path, &st) == 0 &&
	       lines_fit(tree, old, note, &st);
}

bool reuse_tree_begin(const char *tree, const char *build, const char *compiler, char **ret_note,
		      bool *ret_kept, GError **error)
{
	g_autoptr(GString) note = g_string_new(compiler);
	g_autofree char *path = g_build_filename(build, NOTE, NULL);
	bool there = g_file_test(build, G_FILE_TEST_EXISTS), kept;

	g_string_append_c(note, '\n');
	if (!add_folder(tree, "", note, error))
		return false;
	kept = there && fits(tree, build, note->str);
	if (there && !kept && !fs_remove_tree(build, error))
		return false;
	g_unlink(path); /* until make has ended, nobody knows of what the folder is */
	*ret_note = g_string_free(g_steal_pointer(&note), FALSE);
	if (ret_kept)
		*ret_kept = kept;
	return true;
}

bool reuse_tree_end(const char *build, const char *note, GError **error)
{
	g_autofree char *path = g_build_filename(build, NOTE, NULL);

	return !g_file_test(build, G_FILE_TEST_IS_DIR) || fs_write(path, note, -1, error);
}
