/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading kbuild's .cmd files. Each has the command that made a file (cmd_X or, since 6.2,
 * savedcmd_X), its source (source_X) and what it included (deps_X). Paths in them are relative to
 * the folder that the compiler ran in: the build folder, or for tools/ the source's.
 */
#include "kernel/cmdfiles.h"

#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CMD_MAX ((gsize)16 << 20)
#define CONFIG_FOLDER "include/config"
#define INITRAMFS_FOLDER "usr"
#define QUOTES "\"'`;,:()<>|&"

typedef struct {
	CmdFiles *files;
	char *tree; /* as given and as it really is: ccache and kbuild use either */
	char *real_tree;
	char *build;
	GHashTable
		*seen; /* words that the build folder's own commands had before -> path, or NULL */
	char *last;    /* what the last word was found to be, of files->files; or NULL */
	char *folder;  /* of the .cmd file at hand, relative to the build folder */
} Reader;

void cmd_files_clear(CmdFiles *files)
{
	g_clear_pointer(&files->files, g_hash_table_unref);
	g_clear_pointer(&files->uses, g_hash_table_unref);
	g_clear_pointer(&files->names, g_hash_table_unref);
	g_clear_pointer(&files->folders, g_hash_table_unref);
	g_clear_pointer(&files->searched, g_hash_table_unref);
	g_clear_pointer(&files->packed, g_hash_table_unref);
}

static const char *below(const char *path, const char *folder)
{
	gsize len = strlen(folder);

	return strncmp(path, folder, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

/* A symlink on the way has the build read another path too: where it leads. */
static void add_real(Reader *reader, const char *whole, const char *path)
{
	char *real = realpath(whole, NULL);
	const char *other = real ? below(real, reader->real_tree) : NULL;

	if (other && !g_str_equal(other, path))
		g_hash_table_add(reader->files->files, g_strdup(other));
	free(real);
}

/* A folder of sources: searched for what includes name, or packed into the initramfs as it is. */
static void add_folder(Reader *reader, const char *path)
{
	bool packed = g_str_equal(reader->folder, INITRAMFS_FOLDER);

	g_hash_table_add(packed ? reader->files->packed : reader->files->searched, g_strdup(path));
}

/* Takes a path below the source tree if there is a file. */
static bool add_file(Reader *reader, const char *path)
{
	g_autofree char *whole = NULL;
	gpointer known;
	GStatBuf st;

	if (g_hash_table_lookup_extended(reader->files->files, path, &known, NULL)) {
		reader->last = known;
		return true;
	}
	whole = g_build_filename(reader->tree, path, NULL);
	if (g_lstat(whole, &st) < 0)
		return false;
	if (S_ISDIR(st.st_mode)) {
		add_folder(reader, path);
		return false;
	}
	known = g_strdup(path);
	g_hash_table_add(reader->files->files, known);
	reader->last = known;
	add_real(reader, whole, path);
	return true;
}

static bool add_path(Reader *reader, const char *path)
{
	const char *rest = below(path, reader->tree);

	if (!rest)
		rest = below(path, reader->real_tree);
	return rest && add_file(reader, rest);
}

/* Commands of tools/ run in the source folder, or one above it. */
static bool add_of_tools(Reader *reader, const char *word)
{
	g_autofree char *folder = g_build_filename(reader->tree, reader->folder, NULL);
	bool found = false;

	if (!g_str_has_prefix(reader->folder, "tools/") || word[0] == '/')
		return false;
	while (strlen(folder) > strlen(reader->tree)) {
		g_autofree char *path = g_canonicalize_filename(word, folder);
		char *above = g_path_get_dirname(folder);

		found |= add_path(reader, path);
		g_free(folder);
		folder = above;
	}
	return found;
}

/* A path as such: the build folder's, the tree's or the host's. */
static bool add_word(Reader *reader, const char *word)
{
	g_autofree char *path = g_canonicalize_filename(word, reader->build);
	g_autofree char *of_top = g_canonicalize_filename(word, reader->tree);
	bool of_tree = add_path(reader, path);

	if (g_str_equal(reader->folder, CONFIG_FOLDER)) /* Kconfig files, relative to the tree */
		return add_path(reader, of_top) || of_tree;
	return add_of_tools(reader, word) || of_tree;
}

static void add_name(Reader *reader, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (*name && !g_hash_table_contains(reader->files->names, name))
		g_hash_table_add(reader->files->names, g_strdup(name));
}

/* What a command names may stand in the middle of a word: -T/tree/x.lds, "--file=/tree/x". */
static void add_inside(Reader *reader, const char *word, const char *tree)
{
	const char *at = word;

	while ((at = strstr(at, tree))) {
		gsize len = strcspn(at, QUOTES);
		g_autofree char *part = g_strndup(at, len);
		g_autofree char *path = g_canonicalize_filename(part, "/");

		add_path(reader, path);
		at += len;
	}
}

static void command_word(Reader *reader, const char *word)
{
	gsize skip = strspn(word, QUOTES);
	g_autofree char *part = NULL;

	if (g_str_has_prefix(word + skip, "-I"))
		skip += strlen("-I");
	part = g_strndup(word + skip, strcspn(word + skip, QUOTES));

	if (part[0] && part[0] != '-')
		add_word(reader, part);
	add_inside(reader, word, reader->tree);
	if (!g_str_equal(reader->tree, reader->real_tree))
		add_inside(reader, word, reader->real_tree);
	if (strstr(word, "gen_kheaders"))
		reader->files->all_headers = true;
}

/* Words of the build folder's own commands mean the same in every file: what to remember them by.
 * NULL for words of others; g_free() */
static char *seen_key(const Reader *reader, const char *word, bool command)
{
	if (g_str_has_prefix(reader->folder, "tools/") ||
	    g_str_equal(reader->folder, CONFIG_FOLDER) ||
	    g_str_equal(reader->folder, INITRAMFS_FOLDER))
		return NULL;
	return g_strconcat(command ? "c" : "d", word, NULL);
}

static void look_at(Reader *reader, char *word, bool command)
{
	gsize len = strlen(word);

	if (len > 1 && word[len - 1] == ':')
		word[len - 1] = '\0';
	if (command)
		command_word(reader, word);
	else if (!add_word(reader, word))
		add_name(reader, word);
}

/* Each is looked at once, and counted each time. */
static void take_word(Reader *reader, char *word, bool command)
{
	g_autofree char *key = seen_key(reader, word, command);
	GHashTable *uses = reader->files->uses;
	gpointer known;

	reader->last = NULL;
	if (key && g_hash_table_lookup_extended(reader->seen, key, NULL, &known)) {
		reader->last = known;
	} else {
		look_at(reader, word, command);
		if (key)
			g_hash_table_insert(reader->seen, g_steal_pointer(&key), reader->last);
	}
	if (command || !reader->last)
		return;
	known = g_hash_table_lookup(uses, reader->last);
	g_hash_table_insert(uses, reader->last, GUINT_TO_POINTER(GPOINTER_TO_UINT(known) + 1));
}

static void take_words(Reader *reader, char *text, bool command)
{
	char *save = NULL;

	for (char *word = strtok_r(text, " \t\\", &save); word;
	     word = strtok_r(NULL, " \t\\", &save)) {
		if (g_str_has_prefix(word, "$(")) { /* $(wildcard include/config/X) */
			strtok_r(NULL, ")", &save);
			continue;
		}
		take_word(reader, word, command);
	}
}

/* The value of an assignment; its target's name counts as one that is taken. */
static char *value_of(Reader *reader, char *line, bool *ret_command)
{
	static const char *const kinds[] = { "savedcmd_", "cmd_", "source_", "deps_" };
	char *sign = strstr(line, " := ");

	*ret_command = false;
	if (!sign)
		return line; /* a line of deps_X goes on, or a rule */
	*sign = '\0';
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!g_str_has_prefix(line, kinds[i]))
			continue;
		*ret_command = i < 2;
		reader->files->made += g_str_equal(kinds[i], "source_");
		add_name(reader, line + strlen(kinds[i]));
		break;
	}
	return sign + strlen(" := ");
}

