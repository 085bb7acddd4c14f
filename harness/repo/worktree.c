/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisectbox's own work tree: home/git is a bare repository that borrows the user's objects,
 * home/tree the files, home/holds the commit that was last put there whole.
 */
#include "repo/worktree.h"

#include "repo/git.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>
#include <unistd.h>

#define TREES_MAX 64 /* work trees of one repository in use at once */

struct Worktree {
	Repo *repo;
	WorktreeFlags flags;
	char *home;
	char *tree;
	char *holds;
	int lock;
	git_repository *git;
};

void worktree_close(Worktree *tree)
{
	if (!tree)
		return;
	git_repository_free(tree->git);
	if (tree->lock >= 0)
		close(tree->lock);
	g_free(tree->home);
	g_free(tree->tree);
	g_free(tree->holds);
	g_free(tree);
}

/* Takes the first folder that nobody else has locked. */
static bool take_home(Worktree *tree, const char *cache, GError **error)
{
	g_autofree char *hash =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, repo_path(tree->repo), -1);

	for (guint n = 1; n <= TREES_MAX; n++) {
		g_autofree char *leaf =
			g_strdup_printf("%.16s%s-%u", hash,
					tree->flags & WORKTREE_KEEP_UNTRACKED ? "-exec" : "", n);
		g_autofree char *home = g_build_filename(cache, leaf, NULL);
		g_autofree char *lock = g_build_filename(home, "lock", NULL);
		bool busy;

		if (!fs_mkdir(home, error) || !fs_lock(lock, &tree->lock, &busy, error))
			return false;
		if (busy)
			continue;
		tree->home = g_steal_pointer(&home);
		return true;
	}
	return error_host(error, "%d runs use work trees in %s already: wait for one to end",
			  TREES_MAX, cache);
}

/* Settings of our own repository: they outrank the user's and the system's. */
static bool configure(git_repository *git, GError **error)
{
	static const struct {
		const char *name;
		bool value;
	} settings[] = {
		{ "core.autocrlf", false },   { "core.filemode", true },
		{ "core.symlinks", true },    { "core.ignorecase", false },
		{ "core.safecrlf", false },   { "core.protectNTFS", false },
		{ "core.protectHFS", false }, { "core.precomposeunicode", false },
	};
	git_config *config = NULL;
	git_config *local = NULL;
	int rc = git_repository_config(&config, git);

	if (rc == 0)
		rc = git_config_open_level(&local, config, GIT_CONFIG_LEVEL_LOCAL);
	for (guint i = 0; rc == 0 && i < G_N_ELEMENTS(settings); i++)
		rc = git_config_set_bool(local, settings[i].name, settings[i].value);
	git_config_free(local);
	git_config_free(config);
	return rc == 0 || git_fail(error, BOX_ERROR_HOST, "cannot configure bisectbox's work tree");
}

/* The user's objects, by their folder; libgit2 follows that folder's own alternates. */
static bool borrow_objects(Worktree *tree, GError **error)
{
	g_autofree char *objects = g_build_filename(repo_path(tree->repo), "objects", NULL);
	git_odb *odb = NULL;
	int rc = git_repository_odb(&odb, tree->git);

	if (rc == 0)
		rc = git_odb_add_disk_alternate(odb, objects);
	git_odb_free(odb);
	return rc == 0 || git_fail(error, BOX_ERROR_HOST, "cannot read the objects in %s", objects);
}

static bool open_git(Worktree *tree, GError **error)
{
	g_autofree char *git = g_build_filename(tree->home, "git", NULL);
	g_autofree char *head = g_build_filename(git, "HEAD", NULL);

	tree->tree = g_build_filename(tree->home, "tree", NULL);
	tree->holds = g_build_filename(tree->home, "holds", NULL);
	if (!fs_mkdir(tree->tree, error))
		return false;
	if (!g_file_test(head, G_FILE_TEST_EXISTS)) {
		git_repository *made = NULL;
		bool ok;

		if (git_repository_init(&made, git, true) < 0)
			return git_fail(error, BOX_ERROR_HOST, "cannot make %s", git);
		ok = configure(made, error);
		git_repository_free(made);
		if (!ok)
			return false;
	}
	if (git_repository_open_bare(&tree->git, git) < 0 ||
	    git_repository_set_workdir(tree->git, tree->tree, 0) < 0)
		return git_fail(error, BOX_ERROR_HOST, "cannot open %s: remove %s and run again",
				git, tree->home);
	return borrow_objects(tree, error);
}

