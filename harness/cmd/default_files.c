/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of defaults: reading them, and which of their lines hold. */
#include "cmd/default_files.h"

#include "cmd/cmd.h"
#include "repo/repo.h"
#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((gsize)64 << 10)

typedef enum {
	KEY_OWN = 0,           /* only in the user's own file */
	KEY_HARMLESS = 1 << 0, /* a repository's file may set it */
	KEY_NAME = 1 << 1,     /* and then only to the name of something shipped, never to a path */
	KEY_LIST = 1 << 2,     /* may be given again */
} KeyFlags;

/* What files can set: how things are done. What is asked (ends, terms, --exec) is said each time.
 * Harmless is what can run no program on this host and name no file of it. */
static const struct {
	const char *name;
	const char *unless; /* what excludes it, where that was given instead */
	KeyFlags flags;
} keys[] = {
	{ "accel", NULL, KEY_HARMLESS },
	{ "append", NULL, KEY_OWN },
	{ "arch", NULL, KEY_HARMLESS },
	{ "case", "exec", KEY_HARMLESS | KEY_NAME | KEY_LIST },
	{ "cc", NULL, KEY_OWN | KEY_LIST },
	{ "confidence", NULL, KEY_HARMLESS },
	{ "config", NULL, KEY_OWN },
	{ "connect", NULL, KEY_OWN },
	{ "cpu-model", NULL, KEY_HARMLESS },
	{ "cpus", NULL, KEY_HARMLESS },
	{ "fixup", NULL, KEY_OWN | KEY_LIST },
	{ "guests", NULL, KEY_HARMLESS },
	{ "image", NULL, KEY_HARMLESS | KEY_NAME },
	{ "jobs", NULL, KEY_HARMLESS },
	{ "kconfig", NULL, KEY_HARMLESS | KEY_NAME | KEY_LIST },
	{ "machine", NULL, KEY_HARMLESS },
	{ "make-arg", NULL, KEY_OWN | KEY_LIST },
	{ "mem", NULL, KEY_HARMLESS },
	{ "no-cache", NULL, KEY_HARMLESS },
	{ "noise", "repeat", KEY_HARMLESS },
	{ "older", NULL, KEY_OWN },
	{ "prior", NULL, KEY_HARMLESS },
	{ "qemu-arg", NULL, KEY_OWN | KEY_LIST },
	{ "repair", NULL, KEY_HARMLESS },
	{ "repeat", "noise", KEY_HARMLESS },
	{ "repo", NULL, KEY_OWN },
	{ "results", NULL, KEY_OWN },
	{ "size", NULL, KEY_OWN },
	{ "speculate", NULL, KEY_HARMLESS },
	{ "timeout", NULL, KEY_HARMLESS },
	{ "toolchain", NULL, KEY_OWN },
	{ "trust-ends", NULL, KEY_OWN },
	{ "verbose", NULL, KEY_HARMLESS },
};

static guint key_find(const char *name)
{
	guint i = 0;

	while (i < G_N_ELEMENTS(keys) && !g_str_equal(keys[i].name, name))
		i++;
	return i;
}

bool defaults_known(const char *key)
{
	return key_find(key) < G_N_ELEMENTS(keys);
}

void default_free(Default *one)
{
	if (!one)
		return;
	g_free(one->file);
	g_free(one->command);
	g_free(one->key);
	g_free(one->value);
	g_free(one);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Default, default_free)

static char *known_keys(bool foreign)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
		if (!foreign || keys[i].flags & KEY_HARMLESS)
			g_string_append_printf(text, "%s%s", text->len ? ", " : "", keys[i].name);
	return g_string_free(text, FALSE);
}

/* What a line may set in this file. */
static bool check_key(const Default *one, GError **error)
{
	guint i = key_find(one->key);
	g_autofree char *known = NULL;

	if (i == G_N_ELEMENTS(keys)) {
		known = known_keys(one->foreign);
		return error_usage(error, "%s:%u: files set no \"%s\"; they set %s", one->file,
				   one->line, one->key, known);
	}
	if (one->foreign && !(keys[i].flags & KEY_HARMLESS))
		return error_usage(error,
				   "%s:%u: \"%s\" is not taken from a repository: set it in your "
				   "own file, or with --%s",
				   one->file, one->line, one->key, one->key);
	if (one->foreign && keys[i].flags & KEY_NAME && strpbrk(one->value, "/."))
		return error_usage(error,
				   "%s:%u: %s = %s: a repository's file can only name what "
				   "bisectbox ships, no path",
				   one->file, one->line, one->key, one->value);
	return true;
}

