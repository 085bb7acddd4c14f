/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking two trees side by side. Folders with equal ids are equal and not looked into; a tree that
 * was read is kept, for the next comparison mostly wants the same ones again.
 */
#include "repo/diff.h"

#include "repo/internal.h"
#include "util/error.h"

#include <string.h>

#define DEPTH_MAX 256 /* folders in folders */
#define KEPT_MAX ((gsize)48 << 20)

enum { MODE_TREE = 0040000, MODE_LINK = 0120000, MODE_MODULE = 0160000, MODE_KIND = 0170000 };

struct RepoDiff {
	Repo *repo;
	GHashTable *kept; /* git_oid of a tree (in the object) -> its git_odb_object */
	gsize bytes;
	const RepoDiffEvents *events;
	GString *path;
	guint depth;
	bool stopped;
};

/* A tree being read through; without object it is empty. */
typedef struct {
	git_odb_object *object;
	const char *at;
	const char *end;
	/* The entry at hand; no name at the end. */
	guint mode;
	const char *name;
	gsize len;
	const git_oid *id;
} Reader;

static guint oid_hash(gconstpointer key)
{
	guint hash;

	memcpy(&hash, ((const git_oid *)key)->id, sizeof(hash));
	return hash;
}

static gboolean oid_same(gconstpointer a, gconstpointer b)
{
	return git_oid_equal(a, b);
}

static void object_free(gpointer data)
{
	git_odb_object_free(data);
}

RepoDiff *repo_diff_new(Repo *repo)
{
	RepoDiff *diff = g_new0(RepoDiff, 1);

	diff->repo = repo;
	diff->kept = g_hash_table_new_full(oid_hash, oid_same, NULL, object_free);
	diff->path = g_string_new(NULL);
	return diff;
}

void repo_diff_free(RepoDiff *diff)
{
	if (!diff)
		return;
	g_hash_table_unref(diff->kept);
	g_string_free(diff->path, TRUE);
	g_free(diff);
}

static bool tree_damaged(const RepoDiff *diff, const git_oid *id, GError **error)
{
	return error_host(error, "cannot read tree %s in %s: it is damaged", git_oid_tostr_s(id),
			  diff->repo->path);
}

/* The reader holds on to its object: it may be dropped from what is kept meanwhile. */
static bool reader_open(RepoDiff *diff, const git_oid *id, Reader *reader, GError **error)
{
	git_odb_object *object;

	*reader = (Reader){ 0 };
	if (!id)
		return true;
	object = g_hash_table_lookup(diff->kept, id);
	if (!object) {
		if (!repo_read(diff->repo, id, "tree", &object, error))
			return false;
		if (git_odb_object_type(object) != GIT_OBJECT_TREE) {
			git_odb_object_free(object);
			return tree_damaged(diff, id, error);
		}
		if (diff->bytes > KEPT_MAX) {
			g_hash_table_remove_all(diff->kept);
			diff->bytes = 0;
		}
		diff->bytes += git_odb_object_size(object);
		g_hash_table_insert(diff->kept, (gpointer)git_odb_object_id(object), object);
	}
	if (git_odb_object_dup(&reader->object, object) < 0)
		return git_trouble(error, "cannot keep a tree");
	reader->at = git_odb_object_data(object);
	reader->end = reader->at + git_odb_object_size(object);
	return true;
}

static void reader_close(Reader *reader)
{
	git_odb_object_free(reader->object);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_close)

static bool reader_next(const RepoDiff *diff, Reader *reader, GError **error)
{
	const char *nul;
	guint mode = 0;

	reader->name = NULL;
	if (reader->at >= reader->end)
		return true;
	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '7')
		mode = mode << 3 | (guint)(*reader->at++ - '0');
	nul = memchr(reader->at, '\0', (gsize)(reader->end - reader->at));
	if (!nul || *reader->at != ' ' || nul == reader->at + 1 ||
	    reader->end - nul <= GIT_OID_RAWSZ)
		return tree_damaged(diff, git_odb_object_id(reader->object), error);
	reader->mode = mode;
	reader->name = reader->at + 1;
	reader->len = (gsize)(nul - reader->name);
	reader->id = (const git_oid *)(nul + 1);
	reader->at = nul + 1 + GIT_OID_RAWSZ;
	return true;
}

static bool is_tree(const Reader *reader)
{
	return (reader->mode & MODE_KIND) == MODE_TREE;
}

