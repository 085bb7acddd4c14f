/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What git lays over the commits and libgit2 does not see: shallow, grafts, replace refs. */
#include "repo/internal.h"

#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define OVERLAY_MAX (64 << 20) /* bytes of .git/shallow or of info/grafts */

static guint oid_hash(gconstpointer key)
{
	guint hash;

	memcpy(&hash, ((const git_oid *)key)->id, sizeof(hash));
	return hash;
}

static gboolean oid_equal(gconstpointer a, gconstpointer b)
{
	return git_oid_equal(a, b);
}

static git_oid *oid_dup(const git_oid *oid)
{
	return g_memdup2(oid, sizeof(*oid));
}

static bool read_lines(const Repo *repo, const char *name, GStrv *ret_lines, GError **error)
{
	g_autofree char *path = g_build_filename(repo->path, name, NULL);
	g_autofree char *text = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		*ret_lines = g_new0(char *, 1);
		return true;
	}
	if (!fs_read(path, OVERLAY_MAX, &text, NULL, error))
		return false;
	*ret_lines = g_strsplit(text, "\n", -1);
	return true;
}

static bool bad_line(const Repo *repo, const char *name, const char *line, GError **error)
{
	return error_usage(error, "cannot read %s/%s: \"%.60s\" is not a line of commit ids",
			   repo->path, name, line);
}

static bool load_shallow(Repo *repo, GError **error)
{
	g_auto(GStrv) lines = NULL;

	if (!read_lines(repo, "shallow", &lines, error))
		return false;
	for (guint i = 0; lines[i]; i++) {
		git_oid id;

		if (lines[i][0] == '\0')
			continue;
		if (git_oid_fromstrp(&id, lines[i]) < 0)
			return bad_line(repo, "shallow", lines[i], error);
		g_hash_table_add(repo->shallow, oid_dup(&id));
	}
	return true;
}

static bool load_grafts(Repo *repo, GError **error)
{
	g_auto(GStrv) lines = NULL;

	if (!read_lines(repo, "info/grafts", &lines, error))
		return false;
	for (guint i = 0; lines[i]; i++) {
		g_auto(GStrv) names = NULL;
		g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(git_oid));
		git_oid id;

		g_strchomp(lines[i]);
		if (lines[i][0] == '\0' || lines[i][0] == '#')
			continue;
		names = g_strsplit(lines[i], " ", -1);
		for (guint k = 0; names[k]; k++) {
			git_oid name;

			if (git_oid_fromstrp(&name, names[k]) < 0)
				return bad_line(repo, "info/grafts", lines[i], error);
			if (k == 0)
				id = name;
			else
				g_array_append_val(parents, name);
		}
		g_hash_table_insert(repo->grafts, oid_dup(&id), g_steal_pointer(&parents));
	}
	return true;
}

static int add_replacement(git_reference *reference, void *user)
{
	Repo *repo = user;
	const char *name = strrchr(git_reference_name(reference), '/') + 1;
	const git_oid *target = git_reference_target(reference);
	git_oid id;

	if (target && git_oid_fromstrp(&id, name) == 0)
		g_hash_table_insert(repo->replaced, oid_dup(&id), oid_dup(target));
	git_reference_free(reference);
	return 0;
}

static bool load_replacements(Repo *repo, GError **error)
{
	git_reference_iterator *iterator = NULL;
	git_reference *reference;
	int status = git_reference_iterator_glob_new(&iterator, repo->git, "refs/replace/*");

	while (status == 0 && (status = git_reference_next(&reference, iterator)) == 0)
		add_replacement(reference, repo);
	git_reference_iterator_free(iterator);
	if (status != GIT_ITEROVER)
		return git_trouble(error, "cannot read the replace refs of %s", repo->path);
	return true;
}

