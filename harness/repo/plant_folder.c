/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of files becomes a tree; an index remembers what each file was like the last time. */
#include "repo/plant_internal.h"

#include "util/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder being taken in. */
typedef struct {
	Plant *plant;
	const char *folder;
	git_index *index;
	struct timespec stamp; /* of the index: what is as young may have changed unseen */
	GHashTable *seen;      /* paths */
} Taking;

static bool is_older(const struct timespec *time, const struct timespec *stamp)
{
	return time->tv_sec < stamp->tv_sec ||
	       (time->tv_sec == stamp->tv_sec && time->tv_nsec < stamp->tv_nsec);
}

static guint32 mode_of(const struct stat *st)
{
	return S_ISLNK(st->st_mode) ? GIT_FILEMODE_LINK
	       : st->st_mode & 0100 ? GIT_FILEMODE_BLOB_EXECUTABLE
				    : GIT_FILEMODE_BLOB;
}

static void fill(const struct stat *st, git_index_entry *entry)
{
	entry->ctime = (git_index_time){ (gint32)st->st_ctim.tv_sec, (guint32)st->st_ctim.tv_nsec };
	entry->mtime = (git_index_time){ (gint32)st->st_mtim.tv_sec, (guint32)st->st_mtim.tv_nsec };
	entry->ino = (guint32)st->st_ino;
	entry->file_size = (guint32)st->st_size;
	entry->mode = mode_of(st);
}

static bool is_known(const Taking *taking, const char *path, const struct stat *st)
{
	const git_index_entry *known = git_index_get_bypath(taking->index, path, 0);
	git_index_entry now = { 0 };

	fill(st, &now);
	return known && is_older(&st->st_mtim, &taking->stamp) &&
	       is_older(&st->st_ctim, &taking->stamp) &&
	       memcmp(&known->ctime, &now.ctime, sizeof(now.ctime)) == 0 &&
	       memcmp(&known->mtime, &now.mtime, sizeof(now.mtime)) == 0 && known->ino == now.ino &&
	       known->file_size == now.file_size && known->mode == now.mode;
}

static int write_blob(const Taking *taking, const char *full, const struct stat *st, git_oid *ret)
{
	g_autofree char *target = NULL;

	if (!S_ISLNK(st->st_mode))
		return git_blob_create_from_disk(ret, taking->plant->git, full);
	target = g_file_read_link(full, NULL);
	return target ? git_blob_create_from_buffer(ret, taking->plant->git, target, strlen(target))
		      : -1;
}

static bool take_file(Taking *taking, const char *path, const struct stat *st, GError **error)
{
	g_autofree char *full = g_build_filename(taking->folder, path, NULL);
	git_index_entry entry = { .path = path };

	g_hash_table_add(taking->seen, g_strdup(path));
	if (is_known(taking, path, st))
		return true;
	fill(st, &entry);
	return (write_blob(taking, full, st, &entry.id) == 0 &&
		git_index_add(taking->index, &entry) == 0) ||
	       git_trouble(error, "cannot take %s in", full);
}

/* @path: of the folder, relative; "" for the top. */
static bool take_below(Taking *taking, const char *path, GError **error)
{
	g_autofree char *full = g_build_filename(taking->folder, path, NULL);
	g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
	const char *name;

	if (!dir)
		return error_host(error, "cannot read the folder %s", full);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *below =
			*path ? g_build_filename(path, name, NULL) : g_strdup(name);
		g_autofree char *where = g_build_filename(full, name, NULL);
		struct stat st;

		if (g_ascii_strcasecmp(name, ".git") == 0)
			continue;
		if (lstat(where, &st) < 0)
			return error_host(error, "cannot read %s: %s", where, g_strerror(errno));
		if (S_ISDIR(st.st_mode) ? !take_below(taking, below, error)
					: (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) &&
						  !take_file(taking, below, &st, error))
			return false;
	}
	return true;
}

static bool drop_gone(const Taking *taking, GError **error)
{
	for (gsize i = git_index_entrycount(taking->index); i-- > 0;) {
		const git_index_entry *entry = git_index_get_byindex(taking->index, i);

		if (!g_hash_table_contains(taking->seen, entry->path) &&
		    git_index_remove(taking->index, entry->path, 0) < 0)
			return git_trouble(error, "cannot forget a file of %s", taking->folder);
	}
	return true;
}

static bool finish(const Taking *taking, RepoId *ret_tree, GError **error)
{
	git_oid tree;

	if (!drop_gone(taking, error))
		return false;
	if (git_index_write(taking->index) < 0 ||
	    git_index_write_tree_to(&tree, taking->index, taking->plant->git) < 0)
		return git_trouble(error, "cannot take %s in as a tree", taking->folder);
	repo_id(&tree, ret_tree);
	return true;
}

bool plant_folder(Plant *plant, const char *folder, RepoId *ret_tree, GError **error)
{
	g_autofree char *path = g_build_filename(plant->folder, "index", NULL);
	g_autofree char *left = g_strconcat(path, ".lock", NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Taking taking = { .plant = plant, .folder = folder, .seen = seen };
	struct stat st;
	bool ok;

	unlink(left); /* of a process that was killed: this one holds the lock */
	if (stat(path, &st) == 0)
		taking.stamp = st.st_mtim;
	if (git_index_open(&taking.index, path) < 0)
		return git_trouble(error, "cannot read %s", path);
	ok = take_below(&taking, "", error) && finish(&taking, ret_tree, error);
	git_index_free(taking.index);
	return ok;
}
