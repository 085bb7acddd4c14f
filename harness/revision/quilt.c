/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A quilt series becomes commits, with not a line of context off. */
#include "revision/quilt.h"

#include "kernel/patchtext.h"
#include "kernel/quilt.h"
#include "repo/plant.h"
#include "revision/patching.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/rundir.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERIES_MAX ((gsize)4 << 20)
#define PATCH_MAX ((gsize)256 << 20)
#define FILE_MAX ((gsize)256 << 20)
#define HUNK_SHOWN 24 /* lines */
#define FUZZ_MAX 3    /* as much as patch(1) can be wrong about a usual patch */

/* One series on its way. */
typedef struct {
	const QuiltSource *source;
	const char *folder; /* the source's, absolute: patch(1) works elsewhere */
	Plant *plant;
	RepoId tree;
	RepoId parent;
	gint64 time; /* of the parent */
	guint offsets;
	char **ret_hunk;
} Planting;

void quilt_commits_clear(QuiltCommits *commits)
{
	if (commits->held)
		close(commits->lock);
	commits->held = false;
	g_clear_pointer(&commits->path, g_free);
}

/* ---- the files of one patch, in a folder of their own ---- */

typedef struct {
	GArray *files; /* PlantFile */
	char **paths;
	RunDir *dir;
} Files;

static void file_clear(gpointer data)
{
	g_free(((PlantFile *)data)->data);
}

