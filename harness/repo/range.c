/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the range into a plain graph. The walk is our own, over raw commit objects: it must
 * know .git/shallow, grafts and replace refs, which libgit2's does not, and it is faster.
 */
#include "repo/repo.h"

#include "repo/git.h"
#include "util/error.h"

#include <string.h>

/* A commit on the way; its parents once they are read. */
typedef struct {
	git_oid oid;
	git_oid *parents;
	guint n_parents;
	bool read;
	bool from_bad;
	bool from_good;
	Node node;
} Seen;

typedef struct {
	Repo *repo;
	git_odb *odb;
	GHashTable *seen; /* git_oid -> Seen */
} Walk;

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

static void seen_free(Seen *seen)
{
	g_free(seen->parents);
	g_free(seen);
}

static void walk_clear(Walk *walk)
{
	g_clear_pointer(&walk->seen, g_hash_table_unref);
	git_odb_free(walk->odb);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

static Seen *see(Walk *walk, const git_oid *oid)
{
	Seen *seen = g_hash_table_lookup(walk->seen, oid);

	if (!seen) {
		seen = g_new0(Seen, 1);
		seen->oid = *oid;
		seen->node = NODE_NONE;
		g_hash_table_insert(walk->seen, &seen->oid, seen);
	}
	return seen;
}

/* The object that a replace ref puts in place of this one; itself where none does. */
static git_oid replaced(Walk *walk, const git_oid *oid)
{
	RepoId id = git_to_id(oid);
	g_autofree char *name = g_strconcat("refs/replace/", id.hex, NULL);
	git_oid other;

	return git_reference_name_to_id(&other, walk->repo->git, name) == 0 ? other : *oid;
}

static bool has_replace_refs(Repo *repo)
{
	git_reference_iterator *refs = NULL;
	git_reference *ref = NULL;
	bool has = git_reference_iterator_glob_new(&refs, repo->git, "refs/replace/*") == 0 &&
		   git_reference_next(&ref, refs) == 0;

	git_reference_free(ref);
	git_reference_iterator_free(refs);
	return has;
}

static void set_parents(Seen *seen, const git_oid *parents, guint n)
{
	seen->parents = g_memdup2(parents, n * sizeof(*parents));
	seen->n_parents = n;
	seen->read = true;
}

static bool take_graft(Walk *walk, Seen *seen)
{
	RepoId id = git_to_id(&seen->oid);
	const GArray *graft =
		walk->repo->grafts ? g_hash_table_lookup(walk->repo->grafts, id.hex) : NULL;
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(git_oid));

	if (walk->repo->cut && g_hash_table_contains(walk->repo->cut, id.hex)) {
		set_parents(seen, NULL, 0);
		return true;
	}
	for (guint i = 0; graft && i < graft->len; i++) {
		git_oid oid = git_from_id(&g_array_index(graft, RepoId, i));

		g_array_append_val(parents, oid);
	}
	if (graft)
		set_parents(seen, (const git_oid *)parents->data, parents->len);
	return graft != NULL;
}

/* Reads a commit's "parent" lines, which come right after its "tree" line. */
static bool read_parents(Walk *walk, Seen *seen, bool replacing, GError **error)
{
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(git_oid));
	git_oid oid = replacing ? replaced(walk, &seen->oid) : seen->oid;
	git_odb_object *object = NULL;
	const char *line, *end;

	if (seen->read || take_graft(walk, seen))
		return true;
	if (git_odb_read(&object, walk->odb, &oid) < 0 ||
	    git_odb_object_type(object) != GIT_OBJECT_COMMIT) {
		RepoId id = git_to_id(&oid);

		git_odb_object_free(object);
		return git_missing(walk->repo, id.hex, error);
	}
	line = git_odb_object_data(object);
	end = line + git_odb_object_size(object);
	line = memchr(line, '\n', (size_t)(end - line));
	while (line && end - line > 48 && g_str_has_prefix(line + 1, "parent ")) {
		git_oid parent;

		if (git_oid_fromstr(&parent, line + 8) == 0)
			g_array_append_val(parents, parent);
		line = memchr(line + 1, '\n', (size_t)(end - line - 1));
	}
	git_odb_object_free(object);
	set_parents(seen, (const git_oid *)parents->data, parents->len);
	return true;
}

/* Marks a tip and all its ancestors, by an explicit stack: histories are deep. */
static bool mark(Walk *walk, const git_oid *tip, bool good, bool replacing, GError **error)
{
	g_autoptr(GPtrArray) stack = g_ptr_array_new();

	g_ptr_array_add(stack, see(walk, tip));
	while (stack->len) {
		Seen *seen = g_ptr_array_steal_index(stack, stack->len - 1);
		bool *flag = good ? &seen->from_good : &seen->from_bad;

		if (*flag)
			continue;
		*flag = true;
		if (!read_parents(walk, seen, replacing, error))
			return false;
		for (guint i = 0; i < seen->n_parents; i++)
			g_ptr_array_add(stack, see(walk, &seen->parents[i]));
	}
	return true;
}

