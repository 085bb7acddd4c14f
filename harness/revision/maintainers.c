/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking scripts/get_maintainer.pl. */
#include "revision/maintainers.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"
#include "util/text.h"

#include <string.h>

#define SCRIPT "scripts/get_maintainer.pl"
#define PATCH "culprit.patch"
#define TIMEOUT_S 60
#define LINES_MAX 100

/* A file of the tree into the folder; what the tree has not is left out. */
static bool export_file(Repo *repo, const RepoId *tree, const char *folder, const char *name,
			bool *ret_there, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	g_autofree char *data = NULL;
	gsize len = 0;

	if (!repo_file(repo, tree, name, &data, &len, error))
		return false;
	*ret_there = data != NULL;
	return !data || (fs_mkdir(parent, error) && fs_write(path, data, (gssize)len, error));
}

static bool export_all(Repo *repo, const RepoId *tree, const RepoId *commit, const char *folder,
		       char **ret_why, GError **error)
{
	static const char *const names[] = { SCRIPT, "MAINTAINERS", ".mailmap",
					     ".get_maintainer.ignore" };
	g_autofree char *path = g_build_filename(folder, PATCH, NULL);
	g_autofree char *patch = NULL;
	bool is_there = false;

	if (!repo_patch(repo, commit, &patch, error))
		return false;
	if (!patch) {
		*ret_why = g_strdup("the culprit is a merge, of which there is no one patch");
		return true;
	}
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (!export_file(repo, tree, folder, names[i], &is_there, error))
			return false;
		if (!is_there && i < 2) {
			*ret_why = g_strdup_printf("%.12s has no %s", tree->hex, names[i]);
			return true;
		}
	}
	return fs_write(path, patch, -1, error);
}

static char **take_lines(const char *text)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", LINES_MAX);

	for (char **line = lines; *line; line++) {
		g_autofree char *clean = text_clean(g_strstrip(*line), 300);

		if (strchr(clean, '@'))
			g_strv_builder_add(list, clean);
	}
	return g_strv_builder_end(list);
}

static bool ask(const char *folder, GCancellable *cancel, char ***ret_lines, char **ret_why,
		GError **error)
{
	const char *argv[] = { "perl",     SCRIPT, "--no-tree", "--no-git", "--no-git-fallback",
			       "--no-web", PATCH,  NULL };
	g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "HOME", folder, TRUE);
	ProcessSpec spec = { .argv = argv, .cwd = folder, .timeout_s = TIMEOUT_S };
	g_auto(ProcessEnd) end = { 0 };
	g_auto(GStrv) lines = NULL;
	g_autofree char *last = NULL;
	g_autofree char *clean = NULL;

	env = g_environ_setenv(env, "LC_ALL", "C.UTF-8", TRUE);
	spec.env = (const char *const *)env;
	if (!process_run(&spec, cancel, &end, error))
		return false;
	if (end.status != 0) {
		last = text_last_line(end.err);
		clean = text_clean(last, 200);
		*ret_why = g_strdup_printf("%s failed: %s", SCRIPT,
					   end.timed_out ? "no answer for a minute" : clean);
		return true;
	}
	lines = take_lines(end.out);
	if (*lines)
		*ret_lines = g_steal_pointer(&lines);
	else
		*ret_why = g_strdup(SCRIPT " knows none");
	return true;
}

bool maintainers_find(Repo *repo, const RepoId *tree, const RepoId *commit, GCancellable *cancel,
		      char ***ret_lines, char **ret_why, GError **error)
{
	g_autofree char *folder = NULL;
	g_autofree char *why = NULL;
	g_auto(GStrv) lines = NULL;
	bool ok;

	folder = g_dir_make_tmp("bisectbox-maintainers-XXXXXX", error);
	if (!folder)
		return false;
	ok = export_all(repo, tree, commit, folder, &why, error) &&
	     (why || ask(folder, cancel, &lines, &why, error));
	fs_remove_tree(folder, NULL);
	if (!ok)
		return false;
	*ret_lines = lines ? g_steal_pointer(&lines) : g_new0(char *, 1);
	*ret_why = g_steal_pointer(&why);
	return true;
}
