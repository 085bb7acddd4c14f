/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warnings: reading logs, and completing them. */
#include "kernel/warnings.h"

#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LOG_MAX ((gsize)64 << 20)
#define STATE_FILE "bisectbox.warnings"
#define KEPT "bisectbox: kept: "
#define WHOLE "bisectbox: with these, the log has all warnings of this kernel"

static void warning_free(gpointer data)
{
	Warning *warning = data;

	g_free(warning->object);
	g_free(warning->file);
	g_free(warning->text);
	g_free(warning);
}

/* ---- reading ---- */

typedef struct {
	const char *inside; /* "/FOLDER/" */
	GRegex *warning;
	GRegex *offset;
	GPtrArray *found;
	GHashTable *seen;
	char *main;   /* what includes what is warned about */
	char *about;  /* the file of the warnings that @main is for; NULL until the first */
	bool chained; /* the line before was of clang's chain of includes */
} Reader;

/* Relative to the tree, however the compiler was called. */
static char *in_tree(const Reader *reader, const char *path)
{
	const char *at =
		*path == '/' || g_str_has_prefix(path, "../") ? strstr(path, reader->inside) : NULL;

	path = at ? at + strlen(reader->inside) : path;
	return g_strdup(g_str_has_prefix(path, "./") ? path + 2 : path);
}

static char *without_suffix(const char *path)
{
	const char *dot = strrchr(path, '.');
	const char *slash = strrchr(path, '/');

	return dot && (!slash || dot > slash) ? g_strndup(path, (gsize)(dot - path))
					      : g_strdup(path);
}

static bool is_compiled(const char *path)
{
	static const char *const suffixes[] = { ".c", ".S", ".o", ".s", ".cc" };

	for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_has_suffix(path, suffixes[i]))
			return true;
	return false;
}

static void add(Reader *reader, char *object, const char *file, const char *text)
{
	Warning *warning = g_new0(Warning, 1);
	char *key = g_strdup_printf("%s\n%s\n%s", object, file, text);

	*warning = (Warning){ object, g_strdup(file), g_strdup(text) };
	if (g_hash_table_add(reader->seen, key))
		g_ptr_array_add(reader->found, warning);
	else
		warning_free(warning);
}

static void take_warning(Reader *reader, const char *path, const char *said)
{
	g_autofree char *file = in_tree(reader, path);
	g_autofree char *text = g_regex_replace(reader->offset, said, -1, 0, "", 0, NULL);

	if (reader->main && reader->about && !g_str_equal(reader->about, file))
		g_clear_pointer(&reader->main, g_free); /* another file, and not included */
	g_free(reader->about);
	reader->about = g_strdup(file);
	add(reader,
	    reader->main        ? without_suffix(reader->main)
	    : is_compiled(file) ? without_suffix(file)
				: g_strdup(""),
	    file, text);
}

/* "In file included from A:1:", "                 from B:2,": who includes whom. */
static bool take_chain(Reader *reader, const char *line)
{
	static const char first[] = "In file included from ", next[] = "                 from ";
	bool begins = g_str_has_prefix(line, first);
	const char *path = line + strlen(first);
	g_autofree char *name = NULL;

	if (!begins && !g_str_has_prefix(line, next))
		return false;
	if (begins && reader->chained) /* clang: the outermost comes first */
		return true;
	name = g_strndup(path, strcspn(path, ":,"));
	g_free(reader->main);
	reader->main = in_tree(reader, name);
	g_clear_pointer(&reader->about, g_free);
	reader->chained = begins && g_str_has_suffix(line, ":");
	return true;
}

static bool take_kept(Reader *reader, const char *line)
{
	g_auto(GStrv) parts = NULL;

	if (!g_str_has_prefix(line, KEPT))
		return false;
	parts = g_strsplit(line + strlen(KEPT), "\t", 3);
	if (g_strv_length(parts) == 3)
		add(reader, g_strdup(parts[0]), parts[1], parts[2]);
	return true;
}

static void take_line(Reader *reader, const char *line)
{
	static const char unmet[] = "WARNING: unmet direct dependencies detected for ";
	static const char modpost[] = "WARNING: modpost: ";
	g_autoptr(GMatchInfo) match = NULL;

	if (take_kept(reader, line) || take_chain(reader, line))
		return;
	reader->chained = false;
	if (g_str_has_prefix(line, unmet)) {
		add(reader, g_strdup("Kconfig"), "Kconfig", line + strlen("WARNING: "));
	} else if (g_str_has_prefix(line, modpost)) {
		g_autofree char *text =
			g_regex_replace(reader->offset, line + strlen(modpost), -1, 0, "", 0, NULL);

		add(reader, g_strdup("vmlinux"), "vmlinux", text);
	} else if (strstr(line, "warning: ") && g_regex_match(reader->warning, line, 0, &match)) {
		g_autofree char *file = g_match_info_fetch(match, 1);
		g_autofree char *text = g_match_info_fetch(match, 2);

		take_warning(reader, file, text);
	}
}

