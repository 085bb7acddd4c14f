/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits in a repository of bisectbox's own. */
#include "repo/plant_internal.h"

#include "util/error.h"
#include "util/fs.h"

#include <string.h>
#include <unistd.h>

/* Symlinks carry the paths, as in worktree.c: alternates' own syntax has no newline. */
static bool borrow(const Plant *plant, const Repo *from, GError **error)
{
	g_autofree char *links = g_build_filename(plant->folder, "borrowed", NULL);
	g_autofree char *list = g_build_filename(plant->folder, "objects/info/alternates", NULL);
	g_autofree char *kin = g_build_filename(plant->folder, REPO_KIN, NULL);
	g_autofree char *own = g_build_filename(from->path, "objects", NULL);
	g_autoptr(GPtrArray) folders = alternates_find(own);
	g_autoptr(GString) lines = g_string_new(NULL);

	g_ptr_array_insert(folders, 0, g_strdup(own));
	if (!fs_remove_tree(links, error) || !fs_mkdir(links, error))
		return false;
	for (guint i = 0; i < folders->len; i++) {
		g_autofree char *link = g_strdup_printf("%s/%u", links, i);

		if (symlink(folders->pdata[i], link) < 0)
			return error_host(error, "cannot make the symlink %s", link);
		g_string_append_printf(lines, "../borrowed/%u\n", i);
	}
	return fs_write(list, lines->str, -1, error) && fs_write(kin, from->path, -1, error);
}

bool plant_open(const char *folder, const Repo *from, Plant **ret_plant, GError **error)
{
	g_autoptr(Plant) plant = g_new0(Plant, 1);
	g_autofree char *lock = g_strconcat(folder, ".lock", NULL);
	g_autofree char *above = g_path_get_dirname(folder);
	git_repository_init_options options;
	git_config *config = NULL;

	repo_start();
	plant->lock = -1;
	plant->folder = g_strdup(folder);
	if (!fs_mkdir(above, error) || !fs_lock(lock, &plant->lock, NULL, error))
		return false;
	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
	options.initial_head = "series";
	if (git_repository_init_ext(&plant->git, folder, &options) < 0)
		return git_trouble(error, "cannot make the repository %s", folder);
	git_repository_free(plant->git);
	plant->git = NULL;
	if (from && !borrow(plant, from, error))
		return false;
	if (git_repository_open_bare(&plant->git, folder) < 0 ||
	    repo_local_config(plant->git, &config) < 0)
		return git_trouble(error, "cannot open the repository %s", folder);
	git_config_free(config);
	*ret_plant = g_steal_pointer(&plant);
	return true;
}

void plant_close(Plant *plant)
{
	if (!plant)
		return;
	git_repository_free(plant->git);
	if (plant->lock >= 0)
		close(plant->lock);
	g_free(plant->folder);
	g_free(plant);
}

static bool find_tree(const Plant *plant, const RepoId *id, git_tree **ret_tree, GError **error)
{
	git_oid oid;

	if (!oid_of(id, &oid, error))
		return false;
	if (git_tree_lookup(ret_tree, plant->git, &oid) < 0)
		return git_trouble(error, "cannot read the tree %.12s", id->hex);
	return true;
}

static int read_blob(const Plant *plant, const git_tree_entry *entry, PlantFile *file)
{
	git_filemode_t mode = git_tree_entry_filemode(entry);
	git_blob *blob = NULL;
	int status = git_blob_lookup(&blob, plant->git, git_tree_entry_id(entry));

	if (status < 0)
		return status;
	file->len = git_blob_rawsize(blob);
	file->data = g_malloc(file->len + 1);
	memcpy(file->data, git_blob_rawcontent(blob), file->len);
	file->data[file->len] = '\0';
	file->executable = mode == GIT_FILEMODE_BLOB_EXECUTABLE;
	file->link = mode == GIT_FILEMODE_LINK;
	git_blob_free(blob);
	return 0;
}

