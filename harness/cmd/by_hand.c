/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox start, good, bad, skip, terms, reset: for a person who judges revisions himself. */
#include "cmd/cmd.h"
#include "cmd/session.h"
#include "cmd/show.h"
#include "util/error.h"

#include <stdio.h>
#include <string.h>

enum { KEY_CHECKOUT = 256, KEY_RESULTS, KEY_REPO, KEY_JSON, KEY_TERM_OLD, KEY_TERM_NEW };

/* The words of all of them; strings point into argv. */
typedef struct {
	SearchOptions search;
	GPtrArray *words; /* const char * */
	const char *results;
	bool checkout;
	bool json;
	int only; /* KEY_TERM_OLD or KEY_TERM_NEW: print that alone */
} HandOptions;

static void hand_options_clear(HandOptions *options)
{
	search_options_clear(&options->search);
	g_clear_pointer(&options->words, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HandOptions, hand_options_clear)

static const struct argp_option start_table[] = {
	{ "checkout", KEY_CHECKOUT, NULL, 0,
	  "put each revision that is asked for into a work tree of bisectbox's own", 3 },
	{ "results", KEY_RESULTS, "DIR", 0, "where the records go", 3 },
	{ 0 },
};

static error_t parse_start(int key, char *value, struct argp_state *state)
{
	HandOptions *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->search;
		return 0;
	case KEY_CHECKOUT:
		options->checkout = true;
		return 0;
	case KEY_RESULTS:
		options->results = value;
		return 0;
	case ARGP_KEY_ARG:
		if (state->quoted && state->next > state->quoted)
			return ARGP_ERR_UNKNOWN;
		g_ptr_array_add(options->words, value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option repo_table[] = {
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 1 },
	{ "json", KEY_JSON, NULL, 0, "print what is next as JSON", 1 },
	{ 0 },
};

static error_t parse_words(int key, char *value, struct argp_state *state)
{
	HandOptions *options = state->input;

	switch (key) {
	case KEY_REPO:
		options->search.repo = value;
		return 0;
	case KEY_JSON:
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		g_ptr_array_add(options->words, value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static HandOptions parse(const struct argp *argp, int argc, char **argv)
{
	HandOptions options = { .words = g_ptr_array_new() };

	search_options_init(&options.search);
	cmd_parse(argp, PARSE_USUAL, argc, argv, &options, NULL);
	return options;
}

/* What every one of them says at its end. */
static int say_next(Session *session, const HandOptions *options, GCancellable *cancel)
{
	g_autoptr(GError) error = NULL;
	int status = show_session(session, options->json, cancel, &error);

	return error ? cmd_error(error) : status;
}

static bool give(Session *session, Repo *repo, const char *word, const char *name, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(RepoId));
	RepoId id;

	if (g_str_equal(word, "skip") && strstr(name, ".."))
		return repo_list(repo, name, ids, error) && session_skip(session, ids, error);
	return repo_resolve(repo, name, &id, error) && session_give(session, &id, word, error);
}

/* `git bisect start BAD GOOD...`, and the options' --bad and --good. */
static bool give_ends(Session *session, Repo *repo, const HandOptions *options, GError **error)
{
	const Terms *terms = session_terms(session);
	const SearchOptions *search = &options->search;
	const GPtrArray *news = search->find_fix ? search->goods : search->bads;
	const GPtrArray *olds = search->find_fix ? search->bads : search->goods;

	for (guint i = 0; i < news->len; i++)
		if (!give(session, repo, terms->new_name, news->pdata[i], error))
			return false;
	for (guint i = 0; i < options->words->len; i++)
		if (!give(session, repo, i ? terms->old_name : terms->new_name,
			  options->words->pdata[i], error))
			return false;
	for (guint i = 0; i < olds->len; i++)
		if (!give(session, repo, terms->old_name, olds->pdata[i], error))
			return false;
	for (guint i = 0; i < search->skips->len; i++)
		if (!give(session, repo, "skip", search->skips->pdata[i], error))
			return false;
	return true;
}

/* Wrong names are found before anything is begun. */
static bool check_words(Repo *repo, const HandOptions *options, GError **error)
{
	const GPtrArray *lists[] = { options->words, options->search.goods, options->search.bads };
	g_autoptr(GArray) skips = g_array_new(FALSE, FALSE, sizeof(RepoId));
	RepoId id;

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint k = 0; k < lists[i]->len; k++)
			if (!repo_resolve(repo, lists[i]->pdata[k], &id, error))
				return false;
	for (guint i = 0; i < options->search.skips->len; i++)
		if (!repo_list(repo, options->search.skips->pdata[i], skips, error))
			return false;
	return true;
}

int cmd_start(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &search_options_argp }, { 0 } };
	static const struct argp argp = {
		.options = start_table,
		.parser = parse_start,
		.children = children,
		.args_doc = "[BAD [GOOD...]] [-- PATH...]",
		.doc = "Begin a bisection by hand: you judge the revisions, with `bisectbox good`, "
		       "`bad` and `skip`. Your checkout, refs and git's own bisect state stay as "
		       "they are.\v"
		       "`bisectbox run --continue` goes on by itself with the verdicts given so "
		       "far.",
	};
	g_auto(HandOptions) options = parse(&argp, argc, argv);
	g_autoptr(Repo) repo = NULL;
	g_autoptr(Session) session = NULL;
	g_auto(Terms) terms = { 0 };
	g_auto(GStrv) paths = NULL;
	g_autoptr(GError) error = NULL;

	if (!repo_open(options.search.repo, &repo, &error) ||
	    !terms_init(&terms, options.search.term_old, options.search.term_new,
			options.search.find_fix, &error) ||
	    !check_words(repo, &options, &error))
		return cmd_error(error);
	paths = question_paths(repo, (const char *const *)options.search.paths->pdata);
	if (!session_start(repo, options.results, &terms, options.search.first_parent,
			   (const char *const *)paths, options.checkout, argc, argv, &session,
			   &error))
		return cmd_error(error);
	if (!give_ends(session, repo, &options, &error)) {
		session_drop(session);
		return cmd_error(error);
	}
	if (!session_keep(session, &error))
		return cmd_error(error);
	fprintf(stderr, "the records are in %s\n", session_folder(session));
	return say_next(session, &options, cancel);
}

/* Without a word: the revision that is asked for, else the one that is checked out. */
static bool give_asked(Session *session, Repo *repo, const char *word, GError **error)
{
	InquiryStep step;
	bool asked, done;

	if (!session_next(session, &step, &asked, &done, error))
		return false;
	return give(session, repo, word, asked ? step.id.hex : "HEAD", error);
}

/* argv[0] is "bisectbox WORD". */
static const char *word_of(char **argv)
{
	return strchr(argv[0], ' ') + 1;
}

/* As for git, the first verdict may choose old and new in place of good and bad. */
static bool is_old_or_new(const char *word)
{
	return g_str_equal(word, "old") || g_str_equal(word, "new");
}

int cmd_verdict(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = repo_table,
		.parser = parse_words,
		.args_doc = "[REV...]",
		.doc = "In a bisection by hand (`bisectbox start`): say what the revision that was "
		       "asked for is, or others. For `skip` a REV can be a range, A..B.",
	};
	g_auto(HandOptions) options = parse(&argp, argc, argv);
	g_autoptr(Repo) repo = NULL;
	g_autoptr(Session) session = NULL;
	g_autoptr(GError) error = NULL;
	const char *word = word_of(argv);
	const Terms *terms;

	if (!repo_open(options.search.repo, &repo, &error) || !session_load(repo, &session, &error))
		return cmd_error(error);
	if (is_old_or_new(word) && terms_are_default(session_terms(session)) &&
	    !session_rename(&session, "old", "new", argc, argv, &error))
		return cmd_error(error);
	terms = session_terms(session);
	if (!g_str_equal(word, terms->old_name) && !g_str_equal(word, terms->new_name) &&
	    !g_str_equal(word, "skip"))
		return cmd_usage_error("this bisection knows %s, %s and skip, not %s",
				       terms->old_name, terms->new_name, word);
	if (options.words->len == 0 && !give_asked(session, repo, word, &error))
		return cmd_error(error);
	for (guint i = 0; i < options.words->len; i++)
		if (!give(session, repo, word, options.words->pdata[i], &error))
			return cmd_error(error);
	return say_next(session, &options, cancel);
}