bool overlay_load(Repo *repo, GError **error)
{
	repo->shallow = g_hash_table_new_full(oid_hash, oid_equal, g_free, NULL);
	repo->grafts =
		g_hash_table_new_full(oid_hash, oid_equal, g_free, (GDestroyNotify)g_array_unref);
	repo->replaced = g_hash_table_new_full(oid_hash, oid_equal, g_free, g_free);
	return load_shallow(repo, error) && load_grafts(repo, error) &&
	       load_replacements(repo, error);
}

void overlay_clear(Repo *repo)
{
	g_clear_pointer(&repo->shallow, g_hash_table_unref);
	g_clear_pointer(&repo->grafts, g_hash_table_unref);
	g_clear_pointer(&repo->replaced, g_hash_table_unref);
}

void raw_commit_clear(RawCommit *commit)
{
	g_clear_pointer(&commit->parents, g_free);
}

/* "committer NAME <MAIL> SECONDS ZONE": the seconds; 0 where there are none, as git has it. */
static gint64 parse_date(const char *line, const char *end)
{
	const char *stop = memchr(line, '\n', (gsize)(end - line));
	const char *angle;

	if (!stop)
		stop = end;
	angle = memrchr(line, '>', (gsize)(stop - line));
	if (!angle || stop - angle < 3)
		return 0;
	return CLAMP(g_ascii_strtoll(angle + 1, NULL, 10), 0, G_MAXINT64 / 2);
}

static void add_parent(GArray *parents, const git_oid *id)
{
	for (guint i = 0; i < parents->len; i++)
		if (git_oid_equal(&g_array_index(parents, git_oid, i), id))
			return;
	g_array_append_vals(parents, id, 1);
}

/* The header lines up to the committer. Return: whether it is a commit's. */
static bool parse_commit(const char *data, gsize len, RawCommit *commit, GArray *parents)
{
	const char *end = data + len;

	if (len < 46 || memcmp(data, "tree ", 5) != 0 ||
	    git_oid_fromstr(&commit->tree, data + 5) < 0)
		return false;
	for (const char *line = data + 46; line < end;) {
		const char *next = memchr(line, '\n', (gsize)(end - line));
		git_oid id;

		if (g_str_has_prefix(line, "parent ")) {
			if (end - line < 47 || git_oid_fromstr(&id, line + 7) < 0)
				return false;
			add_parent(parents, &id);
		} else if (g_str_has_prefix(line, "committer ")) {
			commit->date = parse_date(line, end);
			return true;
		}
		if (!next || *line == '\n')
			return false;
		line = next + 1;
	}
	return false;
}

bool repo_read_commit(Repo *repo, const git_oid *oid, RawCommit *ret_commit, GError **error)
{
	const git_oid *read = g_hash_table_lookup(repo->replaced, oid);
	const GArray *graft = g_hash_table_lookup(repo->grafts, oid);
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(git_oid));
	git_odb_object *object = NULL;
	RawCommit commit = { 0 };
	bool parsed;

	if (!repo_read(repo, read ? read : oid, "commit", &object, error))
		return false;
	/* git_odb_read() puts a NUL behind the bytes. */
	parsed = git_odb_object_type(object) == GIT_OBJECT_COMMIT &&
		 parse_commit(git_odb_object_data(object), git_odb_object_size(object), &commit,
			      parents);
	git_odb_object_free(object);
	if (!parsed)
		return error_host(error,
				  "cannot read commit %s in %s: it is damaged; git fsck says more",
				  git_oid_tostr_s(oid), repo->path);
	if (graft) {
		g_array_set_size(parents, 0);
		for (guint i = 0; i < graft->len; i++)
			add_parent(parents, &g_array_index(graft, git_oid, i));
	} else if (parents->len > 0 && g_hash_table_contains(repo->shallow, oid)) {
		commit.cut = true;
		commit.below = g_array_index(parents, git_oid, 0);
		g_array_set_size(parents, 0);
	}
	commit.n_parents = parents->len;
	commit.parents = (git_oid *)(void *)g_array_free(g_steal_pointer(&parents), FALSE);
	*ret_commit = commit;
	return true;
}
