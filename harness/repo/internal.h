/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of this room only: the open repository, raw commits, a walk over them. */
#pragma once

#include "repo/repo.h"

#include <git2.h>

typedef struct CommitGraph CommitGraph; /* repo/commitgraph.h */

struct Repo {
	git_repository *git;
	git_odb *odb;
	char *path;    /* common git folder, no slash at its end */
	char *workdir; /* or NULL */
	bool partial;  /* objects may be missing on purpose */
	char *remote;  /* that has them; or NULL */
	char *own;     /* objects folder of merges made in memory; or NULL */
	char *kin; /* of one that was planted (repo/plant.h): git folder of the user's; or NULL */
	/* What git lays over the commits; keys git_oid. */
	GHashTable *shallow;  /* set: history is cut below these */
	GHashTable *grafts;   /* to GArray of git_oid: parents instead of its own */
	GHashTable *replaced; /* to git_oid: read this one instead */
	/* Or NULL; it knows nothing of shallow, grafts and replacements, so not with these. */
	CommitGraph *graph;
};

/* A file in a planted repository that has the user's git folder. */
#define REPO_KIN "bisectbox-kin"

/** repo_start() - have libgit2 work as this room needs it; once is enough, more is fine */
void repo_start(void);

/** repo_local_config() - only the repository's own settings count; git_config_free() */
int repo_local_config(git_repository *git, git_config **ret_local);

/** git_trouble() - BOX_ERROR_HOST of what libgit2 failed at; always returns false */
bool git_trouble(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** git_reason() - libgit2's last message; borrowed until its next call */
const char *git_reason(void);

/** repo_id() and oid_of() - between the two kinds of id */
void repo_id(const git_oid *oid, RepoId *ret_id);
bool oid_of(const RepoId *id, git_oid *ret_oid, GError **error);

/**
 * repo_read() - an object's bytes, from the user's repository
 * @what: "commit", "tree", "file": for the error
 * @ret_object: git_odb_object_free()
 * @error: BOX_ERROR_USAGE: missing, with the command that brings it; BOX_ERROR_HOST
 */
bool repo_read(Repo *repo, const git_oid *oid, const char *what, git_odb_object **ret_object,
	       GError **error);
/** repo_rest() - after many reads: let go of the pack files, whose indexes count as our memory */
void repo_rest(Repo *repo);
/** repo_missing() - the error for an object that is not there; always returns false */
bool repo_missing(const Repo *repo, const git_oid *oid, const char *what, GError **error);
/** repo_cut() - " (this clone is shallow: ...)" with the command, or "" where it is not; g_free()
 */
char *repo_cut(const Repo *repo);

/* One commit as the walk needs it. */
typedef struct {
	git_oid tree;
	gint64 date;      /* committer's, seconds */
	git_oid *parents; /* each once; as shallow, grafts and replacements say */
	guint n_parents;
	bool cut; /* has parents that a shallow clone leaves out; the first is @below */
	git_oid below;
} RawCommit;

bool repo_read_commit(Repo *repo, const git_oid *oid, RawCommit *ret_commit, GError **error);
void raw_commit_clear(RawCommit *commit);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RawCommit, raw_commit_clear)

/** overlay_load() - read shallow, grafts and replace refs into @repo */
bool overlay_load(Repo *repo, GError **error);
void overlay_clear(Repo *repo);

/* A commit of a walk; numbered in the order of their first mention. */
typedef struct {
	git_oid id;
	guint position; /* in the commit-graph, plus one; 0: not known */
	gint64 date;
	guint64 marks;
	guint first; /* index of its first parent in Walk.parents */
	guint n_parents;
	bool read : 1; /* date and parents are known */
	bool queued : 1;
	bool popped : 1;
	bool cut : 1; /* like RawCommit's */
} WalkCommit;

typedef struct {
	Repo *repo;
	GArray *commits;   /* WalkCommit */
	GArray *parents;   /* guint: numbers of commits */
	GArray *positions; /* guint: of the parents at hand, in the commit-graph */
	guint *slots;      /* hash of ids: number + 1 */
	guint n_slots;
	GArray *heap; /* guint; newest commit date first */
} Walk;

void walk_init(Walk *walk, Repo *repo);
void walk_clear(Walk *walk);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

/** walk_at() - a commit; the pointer lasts until the next walk_number() or walk_read() */
WalkCommit *walk_at(const Walk *walk, guint number);
/** walk_number() - the number of an id, a new one where it was not known */
guint walk_number(Walk *walk, const git_oid *id);
/** walk_find() - the number of an id, or G_MAXUINT */
guint walk_find(const Walk *walk, const git_oid *id);
bool walk_read(Walk *walk, guint number, GError **error);
/** walk_push() - into the queue (read it first), unless it is there */
void walk_push(Walk *walk, guint number);
/** walk_pop() - the newest, or G_MAXUINT */
guint walk_pop(Walk *walk);
/** walk_newest() - date of what walk_pop() would give; G_MININT64 for none */
gint64 walk_newest(const Walk *walk);

/* Clocks are wrong now and then: how much older than all that matters a walk still looks. */
#define WALK_SLACK_S (30 * 24 * 3600)

/** alternates_find() - objects folders that a repository borrows from, all levels; absolute,
 * g_ptr_array_unref() */
GPtrArray *alternates_find(const char *objects);
