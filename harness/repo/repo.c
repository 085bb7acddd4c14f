/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's repository: opening it, names, commits, tags. */
#include "repo/repo.h"

#include "repo/git.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define FILES_MAX 1000
#define TEXT_MAX ((gsize)16 << 20)

static bool explain_open(const char *path, int rc, GError **error)
{
	g_autofree char *full = g_canonicalize_filename(path, NULL);

	if (rc == GIT_EOWNER)
		return error_usage(error,
				   "the repository at %s belongs to another user; if you trust it: "
				   "git config --global --add safe.directory '%s'",
				   full, full);
	if (rc == GIT_ENOTFOUND)
		return error_usage(
			error, "%s is not in a git repository: give one with --repo PATH", full);
	return git_fail(error, BOX_ERROR_USAGE, "cannot open the repository at %s", full);
}

/* Lines of ids in a file of the git folder: .git/shallow has one a line, info/grafts more. */
static char **read_lines(const char *git_folder, const char *name)
{
	g_autofree char *path = g_build_filename(git_folder, name, NULL);
	g_autofree char *text = NULL;

	if (!fs_read(path, TEXT_MAX, &text, NULL, NULL))
		return NULL;
	return g_strsplit(g_strstrip(text), "\n", -1);
}

static void read_shallow(Repo *repo)
{
	g_auto(GStrv) lines = read_lines(repo->path, "shallow");

	for (guint i = 0; lines && lines[i] && *lines[i]; i++) {
		if (!repo->cut)
			repo->cut = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
		g_hash_table_add(repo->cut, g_strndup(lines[i], REPO_ID_LEN));
	}
}

static void read_grafts(Repo *repo)
{
	g_auto(GStrv) lines = read_lines(repo->path, "info/grafts");

	for (guint i = 0; lines && lines[i]; i++) {
		g_auto(GStrv) ids = g_strsplit(lines[i], " ", -1);
		GArray *parents;

		if (!ids[0] || strlen(ids[0]) != REPO_ID_LEN)
			continue;
		if (!repo->grafts)
			repo->grafts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							     (GDestroyNotify)g_array_unref);
		parents = g_array_new(FALSE, TRUE, sizeof(RepoId));
		for (guint j = 1; ids[j]; j++) {
			RepoId id = { 0 };

			g_strlcpy(id.hex, ids[j], sizeof(id.hex));
			g_array_append_val(parents, id);
		}
		g_hash_table_insert(repo->grafts, g_strdup(ids[0]), parents);
	}
}

bool repo_open(const char *path, Repo **ret_repo, GError **error)
{
	g_autoptr(Repo) repo = g_new0(Repo, 1);
	const char *workdir;
	int rc;

	git_start();
	rc = git_repository_open_ext(&repo->git, path, 0, NULL);
	if (rc < 0)
		return explain_open(path, rc, error);
	repo->path = g_canonicalize_filename(git_repository_commondir(repo->git), NULL);
	workdir = git_repository_workdir(repo->git);
	repo->workdir = workdir ? g_canonicalize_filename(workdir, NULL) : NULL;
	read_shallow(repo);
	read_grafts(repo);
	*ret_repo = g_steal_pointer(&repo);
	return true;
}

void repo_close(Repo *repo)
{
	if (!repo)
		return;
	git_repository_free(repo->git);
	g_clear_pointer(&repo->cut, g_hash_table_unref);
	g_clear_pointer(&repo->grafts, g_hash_table_unref);
	g_free(repo->path);
	g_free(repo->workdir);
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

bool repo_resolve(Repo *repo, const char *name, RepoId *ret_id, GError **error)
{
	git_object *object = NULL;
	git_object *commit = NULL;
	int rc = git_revparse_single(&object, repo->git, name);

	if (rc == GIT_EAMBIGUOUS)
		return error_usage(error, "revision \"%s\" is ambiguous: give more of it", name);
	if (rc < 0 && strlen(name) == REPO_ID_LEN &&
	    strspn(name, "0123456789abcdef") == REPO_ID_LEN)
		return git_missing(repo, name, error);
	if (rc < 0)
		return error_usage(error, "no revision \"%s\" in %s", name, repo->path);
	rc = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
	git_object_free(object);
	if (rc < 0)
		return error_usage(error, "\"%s\" in %s is no commit", name, repo->path);
	*ret_id = git_to_id(git_object_id(commit));
	git_object_free(commit);
	return true;
}

static char *iso_date(const git_time *when)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_offset(when->offset * 60);
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(when->time);
	g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, zone) : NULL;

	return local ? g_date_time_format_iso8601(local) : g_strdup("");
}

static int add_file(const git_diff_delta *delta, float progress, void *user)
{
	GPtrArray *files = user;
	const char *path = delta->new_file.path ? delta->new_file.path : delta->old_file.path;

	(void)progress;
	if (files->len >= FILES_MAX)
		return GIT_EUSER;
	g_ptr_array_add(files, g_utf8_make_valid(path, -1));
	return 0;
}

