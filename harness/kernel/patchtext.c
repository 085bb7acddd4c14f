/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading patches and what patch(1) says of them. */
#include "kernel/patchtext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the patch ---- */

/* The name in a line, without its time and its first folders; NULL for /dev/null and too short. */
static char *stripped(const char *name, guint strip)
{
	g_autofree char *path = g_strndup(name, strcspn(name, "\t\r\n"));
	const char *at = path;

	/* a name with blanks is followed by a tab, one without perhaps by blanks and a time */
	if (!strchr(name, '\t'))
		path[strcspn(path, " ")] = '\0';
	if (g_str_equal(path, "/dev/null"))
		return NULL;
	for (guint i = 0; i < strip && at; i++) {
		at = strchr(at, '/');
		at = at ? at + 1 : NULL;
	}
	return at && *at ? g_strdup(at) : NULL;
}

static bool is_beneath(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);

	for (char **part = parts; *part; part++)
		if (!**part || g_str_equal(*part, "..") || g_str_equal(*part, ".") ||
		    g_ascii_strcasecmp(*part, ".git") == 0)
			return false;
	return true;
}

typedef struct {
	GPtrArray *paths;
	char *outside;
} Paths;

static void add_path(Paths *paths, char *path)
{
	g_autofree char *own = path;

	if (!own || !*own || g_ptr_array_find_with_equal_func(paths->paths, own, g_str_equal, NULL))
		return;
	if (!is_beneath(own) && !paths->outside)
		paths->outside = g_strdup(own);
	g_ptr_array_add(paths->paths, g_steal_pointer(&own));
}

static void add_git(Paths *paths, const char *line)
{
	static const char *const words[] = { "rename from ", "rename to ", "copy from ",
					     "copy to " };
	g_autofree char *names = NULL;
	char *second;

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(line, words[i])) {
			names = g_strdup(line + strlen(words[i]));
			g_strchomp(names);
			add_path(paths, g_steal_pointer(&names));
			return;
		}
	if (!g_str_has_prefix(line, "diff --git a/"))
		return;
	names = g_strchomp(g_strdup(line + strlen("diff --git a/")));
	second = strstr(names, " b/");
	if (!second)
		return;
	*second = '\0';
	add_path(paths, g_strdup(names));
	add_path(paths, g_strdup(second + strlen(" b/")));
}

/* How many lines the hunk whose head this is has of old and new; false for no head. */
static bool hunk_head(const char *line, guint *ret_old, guint *ret_new)
{
	guint start;
	const char *plus = strstr(line, " +");

	if (!g_str_has_prefix(line, "@@ -") || !plus)
		return false;
	*ret_old = *ret_new = 1;
	/* NOLINTBEGIN(cert-err34-c): a number that is wrong is patch(1)'s to refuse */
	return sscanf(line, "@@ -%9u,%9u", &start, ret_old) >= 1 &&
	       sscanf(plus, " +%9u,%9u", &start, ret_new) >= 1;
	/* NOLINTEND(cert-err34-c) */
}

/* Index of the line after the hunk that begins at @at. */
static guint after_hunk(char **lines, guint at)
{
	guint old, new;

	if (!hunk_head(lines[at++], &old, &new))
		return at;
	for (; lines[at] && (old || new || lines[at][0] == '\\'); at++) {
		bool both = lines[at][0] == ' ' || lines[at][0] == '\0';

		if (lines[at][0] == '\\')
			continue;
		if (!both && lines[at][0] != '-' && lines[at][0] != '+')
			break;
		old -= (both || lines[at][0] == '-') && old;
		new -= (both || lines[at][0] == '+') && new;
	}
	return at;
}

char **patchtext_paths(const char *text, guint strip, char **ret_outside)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	Paths paths = { .paths = g_ptr_array_new() };

	for (guint i = 0; lines[i];) {
		guint old, new;

		if (hunk_head(lines[i], &old, &new)) {
			i = after_hunk(lines, i);
			continue;
		}
		if (g_str_has_prefix(lines[i], "--- ") && lines[i + 1] &&
		    g_str_has_prefix(lines[i + 1], "+++ ")) {
			add_path(&paths, stripped(lines[i] + strlen("--- "), strip));
			add_path(&paths, stripped(lines[i + 1] + strlen("+++ "), strip));
			i++;
		} else if (strip == 1) {
			add_git(&paths, lines[i]);
		}
		i++;
	}
	*ret_outside = paths.outside;
	g_ptr_array_add(paths.paths, NULL);
	return (char **)g_ptr_array_free(paths.paths, FALSE);
}

