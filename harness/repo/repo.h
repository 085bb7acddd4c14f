/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's git repository, read and never written. libgit2 lives in this folder only.
 * The user's and the system's git configuration has no say in anything but safe.directory.
 */
#pragma once

#include "search/graph.h"

#include <gio/gio.h>
#include <stdbool.h>

#define REPO_ID_LEN 40
/* A commit's id in hex with its NUL. */
typedef struct {
	char hex[REPO_ID_LEN + 1];
} RepoId;

typedef struct Repo Repo;

/**
 * repo_open() - open the repository that @path is in (worktrees and bare ones too)
 * @error: BOX_ERROR_USAGE: none there, or owned by another user (says the `git config
 *         --global --add safe.directory` line); each says what to do
 */
bool repo_open(const char *path, Repo **ret_repo, GError **error);
void repo_close(Repo *repo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Repo, repo_close)

/** repo_path() - its git folder (the common one for a linked worktree), absolute; borrowed */
const char *repo_path(const Repo *repo);
/** repo_workdir() - the user's checkout, or NULL for a bare repository; borrowed */
const char *repo_workdir(const Repo *repo);

/** repo_resolve() - any of git's names for a revision, peeled to its commit; BOX_ERROR_USAGE with
 * the name */
bool repo_resolve(Repo *repo, const char *name, RepoId *ret_id, GError **error);

/**
 * struct RepoCommit - what people want to know of a commit; release with repo_commit_clear()
 * @subject: first line; @author: "Name <mail>"; @date: author's date, ISO 8601 with zone
 * @message: whole message; @parents: their ids (RepoId); @files: paths that differ from the
 * first parent (all paths for a root), NULL-terminated, at most 1,000
 */
typedef struct {
	RepoId id;
	char *subject;
	char *author;
	char *date;
	char *message;
	GArray *parents;
	char **files;
} RepoCommit;

bool repo_commit(Repo *repo, const RepoId *id, RepoCommit *ret_commit, GError **error);
void repo_commit_clear(RepoCommit *commit);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RepoCommit, repo_commit_clear)

/**
 * struct RepoRangeSpec - which commits; all borrowed
 * @goods, @n_goods: 1 to 63
 * @first_parent: follow only the first parents down from bad
 * @paths: candidates are the commits that change one of these, with history simplified as `git
 *         rev-list -- PATH...` does it; NULL-terminated, NULL for all commits
 * @old_word, @new_word: what errors call the ends; NULL for "good" and "bad"
 */
typedef struct {
	RepoId bad;
	const RepoId *goods;
	guint n_goods;
	bool first_parent;
	const char *const *paths;
	const char *old_word;
	const char *new_word;
} RepoRangeSpec;

/**
 * struct RepoRange - the commits between goods and bad as a graph
 * @graph: every ancestor of bad that is not an ancestor of every good, with its real parents;
 *         and the rim: those of these parents that every good reaches, without parents. So where
 *         a good has to be withdrawn, all down to the older ones is there. A good is linked
 *         (graph_link()) to what it reaches through commits that are not there. With first_parent
 *         or paths: the candidates and what connects them only (graph_set_passage()), and their
 *         real parents
 * @ids:   RepoId of each node
 * @bad, @goods: their nodes (@goods in the caller's order)
 * @bases: nodes to test first where a good is no ancestor of bad: their merge bases, less goods
 * @cut:   candidates whose parents a shallow clone leaves out
 * @commits: number of candidates: ancestors of bad that are none of any good
 */
typedef struct {
	Graph *graph;
	GArray *ids;
	Node bad;
	GArray *goods;
	GArray *bases;
	GArray *cut;
	guint commits;
	GArray *order; /* repo_range_find()'s own */
} RepoRange;

/**
 * repo_range() - read the range
 * @error: BOX_ERROR_USAGE: good == bad; a good that descends from bad, or shares no history with
 *         it; an object that a partial clone lacks (names it and the git command that fetches
 *         it); a path that is none
 *
 * Knows .git/shallow, grafts and replace refs, which libgit2's walk does not. Walks by commit
 * date, a month further than it has to: a clock that was wrong by more can leave an ancestor of
 * a good among the candidates, never the other way round.
 */
bool repo_range(Repo *repo, const RepoRangeSpec *spec, RepoRange **ret_range, GError **error);
void repo_range_free(RepoRange *range);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepoRange, repo_range_free)
/** repo_range_find() - the node of an id, or NODE_NONE */
Node repo_range_find(RepoRange *range, const RepoId *id);

/**
 * repo_goods_below() - those of some goods that share history with bad and do not descend from it
 * @goods: of RepoId; borrowed
 * @ret_goods: of RepoId, at most 63, the first ones; free with g_array_unref()
 */
bool repo_goods_below(Repo *repo, const RepoId *bad, const GArray *goods, GArray **ret_goods,
		      GError **error);
/** repo_is_ancestor() - whether @young reaches @old; a commit reaches itself */
bool repo_is_ancestor(Repo *repo, const RepoId *old, const RepoId *young, bool *ret_is,
		      GError **error);
/**
 * repo_list() - the commits that `git bisect skip` would take for a word
 * @words: a revision, or A..B: what B reaches and A does not
 * @ids: of RepoId; they are added to it
 */
bool repo_list(Repo *repo, const char *words, GArray *ids, GError **error);

/* A tag of a commit; of several tags of one commit the first by name. */
typedef struct {
	char *name;
	RepoId id;
} RepoTag;

/**
 * repo_tags_behind() - tags that are proper ancestors of @tip, nearest (newest commit date) first
 * @ret_tags: array of RepoTag; free with g_array_unref()
 *
 * Walks back to the oldest tag: some ten seconds for a million commits.
 */
bool repo_tags_behind(Repo *repo, const RepoId *tip, GArray **ret_tags, GError **error);
/** repo_tree_id() - id of a commit's tree, the key of "the same source" */
bool repo_tree_id(Repo *repo, const RepoId *commit, RepoId *ret_tree, GError **error);
/** repo_subject() - a commit's first line, faster than repo_commit(); g_free() */
bool repo_subject(Repo *repo, const RepoId *commit, char **ret_subject, GError **error);

/**
 * repo_parents() - a commit's parents, as shallow, grafts and replacements say
 * @ret_parents: of RepoId; free with g_array_unref()
 * @ret_cut: whether a shallow clone leaves some out
 */
bool repo_parents(Repo *repo, const RepoId *commit, GArray **ret_parents, bool *ret_cut,
		  GError **error);

/**
 * repo_file() - a file of a commit, as it is in the repository
 * @ret_data: @ret_len bytes and a NUL; NULL where there is no such file; g_free()
 * @error: BOX_ERROR_USAGE: an object is missing (shallow, partial); BOX_ERROR_HOST
 */
bool repo_file(Repo *repo, const RepoId *commit, const char *path, char **ret_data, gsize *ret_len,
	       GError **error);
/**
 * repo_patch() - what a commit changes, as `git format-patch` writes it
 * @ret_patch: NULL for a merge, which has no one patch; g_free()
 */
bool repo_patch(Repo *repo, const RepoId *commit, char **ret_patch, GError **error);

/**
 * repo_names() - names of branches and tags that begin with @stem, and HEAD, sorted
 * @max: at most so many
 *
 * Return: NULL-terminated, none where they cannot be read; g_strfreev().
 */
char **repo_names(Repo *repo, const char *stem, guint max);
