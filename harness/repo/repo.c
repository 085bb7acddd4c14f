/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's repository: opening it, names of revisions, what people want to know of a commit. */
#include "repo/commitgraph.h"

#include "util/error.h"

#include <git2/sys/repository.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *git_reason(void)
{
	const git_error *last = git_error_last();

	return last && last->message ? last->message : "no reason given";
}

bool git_trouble(GError **error, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	return error_host(error, "%s: %s", what, git_reason());
}

void repo_id(const git_oid *oid, RepoId *ret_id)
{
	git_oid_tostr(ret_id->hex, sizeof(ret_id->hex), oid);
}

bool oid_of(const RepoId *id, git_oid *ret_oid, GError **error)
{
	if (git_oid_fromstr(ret_oid, id->hex) < 0)
		return error_usage(error, "\"%s\" is not a commit id of 40 hex digits", id->hex);
	return true;
}

/* Once per process; nothing here is undone, libgit2 counts its own users. */
void repo_start(void)
{
	static const char *extensions[] = { "worktreeconfig", "partialclone" };
	static gsize done;

	if (!g_once_init_enter(&done))
		return;
	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, G_N_ELEMENTS(extensions));
	/* git does not hash what it reads either; pack checksums and zlib see damage. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	/* A commit or a file is read once: keeping them is memory for nothing. */
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
	/* Packs are looked at through small windows, or they all count as ours. */
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)(1 << 20));
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)(24 << 20));
	g_once_init_leave(&done, 1);
}

static char *folder_path(const char *path)
{
	char *copy = g_strdup(path);
	gsize len = copy ? strlen(copy) : 0;

	if (len > 1 && copy[len - 1] == '/')
		copy[len - 1] = '\0';
	return copy;
}

/* Open without asking whose it is. */
static int open_any(git_repository **ret_git, const char *path, guint flags)
{
	int status;

	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	status = git_repository_open_ext(ret_git, path, flags, NULL);
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1);
	return status;
}

static int see_directory(const git_config_entry *entry, void *user)
{
	bool *all = user;

	/* An empty value takes back what came before it. */
	if (entry->value[0] == '\0')
		*all = false;
	else if (strcmp(entry->value, "*") == 0)
		*all = true;
	return 0;
}

/* `safe.directory = *`, which libgit2 1.5 takes for a path. */
static bool trusts_all(void)
{
	git_config *config = NULL;
	bool all = false;

	if (git_config_open_default(&config) == 0)
		git_config_get_multivar_foreach(config, "safe.directory", NULL, see_directory,
						&all);
	git_config_free(config);
	return all;
}

/* libgit2 1.5 says "not found" where the user has no safe.directory at all. */
static bool is_foreign(int status)
{
	return status == GIT_EOWNER ||
	       (status == GIT_ENOTFOUND && strstr(git_reason(), "safe.directory"));
}

static bool explain_foreign(const char *path, GError **error)
{
	git_repository *git = NULL;
	g_autofree char *folder = NULL;
	g_autofree char *quoted = NULL;

	if (open_any(&git, path, 0) == 0)
		folder = folder_path(git_repository_workdir(git) ? git_repository_workdir(git)
								 : git_repository_path(git));
	git_repository_free(git);
	quoted = g_shell_quote(folder ? folder : path);
	return error_usage(error,
			   "the repository %s is owned by another user: if you trust it, run "
			   "git config --global --add safe.directory %s",
			   folder ? folder : path, quoted);
}

static bool explain_open(const char *path, int status, GError **error)
{
	if (is_foreign(status))
		return explain_foreign(path, error);
	if (status == GIT_ENOTFOUND)
		return error_usage(error,
				   "no git repository at %s or above it: go to a kernel tree, or "
				   "name one with --repo",
				   path);
	if (strstr(git_reason(), "objectformat"))
		return error_usage(
			error,
			"cannot use the repository at %s: its ids are SHA-256, and "
			"bisectbox reads SHA-1 repositories only; use a clone of a SHA-1 one",
			path);
	return error_usage(error, "cannot open the repository at %s: %s", path, git_reason());
}

