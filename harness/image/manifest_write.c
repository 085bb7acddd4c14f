/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root's tar, read once from end to end: its manifest, and what a disk of it needs. */
#include "image/manifest.h"

#include "util/error.h"
#include "util/fs.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#define BUFFER ((gsize)256 << 10)
/* Lists of packages that are read; what is longer is no list. */
#define LIST_MAX ((gsize)64 << 20)

/* A package manager's list in the root, and what its lines about a package begin with. */
static const struct {
	const char *path;
	const char *name;
	const char *version;
} LISTS[] = {
	{ "var/lib/dpkg/status", "Package: ", "Version: " },
	{ "lib/apk/db/installed", "P:", "V:" },
};

/* A tar being read. */
typedef struct {
	struct archive *archive;
	const char *tar;
	GCancellable *cancel;
	GPtrArray *lines;
	GHashTable *links; /* path -> target, of top folders that are symlinks */
	RootFacts facts;
} Reading;

void root_facts_clear(RootFacts *facts)
{
	g_clear_pointer(&facts->sbin, g_free);
}

static void reading_clear(Reading *reading)
{
	if (reading->archive)
		archive_read_free(reading->archive);
	g_clear_pointer(&reading->lines, g_ptr_array_unref);
	g_clear_pointer(&reading->links, g_hash_table_unref);
	root_facts_clear(&reading->facts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

static bool read_failed(const Reading *reading, GError **error)
{
	return error_host(error, "cannot read the root %s: %s", reading->tar,
			  archive_error_string(reading->archive));
}

/* The path without what tars put before it: "" for the root itself. */
static const char *plain_path(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	if (!path)
		return "";
	while (g_str_has_prefix(path, "./") || *path == '/')
		path += *path == '/' ? 1 : 2;
	return g_str_equal(path, ".") ? "" : path;
}

/* One word of a line. */
static char *escape(const char *text)
{
	g_autofree char *escaped = g_strescape(text, NULL);
	g_autoptr(GString) word = g_string_new(escaped);

	g_string_replace(word, " ", "\\040", 0);
	return g_string_free(g_steal_pointer(&word), FALSE);
}

/* The content's hash; of a list of packages the content as well. */
static bool read_content(Reading *reading, bool keep, char **ret_hash, GString *list,
			 GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree guchar *buffer = g_malloc(BUFFER);
	la_ssize_t n;

	while ((n = archive_read_data(reading->archive, buffer, BUFFER)) > 0) {
		g_checksum_update(sum, buffer, n);
		if (keep && list->len < LIST_MAX)
			g_string_append_len(list, (const char *)buffer, n);
		reading->facts.bytes += (guint64)n;
		if (g_cancellable_is_cancelled(reading->cancel))
			return error_interrupted(error);
	}
	if (n < 0)
		return read_failed(reading, error);
	*ret_hash = g_strdup(g_checksum_get_string(sum));
	return true;
}

static void add_packages(Reading *reading, const char *text, const char *name, const char *version)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *last = NULL;

	for (char **line = lines; *line; line++) {
		g_autofree char *word = NULL;

		if (g_str_has_prefix(*line, name)) {
			g_free(last);
			last = escape(*line + strlen(name));
		}
		if (!g_str_has_prefix(*line, version) || !last)
			continue;
		word = escape(*line + strlen(version));
		g_ptr_array_add(reading->lines, g_strdup_printf("package %s %s", last, word));
		g_clear_pointer(&last, g_free);
	}
}

static char kind_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return 'h';
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return '-';
	case AE_IFDIR:
		return 'd';
	case AE_IFLNK:
		return 'l';
	case AE_IFCHR:
		return 'c';
	case AE_IFBLK:
		return 'b';
	case AE_IFIFO:
		return 'p';
	default:
		return '?';
	}
}

static const char *list_version(const char *path, const char **ret_name)
{
	for (guint i = 0; i < G_N_ELEMENTS(LISTS); i++)
		if (g_str_equal(path, LISTS[i].path)) {
			*ret_name = LISTS[i].name;
			return LISTS[i].version;
		}
	return NULL;
}

