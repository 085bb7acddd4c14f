/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking one tree. */
#include "repo/files.h"

#include "repo/internal.h"

typedef struct {
	const RepoFilesEvents *events;
	GString *path;
} Telling;

/* Return: as git_tree_walk() wants it, positive to leave a folder out. */
static int tell_entry(const char *root, const git_tree_entry *entry, void *user)
{
	const Telling *telling = user;
	const RepoFilesEvents *events = telling->events;
	git_filemode_t mode = git_tree_entry_filemode_raw(entry);
	RepoId id;

	g_string_printf(telling->path, "%s%s", root, git_tree_entry_name(entry));
	if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		return events->enter(telling->path->str, events->user) ? 0 : 1;
	repo_id(git_tree_entry_id(entry), &id);
	events->file(telling->path->str, &id,
		     mode == GIT_FILEMODE_LINK || mode == GIT_FILEMODE_COMMIT, events->user);
	return 0;
}

bool repo_files(Repo *repo, const RepoId *commit, const RepoFilesEvents *events, GError **error)
{
	g_autoptr(GString) path = g_string_new(NULL);
	Telling telling = { .events = events, .path = path };
	git_tree *tree = NULL;
	RepoId id;
	git_oid oid;
	int status;

	if (!repo_tree_id(repo, commit, &id, error) || !oid_of(&id, &oid, error))
		return false;
	if (git_tree_lookup(&tree, repo->git, &oid) < 0)
		return git_trouble(error, "cannot read tree %s in %s", id.hex, repo->path);
	status = git_tree_walk(tree, GIT_TREEWALK_PRE, tell_entry, &telling);
	git_tree_free(tree);
	if (status < 0)
		return git_trouble(error, "cannot read tree %s in %s", id.hex, repo->path);
	return true;
}