/* Paths that differ from the first parent; what cannot be read is left out. */
static char **changed_files(Repo *repo, git_commit *commit)
{
	GPtrArray *files = g_ptr_array_new();
	git_commit *parent = NULL;
	git_tree *old = NULL;
	git_tree *new = NULL;
	git_diff *diff = NULL;

	if (git_commit_tree(&new, commit) == 0 &&
	    (git_commit_parentcount(commit) == 0 ||
	     (git_commit_parent(&parent, commit, 0) == 0 && git_commit_tree(&old, parent) == 0)) &&
	    git_diff_tree_to_tree(&diff, repo->git, old, new, NULL) == 0)
		git_diff_foreach(diff, add_file, NULL, NULL, NULL, files);
	git_diff_free(diff);
	git_tree_free(old);
	git_tree_free(new);
	git_commit_free(parent);
	g_ptr_array_add(files, NULL);
	return (char **)g_ptr_array_free(files, FALSE);
}

static bool lookup(Repo *repo, const RepoId *id, git_commit **ret_commit, GError **error)
{
	git_oid oid = git_from_id(id);
	int rc = git_commit_lookup(ret_commit, repo->git, &oid);

	if (rc == GIT_ENOTFOUND)
		return git_missing(repo, id->hex, error);
	if (rc < 0)
		return git_fail(error, BOX_ERROR_HOST, "cannot read commit %s", id->hex);
	return true;
}

bool repo_commit(Repo *repo, const RepoId *id, RepoCommit *ret_commit, GError **error)
{
	git_commit *commit = NULL;
	const git_signature *author;

	if (!lookup(repo, id, &commit, error))
		return false;
	author = git_commit_author(commit);
	*ret_commit = (RepoCommit){
		.id = *id,
		.subject = g_utf8_make_valid(git_commit_summary(commit) ?: "", -1),
		.author = g_strdup_printf("%s <%s>", author->name, author->email),
		.date = iso_date(&author->when),
		.message = g_utf8_make_valid(git_commit_message(commit) ?: "", -1),
		.parents = g_array_new(FALSE, TRUE, sizeof(RepoId)),
		.files = changed_files(repo, commit),
	};
	for (guint i = 0; i < git_commit_parentcount(commit); i++) {
		RepoId parent = git_to_id(git_commit_parent_id(commit, i));

		g_array_append_val(ret_commit->parents, parent);
	}
	git_commit_free(commit);
	return true;
}

void repo_commit_clear(RepoCommit *commit)
{
	g_clear_pointer(&commit->subject, g_free);
	g_clear_pointer(&commit->author, g_free);
	g_clear_pointer(&commit->date, g_free);
	g_clear_pointer(&commit->message, g_free);
	g_clear_pointer(&commit->parents, g_array_unref);
	g_clear_pointer(&commit->files, g_strfreev);
}

bool repo_tree_id(Repo *repo, const RepoId *commit_id, RepoId *ret_tree, GError **error)
{
	git_commit *commit = NULL;

	if (!lookup(repo, commit_id, &commit, error))
		return false;
	*ret_tree = git_to_id(git_commit_tree_id(commit));
	git_commit_free(commit);
	return true;
}

/* A tag and when its commit was made. */
typedef struct {
	RepoTag tag;
	git_time_t time;
} DatedTag;

static void dated_tag_clear(DatedTag *dated)
{
	g_free(dated->tag.name);
}

static void tag_clear(RepoTag *tag)
{
	g_free(tag->name);
}

static int newest_first(const void *a, const void *b)
{
	const DatedTag *x = a, *y = b;

	return x->time < y->time ? 1 : x->time > y->time ? -1 : 0;
}

/* Adds the tag where it names a proper ancestor of the tip. */
static void add_tag(Repo *repo, const git_oid *tip, const char *name, GArray *tags)
{
	g_autofree char *spec = g_strdup_printf("refs/tags/%s^{commit}", name);
	git_object *object = NULL;

	if (git_revparse_single(&object, repo->git, spec) < 0)
		return;
	if (git_graph_descendant_of(repo->git, tip, git_object_id(object)) == 1) {
		DatedTag dated = {
			.tag = { .name = g_strdup(name), .id = git_to_id(git_object_id(object)) },
			.time = git_commit_time((git_commit *)object),
		};

		g_array_append_val(tags, dated);
	}
	git_object_free(object);
}

bool repo_tags_behind(Repo *repo, const RepoId *tip_id, GArray **ret_tags, GError **error)
{
	git_oid tip = git_from_id(tip_id);
	git_strarray names = { 0 };
	g_autoptr(GArray) dated = g_array_new(FALSE, TRUE, sizeof(DatedTag));
	GArray *tags;

	g_array_set_clear_func(dated, (GDestroyNotify)dated_tag_clear);
	if (git_tag_list(&names, repo->git) < 0)
		return git_fail(error, BOX_ERROR_HOST, "cannot list the tags of %s", repo->path);
	for (gsize i = 0; i < names.count; i++)
		add_tag(repo, &tip, names.strings[i], dated);
	git_strarray_dispose(&names);
	g_array_sort(dated, newest_first);
	tags = g_array_new(FALSE, TRUE, sizeof(RepoTag));
	g_array_set_clear_func(tags, (GDestroyNotify)tag_clear);
	for (guint i = 0; i < dated->len; i++) {
		RepoTag tag = g_array_index(dated, DatedTag, i).tag;

		tag.name = g_strdup(tag.name);
		g_array_append_val(tags, tag);
	}
	*ret_tags = tags;
	return true;
}
