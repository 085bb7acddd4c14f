/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the wildcards of makefiles, and the includes of sources that may be missing. */
#include "kernel/makeglobs.h"

#include "util/fs.h"

#include <string.h>

#define MAKEFILE_MAX ((gsize)4 << 20)
#define INCLUDES_MAX 8 /* makefiles that include one another */

static void add(GHashTable *set, char *text)
{
	g_hash_table_add(set, text); /* which frees one that is there already */
}

/* The length of "$(...)", "${...}" or "$x" at @at; make counts the kind of bracket that opens. */
static gsize reference_length(const char *at)
{
	char close = at[1] == '(' ? ')' : '}';
	guint depth = 0;

	if (at[1] != '(' && at[1] != '{')
		return at[1] ? 2 : 1;
	for (gsize i = 1; at[i]; i++) {
		if (at[i] == at[1])
			depth++;
		else if (at[i] == close && --depth == 0)
			return i + 1;
	}
	return strlen(at);
}

/* One word of a wildcard as a pattern: what is known is put in, the rest becomes "*". */
static char *pattern_of(const char *word, const char *folder)
{
	static const char *const here[] = { "$(src)", "$(obj)", "${src}", "${obj}" };
	GString *out = g_string_new(NULL);

	while (*word) {
		gsize len = 1;
		bool known = false;

		if (*word != '$') {
			g_string_append_c(out, *word == '%' ? '*' : *word);
			word++;
			continue;
		}
		len = reference_length(word);
		for (guint i = 0; i < G_N_ELEMENTS(here) && !known; i++)
			if (strncmp(word, here[i], len) == 0 && here[i][len] == '\0') {
				g_string_append(out, folder);
				known = true;
			}
		if (strncmp(word, "$(srctree)/", len + 1) == 0 ||
		    strncmp(word, "$(objtree)/", len + 1) == 0)
			len++;
		else if (!known)
			g_string_append_c(out, '*');
		word += len;
	}
	return g_string_free(out, FALSE);
}

/* A path as the source tree has it. "//x" stays as it is in canonical names. */
static char *path_in_tree(const char *path, const char *folder)
{
	g_autofree char *here = g_strconcat("/", folder, NULL);
	g_autofree char *whole = g_canonicalize_filename(path, here);

	return g_strdup(whole + strspn(whole, "/"));
}

/* Whether a pattern says anything, and may match a C or assembler source at all. */
static bool says_something(const char *pattern)
{
	gsize len = strlen(pattern);

	if (strspn(pattern, "*./") == len)
		return false;
	return pattern[len - 1] == '*' || pattern[len - 1] == ']' ||
	       g_str_has_suffix(pattern, ".c") || g_str_has_suffix(pattern, ".h") ||
	       g_str_has_suffix(pattern, ".S");
}

/* Whether there is such a folder shows by what is in it: git knows no empty ones. */
static bool may_be_folder(const char *pattern)
{
	const char *base = strrchr(pattern, '/');

	base = base ? base + 1 : pattern;
	return strspn(pattern, "*./") != strlen(pattern) && !strchr(base, '*') &&
	       !strchr(base, '.');
}

static void add_pattern(const char *word, const char *folder, GHashTable *globs)
{
	g_autofree char *pattern = pattern_of(word, folder);
	g_autofree char *of_top = path_in_tree(pattern, "");
	g_autofree char *of_folder = path_in_tree(pattern, folder);
	bool is_folder = may_be_folder(pattern);
	const char *tail = is_folder ? "/*" : "";

	if (!is_folder && !says_something(pattern))
		return;
	add(globs, g_strconcat(of_top, tail, NULL));
	/* Relative to where make runs, or to the makefile: it may be meant as either. */
	if (pattern[0] == '.' || !strchr(word, '$'))
		add(globs, g_strconcat(of_folder, tail, NULL));
}

/* Words are told apart by spaces outside of references. */
static void add_words(const char *text, const char *folder, GHashTable *globs)
{
	while (*text) {
		gsize len = 0;

		text += strspn(text, " \t\n\\");
		while (text[len] && !strchr(" \t\n\\", text[len]))
			len += text[len] == '$' ? reference_length(text + len) : 1;
		if (len) {
			g_autofree char *word = g_strndup(text, len);

			add_pattern(word, folder, globs);
		}
		text += len;
	}
}

static void add_all_below(const char *folder, GHashTable *globs)
{
	static const char *const kinds[] = { "*.c", "*.h", "*.S" };

	/* At the top it is about the kernel's release, not about its sources. */
	for (guint i = 0; i < G_N_ELEMENTS(kinds) && *folder; i++)
		add(globs, g_build_filename(folder, kinds[i], NULL));
}

static bool looks_around(const char *command)
{
	return strstr(command, "find ") || strstr(command, "ls ") || strchr(command, '*');
}

/* ---- sources that a makefile names, as prerequisites or for a command ---- */

#define NAME_CHARS "+,-./?@[]*_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What a word begins with; "$(src)/" and its like belong to it. */
static gsize prefix_length(const char *at)
{
	static const char *const prefixes[] = { "$(srctree)/", "$(src)/",     "$(objtree)/",
						"$(obj)/",     "${srctree}/", "${src}/" };
	gsize all = 0;
	bool more = true;

	while (more) { /* $(srctree)/$(src)/ */
		more = false;
		for (guint i = 0; i < G_N_ELEMENTS(prefixes) && !more; i++)
			if (g_str_has_prefix(at + all, prefixes[i])) {
				all += strlen(prefixes[i]);
				more = true;
			}
	}
	return all;
}

