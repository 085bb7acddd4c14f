/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Putting a tree into a folder. Each file is looked at by lstat(2) against what is known of it,
 * read where that does not fit, and written only where its content is another. All names are
 * resolved from open folders, never through a symlink. Nothing is written twice in place: a file
 * is removed and made anew, so that a kill leaves it missing or cut short, which the next
 * checkout sees.
 */
#include "repo/checkout.h"

#include "util/error.h"
#include "util/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEPTH_MAX 256 /* folders in folders */

enum { MODE_TREE = 0040000, MODE_LINK = 0120000, MODE_MODULE = 0160000 };

typedef struct {
	Repo *repo;
	const CheckoutSpec *spec;
	int root;
	GString *path;    /* of the entry at hand, below the root */
	gsize at;         /* the next entry of the index; both are in the same order */
	GPtrArray *stale; /* paths of the index that the tree does not have */
	GArray *fresh;    /* git_index_entry, paths owned: to be put into the index */
	guint changed;
	guint depth;
} Checkout;

static bool trouble(const Checkout *checkout, const char *what, GError **error)
{
	int code = errno;

	return error_host(error, "cannot %s %s/%s: %s%s", what, checkout->spec->root,
			  checkout->path->str, g_strerror(code),
			  code == ENOSPC ? "; free some, or put the cache elsewhere with "
					   "BISECTBOX_CACHE"
					 : "");
}

static bool time_fits(const git_index_time *known, const struct timespec *seen)
{
	return known->seconds == (int32_t)seen->tv_sec && known->nanoseconds == seen->tv_nsec;
}

static bool is_racy(const Checkout *checkout, const git_index_entry *entry)
{
	const struct timespec *stamp = &checkout->spec->stamp;
	int32_t s = (int32_t)stamp->tv_sec;

	return entry->mtime.seconds > s ||
	       (entry->mtime.seconds == s && entry->mtime.nanoseconds >= stamp->tv_nsec);
}

/* Whether a file is still as it was when the index was told about it. */
static bool fits(const Checkout *checkout, const git_index_entry *entry, const struct stat *st)
{
	return entry && time_fits(&entry->mtime, &st->st_mtim) &&
	       time_fits(&entry->ctime, &st->st_ctim) && entry->ino == (uint32_t)st->st_ino &&
	       entry->file_size == (uint32_t)st->st_size &&
	       (entry->mode & S_IFMT) == (st->st_mode & S_IFMT) && !is_racy(checkout, entry);
}

static void remember(Checkout *checkout, const git_oid *id, guint mode, const struct stat *st)
{
	git_index_entry entry = {
		.ctime = { (int32_t)st->st_ctim.tv_sec, (uint32_t)st->st_ctim.tv_nsec },
		.mtime = { (int32_t)st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec },
		.dev = (uint32_t)st->st_dev,
		.ino = (uint32_t)st->st_ino,
		.mode = mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.file_size = (uint32_t)st->st_size,
		.id = *id,
		.path = g_strdup(checkout->path->str),
	};

	g_array_append_val(checkout->fresh, entry);
}

/* The index's entry for the path at hand; what it has before that is gone from the tree. */
static const git_index_entry *known_entry(Checkout *checkout)
{
	const git_index_entry *entry;

	while ((entry = git_index_get_byindex(checkout->spec->index, checkout->at))) {
		int order = strcmp(entry->path, checkout->path->str);

		if (order > 0)
			return NULL;
		checkout->at++;
		if (order == 0)
			return entry;
		g_ptr_array_add(checkout->stale, g_strdup(entry->path));
	}
	return NULL;
}

static char *whole_path(const Checkout *checkout)
{
	return g_build_filename(checkout->spec->root, checkout->path->str, NULL);
}

/* Whatever has the name now is removed, a folder with all in it. */
static bool clear_name(Checkout *checkout, int dir, const char *name, GError **error)
{
	g_autofree char *whole = NULL;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return trouble(checkout, "remove", error);
	whole = whole_path(checkout);
	return fs_remove_tree(whole, error);
}

static bool write_file(Checkout *checkout, int dir, const char *name, guint mode,
		       git_odb_object *blob, struct stat *ret_st, GError **error)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			mode & S_IXUSR ? 0777 : 0666);
	bool done;
	int code;

	if (fd < 0)
		return trouble(checkout, "make", error);
	done = fs_write_all(fd, git_odb_object_data(blob), git_odb_object_size(blob)) &&
	       fstat(fd, ret_st) == 0;
	code = errno;
	if (close(fd) < 0 && done) {
		done = false;
		code = errno;
	}
	errno = code;
	return done || trouble(checkout, "write", error);
}

static bool write_link(Checkout *checkout, int dir, const char *name, git_odb_object *blob,
		       struct stat *ret_st, GError **error)
{
	const char *target = git_odb_object_data(blob);