static int by_place(gconstpointer a, gconstpointer b)
{
	const Warning *x = *(const Warning *const *)a, *y = *(const Warning *const *)b;
	int order = strcmp(x->file, y->file);

	order = order ? order : strcmp(x->text, y->text);
	return order ? order : strcmp(x->object, y->object);
}

GPtrArray *warnings_read(const char *log, const char *folder, bool *ret_whole)
{
	g_autofree char *valid = g_utf8_make_valid(log, -1);
	g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
	g_autofree char *inside = g_strdup_printf("/%s/", folder);
	Reader reader = {
		.inside = inside,
		.warning = g_regex_new("^([^\\s:][^:]*):(?:\\d+:){0,2} [Ww]arning: (.*)$",
				       G_REGEX_OPTIMIZE, 0, NULL),
		.offset = g_regex_new("\\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?", 0, 0, NULL),
		.found = g_ptr_array_new_with_free_func(warning_free),
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};
	bool whole = false;

	for (guint i = 0; lines[i]; i++) {
		whole |= g_str_equal(lines[i], WHOLE);
		take_line(&reader, lines[i]);
	}
	g_regex_unref(reader.warning);
	g_regex_unref(reader.offset);
	g_hash_table_unref(reader.seen);
	g_free(reader.main);
	g_free(reader.about);
	g_ptr_array_sort(reader.found, by_place);
	if (ret_whole)
		*ret_whole = whole;
	return reader.found;
}

static char *place(const Warning *warning)
{
	return g_strconcat(warning->file, "\n", warning->text, NULL);
}

GPtrArray *warnings_new(const GPtrArray *after, const GPtrArray *befores)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *new = g_ptr_array_new();

	for (guint i = 0; i < befores->len; i++) {
		const GPtrArray *before = befores->pdata[i];

		for (guint j = 0; j < before->len; j++)
			g_hash_table_add(known, place(before->pdata[j]));
	}
	for (guint i = 0; i < after->len; i++)
		if (g_hash_table_add(known, place(after->pdata[i])))
			g_ptr_array_add(new, after->pdata[i]);
	return new;
}

/* ---- completing ---- */

/* "  CC      kernel/audit.o", "  CC [M]  a/b.o": what make says that it makes, less its suffix. */
static GHashTable *made(const char *log)
{
	GHashTable *objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GRegex) regex =
		g_regex_new("^  [A-Z][A-Z0-9_]* +(?:\\[M\\] +)?(\\S+)$",
			    G_REGEX_MULTILINE | G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	g_hash_table_add(objects, g_strdup("")); /* nobody knows: of this build, or of none */
	g_hash_table_add(objects, g_strdup("Kconfig"));
	for (g_regex_match(regex, log, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *object = g_match_info_fetch(match, 1);

		g_hash_table_add(objects, without_suffix(object));
	}
	return objects;
}

static bool append(const char *path, const GString *text, GError **error)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && fs_write_all(fd, text->str, text->len);
	int failed = errno;

	if (fd >= 0)
		close(fd);
	return ok || error_host(error, "cannot write %s: %s", path, g_strerror(failed));
}

static void add_lines(GString *text, const GPtrArray *warnings, const GHashTable *objects)
{
	for (guint i = 0; i < warnings->len; i++) {
		const Warning *warning = warnings->pdata[i];

		if (!objects || !g_hash_table_contains((GHashTable *)objects, warning->object))
			g_string_append_printf(text, KEPT "%s\t%s\t%s\n", warning->object,
					       warning->file, warning->text);
	}
}

bool warnings_settle(const char *build, const char *log, const char *folder, bool empty,
		     GError **error)
{
	g_autofree char *path = g_build_filename(build, STATE_FILE, NULL);
	g_autofree char *text = NULL;
	g_autofree char *before = NULL;
	g_autoptr(GPtrArray) now = NULL;
	g_autoptr(GPtrArray) kept = NULL;
	g_autoptr(GHashTable) objects = NULL;
	g_autoptr(GString) tail = g_string_new(NULL);
	g_autoptr(GString) state = g_string_new(NULL);

	if (!empty && !g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	if (!fs_read(log, LOG_MAX, &text, NULL, error) ||
	    (!empty && !fs_read(path, LOG_MAX, &before, NULL, error)))
		return false;
	now = warnings_read(text, folder, NULL);
	kept = warnings_read(before ? before : "", folder, NULL);
	objects = made(text);
	add_lines(tail, kept, objects);
	add_lines(state, now, NULL);
	g_string_append(state, tail->str);
	g_string_append(tail, WHOLE "\n");
	return fs_write(path, state->str, (gssize)state->len, error) && append(log, tail, error);
}