/* Only the repository's own settings count, whatever the user's and the system's say. */
int repo_local_config(git_repository *git, git_config **ret_local)
{
	git_config *config = NULL;
	git_config *local = NULL;
	int status = git_repository_config(&config, git);

	if (status == 0)
		status = git_config_open_level(&local, config, GIT_CONFIG_LEVEL_LOCAL);
	if (status == 0)
		status = git_repository_set_config(git, local);
	git_config_free(config);
	*ret_local = local;
	return status;
}

/* Whether objects may be missing on purpose, and which remote has them. */
static void read_partial(Repo *repo, git_config *config)
{
	git_config_iterator *entries = NULL;
	git_config_entry *entry;

	/* Not by a pattern: libgit2 1.5 leaks 20 kB for each name that does not match one. */
	if (git_config_iterator_new(&entries, config) < 0)
		return;
	while (git_config_next(&entry, entries) == 0) {
		bool extension = strcmp(entry->name, "extensions.partialclone") == 0;
		bool promisor = g_str_has_prefix(entry->name, "remote.") &&
				g_str_has_suffix(entry->name, ".promisor");

		if (!extension && (!promisor || repo->remote))
			continue;
		g_free(repo->remote);
		repo->remote =
			extension ? g_strdup(entry->value)
				  : g_strndup(entry->name + strlen("remote."),
					      strlen(entry->name) - strlen("remote..promisor"));
	}
	repo->partial = repo->remote != NULL;
	git_config_iterator_free(entries);
}

/* Have the repository read its objects through this; takes @odb over. */
static bool use_objects(Repo *repo, git_odb *odb)
{
	int status = git_repository_set_odb(repo->git, odb);

	git_odb_free(repo->odb);
	repo->odb = odb;
	return status == 0;
}

/* Take the objects in hand anew. The old ones go first, or libgit2 keeps what both have. */
static bool open_objects(Repo *repo)
{
	g_autofree char *objects = g_build_filename(repo->path, "objects", NULL);
	g_autoptr(GPtrArray) borrowed = alternates_find(objects);
	git_odb *odb = NULL;

	if (git_odb_new(&odb) < 0 || !use_objects(repo, odb) || git_odb_open(&odb, objects) < 0)
		return false;
	for (guint i = 0; i < borrowed->len; i++)
		git_odb_add_disk_alternate(odb, borrowed->pdata[i]);
	if (repo->own)
		git_odb_add_disk_alternate(odb, repo->own);
	return use_objects(repo, odb);
}

/* git does not use one either where something is laid over the commits. */
static void open_graph(Repo *repo)
{
	g_autofree char *objects = g_build_filename(repo->path, "objects", NULL);
	g_autoptr(GPtrArray) folders = NULL;

	if (g_hash_table_size(repo->shallow) || g_hash_table_size(repo->grafts) ||
	    g_hash_table_size(repo->replaced))
		return;
	folders = alternates_find(objects);
	g_ptr_array_insert(folders, 0, g_strdup(objects));
	repo->graph = commit_graph_open(folders);
}

static char *read_kin(const Repo *repo)
{
	g_autofree char *path = g_build_filename(repo->path, REPO_KIN, NULL);
	char *kin = NULL;

	return g_file_get_contents(path, &kin, NULL, NULL) ? kin : NULL;
}

bool repo_open(const char *path, Repo **ret_repo, GError **error)
{
	g_autoptr(Repo) repo = g_new0(Repo, 1);
	git_config *config = NULL;
	int status;

	repo_start();
	if (!g_file_test(path, G_FILE_TEST_IS_DIR))
		return error_usage(error, "cannot use %s as a repository: no such folder", path);
	status = git_repository_open_ext(&repo->git, path, 0, NULL);
	if (is_foreign(status) && trusts_all())
		status = open_any(&repo->git, path, 0);
	if (status < 0)
		return explain_open(path, status, error);
	repo->path = folder_path(git_repository_commondir(repo->git));
	repo->workdir = folder_path(git_repository_workdir(repo->git));
	if (!open_objects(repo) || repo_local_config(repo->git, &config) < 0) {
		git_config_free(config);
		return git_trouble(error, "cannot read the repository %s", repo->path);
	}
	read_partial(repo, config);
	git_config_free(config);
	if (!overlay_load(repo, error))
		return false;
	open_graph(repo);
	repo->kin = read_kin(repo);
	*ret_repo = g_steal_pointer(&repo);
	return true;
}