	if (strlen(target) != git_odb_object_size(blob))
		errno = EINVAL;
	else if (symlinkat(target, dir, name) == 0 &&
		 fstatat(dir, name, ret_st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	return trouble(checkout, "make the symlink", error);
}

static bool put_blob(Checkout *checkout, int dir, const char *name, guint mode, const git_oid *id,
		     GError **error)
{
	git_odb_object *blob = NULL;
	struct stat st;
	bool done;

	if (!repo_read(checkout->repo, id, "file", &blob, error)) {
		g_prefix_error(error, "%s: ", checkout->path->str);
		return false;
	}
	done = clear_name(checkout, dir, name, error) &&
	       (mode == MODE_LINK ? write_link(checkout, dir, name, blob, &st, error)
				  : write_file(checkout, dir, name, mode, blob, &st, error));
	git_odb_object_free(blob);
	if (done) {
		checkout->changed++;
		remember(checkout, id, mode, &st);
	}
	return done;
}

/* Whether the file's own bytes are the blob, whatever the index says of it. */
static bool has_content(Checkout *checkout, int dir, const char *name, const struct stat *st,
			const git_oid *id)
{
	git_oid found;

	if (S_ISLNK(st->st_mode)) {
		char target[PATH_MAX];
		gssize len = readlinkat(dir, name, target, sizeof(target));

		return len >= 0 && git_odb_hash(&found, target, (gsize)len, GIT_OBJECT_BLOB) == 0 &&
		       git_oid_equal(&found, id);
	} else {
		g_autofree char *whole = whole_path(checkout);

		return git_odb_hashfile(&found, whole, GIT_OBJECT_BLOB) == 0 &&
		       git_oid_equal(&found, id);
	}
}

static bool visit_blob(Checkout *checkout, int dir, const char *name, guint mode, const git_oid *id,
		       GError **error)
{
	const git_index_entry *entry = known_entry(checkout);
	guint want = mode == MODE_LINK ? MODE_LINK : mode & S_IXUSR ? 0100755 : 0100644;
	struct stat st;
	bool known;

	if (g_cancellable_is_cancelled(checkout->spec->cancel))
		return error_interrupted(error);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return trouble(checkout, "look at", error);
		return put_blob(checkout, dir, name, want, id, error);
	}
	known = fits(checkout, entry, &st);
	if ((st.st_mode & S_IFMT) != (want & S_IFMT) ||
	    (known ? !git_oid_equal(&entry->id, id) : !has_content(checkout, dir, name, &st, id)))
		return put_blob(checkout, dir, name, want, id, error);
	if (want != MODE_LINK && !(st.st_mode & S_IXUSR) != !(want & S_IXUSR)) {
		mode_t bits = st.st_mode & 0777;

		bits = want & S_IXUSR ? bits | ((bits & 0444) >> 2) : bits & ~0111U;
		if (fchmodat(dir, name, bits, 0) < 0 ||
		    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return trouble(checkout, "change the mode of", error);
		checkout->changed++;
		known = false;
	}
	if (!known)
		remember(checkout, id, want, &st);
	return true;
}

/* One line of a tree object. */
typedef struct {
	guint mode;
	const char *name;
	const git_oid *id;
} Entry;

/* Names come from whoever made the commit: one that leads elsewhere is refused. */
static bool is_safe_name(const char *name)
{
	return name[0] != '\0' && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && g_ascii_strcasecmp(name, ".git") != 0;
}

static bool parse_tree(const Checkout *checkout, const git_oid *id, git_odb_object *object,
		       GArray *entries, GError **error)
{
	const char *at = git_odb_object_data(object);
	const char *end = at + git_odb_object_size(object);

	while (at < end) {
		Entry entry = { 0 };
		char *space;
		const char *nul = memchr(at, '\0', (gsize)(end - at));

		entry.mode = (guint)g_ascii_strtoull(at, &space, 8);
		if (!nul || *space != ' ' || end - nul < 1 + GIT_OID_RAWSZ)
			return error_host(error, "cannot read tree %s in %s: it is damaged",
					  git_oid_tostr_s(id), checkout->repo->path);
		entry.name = space + 1;
		entry.id = (const git_oid *)(nul + 1);
		at = nul + 1 + GIT_OID_RAWSZ;
		if (!is_safe_name(entry.name))
			return error_usage(error,
					   "refusing to check out tree %s of %s: it has an entry "
					   "called \"%s\"",
					   git_oid_tostr_s(id), checkout->repo->path, entry.name);
		if (entry.mode != MODE_MODULE)
			g_array_append_val(entries, entry);
	}
	return true;
}

/* Whether the index has the path at hand, as a file or as a folder with files. */
static bool is_tracked(const Checkout *checkout)
{
	g_autofree char *folder = g_strconcat(checkout->path->str, "/", NULL);
	git_index *index = checkout->spec->index;

	return git_index_find(NULL, index, checkout->path->str) == 0 ||
	       git_index_find_prefix(NULL, index, folder) == 0;
}

/* Remove what is in the folder and not in the tree. */
static bool sweep(Checkout *checkout, int dir, const GArray *entries, GError **error)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	gsize len = checkout->path->len;
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *item;
	bool done = true;

	if (!stream) {
		trouble(checkout, "list", error);
		if (copy >= 0)
			close(copy);
		return false;
	}
	for (guint i = 0; i < entries->len; i++)
		g_hash_table_add(names, (gpointer)g_array_index(entries, Entry, i).name);
	while (done && (item = readdir(stream))) {
		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 ||
		    g_hash_table_contains(names, item->d_name))
			continue;
		g_string_append(checkout->path, item->d_name);
		done = clear_name(checkout, dir, item->d_name, error);
		checkout->changed += !is_tracked(checkout); /* those are counted with the index */
		g_string_truncate(checkout->path, len);
	}
	closedir(stream);
	return done;
}