static bool read_section(const char *line, const char *name, guint number, char **ret_command,
			 GError **error)
{
	gsize len = strlen(line);
	g_autofree char *command = len > 2 ? g_strndup(line + 1, len - 2) : g_strdup("");

	if (line[len - 1] != ']')
		return error_usage(error, "%s:%u: \"%s\": [COMMAND] is expected", name, number,
				   line);
	g_strstrip(command);
	if (!command_find(command))
		return error_usage(error, "%s:%u: [%s]: there is no such command", name, number,
				   command);
	g_free(*ret_command);
	*ret_command = g_steal_pointer(&command);
	return true;
}

static bool read_pair(const char *line, const Default *where, GPtrArray *list, GError **error)
{
	const char *equals = strchr(line, '=');
	g_autoptr(Default) one = g_new0(Default, 1);

	if (!equals || equals == line)
		return error_usage(error, "%s:%u: \"%s\": KEY = VALUE is expected", where->file,
				   where->line, line);
	one->file = g_strdup(where->file);
	one->line = where->line;
	one->foreign = where->foreign;
	one->command = g_strdup(where->command);
	one->key = g_strstrip(g_strndup(line, (gsize)(equals - line)));
	one->value = g_strstrip(g_strdup(equals + 1));
	if (!*one->value)
		return error_usage(error, "%s:%u: %s has no value", one->file, one->line, one->key);
	if (!check_key(one, error))
		return false;
	g_ptr_array_add(list, g_steal_pointer(&one));
	return true;
}

bool defaults_parse(const char *text, const char *name, bool foreign, GPtrArray *list,
		    GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *command = NULL;

	if (!g_utf8_validate(text, -1, NULL))
		return error_usage(error, "%s: no UTF-8 text", name);
	for (guint i = 0; lines[i]; i++) {
		char *line = g_strstrip(lines[i]);
		const Default where = { (char *)name, i + 1, command, NULL, NULL, foreign };

		if (*line == '\0' || *line == '#' || *line == ';')
			continue;
		for (const char *c = line; *c; c++)
			if (g_ascii_iscntrl(*c) && *c != '\t')
				return error_usage(error, "%s:%u: a control character", name,
						   where.line);
		if (*line == '[' ? !read_section(line, name, where.line, &command, error)
				 : !read_pair(line, &where, list, error))
			return false;
	}
	return true;
}

/* ---- the files ---- */

char *defaults_user_file(void)
{
	return g_build_filename(g_get_user_config_dir(), "bisectbox", "config", NULL);
}

static bool read_own(GPtrArray *list, GError **error)
{
	g_autofree char *path = defaults_user_file();
	g_autofree char *text = NULL;
	g_autoptr(GError) local = NULL;
	gsize len = 0;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	if (!fs_read(path, FILE_MAX, &text, &len, &local))
		return error_usage(error, "%s", local->message);
	if (strlen(text) != len)
		return error_usage(error, "%s: no UTF-8 text", path);
	return defaults_parse(text, path, false, list, error);
}

/* As git with the repository itself: ours, or of the owner whom the user has said to trust. */
static bool is_trusted(const struct stat *file, const char *repo)
{
	struct stat folder;

	return file->st_uid == geteuid() ||
	       (stat(repo, &folder) == 0 && file->st_uid == folder.st_uid);
}

