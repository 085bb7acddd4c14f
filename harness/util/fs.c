/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and folders: durable writes, bounded reads, trees. */
#include "util/fs.h"

#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REMOVE_DEPTH_MAX 32
#define PLAIN_NAME_MAX 64

/* A descriptor that closes itself; -1 is none. */
typedef int Fd;
static void fd_clear(Fd *fd)
{
	if (*fd >= 0)
		close(*fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fd, fd_clear)

static bool fail(GError **error, const char *what, const char *path)
{
	int saved = errno;

	if (saved == ENOSPC || saved == EDQUOT)
		return error_host(error, "%s %s: no space left: free some and run again", what,
				  path);
	return error_host(error, "%s %s: %s", what, path, g_strerror(saved));
}

bool fs_mkdir(const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0755) < 0)
		return fail(error, "cannot make folder", path);
	return true;
}

bool fs_write_all(int fd, const char *data, gsize len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		len -= (gsize)n;
	}
	return true;
}

bool fs_write(const char *path, const char *data, gssize len, GError **error)
{
	g_autoptr(GError) local = NULL;

	if (g_file_set_contents_full(path, data, len,
				     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
				     0644, &local))
		return true;
	return error_host(error, "cannot write %s: %s", path, local->message);
}

/* Not by g_file_set_contents_full(): without its temporary file it leaves the end of a longer one.
 */
bool fs_put(const char *path, const char *data, gssize len, GError **error)
{
	g_auto(Fd) fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 || !fs_write_all(fd, data, len < 0 ? strlen(data) : (gsize)len))
		return fail(error, "cannot write", path);
	return true;
}

bool fs_sync(const char *path, GError **error)
{
	g_auto(Fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fsync(fd) < 0)
		return fail(error, "cannot sync", path);
	return true;
}

/* Neither links nor what blocks, such as pipes. */
static bool can_be_synced(const char *path)
{
	return !g_file_test(path, G_FILE_TEST_IS_SYMLINK) &&
	       (g_file_test(path, G_FILE_TEST_IS_REGULAR) || g_file_test(path, G_FILE_TEST_IS_DIR));
}

bool fs_sync_tree(const char *path, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *entry = g_build_filename(path, name, NULL);

		if (can_be_synced(entry) && !fs_sync_tree(entry, error))
			return false;
	}
	return fs_sync(path, error);
}

bool fs_move(const char *from, const char *to, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(to);

	if (!fs_sync(from, error))
		return false;
	if (rename(from, to) < 0)
		return error_host(error, "cannot move %s to %s: %s", from, to, g_strerror(errno));
	return fs_sync(folder, error);
}

/* Reads at most @max bytes; *ret_more says whether there were more. */
static bool read_fd(int fd, const char *path, gsize max, GString *into, bool *ret_more,
		    GError **error)
{
	char buffer[65536];

	*ret_more = false;
	for (;;) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(error, "cannot read", path);
		if (n == 0)
			return true;
		if (into->len + (gsize)n > max) {
			g_string_append_len(into, buffer, (gssize)(max - into->len));
			*ret_more = true;
			return true;
		}
		g_string_append_len(into, buffer, n);
	}
}

bool fs_read(const char *path, gsize max_bytes, char **ret_data, gsize *ret_len, GError **error)
{
	g_auto(Fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	g_autoptr(GString) text = g_string_new(NULL);
	bool more;

	if (fd < 0)
		return fail(error, "cannot open", path);
	if (!read_fd(fd, path, max_bytes, text, &more, error))
		return false;
	if (more)
		return error_host(error, "%s is longer than %" G_GSIZE_FORMAT " bytes", path,
				  max_bytes);
	if (ret_len)
		*ret_len = text->len;
	*ret_data = g_string_free(g_steal_pointer(&text), FALSE);
	return true;
}

static int open_beneath(int root, const char *name, guint64 flags)
{
	struct open_how how = {
		.flags = O_CLOEXEC | flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return (int)syscall(SYS_openat2, root, name, &how, sizeof(how));
}

bool fs_read_beneath(const char *dir, const char *name, gsize max_bytes, char **ret_data,
		     gsize *ret_len, bool *ret_cut, GError **error)
{
	g_auto(Fd) root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	g_autoptr(GString) text = g_string_new(NULL);
	struct stat st;
	bool more;

	if (root < 0)
		return fail(error, "cannot open folder", dir);

	/* looked at before it is opened: opening a device does something */
	g_auto(Fd) place = open_beneath(root, name, O_PATH);
	g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", place);
	if (place >= 0 && fstat(place, &st) < 0)
		return fail(error, "cannot look at", name);
	if (place >= 0 && !S_ISREG(st.st_mode)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s in %s is no regular file",
			    name, dir);
		return false;
	}

	g_auto(Fd) fd = place < 0 ? -1 : open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
			    "cannot open %s in %s: %s", name, dir, g_strerror(errno));
		return false;
	}
	if (!read_fd(fd, name, max_bytes, text, &more, error))
		return false;
	if (ret_cut)
		*ret_cut = more;
	if (ret_len)
		*ret_len = text->len;
	*ret_data = g_string_free(g_steal_pointer(&text), FALSE);
	return true;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One that means nothing to a terminal, a shell, a program's options or a web page; and is not so
 * long that a file beside it has too long a name. */
