/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commits of a run, written and read. */
#include "record/range.h"

#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define FILE_MAX ((gsize)256 << 20)

void range_commit_free(RangeCommit *commit)
{
	if (!commit)
		return;
	g_free(commit->id);
	g_free(commit->subject);
	g_strfreev(commit->parents);
	relevance_commit_clear(&commit->fact);
	g_free(commit);
}

Json *range_commit_json(const RangeCommit *commit)
{
	Json *json = json_new_object();

	json_add_string(json, "commit", commit->id);
	json_add_string(json, "subject", commit->subject);
	json_add_strings(json, "parents", (const char *const *)commit->parents);
	json_add_bool(json, "candidate", !commit->outside);
	return json;
}

/* Told each line as an object; what is done with it is checked by the caller's reader's end. */
typedef void (*TakeLine)(JsonReader *reader, void *user);

static bool read_lines(const char *folder, const char *leaf, TakeLine take, void *user,
		       GError **error)
{
	g_autofree char *path = g_build_filename(folder, leaf, NULL);
	g_autofree char *text = NULL;
	char *line, *end;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	if (!fs_read(path, FILE_MAX, &text, NULL, error))
		return false;
	line = text;
	for (guint number = 1; (end = strchr(line, '\n')); number++, line = end + 1) {
		g_autofree char *name = g_strdup_printf("%s:%u", path, number);
		g_autoptr(Json) json = NULL;
		g_autoptr(JsonReader) reader = NULL;

		*end = '\0';
		json = json_parse(line, name, BOX_ERROR_USAGE, error);
		if (!json)
			return false;
		reader = json_reader_new(json, name, BOX_ERROR_USAGE);
		json_reader_allow_unknown(reader);
		take(reader, user);
		if (!json_reader_end(reader, error))
			return false;
	}
	return true;
}

typedef struct {
	GPtrArray *commits;
	GHashTable *known; /* id -> RangeCommit, borrowed */
} Reading;

static void take_commit(JsonReader *reader, void *user)
{
	Reading *reading = user;
	RangeCommit *commit = g_new0(RangeCommit, 1);

	g_ptr_array_add(reading->commits, commit);
	commit->id = json_string(reader, "commit");
	commit->subject = json_string_or(reader, "subject", "");
	commit->parents = json_strings(reader, "parents");
	commit->outside = !json_bool_or(reader, "candidate", true);
	if (commit->id && !g_hash_table_insert(reading->known, commit->id, commit))
		json_reader_fail(reader, "commit", "was there before");
	/* What comes later cannot be a parent: the order is what makes it a history. */
	for (char **parent = commit->parents; *parent; parent++)
		if (!g_hash_table_contains(reading->known, *parent) ||
		    g_str_equal(*parent, commit->id ? commit->id : ""))
			json_reader_fail(reader, "parents", "has one that is not there before");
}

static void take_fact(JsonReader *reader, void *user)
{
	Reading *reading = user;
	g_autofree char *id = json_string(reader, "commit");
	g_autofree char *why = json_string_or_null(reader, "why");
	RangeCommit *commit = id ? g_hash_table_lookup(reading->known, id) : NULL;

	if (!commit || commit->known)
		return;
	commit->known = true;
	commit->fact.matters = json_bool_or(reader, "matters", true);
	commit->fact.path = json_string_or_null(reader, "file");
	commit->fact.why = g_intern_string(why);
	commit->fact.files = (guint)json_int_or(reader, "files", 0, G_MAXINT, 0);
	commit->fact.same_as = json_string_or_null(reader, "same_as");
}

bool range_read(const char *folder, GPtrArray **ret_commits, GError **error)
{
	g_autoptr(GPtrArray) commits =
		g_ptr_array_new_with_free_func((GDestroyNotify)range_commit_free);
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
	Reading reading = { commits, known };

	if (!read_lines(folder, "range.jsonl", take_commit, &reading, error) ||
	    !read_lines(folder, "relevance.jsonl", take_fact, &reading, error))
		return false;
	*ret_commits = g_steal_pointer(&commits);
	return true;
}
