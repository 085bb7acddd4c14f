/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading fixups. */
#include "kernel/fixup.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <string.h>

#define PATCH_MAX ((gsize)4 << 20)
#define SUFFIX ".patch"

void fixup_free(Fixup *fixup)
{
	if (!fixup)
		return;
	g_free(fixup->name);
	g_free(fixup->file);
	g_strfreev(fixup->paths);
	g_clear_pointer(&fixup->sign, g_regex_unref);
	g_free(fixup);
}

/* What only runs on the host while a kernel is built. */
static bool is_tool(const char *path)
{
	static const char *const folders[] = { "scripts/", "tools/", "arch/x86/tools/",
					       "Documentation/" };

	for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
		if (g_str_has_prefix(path, folders[i]))
			return true;
	return false;
}

/* The path after "--- " or "+++ ", less its first folder, as patch -p1 has it; NULL for none. */
static char *patched_path(const char *line)
{
	const char *start = line + strlen("+++ ");
	g_autofree char *path = g_strndup(start, strcspn(start, "\t\r"));
	const char *slash = strchr(g_strchomp(path), '/');

	return slash && !g_str_equal(path, "/dev/null") ? g_strdup(slash + 1) : NULL;
}

static bool is_beneath(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);

	for (char **part = parts; *part; part++)
		if (!**part || g_str_equal(*part, "..") || g_str_equal(*part, "."))
			return false;
	return *path != '\0';
}

static bool read_paths(Fixup *fixup, char **lines, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; lines[i]; i++) {
		g_autofree char *path = NULL;
		bool old = g_str_has_prefix(lines[i], "--- ") && lines[i + 1] &&
			   g_str_has_prefix(lines[i + 1], "+++ ");
		bool new = i &&g_str_has_prefix(lines[i], "+++ ") &&
			   g_str_has_prefix(lines[i - 1], "--- ");

		path = old || new ? patched_path(lines[i]) : NULL;
		if (!path || g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL))
			continue;
		if (!is_beneath(path))
			return error_usage(error, "%s: it changes %s, outside the tree",
					   fixup->name, path);
		if (!fixup->kernel && !is_tool(path))
			fixup->kernel = path;
		g_ptr_array_add(paths, g_steal_pointer(&path));
	}
	if (!paths->len)
		return error_usage(error,
				   "%s: it is no patch: there is no file in it to change (lines "
				   "\"--- a/FILE\" and \"+++ b/FILE\" are expected)",
				   fixup->name);
	g_ptr_array_add(paths, NULL);
	g_ptr_array_set_free_func(paths, NULL);
	fixup->paths = (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
	return true;
}

static const char *head_value(char **lines, const char *field)
{
	for (; *lines && !g_str_has_prefix(*lines, "--- "); lines++)
		if (g_str_has_prefix(*lines, field) && (*lines)[strlen(field)] == ':')
			return g_strchug(*lines + strlen(field) + 1);
	return NULL;
}

/* Ours only: what it mends and where that comes from must be there, for people. */
static bool read_head(Fixup *fixup, char **lines, GError **error)
{
	const char *range = head_value(lines, "For");
	const char *sign = head_value(lines, "Sign");
	g_auto(GStrv) ends = g_strsplit(range ? range : "", "..", 2);

	if (!head_value(lines, "Mends") || !head_value(lines, "Upstream") || !sign)
		return error_usage(
			error,
			"%s: its head must have Mends:, Upstream:, For: and Sign:", fixup->file);
	if (!ends[0] || !ends[1] || !version_parse(ends[0], &fixup->since) ||
	    !version_parse(ends[1], &fixup->until))
		return error_usage(error, "%s: For: VERSION..VERSION is expected", fixup->file);
	fixup->sign = g_regex_new(sign, G_REGEX_MULTILINE, 0, error);
	if (!fixup->sign)
		g_prefix_error(error, "%s: Sign: ", fixup->file);
	return fixup->sign != NULL;
}

static bool add_fixup(GPtrArray *fixups, GChecksum *sum, const char *name, const char *path,
		      bool users, GError **error)
{
	g_autoptr(Fixup) fixup = g_new0(Fixup, 1);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	gsize len;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return error_usage(error, "--fixup %s: no such file", name);
	if (!fs_read(path, PATCH_MAX, &text, &len, error))
		return false;
	fixup->name = users ? g_strconcat("--fixup ", name, NULL)
			    : g_strndup(name, strlen(name) - strlen(SUFFIX));
	fixup->file = g_canonicalize_filename(path, NULL);
	fixup->users = users;
	lines = g_strsplit(text, "\n", -1);
	if (!read_paths(fixup, lines, error) || (!users && !read_head(fixup, lines, error)))
		return false;
	g_checksum_update(sum, (const guchar *)text, (gssize)len);
	g_checksum_update(sum, (const guchar *)"", 1);
	g_ptr_array_add(fixups, g_steal_pointer(&fixup));
	return true;
}

static int by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_shipped(GPtrArray *fixups, GChecksum *sum, GError **error)
{
	g_autofree char *folder = paths_data("kconfigs/fixups");
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, SUFFIX))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);

		if (!add_fixup(fixups, sum, names->pdata[i], path, false, error))
			return false;
	}
	return true;
}

bool fixups_load(const char *const *users, GPtrArray **ret_fixups, char **ret_key, GError **error)
{
	g_autoptr(GPtrArray) fixups = g_ptr_array_new_with_free_func((GDestroyNotify)fixup_free);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	for (; users && *users; users++)
		if (!add_fixup(fixups, sum, *users, *users, true, error))
			return false;
	if (!add_shipped(fixups, sum, error))
		return false;
	*ret_key = g_strdup(g_checksum_get_string(sum));
	*ret_fixups = g_steal_pointer(&fixups);
	return true;
}

bool fixup_wanted(const Fixup *fixup, const Version *version, const char *log)
{
	return !fixup->users && version_compare(version, &fixup->since) >= 0 &&
	       version_compare(version, &fixup->until) <= 0 &&
	       g_regex_match(fixup->sign, log, 0, NULL);
}
