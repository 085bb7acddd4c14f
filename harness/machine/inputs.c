/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small ext2, by mke2fs. */
#include "machine/inputs.h"
#include "util/error.h"
#include "util/process.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 1024
#define INODE 128
/* Superblock, descriptors, bitmaps, lost+found; and what folders take besides their own block. */
#define SPARE_KIB 1024

/* What a folder's content takes; nftw(3) has no other way to hand it on. */
typedef struct {
	guint64 files;
	guint64 kib;
} Size;
static __thread Size counted;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path, (void)type, (void)where;
	counted.files++;
	/* and one block of pointers for each 256 of its own */
	counted.kib += ((guint64)st->st_size + BLOCK - 1) / BLOCK * 257 / 256 + 1;
	return 0;
}

static bool measure(const char *folder, Size *ret_size, GError **error)
{
	counted = (Size){ 0 };
	if (nftw(folder, count_one, 16, FTW_PHYS) != 0)
		return error_host(error, "cannot read %s: %s", folder, g_strerror(errno));
	*ret_size = counted;
	return true;
}

/* It is where an ordinary user's PATH does not lead. */
static char *find_mke2fs(GError **error)
{
	static const char *const places[] = { "/usr/sbin/mke2fs", "/sbin/mke2fs" };
	char *path = g_find_program_in_path("mke2fs");

	for (guint i = 0; !path && i < G_N_ELEMENTS(places); i++)
		if (access(places[i], X_OK) == 0)
			path = g_strdup(places[i]);
	if (!path)
		error_host(error, "mke2fs is not installed: install the Debian package e2fsprogs");
	return path;
}

bool inputs_make(const char *folder, const char *disk, GCancellable *cancel, GError **error)
{
	g_autofree char *mke2fs = find_mke2fs(error);
	g_autofree char *inodes = NULL;
	g_autofree char *size = NULL;
	Size needs = { 0 };

	if (!mke2fs || !measure(folder, &needs, error))
		return false;
	inodes = g_strdup_printf("%" G_GUINT64_FORMAT, needs.files + 64);
	size = g_strdup_printf("%" G_GUINT64_FORMAT "k", needs.kib +
								 (needs.files + 64) * INODE / 1024 +
								 needs.kib / 50 + SPARE_KIB);

	const char *argv[] = { mke2fs,
			       "-q",
			       "-F",
			       "-t",
			       "ext2",
			       "-b",
			       G_STRINGIFY(BLOCK),
			       "-I",
			       G_STRINGIFY(INODE),
			       "-N",
			       inodes,
			       "-m",
			       "0",
			       "-E",
			       "root_owner=0:0",
			       "-d",
			       folder,
			       disk,
			       size,
			       NULL };
	ProcessSpec spec = { .argv = argv };

	g_unlink(disk);
	return process_check(&spec, cancel, error);
}
