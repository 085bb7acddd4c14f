/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of work trees: a repository, a cache, and what they should hold. */
#pragma once

#include "gitfixture.h"

#include "repo/worktree.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *home; /* $HOME of this process */

/* A repository, a cache folder and a work tree, made from a shell script run in the repository. */
typedef struct {
	char *dir;  /* all of it */
	char *path; /* the repository */
	char *cache;
	Repo *repo;
	Worktree *tree;
} Bench;

static inline void bench_start(Bench *bench, const char *script, WorktreeFlags flags)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *whole = g_strconcat("git init -q -b main .;", script, NULL);
	g_autofree char *made = NULL;

	bench->dir = scratch_new();
	bench->path = g_build_filename(bench->dir, "re po", NULL);
	bench->cache = g_build_filename(bench->dir, "cache", NULL);
	fs_mkdir(bench->path, &error);
	g_assert_no_error(error);
	made = sh(bench->path, whole);
	repo_open(bench->path, &bench->repo, &error);
	g_assert_no_error(error);
	worktree_open(bench->repo, bench->cache, flags, &bench->tree, &error);
	g_assert_no_error(error);
}

static inline void bench_clear(Bench *bench)
{
	worktree_close(bench->tree);
	repo_close(bench->repo);
	g_free(bench->path);
	g_free(bench->cache);
	scratch_free(bench->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static inline RepoId id_of(const Bench *bench, const char *name)
{
	g_autoptr(GError) error = NULL;
	RepoId id;

	repo_resolve(bench->repo, name, &id, &error);
	g_assert_no_error(error);
	return id;
}

static inline guint check_out(const Bench *bench, const char *name)
{
	g_autoptr(GError) error = NULL;
	RepoId id = id_of(bench, name);
	guint changed = 4711;

	worktree_checkout(bench->tree, &id, NULL, &changed, &error);
	g_assert_no_error(error);
	return changed;
}

/* git's "mode id path" of each file, as found on the disk: nothing of bisectbox in between. */
static inline void list_folder(const char *folder, const char *prefix, GPtrArray *lines)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;
	guint n = 0;

	g_assert_nonnull(dir);
	for (; (name = g_dir_read_name(dir)); n++) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *shown = g_strconcat(prefix, name, NULL);
		g_autofree char *data = NULL;
		g_autofree char *head = NULL;
		g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
		struct stat st;
		gsize len = 0;

		g_assert_cmpint(lstat(path, &st), ==, 0);
		if (S_ISDIR(st.st_mode)) {
			g_autofree char *inner = g_strconcat(shown, "/", NULL);

			list_folder(path, inner, lines);
			continue;
		}
		if (S_ISLNK(st.st_mode)) {
			data = g_file_read_link(path, NULL);
			len = strlen(data);
		} else {
			g_assert_true(S_ISREG(st.st_mode));
			g_assert_true(g_file_get_contents(path, &data, &len, NULL));
		}
		head = g_strdup_printf("blob %zu", len);
		g_checksum_update(sum, (guchar *)head, (gssize)strlen(head) + 1);
		g_checksum_update(sum, (guchar *)data, (gssize)len);
		g_ptr_array_add(lines, g_strdup_printf("%s %s %s",
						       S_ISLNK(st.st_mode)    ? "120000"
						       : st.st_mode & S_IXUSR ? "100755"
									      : "100644",
						       g_checksum_get_string(sum), shown));
	}
	if (n == 0)
		g_ptr_array_add(lines, g_strconcat("empty folder ", prefix, NULL));
}

static inline gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static inline void assert_tree(const Bench *bench, const char *name)
{
	RepoId id = id_of(bench, name);
	g_autofree char *script =
		g_strdup_printf("git ls-tree -rz --full-tree %s | tr '\\000\\t' '\\001 '", id.hex);
	g_autofree char *out = sh(bench->path, script);
	g_auto(GStrv) entries = g_strsplit(out, "\001", -1);
	g_autoptr(GPtrArray) want = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) have = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; entries[i]; i++) {
		if (entries[i][0] == '\0' || g_str_has_prefix(entries[i], "160000"))
			continue;
		/* "100644 blob ID path" */
		g_ptr_array_add(want, g_strdup_printf("%.6s %s", entries[i], entries[i] + 12));
	}
	list_folder(worktree_path(bench->tree), "", have);
	g_ptr_array_sort(want, by_text);
	g_ptr_array_sort(have, by_text);
	for (guint i = 0; i < MIN(want->len, have->len); i++)
		g_assert_cmpstr(want->pdata[i], ==, have->pdata[i]);
	g_assert_cmpuint(want->len, ==, have->len);
}

static inline char *in_tree(const Bench *bench, const char *name)
{
	return g_build_filename(worktree_path(bench->tree), name, NULL);
}

static inline struct stat stat_of(const Bench *bench, const char *name)
{
	g_autofree char *path = in_tree(bench, name);
	struct stat st;

	g_assert_cmpint(lstat(path, &st), ==, 0);
	return st;
}

static inline bool newer(struct stat a, struct stat b)
{
	return a.st_mtim.tv_sec > b.st_mtim.tv_sec ||
	       (a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec > b.st_mtim.tv_nsec);
}

/* Run a shell script in the work tree. */
static inline void meddle(const Bench *bench, const char *script)
{
	g_autofree char *out = sh(worktree_path(bench->tree), script);

	(void)out;
}

#define C "git add -A; git commit -qm x;"
