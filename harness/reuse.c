/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a build folder may be built in again. */
#include "reuse.h"

#include "repo/diff.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <string.h>

#define NOTE "bisectbox.built"  /* the tree's id, a line end, its footprint */
#define CHAIN "bisectbox.chain" /* key of the compiler that it was built with */
#define NOTE_MAX ((gsize)32 << 20)

static char *note_path(const char *build)
{
	return g_build_filename(build, NOTE, NULL);
}

static bool read_note(const char *build, RepoId *ret_tree, Footprint **ret_footprint)
{
	g_autofree char *path = note_path(build);
	g_autofree char *text = NULL;

	if (!fs_read(path, NOTE_MAX, &text, NULL, NULL) || strcspn(text, "\n") != REPO_ID_LEN)
		return false;
	text[REPO_ID_LEN] = '\0';
	g_strlcpy(ret_tree->hex, text, sizeof(ret_tree->hex));
	return footprint_parse(text + REPO_ID_LEN + 1, ret_footprint, NULL);
}

/* A symlink that comes, goes or leads elsewhere may stand for a whole folder of headers. */
static bool on_file(const char *path, guint change, void *user)
{
	const Footprint *footprint = user;

	if (footprint_ignores(footprint_judge(footprint, path, change)))
		return true;
	return !(change & REPO_ODD) && (change != REPO_ADDED || !footprint_hides(footprint, path));
}

static bool fits(Repo *repo, const char *build, const RepoId *tree)
{
	RepoDiffEvents events = { .file = on_file };
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(RepoDiff) diff = NULL;
	bool stopped = true;
	RepoId old;

	if (!read_note(build, &old, &footprint))
		return false;
	events.user = footprint;
	diff = repo_diff_new(repo);
	return repo_diff_trees(diff, &old, tree, &events, &stopped, NULL) && !stopped;
}

bool reuse_begin(Repo *repo, const char *build, const RepoId *revision, bool *ret_emptied,
		 GError **error)
{
	g_autofree char *path = note_path(build);
	bool there = g_file_test(build, G_FILE_TEST_EXISTS);
	RepoId tree;

	if (!repo_tree_id(repo, revision, &tree, error))
		return false;
	if (ret_emptied)
		*ret_emptied = false;
	if (!there)
		return true;
	if (!fits(repo, build, &tree)) {
		if (ret_emptied)
			*ret_emptied = true;
		return fs_remove_tree(build, error);
	}
	g_unlink(path); /* until make has ended, the folder is of no tree */
	return true;
}

bool reuse_end(Repo *repo, const char *build, const RepoId *revision, const Footprint *footprint,
	       GError **error)
{
	g_autofree char *path = note_path(build);
	g_autofree char *text = NULL;
	g_autofree char *all = NULL;
	RepoId id;

	if (!footprint)
		return true;
	if (!repo_tree_id(repo, revision, &id, error))
		return false;
	text = footprint_text(footprint);
	all = g_strconcat(id.hex, "\n", text, NULL);
	return fs_write(path, all, -1, error);
}

bool reuse_chain(const char *build, const char *key, GError **error)
{
	g_autofree char *path = g_build_filename(build, CHAIN, NULL);
	g_autofree char *old = NULL;

	if (!fs_read(path, NOTE_MAX, &old, NULL, NULL) || !g_str_equal(old, key))
		if (!fs_remove_tree(build, error))
			return false;
	return fs_mkdir(build, error) &&
	       (old && g_str_equal(old, key) ? true : fs_write(path, key, -1, error));
}