bool worktree_open(Repo *repo, const char *cache, WorktreeFlags flags, Worktree **ret_tree,
		   GError **error)
{
	g_autofree char *absolute = g_canonicalize_filename(cache, NULL);
	g_autoptr(Worktree) tree = g_new0(Worktree, 1);

	git_start();
	tree->repo = repo;
	tree->flags = flags;
	tree->lock = -1;
	if (!take_home(tree, absolute, error) || !open_git(tree, error))
		return false;
	*ret_tree = g_steal_pointer(&tree);
	return true;
}

const char *worktree_path(const Worktree *tree)
{
	return tree->tree;
}

const char *worktree_home(const Worktree *tree)
{
	return tree->home;
}

/* The tree of the commit that the folder held when a checkout last ended well; or an empty one. */
static git_tree *baseline(Worktree *tree)
{
	g_autofree char *text = NULL;
	git_oid oid;
	git_commit *commit = NULL;
	git_tree *held = NULL;

	if (!fs_read(tree->holds, 100, &text, NULL, NULL) || git_oid_fromstr(&oid, text) < 0 ||
	    git_commit_lookup(&commit, tree->git, &oid) < 0)
		return NULL;
	if (git_commit_tree(&held, commit) < 0)
		held = NULL;
	git_commit_free(commit);
	return held;
}

/* What a checkout tells while it goes on. */
typedef struct {
	GCancellable *cancel;
	guint changed;
} Watch;

static int on_change(git_checkout_notify_t why, const char *path, const git_diff_file *old,
		     const git_diff_file *target, const git_diff_file *workdir, void *user)
{
	Watch *watch = user;

	(void)why, (void)path, (void)old, (void)target, (void)workdir;
	watch->changed++;
	return watch->cancel && g_cancellable_is_cancelled(watch->cancel) ? GIT_EUSER : 0;
}

/* libgit2's words hold the id of an object that is not there. */
static bool explain(Worktree *tree, const RepoId *commit, int rc, GCancellable *cancel,
		    GError **error)
{
	const git_error *last = git_error_last();
	const char *open = last && last->message ? strrchr(last->message, '(') : NULL;

	if (cancel && g_cancellable_is_cancelled(cancel))
		return error_interrupted(error);
	if (rc == GIT_ENOTFOUND && open && strspn(open + 1, "0123456789abcdef") == REPO_ID_LEN) {
		g_autofree char *id = g_strndup(open + 1, REPO_ID_LEN);

		return git_missing(tree->repo, id, error);
	}
	return git_fail(error, BOX_ERROR_HOST, "cannot check out %.12s in %s", commit->hex,
			tree->tree);
}

bool worktree_checkout(Worktree *tree, const RepoId *commit, GCancellable *cancel,
		       guint *ret_changed, GError **error)
{
	git_checkout_options options;
	Watch watch = { .cancel = cancel };
	git_oid oid = git_from_id(commit);
	git_tree *held = baseline(tree);
	git_object *object = NULL;
	int rc = git_object_lookup(&object, tree->git, &oid, GIT_OBJECT_COMMIT);

	git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
	options.checkout_strategy = GIT_CHECKOUT_FORCE;
	if (!(tree->flags & WORKTREE_KEEP_UNTRACKED))
		options.checkout_strategy |=
			GIT_CHECKOUT_REMOVE_UNTRACKED | GIT_CHECKOUT_REMOVE_IGNORED;
	options.disable_filters = 1;
	options.baseline = held;
	options.notify_flags = GIT_CHECKOUT_NOTIFY_UPDATED;
	options.notify_cb = on_change;
	options.notify_payload = &watch;
	if (rc == 0)
		rc = git_checkout_tree(tree->git, object, &options);
	git_object_free(object);
	git_tree_free(held);
	if (rc < 0)
		return explain(tree, commit, rc, cancel, error);
	if (ret_changed)
		*ret_changed = watch.changed;
	return fs_write(tree->holds, commit->hex, -1, error);
}
