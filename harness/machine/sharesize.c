/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a guest has put into its share, counted while it writes. */
#include "machine/sharesize.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_MIN 4096

static guint64 over(guint64 max)
{
	return max == G_MAXUINT64 ? max : max + 1;
}

/* The guest took the folder away, or put something else in its place, since it was listed. */
static bool was_race(int err)
{
	return err == ENOENT || err == ENOTDIR || err == ELOOP;
}

/* Sizes are added up in @sum; false once it is over @max. Takes @fd over. */
static bool size_add(int fd, guint depth, guint64 max, guint64 *sum)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	bool under = true;

	if (!dir) {
		close(fd);
		*sum = over(max);
		return false;
	}
	while (under && (entry = readdir(dir))) {
		struct stat st;
		int sub;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		/* the guest may have removed it since */
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		*sum += MAX((guint64)st.st_blocks * 512, ENTRY_MIN);
		under = *sum <= max;
		if (!under || !S_ISDIR(st.st_mode))
			continue;
		sub = depth < SHARE_DEPTH_MAX
			      ? openat(dirfd(dir), entry->d_name,
				       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
			      : -1;
		if (sub >= 0) {
			under = size_add(sub, depth + 1, max, sum);
		} else if (depth >= SHARE_DEPTH_MAX || !was_race(errno)) {
			*sum = over(max);
			under = false;
		}
	}
	closedir(dir);
	return under;
}

guint64 share_size(const char *path, guint64 max)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	guint64 sum = 0;

	if (fd < 0)
		return over(max);
	size_add(fd, 0, max, &sum);
	return sum;
}
