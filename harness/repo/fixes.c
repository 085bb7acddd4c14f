/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `Fixes:` trailers of all commits that are young enough. */
#include "repo/fixes.h"
#include "repo/internal.h"

#include <string.h>

/* The least digits of a name, and those from which a quoted subject may be wrong. */
#define LEAST_DIGITS "8"
#define SURE_DIGITS 12

#define FIXES                                                                                      \
	"(?ims)^[ \\t]*fixes:[ \\t]*(?:commit[ \\t]+)?([0-9a-f]{" LEAST_DIGITS                     \
	",40})\\b(?:[ \\t]*\\([ \\t\\n]*\"(.{1,300}?)\"[ \\t\\n]*\\))?"
#define PICKED                                                                                     \
	"(?i)(?|upstream commit ([0-9a-f]{40})|picked from commit ([0-9a-f]{40})|"                 \
	"commit ([0-9a-f]{40}) upstream)"

/* A commit that can be fixed, by its own id or the one that it was picked from. */
typedef struct {
	RepoId id;
	RepoId picked;
	char *subject;
} Broken;

typedef struct {
	Repo *repo;
	GRegex *fixes;
	GRegex *picked;
	GArray *broken; /* Broken */
	GArray *found;  /* RepoFix */
} Fixes;

static void broken_clear(gpointer data)
{
	g_free(((Broken *)data)->subject);
}

static void fixes_clear(Fixes *fixes)
{
	g_clear_pointer(&fixes->fixes, g_regex_unref);
	g_clear_pointer(&fixes->picked, g_regex_unref);
	g_clear_pointer(&fixes->broken, g_array_unref);
	g_clear_pointer(&fixes->found, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixes, fixes_clear)

/* One space for each run of white space, none at the ends. */
static char *squeeze(const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
	GString *line = g_string_new(NULL);

	for (guint i = 0; words[i]; i++)
		if (words[i][0])
			g_string_append_printf(line, "%s%s", line->len ? " " : "", words[i]);
	return g_string_free(line, FALSE);
}

/* The message, bytes as they are; NULL where it cannot be read. */
static char *message_of(Repo *repo, const git_oid *oid)
{
	git_odb_object *object = NULL;
	char *message = NULL;
	const char *data, *body;
	gsize len;

	if (git_odb_read(&object, repo->odb, oid) < 0)
		return NULL;
	data = git_odb_object_data(object);
	len = git_odb_object_size(object);
	body = git_odb_object_type(object) == GIT_OBJECT_COMMIT
		       ? g_strstr_len(data, (gssize)len, "\n\n")
		       : NULL;
	if (body)
		message = g_strndup(body + 2, len - (gsize)(body + 2 - data));
	git_odb_object_free(object);
	return message;
}

static void add_broken(Fixes *fixes, const RepoId *id, const char *message)
{
	g_autofree char *line = g_strndup(message, strcspn(message, "\n"));
	g_autoptr(GMatchInfo) match = NULL;
	Broken broken = { .id = *id, .subject = squeeze(line) };

	if (g_regex_match(fixes->picked, message, 0, &match)) {
		g_autofree char *hex = g_match_info_fetch(match, 1);
		g_autofree char *lower = g_ascii_strdown(hex, -1);

		g_strlcpy(broken.picked.hex, lower, sizeof(broken.picked.hex));
	}
	g_array_append_val(fixes->broken, broken);
}

/* Subjects that are too long are cut off with dots. */
static bool fits_subject(const char *quoted, const char *subject)
{
	g_autofree char *said = squeeze(quoted);
	gsize len = strlen(said);

	if (g_str_has_suffix(said, "..."))
		return len > 3 && strncmp(said, subject, len - 3) == 0;
	return strcmp(said, subject) == 0;
}

static bool fits_name(const Broken *broken, const char *name)
{
	return g_str_has_prefix(broken->id.hex, name) || g_str_has_prefix(broken->picked.hex, name);
}

/* What a trailer means. */
static const Broken *resolve(const Fixes *fixes, const char *name, const char *quoted)
{
	const Broken *only = NULL;
	const Broken *said = NULL;
	guint n = 0;

	for (guint i = 0; i < fixes->broken->len; i++) {
		const Broken *broken = &g_array_index(fixes->broken, Broken, i);

		if (!fits_name(broken, name))
			continue;
		only = broken;
		n++;
		if (quoted && fits_subject(quoted, broken->subject))
			said = broken;
	}
	if (said || n != 1)
		return said;
	return !quoted || strlen(name) >= SURE_DIGITS ? only : NULL;
}

static void read_trailers(Fixes *fixes, const RepoId *id, const char *message)
{
	g_autoptr(GMatchInfo) match = NULL;
	guint before = fixes->found->len;

	g_regex_match(fixes->fixes, message, 0, &match);
	for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
		g_autofree char *hex = g_match_info_fetch(match, 1);
		g_autofree char *name = g_ascii_strdown(hex, -1);
		g_autofree char *quoted = g_match_info_fetch(match, 2);
		const Broken *of = resolve(fixes, name, quoted && quoted[0] ? quoted : NULL);
		RepoFix fix = { .id = *id };

		if (!of || strcmp(of->id.hex, id->hex) == 0)
			continue;
		fix.of = of->id;
		g_array_append_val(fixes->found, fix);
	}
	if (fixes->found->len > before)
		add_broken(fixes, id, message);
}