static void take_text(Reader *reader, char *text)
{
	char *next;

	for (char *line = text; line; line = next) {
		bool command;
		char *value;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (g_str_has_prefix(line, "    $(wildcard include/config/") || !*line)
			continue;
		value = value_of(reader, line, &command);
		take_words(reader, value, command);
	}
}

static bool take_file(Reader *reader, const char *path, GError **error)
{
	g_autofree char *text = NULL;

	if (!fs_read(path, CMD_MAX, &text, NULL, error))
		return false;
	take_text(reader, text);
	return true;
}

/* Headers are copied, and tested, by scripts that name none: any of them may end the build. */
static bool take_config(Reader *reader, GError **error)
{
	g_autofree char *path = g_build_filename(reader->build, CONFIG_FOLDER, "auto.conf", NULL);
	g_autofree char *text = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	if (!fs_read(path, CMD_MAX, &text, NULL, error))
		return false;
	if (strstr(text, "CONFIG_HEADERS_INSTALL=y") || strstr(text, "CONFIG_HEADERS_CHECK=y"))
		reader->files->all_headers = true;
	return true;
}

static bool take_folder(Reader *reader, const char *folder, GError **error);

static bool take_item(Reader *reader, const char *folder, const char *name, GError **error)
{
	g_autofree char *relative =
		folder[0] ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
	g_autofree char *path = g_build_filename(reader->build, relative, NULL);
	GStatBuf st;

	if (g_str_has_suffix(name, ".cmd") && g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
		g_free(reader->folder);
		reader->folder = g_strdup(folder);
		g_hash_table_add(reader->files->folders, g_strdup(folder));
		return take_file(reader, path, error);
	}
	/* Most of what is there are objects; "source" is a symlink to the tree. */
	if (g_str_has_suffix(name, ".o") || g_lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return true;
	return take_folder(reader, relative, error);
}

static bool take_folder(Reader *reader, const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(reader->build, folder, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	if (!dir)
		return error_host(error, "cannot list %s", path);
	/* A folder of generated configuration, with thousands of empty files. */
	if (g_str_equal(folder, CONFIG_FOLDER))
		return take_item(reader, folder, "auto.conf.cmd", error) &&
		       take_config(reader, error);
	while ((name = g_dir_read_name(dir)))
		if (!take_item(reader, folder, name, error))
			return false;
	return true;
}

static char *real_of(const char *path)
{
	char *real = realpath(path, NULL);
	char *copy = g_strdup(real ? real : path);

	free(real);
	return copy;
}

bool cmd_files_read(const char *tree, const char *build, CmdFiles *ret_files, GError **error)
{
	g_auto(CmdFiles) files = {
		.files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.uses = g_hash_table_new(g_str_hash, g_str_equal),
		.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.searched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.packed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};
	Reader reader = {
		.files = &files,
		.tree = g_canonicalize_filename(tree, NULL),
		.real_tree = real_of(tree),
		.build = real_of(build),
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};
	bool ok = take_folder(&reader, "", error);

	g_free(reader.tree);
	g_free(reader.real_tree);
	g_free(reader.build);
	g_free(reader.folder);
	g_hash_table_unref(reader.seen);
	if (!ok)
		return false;
	*ret_files = files;
	files = (CmdFiles){ 0 };
	return true;
}
