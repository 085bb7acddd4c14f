/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing where to look. */
#include "cmd/search_options.h"

#include "util/error.h"

#include <string.h>

enum {
	KEY_REPO = 512,
	KEY_GOOD,
	KEY_BAD,
	KEY_SKIP,
	KEY_TERM_OLD,
	KEY_TERM_NEW,
	KEY_FIND_FIX,
	KEY_FIRST_PARENT,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "Where to look:", 2 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 2 },
	{ "good", KEY_GOOD, "REV", 0,
	  "a good revision; may be given again (default: back through the tags until one is good)",
	  2 },
	{ "bad", KEY_BAD, "REV", 0, "the bad revision (default: HEAD)", 2 },
	{ "find-fix", KEY_FIND_FIX, NULL, 0,
	  "look for the first good commit: --bad is older (and may be given again), --good is "
	  "newer",
	  2 },
	{ "skip", KEY_SKIP, "REV|A..B", 0, "take these for untestable; may be given again", 2 },
	{ "first-parent", KEY_FIRST_PARENT, NULL, 0,
	  "follow only the first parents of merges down from the newer end", 2 },
	{ "term-old", KEY_TERM_OLD, "WORD", 0, "what to call the older state instead of good", 2 },
	{ "term-new", KEY_TERM_NEW, "WORD", 0, "what to call the newer state instead of bad", 2 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	SearchOptions *options = state->input;

	switch (key) {
	case KEY_REPO:
		options->repo = value;
		break;
	case KEY_GOOD:
		g_ptr_array_add(options->goods, value);
		break;
	case KEY_BAD:
		g_ptr_array_add(options->bads, value);
		break;
	case KEY_SKIP:
		g_ptr_array_add(options->skips, value);
		break;
	case KEY_TERM_OLD:
		options->term_old = value;
		break;
	case KEY_TERM_NEW:
		options->term_new = value;
		break;
	case KEY_FIND_FIX:
		options->find_fix = true;
		break;
	case KEY_FIRST_PARENT:
		options->first_parent = true;
		break;
	case ARGP_KEY_ARG:
		if (!state->quoted || state->next <= state->quoted)
			return ARGP_ERR_UNKNOWN;
		g_ptr_array_add(options->paths, value);
		break;
	case ARGP_KEY_END:
		g_ptr_array_add(options->paths, NULL);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp search_options_argp = { .options = table, .parser = parse };

void search_options_init(SearchOptions *options)
{
	*options = (SearchOptions){
		.repo = ".",
		.goods = g_ptr_array_new(),
		.bads = g_ptr_array_new(),
		.skips = g_ptr_array_new(),
		.paths = g_ptr_array_new(),
	};
}

void search_options_clear(SearchOptions *options)
{
	g_clear_pointer(&options->goods, g_ptr_array_unref);
	g_clear_pointer(&options->bads, g_ptr_array_unref);
	g_clear_pointer(&options->skips, g_ptr_array_unref);
	g_clear_pointer(&options->paths, g_ptr_array_unref);
}

void question_clear(Question *question)
{
	terms_clear(&question->terms);
	g_clear_pointer(&question->goods, g_array_unref);
	g_clear_pointer(&question->skips, g_array_unref);
	g_clear_pointer(&question->paths, g_strfreev);
}

char **question_paths(Repo *repo, const char *const *words)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new();
	g_autofree char *here = g_get_current_dir();
	const char *top = repo_workdir(repo);
	gsize len = top ? strlen(top) : 0;
	const char *below = "";

	/* As for git: in a folder of the checkout, paths are from there. */
	if (top && strncmp(here, top, len) == 0 && here[len] == '/')
		below = here + len + 1;
	for (guint i = 0; words && words[i]; i++) {
		g_autofree char *joined = NULL;
		g_autofree char *whole = NULL;

		if (below[0] == '\0' || words[i][0] == ':') {
			g_ptr_array_add(paths, g_strdup(words[i]));
			continue;
		}
		joined = g_build_filename(below, words[i], NULL);
		whole = g_canonicalize_filename(joined, "/");
		g_ptr_array_add(paths, g_strdup(whole + 1));
	}
	g_ptr_array_add(paths, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}

static bool is_end(const Question *question, const RepoId *id)
{
	if (strcmp(question->bad.hex, id->hex) == 0)
		return true;
	for (guint i = 0; i < question->goods->len; i++)
		if (strcmp(g_array_index(question->goods, RepoId, i).hex, id->hex) == 0)
			return true;
	return false;
}

static bool ask_skips(const SearchOptions *options, Repo *repo, Question *question, GError **error)
{
	for (guint i = 0; i < options->skips->len; i++) {
		const char *words = options->skips->pdata[i];
		g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(RepoId));

		if (!repo_list(repo, words, ids, error)) {
			g_prefix_error(error, "--skip: ");
			return false;
		}
		for (guint k = 0; k < ids->len; k++) {
			const RepoId *id = &g_array_index(ids, RepoId, k);

			if (!is_end(question, id))
				g_array_append_val(question->skips, *id);
			else if (!strstr(words, ".."))
				return error_usage(error,
						   "--skip %s: it is an end of the range, and has "
						   "to be tested",
						   words);
		}
	}
	return true;
}

static bool ask_ends(const SearchOptions *options, Repo *repo, Question *question, GError **error)
{
	const GPtrArray *olds = options->find_fix ? options->bads : options->goods;
	const GPtrArray *news = options->find_fix ? options->goods : options->bads;

	if (news->len > 1)
		return error_usage(error,
				   "--%s is given %u times: only the older end may be several",
				   options->find_fix ? "good" : "bad", news->len);
	if (!repo_resolve(repo, news->len ? news->pdata[0] : "HEAD", &question->bad, error))
		return false;
	for (guint i = 0; i < olds->len; i++) {
		RepoId id;

		if (!repo_resolve(repo, olds->pdata[i], &id, error))
			return false;
		if (strcmp(id.hex, question->bad.hex) == 0)
			return error_usage(
				error,
				"%s is both %s and %s: the ends of the range are the same "
				"commit",
				(const char *)olds->pdata[i], question->terms.old_name,
				question->terms.new_name);
		g_array_append_val(question->goods, id);
	}
	return true;
}

bool question_ask(const SearchOptions *options, Repo *repo, Question *ret_question, GError **error)
{
	g_auto(Question) question = { .first_parent = options->first_parent };

	question.goods = g_array_new(FALSE, TRUE, sizeof(RepoId));
	question.skips = g_array_new(FALSE, TRUE, sizeof(RepoId));
	question.paths = question_paths(repo, (const char *const *)options->paths->pdata);
	if (!terms_init(&question.terms, options->term_old, options->term_new, options->find_fix,
			error) ||
	    !ask_ends(options, repo, &question, error) ||
	    !ask_skips(options, repo, &question, error))
		return false;
	*ret_question = question;
	memset(&question, 0, sizeof(question));
	return true;
}

InquirySpec question_spec(const Question *question, Repo *repo)
{
	return (InquirySpec){
		.repo = repo,
		.bad = question->bad,
		.goods = question->goods,
		.terms = &question->terms,
		.first_parent = question->first_parent,
		.paths = (const char *const *)question->paths,
	};
}

static void add_ids(Json *json, const char *field, const GArray *ids)
{
	Json *list = json_add(json, field, json_new_array());

	for (guint i = 0; i < ids->len; i++)
		json_append_string(list, g_array_index(ids, RepoId, i).hex);
}

void question_describe(const Question *question, Json *json)
{
	bool fix = question->terms.find_fix;
	Json *part = json_add(json, "terms", json_new_object());
	g_autoptr(GArray) newer = g_array_new(FALSE, FALSE, sizeof(RepoId));

	json_add_string(part, "old", question->terms.old_name);
	json_add_string(part, "new", question->terms.new_name);
	json_add_bool(json, "find_fix", fix);
	g_array_append_val(newer, question->bad);
	add_ids(json, "good", fix ? newer : question->goods);
	add_ids(json, "bad", fix ? question->goods : newer);
	add_ids(json, "skip", question->skips);
	json_add_bool(json, "first_parent", question->first_parent);
	json_add_strings(json, "paths", (const char *const *)question->paths);
}

static GArray *read_ids(JsonReader *reader, const char *field)
{
	GArray *ids = g_array_new(FALSE, TRUE, sizeof(RepoId));
	g_auto(GStrv) list = json_strings(reader, field);

	for (guint i = 0; list && list[i]; i++) {
		RepoId id = { "" };

		if (g_strlcpy(id.hex, list[i], sizeof(id.hex)) != REPO_ID_LEN)
			json_reader_fail(reader, field, "has an id that is none");
		g_array_append_val(ids, id);
	}
	return ids;
}

void question_read(JsonReader *reader, Question *ret_question)
{
	JsonReader *terms = json_object(reader, "terms");
	g_autofree char *old_name = terms ? json_string(terms, "old") : NULL;
	g_autofree char *new_name = terms ? json_string(terms, "new") : NULL;
	bool fix = json_bool_or(reader, "find_fix", false);
	g_autoptr(GArray) goods = read_ids(reader, "good");
	g_autoptr(GArray) bads = read_ids(reader, "bad");
	const GArray *newer = fix ? goods : bads;

	*ret_question = (Question){ .goods = g_array_ref(fix ? bads : goods),
				    .skips = read_ids(reader, "skip"),
				    .paths = json_strings(reader, "paths"),
				    .first_parent = json_bool_or(reader, "first_parent", false) };
	if (newer->len == 1)
		ret_question->bad = g_array_index(newer, RepoId, 0);
	else
		json_reader_fail(reader, fix ? "good" : "bad", "must be one commit");
	if (!terms_init(&ret_question->terms, old_name, new_name, fix, NULL))
		json_reader_fail(reader, "terms", "are none");
}
