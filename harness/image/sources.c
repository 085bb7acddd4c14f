/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's apt sources and configuration, cut down to what serves one suite. */
#include "image/sources.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <string.h>

#define SOURCES_MAX_BYTES (1 << 20)

static bool is_cdrom(const char *uri)
{
	return g_str_has_prefix(uri, "cdrom:");
}

guint sources_filter_list(const char *text, const char *const *suites, GString *out)
{
	/* type, options in brackets or none, address, suite; a CD-ROM's address may hold spaces */
	g_autoptr(GRegex) entry =
		g_regex_new("^\\s*deb\\s+(?:\\[[^\\]]*\\]\\s+)?(\\S+)\\s+(\\S+)(?:\\s|$)",
			    G_REGEX_OPTIMIZE, 0, NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint n = 0;

	for (char **line = lines; *line; line++) {
		g_autoptr(GMatchInfo) match = NULL;
		g_autofree char *uri = NULL;
		g_autofree char *suite = NULL;

		(*line)[strcspn(*line, "#\r")] = '\0';
		if (!g_regex_match(entry, *line, 0, &match))
			continue;
		uri = g_match_info_fetch(match, 1);
		suite = g_match_info_fetch(match, 2);
		if (is_cdrom(uri) || !g_strv_contains(suites, suite))
			continue;
		g_string_append_printf(out, "%s\n", g_strstrip(*line));
		n++;
	}
	return n;
}

/* The words of a field's value that @keep wants, with a space between; NULL where none is left. */
static char *filter_words(const char *value, bool (*keep)(const char *word, const void *user),
			  const void *user)
{
	g_auto(GStrv) words = g_strsplit_set(value, " \t\r\n", -1);
	g_autoptr(GString) kept = g_string_new(NULL);

	for (char **word = words; *word; word++)
		if (**word && keep(*word, user))
			g_string_append_printf(kept, "%s%s", kept->len ? " " : "", *word);
	return kept->len ? g_string_free(g_steal_pointer(&kept), FALSE) : NULL;
}

static bool keep_deb(const char *word, const void *user G_GNUC_UNUSED)
{
	return g_str_equal(word, "deb");
}

static bool keep_suite(const char *word, const void *user)
{
	return g_strv_contains(user, word);
}

static bool keep_uri(const char *word, const void *user G_GNUC_UNUSED)
{
	return !is_cdrom(word);
}

/* apt's own list of words for no. */
static bool is_no(const char *value)
{
	static const char *const words[] = {
		"no", "false", "without", "off", "disable", "0", NULL
	};
	g_autofree char *word = g_strstrip(g_ascii_strdown(value, -1));

	return g_strv_contains(words, word);
}

/* A paragraph's fields, each with its continuation lines: name and value, apart. */
static GPtrArray *split_fields(const char *paragraph)
{
	g_auto(GStrv) lines = g_strsplit(paragraph, "\n", -1);
	GPtrArray *fields = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

	for (char **line = lines; *line; line++) {
		char **last = fields->len ? fields->pdata[fields->len - 1] : NULL;

		if (**line == '#')
			continue;
		if (last && g_ascii_isspace(**line)) {
			g_autofree char *before = last[1];

			last[1] = g_strconcat(before, "\n", *line, NULL);
		} else if (strchr(*line, ':')) {
			g_ptr_array_add(fields, g_strsplit(*line, ":", 2));
		}
	}
	return fields;
}

/* Appends a paragraph, or nothing where it does not serve. */
static bool filter_paragraph(const char *paragraph, const char *const *suites, GString *out)
{
	g_autoptr(GPtrArray) fields = split_fields(paragraph);
	g_autoptr(GString) kept = g_string_new(NULL);
	guint needed = 0;

	for (guint i = 0; i < fields->len; i++) {
		char **field = fields->pdata[i];
		g_autofree char *words = NULL;

		if (!g_ascii_strcasecmp(field[0], "Enabled")) {
			if (is_no(field[1]))
				return false;
			continue;
		}
		if (!g_ascii_strcasecmp(field[0], "Types"))
			words = filter_words(field[1], keep_deb, NULL);
		else if (!g_ascii_strcasecmp(field[0], "Suites"))
			words = filter_words(field[1], keep_suite, suites);
		else if (!g_ascii_strcasecmp(field[0], "URIs"))
			words = filter_words(field[1], keep_uri, NULL);
		else {
			g_string_append_printf(kept, "%s:%s\n", field[0], field[1]);
			continue;
		}
		if (!words)
			return false;
		g_string_append_printf(kept, "%s: %s\n", field[0], words);
		needed++;
	}
	if (needed != 3)
		return false;
	g_string_append_printf(out, "%s\n", kept->str);
	return true;
}

guint sources_filter_deb822(const char *text, const char *const *suites, GString *out)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GString) paragraph = g_string_new(NULL);
	guint n = 0;

	for (char **line = lines;; line++) {
		if (*line && (*line)[strspn(*line, " \t\r")]) {
			g_string_append_printf(paragraph, "%s\n", *line);
			continue;
		}
		n += filter_paragraph(paragraph->str, suites, out);
		g_string_truncate(paragraph, 0);
		if (!*line)
			return n;
	}
}