bool plant_read(Plant *plant, const RepoId *tree, PlantFile *file, GError **error)
{
	git_tree *top = NULL;
	git_tree_entry *entry = NULL;
	int status;

	file->data = NULL;
	file->len = 0;
	file->executable = file->link = false;
	if (!find_tree(plant, tree, &top, error))
		return false;
	status = git_tree_entry_bypath(&entry, top, file->path);
	if (status == 0 && git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
		status = read_blob(plant, entry, file);
	git_tree_entry_free(entry);
	git_tree_free(top);
	return status == 0 || status == GIT_ENOTFOUND ||
	       git_trouble(error, "cannot read %s of the tree %.12s", file->path, tree->hex);
}

static git_filemode_t mode_of(const PlantFile *file)
{
	return file->link         ? GIT_FILEMODE_LINK
	       : file->executable ? GIT_FILEMODE_BLOB_EXECUTABLE
				  : GIT_FILEMODE_BLOB;
}

static bool has(const git_tree *tree, const char *path)
{
	git_tree_entry *entry = NULL;
	bool there = git_tree_entry_bypath(&entry, tree, path) == 0;

	git_tree_entry_free(entry);
	return there;
}

static int write_tree(const Plant *plant, git_tree *old, const PlantFile *files, guint n,
		      git_oid *ret_id)
{
	g_autofree git_tree_update *updates = g_new0(git_tree_update, n + 1);
	guint used = 0;
	int status = 0;

	for (guint i = 0; i < n && status == 0; i++) {
		git_tree_update *update = &updates[used];

		if (!files[i].data && !has(old, files[i].path))
			continue;
		update->path = files[i].path;
		update->filemode = mode_of(&files[i]);
		update->action = files[i].data ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
		if (files[i].data)
			status = git_blob_create_from_buffer(&update->id, plant->git, files[i].data,
							     files[i].len);
		used++;
	}
	return status == 0 ? git_tree_create_updated(ret_id, plant->git, old, used, updates)
			   : status;
}

bool plant_change(Plant *plant, const RepoId *tree, const PlantFile *files, guint n,
		  RepoId *ret_tree, GError **error)
{
	git_tree *old = NULL;
	git_oid id;
	int status;

	if (!find_tree(plant, tree, &old, error))
		return false;
	status = write_tree(plant, old, files, n, &id);
	git_tree_free(old);
	if (status < 0)
		return git_trouble(error, "cannot change files of the tree %.12s", tree->hex);
	repo_id(&id, ret_tree);
	return true;
}

/* git has neither in names: "<>" end them, a newline the whole line. */
static char *fit(const char *text, const char *otherwise)
{
	char *copy = g_strstrip(g_strdelimit(g_strdup(text), "<>\n\r", ' '));

	if (*copy)
		return copy;
	g_free(copy);
	return g_strdup(otherwise);
}

/* Both of a commit's signatures. */
typedef struct {
	git_signature *author;
	git_signature *by;
} Signatures;

static int sign(const PlantWords *words, Signatures *ret_signatures)
{
	g_autofree char *author = fit(words->author, "nobody");
	g_autofree char *email = fit(words->email, "nobody@localhost");
	int status = git_signature_new(&ret_signatures->author, author, email, words->time,
				       words->offset);

	return status < 0 ? status
			  : git_signature_new(&ret_signatures->by, "bisectbox",
					      "bisectbox@localhost", words->committed, 0);
}

bool plant_commit(Plant *plant, const RepoId *tree, const RepoId *parent, const PlantWords *words,
		  RepoId *ret_id, GError **error)
{
	Signatures signatures = { 0 };
	const git_commit *parents[1];
	git_commit *above = NULL;
	git_tree *content = NULL;
	git_oid oid, id;
	int status;

	if (!find_tree(plant, tree, &content, error))
		return false;
	status = parent ? git_oid_fromstr(&oid, parent->hex) : 0;
	if (status == 0 && parent)
		status = git_commit_lookup(&above, plant->git, &oid);
	parents[0] = above;
	if (status == 0)
		status = sign(words, &signatures);
	if (status == 0)
		status = git_commit_create(&id, plant->git, NULL, signatures.author, signatures.by,
					   NULL, words->message, content, parent ? 1 : 0, parents);
	git_signature_free(signatures.author);
	git_signature_free(signatures.by);
	git_commit_free(above);
	git_tree_free(content);
	if (status < 0)
		return git_trouble(error, "cannot make a commit in %s", plant->folder);
	repo_id(&id, ret_id);
	return true;
}

bool plant_branch(Plant *plant, const char *name, const RepoId *id, GError **error)
{
	g_autofree char *full = g_strconcat("refs/heads/", name, NULL);
	git_reference *reference = NULL;
	git_oid oid;

	if (!oid_of(id, &oid, error))
		return false;
	if (git_reference_create(&reference, plant->git, full, &oid, 1, NULL) < 0)
		return git_trouble(error, "cannot set the branch %s in %s", name, plant->folder);
	git_reference_free(reference);
	return true;
}

bool repo_commit_time(Repo *repo, const RepoId *commit, gint64 *ret_time, GError **error)
{
	g_auto(RawCommit) raw = { 0 };
	git_oid oid;

	if (!oid_of(commit, &oid, error) || !repo_read_commit(repo, &oid, &raw, error))
		return false;
	*ret_time = raw.date;
	return true;
}
