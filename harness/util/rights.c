/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Setuid, umask, root's PATH, owners. */
#include "util/rights.h"

#include "util/error.h"
#include "util/paths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool others_write(const struct stat *st)
{
	return (st->st_mode & S_IWOTH) || ((st->st_mode & S_IWGRP) && st->st_gid != 0);
}

/* Whether only root decides what is in a folder; its path has no symlink in it. */
static bool is_roots_own(const char *folder)
{
	g_autofree char *path = g_strdup(folder);
	struct stat st;

	if (lstat(folder, &st) < 0 || !S_ISDIR(st.st_mode) || others_write(&st))
		return false;
	/* the sticky bit keeps everybody from what is in a folder and root's */
	while (lstat(path, &st) == 0 && st.st_uid == 0 &&
	       (!others_write(&st) || (st.st_mode & S_ISVTX))) {
		char *above = g_path_get_dirname(path);

		if (g_str_equal(path, above)) {
			g_free(above);
			return true;
		}
		g_free(path);
		path = above;
	}
	return false;
}

char *rights_trusted_path(const char *path, char **ret_left_out)
{
	g_auto(GStrv) folders = g_strsplit(path, ":", -1);
	g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) left_out = g_ptr_array_new();

	for (char **folder = folders; *folder; folder++) {
		char *real = g_path_is_absolute(*folder) ? realpath(*folder, NULL) : NULL;

		if (real && is_roots_own(real))
			g_ptr_array_add(kept, g_strdup(real));
		else if (real || !g_path_is_absolute(*folder))
			g_ptr_array_add(left_out, **folder ? *folder : (char *)".");
		free(real);
	}
	*ret_left_out = NULL;
	g_ptr_array_add(left_out, NULL);
	if (left_out->pdata[0])
		*ret_left_out = g_strjoinv(", ", (char **)left_out->pdata);
	if (kept->len == 0)
		return g_strdup(USUAL_PATH);
	g_ptr_array_add(kept, NULL);
	return g_strjoinv(":", (char **)kept->pdata);
}

bool rights_check_owner(const char *what, const char *path, GError **error)
{
	struct stat st;

	return stat(path, &st) < 0 || st.st_uid == geteuid() ||
	       error_usage(error, "%s %s belongs to another user (uid %u)", what, path,
			   (unsigned)st.st_uid);
}

/* Who can write to root's cache decides what root compiles with, and boots. */
static bool check_cache(GError **error)
{
	g_autofree char *cache = paths_cache(NULL);
	struct stat st;

	if (geteuid() != 0 || stat(cache, &st) < 0)
		return true;
	if (!rights_check_owner("the cache", cache, error)) {
		g_prefix_error(error, "as root: set BISECTBOX_CACHE to a folder of root's own: ");
		return false;
	}
	return !(st.st_mode & S_IWOTH) ||
	       error_usage(error, "as root: everybody can write to the cache %s: chmod o-w it",
			   cache);
}

bool rights_settle(char **ret_note, GError **error)
{
	g_autofree char *left_out = NULL;
	g_autofree char *trusted = NULL;
	const char *path = g_getenv("PATH");

	*ret_note = NULL;
	if (getauxval(AT_SECURE))
		return error_usage(error, "bisectbox must not be setuid or setgid: chmod ug-s it");
	umask(umask(0) | S_IWOTH);
	if (!check_cache(error))
		return false;
	if (geteuid() != 0)
		return true;
	trusted = rights_trusted_path(path ? path : "", &left_out);
	g_setenv("PATH", trusted, TRUE);
	if (left_out)
		*ret_note = g_strdup_printf("as root: left out of PATH, where others can put "
					    "programs: %s",
					    left_out);
	return true;
}