/* What the line says of the content. */
static bool describe_content(Reading *reading, struct archive_entry *entry, const char *path,
			     char **ret_text, GError **error)
{
	const char *name = NULL;
	const char *version = list_version(path, &name);
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *hash = NULL;

	if (archive_entry_hardlink(entry)) {
		*ret_text = escape(archive_entry_hardlink(entry));
	} else if (archive_entry_filetype(entry) == AE_IFLNK) {
		*ret_text =
			escape(archive_entry_symlink(entry) ? archive_entry_symlink(entry) : "");
	} else if (archive_entry_filetype(entry) == AE_IFREG) {
		if (!read_content(reading, version != NULL, &hash, list, error))
			return false;
		*ret_text = g_steal_pointer(&hash);
		if (version)
			add_packages(reading, list->str, name, version);
	} else {
		*ret_text = g_strdup("-");
	}
	return true;
}

static void note_facts(Reading *reading, struct archive_entry *entry, const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	reading->facts.files++;
	if (g_str_equal(name, "crun") && (archive_entry_perm(entry) & S_IXUSR))
		reading->facts.crun = true;
	if (archive_entry_filetype(entry) == AE_IFLNK && !strchr(path, '/') &&
	    archive_entry_symlink(entry))
		g_hash_table_replace(reading->links, g_strdup(path),
				     g_strdup(archive_entry_symlink(entry)));
}

static bool read_entry(Reading *reading, struct archive_entry *entry, GError **error)
{
	g_autofree char *path = g_strdup(plain_path(entry));
	g_autofree char *content = NULL;
	g_autofree char *word = NULL;

	if (g_str_has_suffix(path, "/"))
		path[strlen(path) - 1] = '\0';
	note_facts(reading, entry, path);
	if (!describe_content(reading, entry, path, &content, error))
		return false;
	word = escape(path);
	g_ptr_array_add(reading->lines,
			g_strdup_printf("%c %04o %" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " %s /%s",
					kind_of(entry), (guint)archive_entry_perm(entry),
					(gint64)archive_entry_uid(entry),
					(gint64)archive_entry_gid(entry), content, word));
	return true;
}

/* Follows /sbin where it is a symlink to another top folder, as in a merged /usr. */
static char *find_sbin(const Reading *reading)
{
	const char *target = g_hash_table_lookup(reading->links, "sbin");
	g_autofree char *whole = target ? g_canonicalize_filename(target, "/") : NULL;

	return g_strdup(whole && whole[1] ? whole + 1 : "sbin");
}

/* Packages first, then by path. */
static int compare_lines(const void *a, const void *b)
{
	const char *left = *(const char *const *)a;
	const char *right = *(const char *const *)b;
	bool is_package = g_str_has_prefix(left, "package ");
	const char *left_path = strrchr(left, ' ');
	const char *right_path = strrchr(right, ' ');

	if (is_package != (bool)g_str_has_prefix(right, "package "))
		return is_package ? -1 : 1;
	return is_package ? strcmp(left, right) : strcmp(left_path, right_path);
}

static bool write_lines(GPtrArray *lines, const char *path, GError **error)
{
	g_autoptr(GString) text = g_string_new("bisectbox manifest 1\n");

	g_ptr_array_sort(lines, compare_lines);
	for (guint i = 0; i < lines->len; i++)
		g_string_append_printf(text, "%s\n", (const char *)lines->pdata[i]);
	return fs_write(path, text->str, (gssize)text->len, error);
}

bool manifest_write(const char *tar, const char *path, GCancellable *cancel, RootFacts *ret_facts,
		    GError **error)
{
	g_auto(Reading) reading = { .tar = tar, .cancel = cancel };
	struct archive_entry *entry;
	int got;

	reading.archive = archive_read_new();
	reading.lines = g_ptr_array_new_with_free_func(g_free);
	reading.links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	archive_read_support_format_tar(reading.archive);
	/* names are bytes */
	archive_read_set_options(reading.archive, "hdrcharset=BINARY");
	if (archive_read_open_filename(reading.archive, tar, BUFFER) != ARCHIVE_OK)
		return read_failed(&reading, error);
	while ((got = archive_read_next_header(reading.archive, &entry)) == ARCHIVE_OK ||
	       got == ARCHIVE_WARN)
		if (!read_entry(&reading, entry, error))
			return false;
	if (got != ARCHIVE_EOF)
		return read_failed(&reading, error);
	if (!write_lines(reading.lines, path, error))
		return false;
	reading.facts.sbin = find_sbin(&reading);
	*ret_facts = reading.facts;
	reading.facts.sbin = NULL;
	return true;
}