/* git's order: the names of folders are as if they ended in a slash. The end is behind all. */
static int compare(const Reader *a, const Reader *b)
{
	gsize len;
	int order;
	guint8 x, y;

	if (!a->name || !b->name)
		return !a->name - !b->name;
	len = MIN(a->len, b->len);
	order = memcmp(a->name, b->name, len);
	if (order)
		return order;
	x = len < a->len ? (guint8)a->name[len] : is_tree(a) ? '/' : '\0';
	y = len < b->len ? (guint8)b->name[len] : is_tree(b) ? '/' : '\0';
	if (x != y)
		return x - y;
	return a->len > b->len ? 1 : a->len < b->len ? -1 : 0;
}

static bool is_odd(const Reader *reader)
{
	guint kind = reader ? reader->mode & MODE_KIND : 0;

	return kind == MODE_LINK || kind == MODE_MODULE;
}

static void visit_file(RepoDiff *diff, const Reader *old, const Reader *new)
{
	guint change = !old ? REPO_ADDED : !new ? REPO_REMOVED : REPO_CHANGED;

	if (is_odd(old) || is_odd(new))
		change |= REPO_ODD;
	if (!diff->events->file(diff->path->str, change, diff->events->user))
		diff->stopped = true;
}

static bool visit_trees(RepoDiff *diff, const git_oid *old, const git_oid *new, GError **error);

/* One name: either side may be NULL. */
static bool visit(RepoDiff *diff, const Reader *old, const Reader *new, GError **error)
{
	const Reader *any = new ? new : old;
	gsize len = diff->path->len;
	bool ok = true;

	if (old && new &&git_oid_equal(old->id, new->id) &&
	    (old->mode & (MODE_KIND | 0100)) == (new->mode &(MODE_KIND | 0100)))
		return true;
	if (len)
		g_string_append_c(diff->path, '/');
	g_string_append_len(diff->path, any->name, (gssize)any->len);
	if (is_tree(any))
		ok = visit_trees(diff, old ? old->id : NULL, new ? new->id : NULL, error);
	else
		visit_file(diff, old, new);
	g_string_truncate(diff->path, len);
	return ok;
}

static bool visit_entries(RepoDiff *diff, const git_oid *old_id, const git_oid *new_id,
			  GError **error)
{
	g_auto(Reader) old = { 0 };
	g_auto(Reader) new = { 0 };

	if (!reader_open(diff, old_id, &old, error) || !reader_open(diff, new_id, &new, error) ||
	    !reader_next(diff, &old, error) || !reader_next(diff, &new, error))
		return false;
	while ((old.name || new.name) && !diff->stopped) {
		int order = compare(&old, &new);

		if (!visit(diff, order <= 0 ? &old : NULL, order >= 0 ? &new : NULL, error) ||
		    (order <= 0 && !reader_next(diff, &old, error)) ||
		    (order >= 0 && !reader_next(diff, &new, error)))
			return false;
	}
	return true;
}

static bool visit_trees(RepoDiff *diff, const git_oid *old, const git_oid *new, GError **error)
{
	const RepoDiffEvents *events = diff->events;
	const guint8 *id = new ? new->id : NULL;
	RepoDiffStep step = REPO_DIFF_GO;
	bool ok;

	if (diff->depth >= DEPTH_MAX)
		return error_usage(error, "%.100s...: folders nest too deep", diff->path->str);
	if (events->enter)
		step = events->enter(diff->path->str, id, events->user);
	if (step != REPO_DIFF_GO) {
		diff->stopped = step == REPO_DIFF_STOP;
		return true;
	}
	diff->depth++;
	ok = visit_entries(diff, old, new, error);
	diff->depth--;
	if (ok && events->leave)
		events->leave(diff->path->str, id, diff->stopped, events->user);
	return ok;
}

bool repo_diff_trees(RepoDiff *diff, const RepoId *old_tree, const RepoId *new_tree,
		     const RepoDiffEvents *events, bool *ret_stopped, GError **error)
{
	git_oid old, new;
	bool ok = true;

	if ((old_tree && !oid_of(old_tree, &old, error)) ||
	    (new_tree && !oid_of(new_tree, &new, error)))
		return false;
	diff->events = events;
	diff->stopped = false;
	diff->depth = 0;
	g_string_truncate(diff->path, 0);
	if (!old_tree || !new_tree || !git_oid_equal(&old, &new))
		ok = visit_trees(diff, old_tree ? &old : NULL, new_tree ? &new : NULL, error);
	if (ok && ret_stopped)
		*ret_stopped = diff->stopped;
	return ok;
}
