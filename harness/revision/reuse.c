/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a build folder may be built in again. */
#include "revision/reuse.h"

#include "repo/diff.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define NOTE "bisectbox.built" /* the tree's id, the compiler's key, its footprint */
#define NOTE_MAX ((gsize)32 << 20)
#define KEY_LEN 64
#define FOLDER "build-"
#define FOLDERS_KEPT 2
#define WHY_SYMLINK "a symlink has changed"
#define WHY_HIDES "a new file has the name of one that was built from"
#define SPACE_WANTED ((guint64)4 << 30) /* a build folder of a full configuration, twice */

static char *note_path(const char *build)
{
	return g_build_filename(build, NOTE, NULL);
}

/* ---- a folder a configuration ---- */

static struct timespec time_of(const char *path)
{
	struct stat st = { 0 };

	if (lstat(path, &st) < 0)
		return (struct timespec){ 0 };
	return st.st_mtim;
}

static bool is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* The folder itself changes with each build: make has files come and go in its top. */
static int latest_first(gconstpointer a, gconstpointer b)
{
	struct timespec x = time_of(*(const char *const *)a);
	struct timespec y = time_of(*(const char *const *)b);

	return is_later(y, x) - is_later(x, y);
}

static GPtrArray *other_folders(const char *home, const char *own)
{
	GPtrArray *others = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(home, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(home, name, NULL);

		if (g_str_has_prefix(name, FOLDER) && !g_str_equal(path, own))
			g_ptr_array_add(others, g_steal_pointer(&path));
	}
	g_ptr_array_sort(others, latest_first);
	return others;
}

char *reuse_folder(const char *home, const char *setup)
{
	g_autofree char *leaf = g_strdup_printf(FOLDER "%.12s", setup);
	char *own = g_build_filename(home, leaf, NULL);
	g_autoptr(GPtrArray) others = other_folders(home, own);
	guint keep = FOLDERS_KEPT;
	guint64 space;

	if (fs_free_bytes(home, &space, NULL) && space < SPACE_WANTED)
		keep = 0;
	for (guint i = keep; i < others->len; i++)
		fs_remove_tree(others->pdata[i], NULL);
	return own;
}

/* ---- what is in it ---- */

static bool read_note(const char *build, RepoId *ret_tree, char **ret_compiler,
		      Footprint **ret_footprint)
{
	g_autofree char *path = note_path(build);
	g_autofree char *text = NULL;
	const char *rest;

	if (!fs_read(path, NOTE_MAX, &text, NULL, NULL) || strcspn(text, "\n") != REPO_ID_LEN)
		return false;
	text[REPO_ID_LEN] = '\0';
	rest = text + REPO_ID_LEN + 1;
	if (strcspn(rest, "\n") != KEY_LEN ||
	    !footprint_parse(rest + KEY_LEN + 1, ret_footprint, NULL))
		return false;
	g_strlcpy(ret_tree->hex, text, sizeof(ret_tree->hex));
	*ret_compiler = g_strndup(rest, KEY_LEN);
	return true;
}

/* A comparison of what a folder is of with what is wanted. */
typedef struct {
	const ReuseSpec *spec;
	const Footprint *footprint;
	struct timespec built;
	const char *why;       /* it cannot be built in again */
	GHashTable *makefiles; /* folders whose makefiles differ */
} Look;

static bool is_makefile(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	return g_str_has_prefix(base, "Makefile") || g_str_has_prefix(base, "Kbuild");
}

static const char *trouble(const Look *look, const char *path, guint change)
{
	guint kind = change & ~(guint)REPO_ODD;
	g_autofree char *whole = NULL;

	/* A symlink that comes, goes or leads elsewhere may stand for a folder of headers. */
	if (change & REPO_ODD)
		return WHY_SYMLINK;
	if (kind == REPO_ADDED && footprint_hides(look->footprint, path))
		return WHY_HIDES;
	if (kind == REPO_REMOVED)
		return g_str_has_suffix(path, ".c") || g_str_has_suffix(path, ".S")
			       ? "a source that was built from is gone"
			       : NULL;
	whole = g_build_filename(look->spec->tree, path, NULL);
	return is_later(look->built, time_of(whole)) ? "the clock was set back" : NULL;
}