static bool visit_tree(Checkout *checkout, int dir, const git_oid *id, GError **error);

static bool visit_folder(Checkout *checkout, int dir, const char *name, const git_oid *id,
			 GError **error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int inner = openat(dir, name, flags);
	bool done;

	if (inner < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		if (!clear_name(checkout, dir, name, error))
			return false;
		if (mkdirat(dir, name, 0777) < 0)
			return trouble(checkout, "make the folder", error);
		inner = openat(dir, name, flags);
	}
	if (inner < 0)
		return trouble(checkout, "open the folder", error);
	g_string_append_c(checkout->path, '/');
	done = visit_tree(checkout, inner, id, error);
	close(inner);
	return done;
}

/* Visits files in the index's order: trees are sorted as if folders ended in a slash. */
static bool visit_tree(Checkout *checkout, int dir, const git_oid *id, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
	git_odb_object *object = NULL;
	gsize len = checkout->path->len;
	bool done;

	if (checkout->depth >= DEPTH_MAX || len >= PATH_MAX)
		return error_usage(error, "refusing to check out %.100s...: folders nest too deep",
				   checkout->path->str);
	if (!repo_read(checkout->repo, id, "tree", &object, error))
		return false;
	checkout->depth++;
	done = parse_tree(checkout, id, object, entries, error) &&
	       (!checkout->spec->clean || sweep(checkout, dir, entries, error));
	for (guint i = 0; i < entries->len && done; i++) {
		const Entry *entry = &g_array_index(entries, Entry, i);

		g_string_append(checkout->path, entry->name);
		done = entry->mode == MODE_TREE
			       ? visit_folder(checkout, dir, entry->name, entry->id, error)
			       : visit_blob(checkout, dir, entry->name, entry->mode, entry->id,
					    error);
		g_string_truncate(checkout->path, len);
	}
	checkout->depth--;
	git_odb_object_free(object);
	return done;
}

/* A file that was tracked and is no more; folders that this leaves empty go with it. */
static bool remove_stale(Checkout *checkout, const char *path, GError **error)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	int dir = (int)syscall(SYS_openat2, checkout->root, folder, &how, sizeof(how));
	int status;

	g_string_assign(checkout->path, path);
	if (dir < 0)
		return true; /* the folder is gone, or is no folder any more: nothing of ours */
	status = unlinkat(dir, name, 0);
	close(dir);
	if (status < 0 && errno != ENOENT && errno != EISDIR)
		return trouble(checkout, "remove", error);
	while (strcmp(folder, ".") != 0 && unlinkat(checkout->root, folder, AT_REMOVEDIR) == 0) {
		char *above = g_path_get_dirname(folder);

		g_free(folder);
		folder = above;
	}
	return true;
}

/* Bring the index up to date. What it has of a file that failed half-way fits no file. */
static bool update_index(const Checkout *checkout, GError **error)
{
	git_index *index = checkout->spec->index;

	for (guint i = 0; i < checkout->stale->len; i++)
		git_index_remove(index, checkout->stale->pdata[i], 0);
	for (guint i = 0; i < checkout->fresh->len; i++)
		if (git_index_add(index, &g_array_index(checkout->fresh, git_index_entry, i)) < 0)
			return git_trouble(error, "cannot note the state of %s",
					   checkout->spec->root);
	return true;
}

static void entry_clear(gpointer data)
{
	g_free((char *)((git_index_entry *)data)->path);
}

bool checkout_tree(Repo *repo, const git_oid *tree, const CheckoutSpec *spec, CheckoutEnd *ret_end,
		   GError **error)
{
	g_autoptr(GString) path = g_string_new(NULL);
	g_autoptr(GPtrArray) stale = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(git_index_entry));
	Checkout checkout = {
		.repo = repo, .spec = spec, .path = path, .stale = stale, .fresh = fresh
	};
	const git_index_entry *entry;
	bool done;

	g_array_set_clear_func(fresh, entry_clear);
	checkout.root = open(spec->root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (checkout.root < 0)
		return trouble(&checkout, "open the folder", error);
	done = visit_tree(&checkout, checkout.root, tree, error);
	for (; done && (entry = git_index_get_byindex(spec->index, checkout.at)); checkout.at++)
		g_ptr_array_add(stale, g_strdup(entry->path));
	for (guint i = 0; i < stale->len && done && !spec->clean; i++)
		done = remove_stale(&checkout, stale->pdata[i], error);
	close(checkout.root);
	done = done && update_index(&checkout, error);
	if (!done)
		return false;
	*ret_end = (CheckoutEnd){ checkout.changed + stale->len, fresh->len + stale->len > 0 };
	return true;
}