/* What a program prints; NULL where it cannot be run or fails. */
static char *ask(const char *const *argv, GCancellable *cancel, GError **error)
{
	ProcessSpec spec = { .argv = argv, .timeout_s = 60 };
	g_auto(ProcessEnd) end = { 0 };

	if (!process_run(&spec, cancel, &end, error))
		return NULL;
	if (end.status != 0) {
		error_host(error, "%s failed: %s", argv[0], end.err ? g_strstrip(end.err) : "");
		return NULL;
	}
	return g_steal_pointer(&end.out);
}

/* The suite's names: its own with @tails, and aliases ("stable") that apt's lists give away. */
static char **suite_names(const char *suite, const char *const *tails, const char *index)
{
	g_autoptr(GStrvBuilder) own = g_strv_builder_new();
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();
	g_auto(GStrv) names = NULL;
	g_auto(GStrv) lines = g_strsplit(index, "\n", -1);

	for (guint i = 0; tails[i]; i++) {
		g_autofree char *name = g_strconcat(suite, tails[i], NULL);

		g_strv_builder_add(own, name);
	}
	names = g_strv_builder_end(own);
	g_strv_builder_addv(all, (const char **)names);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", 2);

		if (words[0] && words[1] && g_strv_contains((const char *const *)names, words[0]))
			g_strv_builder_add(all, words[1]);
	}
	return g_strv_builder_end(all);
}

/* The value of `NAME='VALUE'` in what apt-config's shell format prints. */
static char *shell_value(const char *text, const char *name)
{
	g_auto(GStrv) words = NULL;
	g_autofree char *prefix = g_strconcat(name, "=", NULL);

	if (!g_shell_parse_argv(text, NULL, &words, NULL))
		return NULL;
	for (char **word = words; *word; word++)
		if (g_str_has_prefix(*word, prefix))
			return g_strdup(*word + strlen(prefix));
	return NULL;
}

/* The two kinds of sources found so far. */
typedef struct {
	char **suites; /* all names of what is wanted */
	char **bases;  /* those of the suite itself: its updates alone make no root */
	GString *list;
	GString *deb822;
	guint n_bases;
} Found;