void repo_close(Repo *repo)
{
	if (!repo)
		return;
	overlay_clear(repo);
	commit_graph_free(repo->graph);
	git_odb_free(repo->odb);
	git_repository_free(repo->git);
	g_free(repo->path);
	g_free(repo->workdir);
	g_free(repo->remote);
	g_free(repo->own);
	g_free(repo->kin);
	g_free(repo);
}

const char *repo_path(const Repo *repo)
{
	return repo->path;
}

const char *repo_workdir(const Repo *repo)
{
	return repo->workdir;
}

bool repo_missing(const Repo *repo, const git_oid *oid, const char *what, GError **error)
{
	g_autofree char *path = g_shell_quote(repo->path);
	char hex[GIT_OID_HEXSZ + 1];

	git_oid_tostr(hex, sizeof(hex), oid);
	if (repo->partial)
		return error_usage(
			error,
			"%s %s is missing in %s, a partial clone: bring all objects with "
			"git -C %s fetch --refetch --no-filter %s",
			what, hex, repo->path, path, repo->remote ? repo->remote : "origin");
	if (g_hash_table_size(repo->shallow) > 0)
		return error_usage(error,
				   "%s %s is missing in %s, a shallow clone: bring the rest of the "
				   "history with git -C %s fetch --unshallow",
				   what, hex, repo->path, path);
	return error_usage(error,
			   "%s %s is missing in %s: the repository is damaged; git -C %s fsck says "
			   "more",
			   what, hex, repo->path, path);
}

char *repo_cut(const Repo *repo)
{
	g_autofree char *path = NULL;

	if (g_hash_table_size(repo->shallow) == 0)
		return g_strdup("");
	path = g_shell_quote(repo->path);
	return g_strdup_printf(" (this clone is shallow; for the rest of the history run "
			       "git -C %s fetch --unshallow)",
			       path);
}

bool repo_read(Repo *repo, const git_oid *oid, const char *what, git_odb_object **ret_object,
	       GError **error)
{
	int status = git_odb_read(ret_object, repo->odb, oid);

	if (status == 0)
		return true;
	if (status == GIT_ENOTFOUND)
		return repo_missing(repo, oid, what, error);
	return git_trouble(error, "cannot read %s %s in %s", what, git_oid_tostr_s(oid),
			   repo->path);
}

void repo_rest(Repo *repo)
{
	open_objects(repo);
	if (repo->graph)
		commit_graph_rest(repo->graph);
}

static bool explain_name(Repo *repo, const char *name, int status, GError **error)
{
	g_autofree char *cut = repo_cut(repo);
	git_oid oid;

	if (status == GIT_EAMBIGUOUS)
		return error_usage(error,
				   "revision \"%s\" is not clear in %s, several objects start like "
				   "that: give more of its digits",
				   name, repo->path);
	if (strlen(name) == GIT_OID_HEXSZ && git_oid_fromstr(&oid, name) == 0 &&
	    (repo->partial || g_hash_table_size(repo->shallow) > 0))
		return repo_missing(repo, &oid, "commit", error);
	if (strcmp(name, "HEAD") == 0 && git_repository_head_unborn(repo->git) == 1)
		return error_usage(error, "%s has no commit yet: HEAD points nowhere", repo->path);
	return error_usage(error, "no revision \"%s\" in %s%s", name, repo->path, cut);
}

bool repo_resolve(Repo *repo, const char *name, RepoId *ret_id, GError **error)
{
	git_object *object = NULL;
	git_object *commit = NULL;
	int status = git_revparse_single(&object, repo->git, name);

	if (status < 0)
		return explain_name(repo, name, status, error);
	status = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
	git_object_free(object);
	if (status == GIT_ENOTFOUND)
		return explain_name(repo, name, status, error);
	if (status < 0)
		return error_usage(error, "revision \"%s\" in %s is not a commit", name,
				   repo->path);
	repo_id(git_object_id(commit), ret_id);
	git_object_free(commit);
	return true;
}

bool repo_tree_id(Repo *repo, const RepoId *commit, RepoId *ret_tree, GError **error)
{
	g_auto(RawCommit) raw = { 0 };
	git_oid oid;

	if (!oid_of(commit, &oid, error) || !repo_read_commit(repo, &oid, &raw, error))
		return false;
	repo_id(&raw.tree, ret_tree);
	return true;
}
