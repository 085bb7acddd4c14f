/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisectbox's own work trees. One is a folder in the cache with
 *   lock      held while in use
 *   origin    the git folder that it is for, for people
 *   git/      a bare repository that borrows the user's objects, and git/index
 *   tree/     the source files
 *   home/     for build folders
 */
#include "repo/checkout.h"
#include "repo/own.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Symlinks carry the paths: alternates' own syntax has no newline and a meaning for quotes. */
static bool borrow_objects(const Worktree *tree, GError **error)
{
	g_autofree char *links = g_build_filename(tree->git, "borrowed", NULL);
	g_autofree char *list = g_build_filename(tree->git, "objects/info/alternates", NULL);
	g_autofree char *own = g_build_filename(tree->repo->path, "objects", NULL);
	g_autoptr(GPtrArray) folders = alternates_find(own);
	g_autoptr(GString) lines = g_string_new(NULL);

	g_ptr_array_insert(folders, 0, realpath(own, NULL));
	if (!fs_remove_tree(links, error) || !fs_mkdir(links, error))
		return false;
	for (guint i = 0; i < folders->len; i++) {
		g_autofree char *link = g_strdup_printf("%s/%u", links, i);

		if (!folders->pdata[i] || symlink(folders->pdata[i], link) < 0)
			return error_host(error, "cannot make the symlink %s: %s", link,
					  g_strerror(errno));
		g_string_append_printf(lines, "../borrowed/%u\n", i);
	}
	return fs_write(list, lines->str, -1, error);
}

static bool make_git(const Worktree *tree, GError **error)
{
	git_repository *git = NULL;
	git_repository_init_options options;

	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
	options.initial_head = "main";
	if (git_repository_init_ext(&git, tree->git, &options) < 0)
		return git_trouble(error, "cannot make the repository %s", tree->git);
	git_repository_free(git);
	return borrow_objects(tree, error);
}

/* An index that cannot be read is one that knows nothing: all files are looked at. */
static bool open_index(Worktree *tree, GError **error)
{
	g_autofree char *left = g_strconcat(tree->index_path, ".lock", NULL);
	struct stat st;

	/* Of a run that was killed while it wrote: this one holds the work tree's own lock. */
	unlink(left);
	if (stat(tree->index_path, &st) == 0)
		tree->stamp = st.st_mtim;
	if (git_index_open(&tree->index, tree->index_path) == 0)
		return true;
	if (unlink(tree->index_path) == 0 && git_index_open(&tree->index, tree->index_path) == 0)
		return true;
	return git_trouble(error, "cannot read %s", tree->index_path);
}

static bool set_up(Worktree *tree, GError **error)
{
	g_autofree char *origin = g_build_filename(tree->base, "origin", NULL);
	g_autofree char *line = g_strconcat(tree->repo->path, "\n", NULL);

	tree->git = g_build_filename(tree->base, "git", NULL);
	tree->path = g_build_filename(tree->base, "tree", NULL);
	tree->home = g_build_filename(tree->base, "home", NULL);
	tree->index_path = g_build_filename(tree->git, "index", NULL);
	return fs_mkdir(tree->path, error) && fs_mkdir(tree->home, error) &&
	       fs_write(origin, line, -1, error) && make_git(tree, error) &&
	       open_index(tree, error);
}

bool worktree_open(Repo *repo, const char *cache, WorktreeFlags flags, Worktree **ret_tree,
		   GError **error)
{
	g_autoptr(Worktree) tree = g_new0(Worktree, 1);

	tree->repo = repo;
	tree->flags = flags;
	tree->lock = -1;
	/* A planted repository's trees are the user's but for a few files: his work tree has them.
	 */
	if (!slot_take(cache, repo->kin ? repo->kin : repo->path, &tree->base, &tree->lock, error))
		return false;
	if (!set_up(tree, error)) {
		g_prefix_error(error, "cannot set up a work tree: ");
		return false;
	}
	*ret_tree = g_steal_pointer(&tree);
	return true;
}

void worktree_close(Worktree *tree)
{
	if (!tree)
		return;
	git_index_free(tree->index);
	if (tree->lock >= 0)
		close(tree->lock);
	g_free(tree->base);
	g_free(tree->git);
	g_free(tree->path);
	g_free(tree->home);
	g_free(tree->index_path);
	g_free(tree);
}

const char *worktree_path(const Worktree *tree)
{
	return tree->path;
}

const char *worktree_home(const Worktree *tree)
{
	return tree->home;
}

/*
 * Entries of files as young as the index itself are read again by the next checkout; all others
 * are older than whatever may be done to the files from now on.
 */
static bool save_index(Worktree *tree, GError **error)
{
	struct stat st;

	if (git_index_write(tree->index) < 0)
		return git_trouble(error, "cannot write %s", tree->index_path);
	if (stat(tree->index_path, &st) == 0)
		tree->stamp = st.st_mtim;
	return true;
}

bool worktree_checkout(Worktree *tree, const RepoId *commit, GCancellable *cancel,
		       guint *ret_changed, GError **error)
{
	CheckoutSpec spec = { .root = tree->path,
			      .index = tree->index,
			      .stamp = tree->stamp,
			      .clean = !(tree->flags & WORKTREE_KEEP_UNTRACKED) ||
				       !(tree->swept || (tree->flags & WORKTREE_KEEP_ALL)),
			      .cancel = cancel };
	g_auto(RawCommit) raw = { 0 };
	CheckoutEnd end;
	git_oid oid;

	if (!oid_of(commit, &oid, error) || !repo_read_commit(tree->repo, &oid, &raw, error) ||
	    !fs_mkdir(tree->path, error) ||
	    !checkout_tree(tree->repo, &raw.tree, &spec, &end, error) ||
	    (end.noted && !save_index(tree, error))) {
		g_prefix_error(error, "cannot check out %s: ", commit->hex);
		return false;
	}
	tree->swept = true;
	repo_rest(tree->repo);
	if (ret_changed)
		*ret_changed = end.changed;
	return true;
}
