/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thread at most, that builds one kernel with a workshop of its own. */
#include "step/ahead.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <string.h>

struct Ahead {
	Workshop shop; /* a copy, with its own repository handle and work tree */
	Repo *repo;
	Worktree *tree;
	char *folder; /* takes build.log and config; nobody reads them */
	RepoId revision;
	StepFlags flags;
	GThread *thread;
	GCancellable *stop;
	bool built;
};

bool ahead_new(const Workshop *shop, unsigned jobs, Ahead **ret_ahead, GError **error)
{
	g_autoptr(Ahead) ahead = g_new0(Ahead, 1);
	g_autofree char *trees = paths_cache("trees");

	/* libgit2's handles are for one thread at a time. */
	if (!repo_open(repo_path(shop->repo), &ahead->repo, error) ||
	    !worktree_open(ahead->repo, trees, WORKTREE_CLEAN, &ahead->tree, error))
		return false;
	ahead->folder = g_build_filename(worktree_home(ahead->tree), "ahead", NULL);
	if (!fs_mkdir(ahead->folder, error))
		return false;
	ahead->stop = g_cancellable_new();
	ahead->shop = *shop;
	ahead->shop.repo = ahead->repo;
	ahead->shop.tree = ahead->tree;
	ahead->shop.jobs = jobs;
	ahead->shop.relevance = NULL;
	ahead->shop.configured = NULL;
	ahead->shop.ahead = true;
	ahead->shop.phase = NULL;
	*ret_ahead = g_steal_pointer(&ahead);
	return true;
}

static void end(Ahead *ahead)
{
	if (ahead->thread)
		g_thread_join(g_steal_pointer(&ahead->thread));
	g_cancellable_reset(ahead->stop);
}

static void stop(Ahead *ahead)
{
	g_cancellable_cancel(ahead->stop);
	end(ahead);
}

void ahead_free(Ahead *ahead)
{
	if (!ahead)
		return;
	if (ahead->stop)
		stop(ahead);
	g_clear_object(&ahead->stop);
	worktree_close(ahead->tree);
	repo_close(ahead->repo);
	g_free(ahead->folder);
	g_free(ahead);
}

static gpointer work(gpointer data)
{
	Ahead *ahead = data;
	const StepSource source = { .kind = SOURCE_REVISION, .revision = &ahead->revision };
	guint n = ahead->shop.cases->len;
	g_autofree StepResult *results = g_new0(StepResult, n);
	g_auto(Kernel) kernel = { 0 };

	ahead->built = step_build(&ahead->shop, &source, ahead->flags, ahead->folder, ahead->stop,
				  &kernel, results, NULL) &&
		       kernel.image && !results[0].cached;
	for (guint i = 0; i < n; i++)
		step_result_clear(&results[i]);
	return NULL;
}

static bool is_about(const Ahead *ahead, const RepoId *revision, StepFlags flags)
{
	return strcmp(ahead->revision.hex, revision->hex) == 0 && ahead->flags == flags;
}

void ahead_begin(Ahead *ahead, const RepoId *revision, StepFlags flags)
{
	if (is_about(ahead, revision, flags))
		return;
	stop(ahead);
	ahead->built = false;
	ahead->revision = *revision;
	ahead->flags = flags;
	ahead->thread = g_thread_new("ahead", work, ahead);
}

static void on_cancel(GCancellable *cancel, gpointer user)
{
	(void)cancel;
	g_cancellable_cancel(user);
}

bool ahead_settle(Ahead *ahead, const RepoId *revision, StepFlags flags, GCancellable *cancel,
		  bool *ret_built, GError **error)
{
	gulong handler = 0;

	if (ret_built)
		*ret_built = false;
	if (!is_about(ahead, revision, flags)) {
		stop(ahead);
		return true;
	}
	if (cancel)
		handler = g_cancellable_connect(cancel, G_CALLBACK(on_cancel), ahead->stop, NULL);
	end(ahead);
	g_cancellable_disconnect(cancel, handler);
	if (cancel && g_cancellable_is_cancelled(cancel))
		return error_interrupted(error);
	if (ret_built)
		*ret_built = ahead->built;
	return true;
}