/* "a.c", "x/xen*.h": but a bare "*.h", as a command hands to find, says nothing. */
static bool names_source(const char *word)
{
	const char *base = strrchr(word, '/');
	gsize len = strlen(word);

	if (!base && strpbrk(word, "*?["))
		return false;
	base = base ? base + 1 : word;
	if (len < 3 || base[0] == '\0' || base[0] == '.')
		return false;
	return g_str_has_suffix(word, ".c") || g_str_has_suffix(word, ".h") ||
	       g_str_has_suffix(word, ".S") || (strchr(base, '[') && word[len - 1] == ']');
}

static void add_source(const char *word, bool of_folder, const char *folder, GHashTable *globs)
{
	g_autofree char *path = pattern_of(word, folder);

	add(globs, path_in_tree(path, ""));
	if (of_folder)
		add(globs, path_in_tree(path, folder));
}

static void add_named(const char *text, const char *folder, GHashTable *globs)
{
	const char *at = text;

	while (*at) {
		gsize prefix = prefix_length(at);
		gsize len = prefix + strspn(at + prefix, NAME_CHARS);
		g_autofree char *word = g_strndup(at, len);

		if (len > prefix && names_source(word + prefix))
			add_source(word, !prefix, folder, globs);
		at += len;
		if (*at == '#' && (at == text || strchr(" \t\n", at[-1])))
			at += strcspn(at, "\n");
		/* The end of a reference or of a pattern: its tail names no file. */
		if (*at == ')' || *at == '}' || *at == '%')
			at += strspn(at + 1, NAME_CHARS);
		if (*at)
			at++;
	}
}

void make_globs_text(const char *text, const char *folder, GHashTable *globs)
{
	add_named(text, folder, globs);
	for (const char *at = text; (at = strchr(at, '$')); at++) {
		g_autofree char *whole = g_strndup(at, reference_length(at));

		/* One without an end is none: make would not go on. */
		if (!g_str_has_suffix(whole, ")"))
			continue;
		if (g_str_has_prefix(whole, "$(wildcard ")) {
			whole[strlen(whole) - 1] = '\0';
			add_words(whole + strlen("$(wildcard "), folder, globs);
		} else if (g_str_has_prefix(whole, "$(shell ") && looks_around(whole)) {
			add_all_below(folder, globs);
		}
	}
}

static bool is_makefile(const char *name)
{
	return g_str_has_prefix(name, "Makefile") || g_str_has_prefix(name, "Kbuild") ||
	       g_str_has_suffix(name, ".mk");
}

static void read_makefile(const char *tree, const char *path, const char *folder, guint depth,
			  GHashTable *globs);

/* What a makefile includes is read as if it stood there: $(src) in it is the including folder. */
static void follow_includes(const char *tree, const char *text, const char *folder, guint depth,
			    GHashTable *globs)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		g_auto(GStrv) words = NULL;

		line += *line == '\n';
		line += *line == '-';
		if (!g_str_has_prefix(line, "include "))
			continue;
		line += strlen("include ");
		{
			g_autofree char *rest = g_strndup(line, strcspn(line, "#\n"));

			words = g_strsplit_set(rest, " \t", -1);
		}
		for (guint i = 0; words[i]; i++) {
			g_autofree char *path = pattern_of(words[i], folder);

			if (*path && !strchr(path, '*'))
				read_makefile(tree, path, folder, depth + 1, globs);
		}
	}
}

static void read_makefile(const char *tree, const char *path, const char *folder, guint depth,
			  GHashTable *globs)
{
	g_autofree char *whole = g_build_filename(tree, path, NULL);
	g_autofree char *text = NULL;

	if (depth > INCLUDES_MAX || !fs_read(whole, MAKEFILE_MAX, &text, NULL, NULL))
		return;
	make_globs_text(text, folder, globs);
	follow_includes(tree, text, folder, depth, globs);
}

void make_globs_read(const char *tree, const char *folder, GHashTable *globs)
{
	g_autofree char *whole = g_build_filename(tree, folder, NULL);
	g_autoptr(GDir) dir = g_dir_open(whole, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = NULL;

		if (!is_makefile(name))
			continue;
		path = g_build_filename(folder, name, NULL);
		read_makefile(tree, path, folder, 0, globs);
	}
}

void has_include_text(const char *text, GHashTable *names, GHashTable *globs)
{
	while ((text = strstr(text, "__has_include"))) {
		const char *end;
		const char *name;

		text += strlen("__has_include");
		if (g_str_has_prefix(text, "_next"))
			text += strlen("_next");
		text += strspn(text, " \t");
		if (*text != '(')
			continue; /* #ifdef __has_include */
		text += 1 + strspn(text + 1, " \t");
		end = *text == '"'   ? strchr(text + 1, '"')
		      : *text == '<' ? strchr(text, '>')
				     : NULL;
		if (!end) {
			add(globs, g_strdup("*.h"));
			continue;
		}
		for (name = end; name[-1] != '/' && name - 1 > text; name--)
			;
		add(names, g_strndup(name, (gsize)(end - name)));
	}
}