bool patchtext_binary(const char *text)
{
	return g_str_has_prefix(text, "GIT binary patch\n") || strstr(text, "\nGIT binary patch\n");
}

static bool is_about(char **lines, guint at, guint strip, const char *path)
{
	g_autofree char *old = stripped(lines[at] + strlen("--- "), strip);
	g_autofree char *new = stripped(lines[at + 1] + strlen("+++ "), strip);

	return g_strcmp0(old, path) == 0 || g_strcmp0(new, path) == 0;
}

static char *joined(char **lines, guint first, guint end)
{
	GString *text = g_string_new(NULL);

	for (guint i = first; i < end; i++)
		g_string_append_printf(text, "%s%s", i > first ? "\n" : "", lines[i]);
	return g_string_free(text, FALSE);
}

char *patchtext_hunk(const char *text, guint strip, const char *path, guint number, guint max)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool here = false;
	guint n = 0;

	for (guint i = 0, end; lines[i]; i = end) {
		guint old, new;

		end = i + 1;
		if (hunk_head(lines[i], &old, &new)) {
			end = after_hunk(lines, i);
			if (here && ++n == number)
				return joined(lines, i, MIN(end, i + max));
		} else if (g_str_has_prefix(lines[i], "--- ") && lines[i + 1] &&
			   g_str_has_prefix(lines[i + 1], "+++ ")) {
			here = is_about(lines, i, strip, path);
			n = here ? n : 0;
			end = i + 2;
		}
	}
	return NULL;
}

/* ---- patch(1) ---- */

void patch_failure_clear(PatchFailure *failure)
{
	g_clear_pointer(&failure->file, g_free);
}

/* "patching file X" or "checking file X", perhaps with "(renamed from Y)" and quotes. */
static char *said_file(const char *line)
{
	static const char *const words[] = { "patching file ", "checking file " };

	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autofree char *name = NULL;
		char *more;

		if (!g_str_has_prefix(line, words[i]))
			continue;
		name = g_strdup(line + strlen(words[i]));
		more = strstr(name, " (renamed from ");
		more = more ? more : strstr(name, " (copied from ");
		if (more)
			*more = '\0';
		if (*name == '\'' && strlen(name) > 1 && g_str_has_suffix(name, "'")) {
			name[strlen(name) - 1] = '\0';
			return g_strdup(name + 1);
		}
		return g_steal_pointer(&name);
	}
	return NULL;
}

static guint number_after(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? (guint)strtoul(at + strlen(word), NULL, 10) : 0;
}

void patchsaid_failure(const char *said, PatchFailure *ret_failure)
{
	g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
	PatchFailure failure = { 0 };

	for (char **line = lines; *line; line++) {
		char *file = said_file(*line);

		if (file) {
			g_free(failure.file);
			failure.file = file;
		}
		failure.no_file = g_str_has_prefix(*line, "can't find file");
		if (g_str_has_prefix(*line, "Hunk #") && strstr(*line, " FAILED at ")) {
			failure.hunk = number_after(*line, "Hunk #");
			failure.line = number_after(*line, " FAILED at ");
		}
		if (failure.no_file || failure.hunk)
			break;
	}
	if (failure.no_file) /* the last one that was named went well */
		g_clear_pointer(&failure.file, g_free);
	*ret_failure = failure;
}

bool patchsaid_fuzz(const char *said, const char *file, guint hunk, guint *ret_line,
		    guint *ret_fuzz)
{
	g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
	bool here = false;

	for (char **line = lines; *line; line++) {
		g_autofree char *name = said_file(*line);

		if (name)
			here = g_str_equal(name, file);
		if (!here || !g_str_has_prefix(*line, "Hunk #") ||
		    number_after(*line, "Hunk #") != hunk || !strstr(*line, " succeeded at "))
			continue;
		*ret_line = number_after(*line, " succeeded at ");
		*ret_fuzz = number_after(*line, " with fuzz ");
		return true;
	}
	return false;
}