static void found_clear(Found *found)
{
	g_strfreev(found->suites);
	g_strfreev(found->bases);
	g_string_free(found->list, TRUE);
	g_string_free(found->deb822, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static void name_suites(Found *found, const char *suite, GCancellable *cancel)
{
	static const char *const base[] = { "", NULL };
	static const char *const all[] = { "", "-updates", "-security", "/updates", NULL };
	const char *argv[] = { "apt-get", "indextargets", "--format", "$(CODENAME) $(RELEASE)",
			       NULL };
	g_autofree char *index = ask(argv, cancel, NULL);

	found->bases = suite_names(suite, base, index ? index : "");
	found->suites = suite_names(suite, all, index ? index : "");
}

/* A file that is not there has no sources; one that cannot be read is an error. */
static bool read_source(Found *found, const char *path, GError **error)
{
	bool is_deb822 = g_str_has_suffix(path, ".sources");
	guint (*filter)(const char *text, const char *const *suites, GString *out) =
		is_deb822 ? sources_filter_deb822 : sources_filter_list;
	g_autoptr(GString) ignored = g_string_new(NULL);
	g_autofree char *text = NULL;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return true;
	if (!fs_read(path, SOURCES_MAX_BYTES, &text, NULL, error))
		return false;
	filter(text, (const char *const *)found->suites, is_deb822 ? found->deb822 : found->list);
	found->n_bases += filter(text, (const char *const *)found->bases, ignored);
	return true;
}

static bool read_parts(Found *found, const char *folder, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		bool is_source =
			g_str_has_suffix(name, ".list") || g_str_has_suffix(name, ".sources");

		if (is_source && !read_source(found, path, error))
			return false;
	}
	return true;
}

bool sources_write(const char *suite, const char *folder, GCancellable *cancel, char ***ret_files,
		   GError **error)
{
	const char *argv[] = { "apt-config", "shell",
			       "LIST",       "Dir::Etc::sourcelist/f",
			       "PARTS",      "Dir::Etc::sourceparts/d",
			       NULL };
	g_autofree char *places = ask(argv, cancel, error);
	g_autoptr(GStrvBuilder) files = g_strv_builder_new();
	g_auto(Found) found = { .list = g_string_new(NULL), .deb822 = g_string_new(NULL) };

	if (!places)
		return false;
	g_autofree char *list = shell_value(places, "LIST");
	g_autofree char *parts = shell_value(places, "PARTS");
	g_autofree char *out_list = g_build_filename(folder, "host.list", NULL);
	g_autofree char *out_deb822 = g_build_filename(folder, "host.sources", NULL);

	name_suites(&found, suite, cancel);
	if ((list && !read_source(&found, list, error)) ||
	    (parts && !read_parts(&found, parts, error)))
		return false;
	if (!found.n_bases)
		return error_host(
			error,
			"no apt source of this host serves %s (looked at %s and %s): add a "
			"line \"deb SERVER %s main\" there",
			suite, list ? list : "no list", parts ? parts : "no folder", suite);
	if (found.list->len) {
		if (!fs_write(out_list, found.list->str, -1, error))
			return false;
		g_strv_builder_add(files, out_list);
	}
	if (found.deb822->len) {
		if (!fs_write(out_deb822, found.deb822->str, -1, error))
			return false;
		g_strv_builder_add(files, out_deb822);
	}
	*ret_files = g_strv_builder_end(files);
	return true;
}

bool sources_write_config(const char *path, GCancellable *cancel, GError **error)
{
	/* which indexes the host keeps, and how it stores them, is its own business */
	static const char *const skipped[] = { "IndexTargets", "Languages", "CompressionTypes",
					       "Changelogs",   "cdrom",     "GzipIndexes" };
	const char *dump[] = { "apt-config",   "dump",    "--no-empty", "--format",
			       "%f \"%v\";%n", "Acquire", NULL };
	const char *netrc[] = { "apt-config", "shell",
				"NETRC",      "Dir::Etc::netrc/f",
				"PARTS",      "Dir::Etc::netrcparts/d",
				NULL };
	g_autoptr(GString) config = g_string_new(NULL);
	g_autofree char *text = ask(dump, cancel, error);
	g_autofree char *places = text ? ask(netrc, cancel, error) : NULL;

	if (!places)
		return false;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *file = shell_value(places, "NETRC");
	g_autofree char *parts = shell_value(places, "PARTS");
	for (char **line = lines; *line; line++) {
		bool skip = !g_str_has_prefix(*line, "Acquire::");

		for (guint i = 0; !skip && i < G_N_ELEMENTS(skipped); i++)
			skip = g_str_has_prefix(*line + strlen("Acquire::"), skipped[i]);
		if (!skip)
			g_string_append_printf(config, "%s\n", *line);
	}
	if (file)
		g_string_append_printf(config, "Dir::Etc::netrc \"%s\";\n", file);
	if (parts)
		g_string_append_printf(config, "Dir::Etc::netrcparts \"%s\";\n", parts);
	return fs_write(path, config->str, -1, error);
}
