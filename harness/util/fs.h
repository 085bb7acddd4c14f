/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and folders: what GLib does not have. Every error is BOX_ERROR_HOST and names the path. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/** fs_mkdir() - make a folder and its parents, mode 0755 less the umask; one that exists is fine */
bool fs_mkdir(const char *path, GError **error);

/**
 * fs_write() - replace a file so that a crash leaves the old content or the new, never a part
 * @path: file; its folder must exist
 * @data: bytes, borrowed
 * @len:  their number, -1 for a C string
 *
 * Temporary file beside it, fsync, rename, fsync of the folder.
 */
bool fs_write(const char *path, const char *data, gssize len, GError **error);

/**
 * fs_put() - make or replace a file whose content need not survive a power cut, or not before
 * fs_sync_tree(): much quicker
 */
bool fs_put(const char *path, const char *data, gssize len, GError **error);

/** fs_sync_tree() - have all below a folder on the disk, following no symlink */
bool fs_sync_tree(const char *path, GError **error);

/** fs_write_all() - write(2) until all is written; false with errno where it fails */
bool fs_write_all(int fd, const char *data, gsize len);

/** fs_sync() - have a folder's names, or a file's content, on the disk */
bool fs_sync(const char *path, GError **error);

/** fs_move() - rename a file, its content and its new name on the disk when this returns */
bool fs_move(const char *from, const char *to, GError **error);

/** fs_read() - a whole file as a C string (a final NUL is added), refused over @max_bytes; free
 * with g_free() */
bool fs_read(const char *path, gsize max_bytes, char **ret_data, gsize *ret_len, GError **error);

/**
 * fs_read_beneath() - read a file that a guest may have written
 * @dir:       folder that the guest could write to
 * @name:      path relative to it; a symlink, a `..` or a mount on the way is refused
 * @max_bytes: at most this much is read; the rest is left out and @ret_cut is set
 * @ret_data:  content with a final NUL; free with g_free()
 * @ret_len:   bytes in @ret_data, or NULL
 * @ret_cut:   whether the file was longer, or NULL
 *
 * Opens without blocking and takes regular files only (openat2(2), RESOLVE_BENEATH).
 * Return: false also when the file is not there; @error then is G_FILE_ERROR_NOENT.
 */
bool fs_read_beneath(const char *dir, const char *name, gsize max_bytes, char **ret_data,
		     gsize *ret_len, bool *ret_cut, GError **error);

/**
 * fs_list_beneath() - names of the regular files in a folder that a guest may have written
 * @dir:   folder that the guest could write to
 * @name:  folder beneath it, opened as fs_read_beneath() does
 * @max:   at most so many names are returned
 *
 * Names of anything but ASCII letters, digits, ".", "_" and "-", that begin with "." or "-", or are
 * longer than 64, are left out.
 * Return: sorted names, empty where there is no such folder; free with g_strfreev().
 */
char **fs_list_beneath(const char *dir, const char *name, guint max);

/**
 * fs_copy() - copy one regular file, its permission bits with it (mode & 0777)
 *
 * Shares blocks with the source where the file system can (FICLONE, copy_file_range).
 */
bool fs_copy(const char *from, const char *to, GError **error);

/** fs_copy_tree() - copy a folder of regular files, folders and symlinks; anything else is refused
 */
bool fs_copy_tree(const char *from, const char *to, GError **error);

/** fs_remove_tree() - remove a file or a folder with all in it, following no symlink; absent is
 * fine */
bool fs_remove_tree(const char *path, GError **error);

/** fs_sha256() - SHA-256 of a file as 64 hex digits; free with g_free() */
bool fs_sha256(const char *path, char **ret_hex, GError **error);

/**
 * fs_sha256_tree() - one SHA-256 over the names, kinds, executable bits and contents below a folder
 *
 * Independent of times, owners and the order of readdir(3).
 */
bool fs_sha256_tree(const char *path, char **ret_hex, GError **error);

/**
 * fs_lock() - take an exclusive lock on a file, making it where needed
 * @path:   lock file; stays behind when unlocked (its content is this process's id)
 * @ret_fd: close it to unlock; the lock goes with the process
 * @ret_busy: set, with *ret_fd = -1 and true returned, where another process holds it; NULL waits
 */
bool fs_lock(const char *path, int *ret_fd, bool *ret_busy, GError **error);

/** fs_locked() - whether another process holds fs_lock()'s or flock(2)'s lock on a file or folder;
 * nothing is made or changed */
bool fs_locked(const char *path);

/** fs_free_bytes() - bytes that an ordinary user may still write on the file system of @path */
bool fs_free_bytes(const char *path, guint64 *ret_bytes, GError **error);