/* One frame of the depth-first walk. */
typedef struct {
	Seen *seen;
	guint next;
} Frame;

/* Adds everything that the tip reaches, parents first: every good is behind bad. */
static void add_nodes(Walk *walk, const git_oid *tip, RepoRange *range)
{
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(Frame));
	Frame first = { see(walk, tip), 0 };

	if (first.seen->node != NODE_NONE)
		return;
	g_array_append_val(stack, first);
	while (stack->len) {
		Frame *frame = &g_array_index(stack, Frame, stack->len - 1);
		Seen *seen = frame->seen;

		if (frame->next < seen->n_parents) {
			Frame below = { see(walk, &seen->parents[frame->next++]), 0 };

			if (below.seen->node == NODE_NONE)
				g_array_append_val(stack, below);
			continue;
		}
		g_array_set_size(stack, stack->len - 1);
		if (seen->node != NODE_NONE)
			continue;

		g_autofree Node *parents = g_new(Node, seen->n_parents + 1);
		RepoId id = git_to_id(&seen->oid);

		for (guint i = 0; i < seen->n_parents; i++)
			parents[i] = see(walk, &seen->parents[i])->node;
		seen->node = graph_add(range->graph, parents, seen->n_parents);
		g_array_append_val(range->ids, id);
	}
}

static bool check_ends(Walk *walk, const RepoId *bad, const RepoId *goods, guint n_goods,
		       GError **error)
{
	for (guint i = 0; i < n_goods; i++) {
		git_oid good = git_from_id(&goods[i]);
		git_oid tip = git_from_id(bad);
		git_oid base;

		if (g_str_equal(goods[i].hex, bad->hex))
			return error_usage(error, "good and bad are the same revision, %s",
					   bad->hex);
		if (see(walk, &good)->from_bad)
			continue;
		if (git_merge_base(&base, walk->repo->git, &good, &tip) < 0)
			return error_usage(error,
					   "good %.12s and bad %.12s are not related: they have no "
					   "common ancestor",
					   goods[i].hex, bad->hex);

		RepoId merge_base = git_to_id(&base);
		return error_usage(error,
				   "good %.12s is no ancestor of bad %.12s; their merge base is "
				   "%s: try that as --good",
				   goods[i].hex, bad->hex, merge_base.hex);
	}
	return true;
}

static bool walk_range(Walk *walk, const RepoId *bad, const RepoId *goods, guint n_goods,
		       GError **error)
{
	bool replacing = has_replace_refs(walk->repo);
	git_oid tip = git_from_id(bad);

	if (!mark(walk, &tip, false, replacing, error))
		return false;
	for (guint i = 0; i < n_goods; i++) {
		git_oid good = git_from_id(&goods[i]);

		if (!mark(walk, &good, true, replacing, error))
			return false;
	}
	return check_ends(walk, bad, goods, n_goods, error);
}

static void count_candidates(Walk *walk, RepoRange *range)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, walk->seen);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Seen *seen = value;

		range->commits += seen->from_bad && !seen->from_good;
	}
}

bool repo_range(Repo *repo, const RepoId *bad, const RepoId *goods, guint n_goods,
		RepoRange **ret_range, GError **error)
{
	g_autoptr(RepoRange) range = g_new0(RepoRange, 1);
	g_auto(Walk) walk = { .repo = repo };
	git_oid tip = git_from_id(bad);

	range->graph = graph_new();
	range->ids = g_array_new(FALSE, FALSE, sizeof(RepoId));
	range->goods = g_array_new(FALSE, FALSE, sizeof(Node));
	walk.seen = g_hash_table_new_full(oid_hash, oid_equal, NULL, (GDestroyNotify)seen_free);
	if (git_repository_odb(&walk.odb, repo->git) < 0)
		return git_fail(error, BOX_ERROR_HOST, "cannot read the objects of %s", repo->path);
	if (!walk_range(&walk, bad, goods, n_goods, error))
		return false;
	add_nodes(&walk, &tip, range);
	range->bad = see(&walk, &tip)->node;
	for (guint i = 0; i < n_goods; i++) {
		git_oid good = git_from_id(&goods[i]);
		Node node = see(&walk, &good)->node;

		g_array_append_val(range->goods, node);
	}
	count_candidates(&walk, range);
	*ret_range = g_steal_pointer(&range);
	return true;
}

void repo_range_free(RepoRange *range)
{
	if (!range)
		return;
	g_clear_pointer(&range->graph, graph_free);
	g_clear_pointer(&range->ids, g_array_unref);
	g_clear_pointer(&range->goods, g_array_unref);
	g_free(range);
}

Node repo_range_find(const RepoRange *range, const RepoId *id)
{
	for (guint i = 0; i < range->ids->len; i++)
		if (g_str_equal(g_array_index(range->ids, RepoId, i).hex, id->hex))
			return i;
	return NODE_NONE;
}