bool cmd_is_term(const char *word)
{
	g_autoptr(Repo) repo = NULL;
	g_autoptr(Session) session = NULL;

	if (!repo_open(".", &repo, NULL) || !session_load(repo, &session, NULL))
		return false;
	return is_old_or_new(word) || g_str_equal(word, session_terms(session)->old_name) ||
	       g_str_equal(word, session_terms(session)->new_name);
}

static int with_session(const struct argp *argp, int argc, char **argv, HandOptions *ret_options,
			Repo **ret_repo, Session **ret_session)
{
	g_autoptr(GError) error = NULL;

	*ret_options = parse(argp, argc, argv);
	if (ret_options->words->len)
		return cmd_usage_error("\"%s\": unexpected word",
				       (const char *)ret_options->words->pdata[0]);
	if (!repo_open(ret_options->search.repo, ret_repo, &error) ||
	    !session_load(*ret_repo, ret_session, &error))
		return cmd_error(error);
	return EXIT_GOOD;
}

static const struct argp_option terms_table[] = {
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 1 },
	{ "term-old", KEY_TERM_OLD, NULL, 0, "print only what the older state is called", 1 },
	{ "term-good", KEY_TERM_OLD, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1 },
	{ "term-new", KEY_TERM_NEW, NULL, 0, "print only what the newer state is called", 1 },
	{ "term-bad", KEY_TERM_NEW, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1 },
	{ 0 },
};

static error_t parse_terms(int key, char *value, struct argp_state *state)
{
	HandOptions *options = state->input;

	if (key != KEY_TERM_OLD && key != KEY_TERM_NEW)
		return parse_words(key, value, state);
	options->only = key;
	return 0;
}

int cmd_terms(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = terms_table,
		.parser = parse_terms,
		.doc = "What a bisection by hand calls the two states.",
	};
	g_auto(HandOptions) options = { 0 };
	g_autoptr(Repo) repo = NULL;
	g_autoptr(Session) session = NULL;
	int status = with_session(&argp, argc, argv, &options, &repo, &session);

	(void)cancel;
	if (status != EXIT_GOOD)
		return status;
	if (options.only) {
		puts(options.only == KEY_TERM_OLD ? session_terms(session)->old_name
						  : session_terms(session)->new_name);
		return EXIT_GOOD;
	}
	printf("Your current terms are %s for the old state\nand %s for the new state.\n",
	       session_terms(session)->old_name, session_terms(session)->new_name);
	return EXIT_GOOD;
}

int cmd_reset(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = repo_table,
		.parser = parse_words,
		.doc = "End a bisection by hand. Its records stay.",
	};
	g_auto(HandOptions) options = { 0 };
	g_autoptr(Repo) repo = NULL;
	g_autoptr(Session) session = NULL;
	g_autoptr(GError) error = NULL;
	int status = with_session(&argp, argc, argv, &options, &repo, &session);

	(void)cancel;
	if (status != EXIT_GOOD)
		return status;
	if (!session_forget(session, &error))
		return cmd_error(error);
	printf("ended; the records are in %s\n", session_folder(session));
	return EXIT_GOOD;
}