static bool is_plain_name(const char *name)
{
	if (strlen(name) > PLAIN_NAME_MAX)
		return false;
	for (const char *c = name; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr("._-", *c))
			return false;
	return *name != '.' && *name != '-';
}

char **fs_list_beneath(const char *dir, const char *name, guint max)
{
	g_auto(Fd) root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	g_auto(Fd) fd = root < 0 ? -1 : open_beneath(root, name, O_RDONLY | O_DIRECTORY);
	g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", fd);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) list = fd < 0 ? NULL : g_dir_open(self, 0, NULL);
	const char *entry;

	while (list && names->len < max && (entry = g_dir_read_name(list))) {
		struct stat st;

		if (is_plain_name(entry) && fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			g_ptr_array_add(names, g_strdup(entry));
	}
	g_ptr_array_sort(names, by_name);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static bool copy_bytes(int in, int out, const char *from, const char *to, GError **error)
{
	g_autofree char *buffer = NULL;

	for (;;) { /* blocks shared or copied in the kernel, where the file system can */
		ssize_t n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0);

		if (n == 0)
			return true;
		if (n < 0)
			break;
	}
	if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return fail(error, "cannot write", to);
	buffer = g_malloc(1 << 20);
	for (;;) {
		ssize_t n = read(in, buffer, 1 << 20);

		if (n < 0)
			return fail(error, "cannot read", from);
		if (n == 0)
			return true;
		for (ssize_t done = 0; done < n;) {
			ssize_t wrote = write(out, buffer + done, (size_t)(n - done));

			if (wrote < 0)
				return fail(error, "cannot write", to);
			done += wrote;
		}
	}
}

bool fs_copy(const char *from, const char *to, GError **error)
{
	g_auto(Fd) in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0)
		return fail(error, "cannot open", from);
	if (!S_ISREG(st.st_mode))
		return error_host(error, "cannot copy %s: no regular file", from);

	g_auto(Fd) out =
		open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, st.st_mode & 0777);
	if (out < 0)
		return fail(error, "cannot make", to);
	if (!copy_bytes(in, out, from, to, error))
		return false;
	if (fchmod(out, st.st_mode & 0777) < 0)
		return fail(error, "cannot set the mode of", to);
	return true;
}

/* Names in a folder, sorted; independent of readdir's order. */
static GPtrArray *list_folder(const char *path, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, error);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	if (!dir)
		return NULL;
	while ((name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	return g_steal_pointer(&names);
}

static bool copy_link(const char *from, const char *to, GError **error)
{
	g_autofree char *target = g_file_read_link(from, error);

	if (!target)
		return false;
	if (symlink(target, to) < 0)
		return fail(error, "cannot make link", to);
	return true;
}

bool fs_copy_tree(const char *from, const char *to, GError **error)
{
	struct stat st;

	if (lstat(from, &st) < 0)
		return fail(error, "cannot look at", from);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, error);
	if (S_ISREG(st.st_mode))
		return fs_copy(from, to, error);
	if (!S_ISDIR(st.st_mode))
		return error_host(error, "cannot copy %s: neither file, folder nor link", from);

	g_autoptr(GPtrArray) names = list_folder(from, error);
	if (!names || !fs_mkdir(to, error))
		return false;
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *source = g_build_filename(from, names->pdata[i], NULL);
		g_autofree char *target = g_build_filename(to, names->pdata[i], NULL);

		if (!fs_copy_tree(source, target, error))
			return false;
	}
	return true;
}

/*
 * A guest makes trees as deep as it likes. What is deeper than a descriptor a level can reach is
 * moved up to the top, and removed from there.
 */
typedef struct {
	int top;
	const char *path;
	bool moved;
} Removal;

static bool move_up(Removal *removal, int parent, const char *name, GError **error)
{
	g_autofree char *to = g_strdup_printf("%08x%08x", g_random_int(), g_random_int());

	if (renameat(parent, name, removal->top, to) < 0)
		return fail(error, "cannot empty folder", removal->path);
	removal->moved = true;
	return true;
}

/* A folder that can be emptied, or -1; one that a build or a guest closed is opened up. */
static int open_to_empty(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(parent, name, flags);

	if (fd < 0 && errno == EACCES) {
		fchmodat(parent, name, 0700, 0);
		fd = openat(parent, name, flags);
	}
	if (fd >= 0)
		fchmod(fd, 0700);
	return fd;
}

static bool remove_inside(Removal *removal, int dir_fd, guint depth, GError **error);

