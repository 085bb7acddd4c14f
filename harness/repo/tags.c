/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tags behind a revision: where to look backwards for a good one. */
#include "repo/internal.h"

#include "util/error.h"

#include <string.h>

typedef struct {
	char *name;
	guint number; /* in the walk */
} Tag;

static void tag_clear(gpointer data)
{
	g_free(((Tag *)data)->name);
}

static void repo_tag_clear(gpointer data)
{
	g_free(((RepoTag *)data)->name);
}

/* All tags of commits, read into the walk; one that leads to anything else is left out. */
static bool collect(Walk *walk, GArray *tags, GError **error)
{
	git_strarray names = { 0 };
	int status = git_tag_list(&names, walk->repo->git);

	if (status < 0)
		return git_trouble(error, "cannot list the tags of %s", walk->repo->path);
	for (gsize i = 0; i < names.count; i++) {
		g_autofree char *ref = g_strconcat("refs/tags/", names.strings[i], NULL);
		git_reference *reference = NULL;
		git_object *commit = NULL;

		if (git_reference_lookup(&reference, walk->repo->git, ref) == 0 &&
		    git_reference_peel(&commit, reference, GIT_OBJECT_COMMIT) == 0) {
			Tag tag = { g_strdup(names.strings[i]),
				    walk_number(walk, git_object_id(commit)) };

			g_array_append_val(tags, tag);
		}
		git_object_free(commit);
		git_reference_free(reference);
	}
	git_strarray_dispose(&names);
	for (guint i = 0; i < tags->len; i++)
		if (!walk_read(walk, g_array_index(tags, Tag, i).number, error))
			return false;
	return true;
}

/* Walk from the tip as far back as the oldest tag is. */
static bool reach(Walk *walk, guint tip, gint64 oldest, GError **error)
{
	if (!walk_read(walk, tip, error))
		return false;
	walk_push(walk, tip);
	while (walk_newest(walk) > oldest - WALK_SLACK_S) {
		WalkCommit commit = *walk_at(walk, walk_pop(walk));

		for (guint i = 0; i < commit.n_parents; i++) {
			guint parent = g_array_index(walk->parents, guint, commit.first + i);

			if (walk_at(walk, parent)->popped)
				continue;
			if (!walk_read(walk, parent, error))
				return false;
			walk_push(walk, parent);
		}
	}
	return true;
}

static gint newest_first(gconstpointer a, gconstpointer b, gpointer user)
{
	const Walk *walk = user;
	const Tag *x = a;
	const Tag *y = b;
	gint64 dx = walk_at(walk, x->number)->date;
	gint64 dy = walk_at(walk, y->number)->date;

	if (dx != dy)
		return dx > dy ? -1 : 1;
	if (x->number != y->number)
		return x->number > y->number ? -1 : 1;
	return strcmp(x->name, y->name);
}

bool repo_tags_behind(Repo *repo, const RepoId *tip, GArray **ret_tags, GError **error)
{
	g_auto(Walk) walk = { 0 };
	g_autoptr(GArray) tags = g_array_new(FALSE, FALSE, sizeof(Tag));
	g_autoptr(GArray) behind = g_array_new(FALSE, FALSE, sizeof(RepoTag));
	gint64 oldest = G_MAXINT64 - WALK_SLACK_S;
	git_oid oid;
	guint start;

	g_array_set_clear_func(tags, tag_clear);
	g_array_set_clear_func(behind, repo_tag_clear);
	walk_init(&walk, repo);
	if (!oid_of(tip, &oid, error) || !collect(&walk, tags, error))
		return false;
	start = walk_number(&walk, &oid);
	for (guint i = 0; i < tags->len; i++)
		oldest = MIN(oldest, walk_at(&walk, g_array_index(tags, Tag, i).number)->date);
	if (tags->len > 0 && !reach(&walk, start, oldest, error))
		return false;
	g_array_sort_with_data(tags, newest_first, &walk);
	for (guint i = 0; i < tags->len; i++) {
		Tag *tag = &g_array_index(tags, Tag, i);
		const WalkCommit *commit = walk_at(&walk, tag->number);
		RepoTag out;

		if (!commit->popped || tag->number == start ||
		    (i > 0 && tag->number == g_array_index(tags, Tag, i - 1).number))
			continue;
		out.name = g_strdup(tag->name);
		repo_id(&commit->id, &out.id);
		g_array_append_val(behind, out);
	}
	*ret_tags = g_steal_pointer(&behind);
	return true;
}
