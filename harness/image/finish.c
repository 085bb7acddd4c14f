/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe's files travel in a tar, so that whoever is root at the other end owns them. */
#include "image/finish.h"

#include "util/error.h"
#include "util/fs.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#define SOURCE_MAX ((gsize)1 << 30)

static bool write_failed(struct archive *archive, const char *tar, GError **error)
{
	return error_host(error, "cannot write %s: %s", tar, archive_error_string(archive));
}

/* The entry's content: NULL for a link. */
static bool read_content(const RecipeFile *file, char **ret_data, gsize *ret_len, GError **error)
{
	*ret_len = 0;
	if (file->source)
		return fs_read(file->source, SOURCE_MAX, ret_data, ret_len, error);
	*ret_data = g_strdup(file->text);
	*ret_len = file->text ? strlen(file->text) : 0;
	return true;
}

static bool add_file(struct archive *archive, const RecipeFile *file, const char *tar,
		     GError **error)
{
	struct archive_entry *entry = archive_entry_new();
	g_autofree char *data = NULL;
	gsize len;
	bool ok;

	if (!read_content(file, &data, &len, error)) {
		archive_entry_free(entry);
		return false;
	}
	archive_entry_set_pathname(entry, file->path + 1);
	archive_entry_set_filetype(entry, file->link ? AE_IFLNK : AE_IFREG);
	archive_entry_set_perm(entry, file->link ? 0777 : file->mode);
	archive_entry_set_mtime(entry, g_ascii_strtoll(FINISH_EPOCH, NULL, 10), 0);
	archive_entry_set_size(entry, (gint64)len);
	if (file->link)
		archive_entry_set_symlink(entry, file->link);
	ok = archive_write_header(archive, entry) == ARCHIVE_OK &&
	     archive_write_data(archive, data ? data : "", len) == (la_ssize_t)len;
	archive_entry_free(entry);
	return ok || write_failed(archive, tar, error);
}

/* All files, root's. */
static bool write_tar(const Recipe *recipe, const char *tar, GError **error)
{
	struct archive *archive = archive_write_new();
	bool ok = archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK &&
		  archive_write_set_options(archive, "hdrcharset=BINARY") == ARCHIVE_OK &&
		  archive_write_open_filename(archive, tar) == ARCHIVE_OK;

	if (!ok)
		write_failed(archive, tar, error);
	for (guint i = 0; ok && i < recipe->files->len; i++)
		ok = add_file(archive, recipe->files->pdata[i], tar, error);
	if (ok && archive_write_close(archive) != ARCHIVE_OK)
		ok = write_failed(archive, tar, error);
	archive_write_free(archive);
	/* whoever unpacks it may be another user id of a namespace */
	return ok &&
	       (chmod(tar, 0644) == 0 || error_host(error, "cannot make %s readable for all", tar));
}

/* Each folder that gets a file must be one of the root's own, whatever symlinks are on the way. */
static void add_unpacking(const Recipe *recipe, const char *tar, GString *script)
{
	g_autofree char *quoted = g_shell_quote(tar);

	g_string_append(script,
			"place() { at=$(realpath -m -- \"$root$1\"); case $at/ in \"$root\"/*) ;; "
			"*) echo \"E: $2" FINISH_OUTSIDE "\" >&2; exit 1 ;; esac; }\n");
	for (guint i = 0; i < recipe->files->len; i++) {
		const RecipeFile *file = recipe->files->pdata[i];
		g_autofree char *folder = g_path_get_dirname(file->path);
		g_autofree char *quoted_folder = g_shell_quote(folder);
		g_autofree char *quoted_path = g_shell_quote(file->path);

		g_string_append_printf(script, "place %s %s\n", quoted_folder, quoted_path);
	}
	g_string_append_printf(script,
			       "tar --extract --numeric-owner --preserve-permissions "
			       "--keep-directory-symlink --directory=\"$root\" --file=%s\n",
			       quoted);
}

static void add_commands(const Recipe *recipe, GString *script)
{
	guint n = 0;

	g_string_append(
		script,
		"run() { env -u TMPDIR PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
		"/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=" FINISH_EPOCH
		" chroot \"$root\" /bin/sh -euc \"$2\" </dev/null || "
		"{ echo \"E: " FINISH_COMMAND
		"$1 of the recipe ended with $?\" >&2; exit 1; }; }\n");
	for (char **command = recipe->commands; *command; command++) {
		g_autofree char *quoted = g_shell_quote(*command);

		g_string_append_printf(script,
				       "echo 'I: running command %u of the recipe...' >&2\n"
				       "run %u %s\n",
				       n + 1, n + 1, quoted);
		n++;
	}
}

char *finish_script(const Recipe *recipe, const char *folder, GError **error)
{
	g_autoptr(GString) script = g_string_new(NULL);
	g_autofree char *tar = g_build_filename(folder, "files.tar", NULL);

	if (!recipe->files->len && !recipe->commands[0])
		return g_strdup("");
	g_string_append(script, "set -eu\nroot=$(realpath \"$1\")\n");
	if (recipe->files->len) {
		if (!write_tar(recipe, tar, error))
			return NULL;
		add_unpacking(recipe, tar, script);
	}
	if (recipe->commands[0])
		add_commands(recipe, script);
	return g_string_free(g_steal_pointer(&script), FALSE);
}