static bool remove_at(Removal *removal, int parent, const char *name, guint depth, GError **error)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return fail(error, "cannot remove", removal->path);

	g_auto(Fd) fd = open_to_empty(parent, name);
	if (fd < 0)
		return fail(error, "cannot open folder", removal->path);
	if (depth >= REMOVE_DEPTH_MAX)
		return move_up(removal, parent, name, error);
	if (!remove_inside(removal, fd, depth + 1, error))
		return false;
	/* a folder whose inside could only be moved is empty, too */
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail(error, "cannot remove", removal->path);
	return true;
}

static bool remove_inside(Removal *removal, int dir_fd, guint depth, GError **error)
{
	g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", dir_fd);
	g_autoptr(GPtrArray) names = list_folder(self, error);

	if (!names)
		return false;
	for (guint i = 0; i < names->len; i++)
		if (!remove_at(removal, dir_fd, names->pdata[i], depth, error))
			return false;
	return true;
}

bool fs_remove_tree(const char *path, GError **error)
{
	Removal removal = { .path = path };

	if (unlink(path) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return fail(error, "cannot remove", path);

	g_auto(Fd) top = open_to_empty(AT_FDCWD, path);
	if (top < 0)
		return fail(error, "cannot open folder", path);
	removal.top = top;
	do {
		removal.moved = false;
		if (!remove_inside(&removal, top, 0, error))
			return false;
	} while (removal.moved);
	if (rmdir(path) < 0 && errno != ENOENT)
		return fail(error, "cannot remove", path);
	return true;
}

static bool hash_fd(GChecksum *sum, int fd, const char *path, GError **error)
{
	g_autofree guchar *buffer = g_malloc(1 << 20);

	for (;;) {
		ssize_t n = read(fd, buffer, 1 << 20);

		if (n < 0)
			return fail(error, "cannot read", path);
		if (n == 0)
			return true;
		g_checksum_update(sum, buffer, n);
	}
}

bool fs_sha256(const char *path, char **ret_hex, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_auto(Fd) fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(error, "cannot open", path);
	if (!hash_fd(sum, fd, path, error))
		return false;
	*ret_hex = g_strdup(g_checksum_get_string(sum));
	return true;
}

static bool hash_tree(GChecksum *sum, const char *path, const char *name, GError **error)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return fail(error, "cannot look at", path);
	g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name) + 1);
	if (S_ISREG(st.st_mode)) {
		g_auto(Fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		g_autofree char *head =
			g_strdup_printf("f%d %" G_GINT64_FORMAT "\n", st.st_mode & 0100 ? 1 : 0,
					(gint64)st.st_size);

		if (fd < 0)
			return fail(error, "cannot open", path);
		g_checksum_update(sum, (const guchar *)head, -1);
		return hash_fd(sum, fd, path, error);
	}
	if (S_ISLNK(st.st_mode)) {
		g_autofree char *target = g_file_read_link(path, error);

		if (!target)
			return false;
		g_checksum_update(sum, (const guchar *)"l", 1);
		g_checksum_update(sum, (const guchar *)target, (gssize)strlen(target) + 1);
		return true;
	}
	if (!S_ISDIR(st.st_mode))
		return error_host(error, "%s is neither file, folder nor link", path);

	g_autoptr(GPtrArray) names = list_folder(path, error);
	if (!names)
		return false;
	g_checksum_update(sum, (const guchar *)"d", 1);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *child = g_build_filename(path, names->pdata[i], NULL);

		if (!hash_tree(sum, child, names->pdata[i], error))
			return false;
	}
	g_checksum_update(sum, (const guchar *)"e", 1);
	return true;
}

bool fs_sha256_tree(const char *path, char **ret_hex, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	if (!hash_tree(sum, path, "", error))
		return false;
	*ret_hex = g_strdup(g_checksum_get_string(sum));
	return true;
}

bool fs_lock(const char *path, int *ret_fd, bool *ret_busy, GError **error)
{
	g_auto(Fd) fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	g_autofree char *pid = g_strdup_printf("%d\n", (int)getpid());

	if (fd < 0)
		return fail(error, "cannot open lock", path);
	if (flock(fd, LOCK_EX | (ret_busy ? LOCK_NB : 0)) < 0) {
		if (!ret_busy || errno != EWOULDBLOCK)
			return fail(error, "cannot lock", path);
		*ret_busy = true;
		*ret_fd = -1;
		return true;
	}
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
		return fail(error, "cannot write lock", path);
	if (ret_busy)
		*ret_busy = false;
	*ret_fd = fd;
	fd = -1;
	return true;
}

bool fs_locked(const char *path)
{
	g_auto(Fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool fs_free_bytes(const char *path, guint64 *ret_bytes, GError **error)
{
	struct statvfs st;

	if (statvfs(path, &st) < 0)
		return fail(error, "cannot look at the file system of", path);
	*ret_bytes = (guint64)st.f_bavail * st.f_frsize;
	return true;
}