/* NULL with *error unset: there is none. */
static char *read_foreign(const char *path, const char *repo, GError **error)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	g_autofree char *text = g_malloc(FILE_MAX + 1);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0) {
		if (errno == ELOOP || errno == EACCES)
			error_usage(error, "%s: %s; --no-config leaves it out", path,
				    errno == ELOOP ? "a symbolic link" : g_strerror(errno));
		else if (errno != ENOENT)
			error_host(error, "cannot read %s: %s", path, g_strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		error_usage(error, "%s is no regular file; --no-config leaves it out", path);
	else if (!is_trusted(&st, repo))
		error_usage(error, "%s is owned by another user; --no-config leaves it out", path);
	else if ((n = read(fd, text, FILE_MAX + 1)) < 0)
		error_host(error, "cannot read %s: %s", path, g_strerror(errno));
	else if (n > (ssize_t)FILE_MAX || memchr(text, 0, (gsize)n))
		error_usage(error, "%s: no file of defaults; --no-config leaves it out", path);
	close(fd);
	if (n < 0 || n > (ssize_t)FILE_MAX || memchr(text, 0, (gsize)n))
		return NULL;
	text[n] = '\0';
	return g_steal_pointer(&text);
}

static bool read_repo(const char *where, GPtrArray *list, GError **error)
{
	g_autoptr(Repo) repo = NULL;
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;
	g_autoptr(GError) local = NULL;

	if (!repo_open(where, &repo, NULL) || !repo_workdir(repo))
		return true;
	path = g_build_filename(repo_workdir(repo), ".bisectbox", NULL);
	text = read_foreign(path, repo_path(repo), &local);
	if (text)
		return defaults_parse(text, path, true, list, error);
	if (!local)
		return true;
	g_propagate_error(error, g_steal_pointer(&local));
	return false;
}

GPtrArray *defaults_read(const char *repo, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)default_free);

	if (!read_own(list, error) || (repo && !read_repo(repo, list, error)))
		return NULL;
	return g_steal_pointer(&list);
}

/* ---- which hold ---- */

/* The user's file, its section, the repository's, its section: later ones are stronger. */
static guint place_of(const Default *one)
{
	return (one->foreign ? 2 : 0) + (one->command ? 1 : 0);
}

static bool is_for(const Default *one, const char *command)
{
	return !one->command || g_str_equal(one->command, command);
}

/* Whether a stronger place sets it too, or this place has set it before. */
static bool is_beaten(const GPtrArray *all, guint index, const char *command, bool *ret_beaten,
		      GError **error)
{
	const Default *one = all->pdata[index];
	bool list = keys[key_find(one->key)].flags & KEY_LIST;

	*ret_beaten = false;
	for (guint i = 0; i < all->len; i++) {
		const Default *other = all->pdata[i];

		if (i == index || !is_for(other, command) || !g_str_equal(other->key, one->key))
			continue;
		if (place_of(other) > place_of(one))
			*ret_beaten = true;
		if (place_of(other) == place_of(one) && i < index && !list)
			return error_usage(error, "%s:%u: %s is set in line %u already", one->file,
					   one->line, one->key, other->line);
	}
	return true;
}

bool defaults_choose(const GPtrArray *all, const char *command, const Options *options,
		     const Words *given, GPtrArray **ret_chosen, GError **error)
{
	g_autoptr(GPtrArray) chosen = g_ptr_array_new();

	for (guint i = 0; i < all->len; i++) {
		const Default *one = all->pdata[i];
		const Option *option = options_find(options, one->key, strlen(one->key));
		const char *unless = keys[key_find(one->key)].unless;
		bool has = option && g_str_equal(option->name, one->key);
		bool beaten;

		if (!is_for(one, command))
			continue;
		if (one->command && !has)
			return error_usage(error, "%s:%u: `bisectbox %s` has no --%s", one->file,
					   one->line, command, one->key);
		if (!has || words_have(given, one->key) || (unless && words_have(given, unless)))
			continue;
		if (!is_beaten(all, i, command, &beaten, error))
			return false;
		if (!beaten)
			g_ptr_array_add(chosen, (gpointer)one);
	}
	*ret_chosen = g_steal_pointer(&chosen);
	return true;
}

bool defaults_word(const Default *one, const Option *option, char **ret_word, GError **error)
{
	bool on = g_str_equal(one->value, "true");

	if (option->value) {
		bool home = !one->foreign && g_str_has_prefix(one->value, "~/");

		*ret_word = g_strdup_printf("--%s=%s%s", one->key, home ? g_get_home_dir() : "",
					    one->value + (home ? 1 : 0));
		return true;
	}
	if (!on && !g_str_equal(one->value, "false"))
		return error_usage(error, "%s:%u: %s = %s: true or false is expected", one->file,
				   one->line, one->key, one->value);
	*ret_word = on ? g_strdup_printf("--%s", one->key) : NULL;
	return true;
}