static bool on_file(const char *path, guint change, void *user)
{
	Look *look = user;

	if (footprint_ignores(footprint_judge(look->footprint, path, change)))
		return true;
	look->why = trouble(look, path, change);
	if (is_makefile(path) && strchr(path, '/'))
		g_hash_table_add(look->makefiles, g_path_get_dirname(path));
	return !look->why;
}

/* Sources that lie in a build folder were generated; if they still are to be, they will be again.
 */
static void remove_generated(const char *build, GHashTable *folders)
{
	static const char *const kinds[] = { ".c", ".h", ".S", ".inc" };
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, folders);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		g_autofree char *path = g_build_filename(build, key, NULL);
		g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
		const char *name;

		while (dir && (name = g_dir_read_name(dir))) {
			g_autofree char *file = g_build_filename(path, name, NULL);

			for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
				if (g_str_has_suffix(name, kinds[i]))
					g_unlink(file);
		}
	}
}

static const char *compare(Look *look, const RepoId *old, const RepoId *tree)
{
	const RepoDiffEvents events = { .file = on_file, .user = look };
	g_autoptr(RepoDiff) diff = repo_diff_new(look->spec->repo);

	if (!repo_diff_trees(diff, old, tree, &events, NULL, NULL))
		return "what it is of cannot be compared";
	return look->why;
}

/* Why a folder cannot be built in again; NULL where it can. */
static const char *unfit(const ReuseSpec *spec, const RepoId *tree)
{
	g_autofree char *path = note_path(spec->build);
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(GHashTable) makefiles = NULL;
	g_autofree char *compiler = NULL;
	Look look = { .spec = spec, .built = time_of(path) };
	const char *why;
	RepoId old;

	if (!read_note(spec->build, &old, &compiler, &footprint))
		return "a build did not end there";
	if (!g_str_equal(compiler, spec->compiler))
		return "the compiler has changed";
	makefiles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	look.footprint = footprint;
	look.makefiles = makefiles;
	why = compare(&look, &old, tree);
	if (!why)
		remove_generated(spec->build, makefiles);
	return why;
}

bool reuse_begin(const ReuseSpec *spec, bool *ret_empty, const char **ret_why, GError **error)
{
	g_autofree char *path = note_path(spec->build);
	bool there = g_file_test(spec->build, G_FILE_TEST_EXISTS);
	const char *why;
	RepoId tree;

	if (!repo_tree_id(spec->repo, spec->revision, &tree, error))
		return false;
	why = there ? unfit(spec, &tree) : NULL;
	if (why && !fs_remove_tree(spec->build, error))
		return false;
	g_unlink(path); /* until make has ended, the folder is of no tree */
	if (ret_empty)
		*ret_empty = !there || why;
	if (ret_why)
		*ret_why = why;
	return true;
}

/* Whether something in a folder is younger than a time. */
static bool has_younger(const char *folder, struct timespec now)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		struct stat st;

		if (lstat(path, &st) == 0 &&
		    (S_ISDIR(st.st_mode) ? has_younger(path, now)
					 : S_ISREG(st.st_mode) && is_later(st.st_mtim, now)))
			return true;
	}
	return false;
}

bool reuse_end(const ReuseSpec *spec, const Footprint *footprint, GError **error)
{
	g_autofree char *path = note_path(spec->build);
	g_autofree char *text = NULL;
	g_autofree char *all = NULL;
	RepoId id;

	if (!footprint)
		return true;
	if (!repo_tree_id(spec->repo, spec->revision, &id, error))
		return false;
	text = footprint_text(footprint);
	all = g_strconcat(id.hex, "\n", spec->compiler, "\n", text, NULL);
	if (!fs_write(path, all, -1, error))
		return false;
	if (has_younger(spec->build, time_of(path)))
		g_unlink(path);
	return true;
}