/* A ref that is gone meanwhile, or leads to no commit, has nothing to say. */
static void push_tip(Walk *walk, const char *name)
{
	git_object *object = NULL;
	git_object *commit = NULL;

	if (git_revparse_single(&object, walk->repo->git, name) == 0 &&
	    git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0) {
		guint number = walk_number(walk, git_object_id(commit));

		if (walk_read(walk, number, NULL) && !walk_at(walk, number)->popped)
			walk_push(walk, number);
	}
	git_object_free(commit);
	git_object_free(object);
}

static bool push_tips(Walk *walk, GError **error)
{
	git_reference_iterator *iterator = NULL;
	const char *name;
	int status = git_reference_iterator_new(&iterator, walk->repo->git);

	push_tip(walk, "HEAD");
	while (status == 0 && (status = git_reference_next_name(&name, iterator)) == 0)
		push_tip(walk, name);
	git_reference_iterator_free(iterator);
	return status == GIT_ITEROVER ||
	       git_trouble(error, "cannot read the refs of %s", walk->repo->path);
}

/* Young commits that have a trailer, newest first. */
static bool collect(Walk *walk, gint64 oldest, GArray *ret_ids, GError **error)
{
	while (walk_newest(walk) > oldest - WALK_SLACK_S) {
		WalkCommit commit = *walk_at(walk, walk_pop(walk));
		g_autofree char *message =
			commit.n_parents == 1 ? message_of(walk->repo, &commit.id) : NULL;

		if (message && strcasestr(message, "fixes:"))
			g_array_append_val(ret_ids, commit.id);
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

static bool add_all_broken(Fixes *fixes, const GArray *broken, gint64 *ret_oldest, GError **error)
{
	*ret_oldest = G_MAXINT64;
	for (guint i = 0; i < broken->len; i++) {
		const RepoId *id = &g_array_index(broken, RepoId, i);
		g_auto(RawCommit) raw = { 0 };
		g_autofree char *message = NULL;
		git_oid oid;

		if (!oid_of(id, &oid, error) || !repo_read_commit(fixes->repo, &oid, &raw, error))
			return false;
		message = message_of(fixes->repo, &oid);
		add_broken(fixes, id, message ? message : "");
		*ret_oldest = MIN(*ret_oldest, raw.date);
	}
	return true;
}

bool repo_fixes(Repo *repo, const GArray *broken, GArray **ret_fixes, GError **error)
{
	g_auto(Fixes) fixes = { .repo = repo };
	g_auto(Walk) walk = { 0 };
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(git_oid));
	gint64 oldest;

	fixes.fixes = g_regex_new(FIXES, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
	fixes.picked = g_regex_new(PICKED, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
	fixes.broken = g_array_new(FALSE, TRUE, sizeof(Broken));
	g_array_set_clear_func(fixes.broken, broken_clear);
	fixes.found = g_array_new(FALSE, TRUE, sizeof(RepoFix));
	walk_init(&walk, repo);
	if (!add_all_broken(&fixes, broken, &oldest, error) || !push_tips(&walk, error) ||
	    (broken->len && !collect(&walk, oldest, ids, error)))
		return false;
	/* Oldest first: a fix is known before what fixes it. */
	for (guint i = ids->len; i-- > 0;) {
		const git_oid *oid = &g_array_index(ids, git_oid, i);
		g_autofree char *message = message_of(repo, oid);
		RepoId id;

		repo_id(oid, &id);
		if (message)
			read_trailers(&fixes, &id, message);
	}
	repo_rest(repo);
	*ret_fixes = g_steal_pointer(&fixes.found);
	return true;
}
