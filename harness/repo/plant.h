/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A repository of bisectbox's own in the cache, for commits that nobody has made yet: those of a
 * quilt series. It borrows the user's objects, and is read as any other (repo_open()). Equal
 * content gives equal commits, whoever makes them.
 */
#pragma once

#include "repo/repo.h"

typedef struct Plant Plant;

/**
 * plant_open() - take the repository, or make it; other processes wait until it is closed
 * @folder: bare repository
 * @from:   whose objects it borrows, and whose work tree serves for its commits; or NULL; borrowed
 * @error:  BOX_ERROR_HOST
 */
bool plant_open(const char *folder, const Repo *from, Plant **ret_plant, GError **error);
void plant_close(Plant *plant);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plant, plant_close)

/**
 * plant_folder() - take a folder of files in
 * @folder:   all files and symlinks but `.git` count, whatever .gitignore says
 * @ret_tree: id of its tree
 *
 * What has not changed since the last time is not read again.
 */
bool plant_folder(Plant *plant, const char *folder, RepoId *ret_tree, GError **error);

/**
 * struct PlantFile - a file of a tree
 * @path: relative; borrowed
 * @data: content, @len bytes and a NUL; NULL where there is no such file; g_free()
 * @executable: its mode
 * @link: it is a symlink, and @data where to
 */
typedef struct {
	const char *path;
	char *data;
	gsize len;
	bool executable;
	bool link;
} PlantFile;

/** plant_read() - fill in all but @file->path; no such file is no error */
bool plant_read(Plant *plant, const RepoId *tree, PlantFile *file, GError **error);

/** plant_change() - a tree with these files as they are here; those without @data go */
bool plant_change(Plant *plant, const RepoId *tree, const PlantFile *files, guint n,
		  RepoId *ret_tree, GError **error);

/**
 * struct PlantWords - what a commit says; all borrowed
 * @author, @email: as a name and an address may be; odd characters are left out
 * @time, @offset: of the author: seconds since 1970, minutes east
 * @committed: seconds since 1970; the committer is bisectbox
 */
typedef struct {
	const char *author;
	const char *email;
	gint64 time;
	int offset;
	gint64 committed;
	const char *message;
} PlantWords;

/** plant_commit() - @parent: NULL for a first commit */
bool plant_commit(Plant *plant, const RepoId *tree, const RepoId *parent, const PlantWords *words,
		  RepoId *ret_id, GError **error);

/** plant_branch() - have refs/heads/NAME be that commit */
bool plant_branch(Plant *plant, const char *name, const RepoId *id, GError **error);

/** repo_commit_time() - a commit's committer's time, seconds since 1970 */
bool repo_commit_time(Repo *repo, const RepoId *commit, gint64 *ret_time, GError **error);
