/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libgit2: start-up, errors, ids. */
#include "repo/git.h"

#include "util/error.h"

#include <stdarg.h>

static gpointer start_once(gpointer data)
{
	/* Known to be harmless to a reader: a configuration file per worktree, objects left at a
	 * server. */
	static const char *extensions[] = { "worktreeconfig", "partialclone", "worktreeConfig",
					    "partialClone" };

	(void)data;
	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, G_N_ELEMENTS(extensions));
	return NULL;
}

void git_start(void)
{
	static GOnce once = G_ONCE_INIT;

	g_once(&once, start_once, NULL);
}

bool git_fail(GError **error, int code, const char *format, ...)
{
	const git_error *last = git_error_last();
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, BOX_ERROR, code, "%s: %s", what,
		    last && last->message ? last->message : "unknown trouble");
	return false;
}

RepoId git_to_id(const git_oid *oid)
{
	RepoId id;

	git_oid_tostr(id.hex, sizeof(id.hex), oid);
	return id;
}

git_oid git_from_id(const RepoId *id)
{
	git_oid oid = { 0 };

	git_oid_fromstr(&oid, id->hex);
	return oid;
}

bool git_missing(const Repo *repo, const char *id, GError **error)
{
	if (repo->cut)
		return error_usage(error,
				   "%s lacks object %s: it is a shallow clone; run `git -C %s "
				   "fetch --unshallow`",
				   repo->path, id, repo->path);
	return error_usage(error,
			   "%s lacks object %s: it is a partial or damaged clone; run `git -C %s "
			   "fetch origin %s`, or `git fetch --refetch`",
			   repo->path, id, repo->path, id);
}