static void files_clear(Files *files)
{
	g_clear_pointer(&files->files, g_array_unref);
	g_clear_pointer(&files->paths, g_strfreev);
	g_clear_pointer(&files->dir, rundir_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Files, files_clear)

static bool put_file(const char *folder, const PlantFile *file, GError **error)
{
	g_autofree char *path = g_build_filename(folder, file->path, NULL);
	g_autofree char *above = g_path_get_dirname(path);

	if (!file->data)
		return true;
	if (!fs_mkdir(above, error))
		return false;
	if (file->link)
		return symlink(file->data, path) == 0 ||
		       error_host(error, "cannot make the symlink %s: %s", path, g_strerror(errno));
	if (!fs_write(path, file->data, (gssize)file->len, error))
		return false;
	return chmod(path, file->executable ? 0755 : 0644) == 0 ||
	       error_host(error, "cannot change %s: %s", path, g_strerror(errno));
}

static bool put_files(const Planting *planting, Files *files, GError **error)
{
	files->files = g_array_new(FALSE, TRUE, sizeof(PlantFile));
	g_array_set_clear_func(files->files, file_clear);
	files->dir = rundir_new(error);
	if (!files->dir)
		return false;
	for (char **path = files->paths; *path; path++) {
		PlantFile file = { .path = *path };

		if (!plant_read(planting->plant, &planting->tree, &file, error))
			return false;
		g_array_append_val(files->files, file);
		if (!put_file(rundir_path(files->dir), &file, error))
			return false;
	}
	return true;
}

static bool take_file(const char *folder, PlantFile *file, GError **error)
{
	g_autofree char *path = g_build_filename(folder, file->path, NULL);
	struct stat st;

	g_clear_pointer(&file->data, g_free);
	if (lstat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return true;
	file->link = S_ISLNK(st.st_mode);
	file->executable = st.st_mode & 0100;
	if (!file->link)
		return fs_read(path, FILE_MAX, &file->data, &file->len, error);
	file->data = g_file_read_link(path, error);
	file->len = file->data ? strlen(file->data) : 0;
	return file->data != NULL;
}

static bool take_files(const Files *files, GError **error)
{
	for (guint i = 0; i < files->files->len; i++)
		if (!take_file(rundir_path(files->dir), &g_array_index(files->files, PlantFile, i),
			       error))
			return false;
	return true;
}

/* ---- one patch ---- */

/* A patch, as it is needed again and again. */
typedef struct {
	const QuiltPatch *entry;
	char *path;
	char *text;
} Patch;

static void patch_clear(Patch *patch)
{
	g_clear_pointer(&patch->path, g_free);
	g_clear_pointer(&patch->text, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Patch, patch_clear)

static bool run_patch(const Patch *patch, const char *folder, guint fuzz, bool dry, bool back,
		      int *ret_status, char **ret_said, GError **error)
{
	const Patching patching = { .folder = folder,
				    .file = patch->path,
				    .strip = patch->entry->strip,
				    .reverse = patch->entry->reverse != back,
				    .fuzz = fuzz,
				    .dry = dry };

	return patching_run(&patching, ret_status, ret_said, error);
}

/* Where it nearly would: what patch(1) would have done if it were let. */
static bool explain_hunk(const Planting *planting, const Patch *patch, const char *folder,
			 const PatchFailure *failure, GError **error)
{
	const char *file = failure->file ? failure->file : "?";
	g_autofree char *said = NULL;
	guint line = 0, fuzz = 0;
	int status;

	if (!run_patch(patch, folder, FUZZ_MAX, true, false, &status, &said, error))
		return false;
	*planting->ret_hunk =
		patchtext_hunk(patch->text, patch->entry->strip, file, failure->hunk, HUNK_SHOWN);
	if (patchsaid_fuzz(said, file, failure->hunk, &line, &fuzz))
		return error_usage(error,
				   "%s: hunk %u of %s does not apply: at line %u it nearly would, "
				   "with %u line%s of context ignored (fuzz), which is refused: "
				   "refresh the patch",
				   patch->entry->name, failure->hunk, file, line, fuzz,
				   text_s(fuzz));
	return error_usage(error, "%s: hunk %u of %s, for line %u, does not apply anywhere",
			   patch->entry->name, failure->hunk, file, failure->line);
}

static bool explain(const Planting *planting, const Patch *patch, const char *folder, int status,
		    const char *said, GError **error)
{
	g_auto(PatchFailure) failure = { 0 };
	g_autofree char *last = text_last_line(said);
	const char *name = patch->entry->name;
	int back = 1;

	if (status > 1)
		return error_usage(error, "%s: it is no patch that patch(1) can read: %s", name,
				   last ? last : "it said nothing");
	if (!run_patch(patch, folder, 0, true, true, &back, NULL, error))
		return false;
	if (back == 0)
		return error_usage(error, "%s: the tree has it already: it applies in reverse",
				   name);
	patchsaid_failure(said, &failure);
	if (failure.no_file)
		return error_usage(error, "%s: a file that it changes is not in the tree", name);
	if (failure.hunk)
		return explain_hunk(planting, patch, folder, &failure, error);
	return error_usage(error, "%s: it does not apply: %s", name, last ? last : "");
}

/* The tree with the patch, exactly as it is written. */
static bool change_tree(Planting *planting, const Patch *patch, GError **error)
{
	g_auto(Files) files = { 0 };
	g_autofree char *outside = NULL;
	g_autofree char *said = NULL;
	const char *folder;
	int status;

	if (patchtext_binary(patch->text))
		return error_usage(error,
				   "%s: it has git's binary changes, which patch(1) cannot "
				   "apply",
				   patch->entry->name);
	files.paths = patchtext_paths(patch->text, patch->entry->strip, &outside);
	if (outside)
		return error_usage(error, "%s: it changes %s, outside the tree", patch->entry->name,
				   outside);
	if (!files.paths[0])
		return true; /* quilt takes an empty one, too */
	if (!put_files(planting, &files, error))
		return false;
	folder = rundir_path(files.dir);
	/* a dry run first would not see what a patch does twice to one file */
	if (!run_patch(patch, folder, 0, false, false, &status, &said, error))
		return false;
	if (status != 0) {
		g_clear_pointer(&files.dir, rundir_free);
		g_clear_pointer(&files.files, g_array_unref);
		return put_files(planting, &files, error) &&
		       explain(planting, patch, rundir_path(files.dir), status, said, error);
	}
	planting->offsets += strstr(said, " (offset ") != NULL;
	return take_files(&files, error) &&
	       plant_change(planting->plant, &planting->tree,
			    (const PlantFile *)(gpointer)files.files->data, files.files->len,
			    &planting->tree, error);
}

static bool commit_patch(Planting *planting, const Patch *patch, GError **error)
{
	g_auto(QuiltHead) head = { 0 };
	g_autofree char *message = NULL;
	PlantWords words = { 0 };

	quilt_head(patch->text, &head);
	message = quilt_message(&head, patch->entry->name);
	/* a second a patch: young enough for git's walks, and the same every time */
	planting->time++;
	words = (PlantWords){ .author = head.author ? head.author : "nobody",
			      .email = head.email ? head.email : "",
			      .time = head.time ? head.time : planting->time,
			      .offset = head.time ? head.offset : 0,
			      .committed = planting->time,
			      .message = message };
	return plant_commit(planting->plant, &planting->tree, &planting->parent, &words,
			    &planting->parent, error);
}

static bool add_patch(Planting *planting, const QuiltPatch *entry, GError **error)
{
	g_auto(Patch) patch = { .entry = entry };

	patch.path = g_build_filename(planting->folder, entry->name, NULL);
	if (!g_file_test(patch.path, G_FILE_TEST_IS_REGULAR))
		return error_usage(error, "%s/series:%u: there is no patch %s",
				   planting->source->folder, entry->line, entry->name);
	return fs_read(patch.path, PATCH_MAX, &patch.text, NULL, error) &&
	       change_tree(planting, &patch, error) && commit_patch(planting, &patch, error);
}

/* ---- the base ---- */

/* dpkg-source -x applies a package's patches, and quilt notes which are. */
static bool check_folder(const char *folder, GError **error)
{
	g_autofree char *applied = g_build_filename(folder, ".pc", "applied-patches", NULL);
	g_autofree char *names = NULL;

	if (g_file_get_contents(applied, &names, NULL, NULL) && *g_strstrip(names))
		return error_usage(error,
				   "--base %s has patches applied already (.pc/applied-patches): "
				   "quilt pop -a there, or dpkg-source -x --skip-patches",
				   folder);
	return true;
}

static bool commit_base(Planting *planting, const char *what, GError **error)
{
	g_autofree char *message = g_strdup_printf("%s: the tree that the series is for\n", what);
	const PlantWords words = { .author = "bisectbox",
				   .email = "bisectbox@localhost",
				   .time = planting->time,
				   .committed = planting->time,
				   .message = message };

	return plant_commit(planting->plant, &planting->tree, NULL, &words, &planting->parent,
			    error);
}

/* One repository for each base: what it is, and where its patches come from, decide its name. */
static char *plant_path(const char *kind, const char *base, const char *folder)
{
	g_autofree char *all = g_strdup_printf("%s\n%s\n%s", kind, base, folder);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
	g_autofree char *name = g_strdup_printf("series/%.16s.git", hash);

	return paths_cache(name);
}

static bool open_base(Planting *planting, const char *patches, char **ret_path, GError **error)
{
	const QuiltSource *source = planting->source;
	g_autofree char *folder = g_canonicalize_filename(source->base, NULL);
	g_autoptr(Repo) repo = NULL;
	RepoId id;

	if (!source->repo && g_file_test(folder, G_FILE_TEST_IS_DIR)) {
		*ret_path = plant_path("folder", folder, patches);
		return check_folder(folder, error) &&
		       plant_open(*ret_path, NULL, &planting->plant, error) &&
		       plant_folder(planting->plant, folder, &planting->tree, error) &&
		       commit_base(planting, source->base, error);
	}
	if (!repo_open(source->repo ? source->repo : ".", &repo, error) ||
	    !repo_resolve(repo, source->base, &id, error) ||
	    !repo_tree_id(repo, &id, &planting->tree, error) ||
	    !repo_commit_time(repo, &id, &planting->time, error)) {
		g_prefix_error(error, "--base %s: ", source->base);
		return false;
	}
	*ret_path = plant_path("repo", repo_path(repo), patches);
	return plant_open(*ret_path, repo, &planting->plant, error) &&
	       commit_base(planting, id.hex, error);
}

static bool read_series(const QuiltSource *source, GArray **ret_patches, GError **error)
{
	g_autofree char *file = g_build_filename(source->folder, "series", NULL);
	g_autofree char *text = NULL;

	if (!g_file_test(file, G_FILE_TEST_IS_REGULAR))
		return error_usage(error,
				   "--quilt %s: there is no file `series` in it (such as "
				   "debian/patches has)",
				   source->folder);
	return fs_read(file, SERIES_MAX, &text, NULL, error) &&
	       quilt_series(text, file, ret_patches, error);
}

/* Shared: other runs may use it, too. */
static bool hold(QuiltCommits *commits, GError **error)
{
	commits->lock = open(commits->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	commits->held = commits->lock >= 0;
	if (!commits->held || flock(commits->lock, LOCK_SH) < 0)
		return error_host(error, "cannot hold %s: %s", commits->path, g_strerror(errno));
	return true;
}

bool quilt_plant(const QuiltSource *source, GCancellable *cancel, QuiltCommits *ret_commits,
		 char **ret_hunk, GError **error)
{
	g_autofree char *patches = g_canonicalize_filename(source->folder, NULL);
	g_autoptr(GArray) entries = NULL;
	g_autoptr(Plant) plant = NULL;
	g_autofree char *path = NULL;
	Planting planting = { .source = source, .folder = patches, .ret_hunk = ret_hunk };
	bool ok;
	RepoId base;

	*ret_hunk = NULL;
	if (!read_series(source, &entries, error))
		return false;
	ok = open_base(&planting, patches, &path, error);
	plant = planting.plant;
	base = planting.parent;
	for (guint i = 0; ok && i < entries->len; i++)
		ok = (!g_cancellable_is_cancelled(cancel) || error_interrupted(error)) &&
		     add_patch(&planting, &g_array_index(entries, QuiltPatch, i), error);
	if (!ok || !plant_branch(plant, "base", &base, error) ||
	    !plant_branch(plant, "series", &planting.parent, error))
		return false;
	*ret_commits = (QuiltCommits){ .path = g_steal_pointer(&path),
				       .base = base,
				       .tip = planting.parent,
				       .count = entries->len,
				       .offsets = planting.offsets };
	return hold(ret_commits, error);
}
