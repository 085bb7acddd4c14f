/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at a search: what it is about. */
#include "cmd/look.h"

#include "cmd/cmd.h"
#include "util/error.h"

void look_clear(Look *look)
{
	inquiry_free(look->own);
	session_free(look->session);
	question_clear(&look->question);
	repo_close(look->repo);
	search_options_clear(&look->options.search);
	g_clear_pointer(&look->options.words, g_ptr_array_unref);
}

error_t look_parse(int key, char *value, struct argp_state *state)
{
	LookOptions *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		if (options->limits)
			state->child_inputs[0] = &options->search;
		return 0;
	case LOOK_ALL:
		options->all = true;
		return 0;
	case LOOK_TOGETHER:
		options->together = cmd_number(state, "--together", value, 1, SEARCH_TOGETHER_MAX);
		return 0;
	case LOOK_JSON:
		options->json = true;
		return 0;
	case LOOK_REPO:
		options->search.repo = value;
		return 0;
	case ARGP_KEY_ARG:
		if (options->limits && state->quoted && state->next > state->quoted)
			return ARGP_ERR_UNKNOWN;
		g_ptr_array_add(options->words, value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

LookOptions look_options(const struct argp *argp, int argc, char **argv)
{
	LookOptions options = { .words = g_ptr_array_new(), .limits = argp->children != NULL };

	search_options_init(&options.search);
	cmd_parse(argp, PARSE_USUAL, argc, argv, &options, NULL);
	return options;
}

static bool has_ends(const SearchOptions *search)
{
	return search->goods->len || search->bads->len;
}

static bool look_at_words(Look *look, GError **error)
{
	const SearchOptions *search = &look->options.search;

	if (!question_ask(search, look->repo, &look->question, error))
		return false;
	if (!look->question.goods->len)
		return error_usage(error, "--%s REV is needed", search->find_fix ? "bad" : "good");
	look->spec = question_spec(&look->question, look->repo);
	look->spec.trust_ends = true;
	look->terms = &look->question.terms;
	if (!inquiry_new(&look->spec, &look->own, error))
		return false;
	look->inquiry = look->own;
	for (guint i = 0; i < look->question.skips->len; i++)
		inquiry_skip(look->own, &g_array_index(look->question.skips, RepoId, i));
	return true;
}

bool look_at(Look *look, GError **error)
{
	g_autofree char *missing = NULL;

	if (!repo_open(look->options.search.repo, &look->repo, error))
		return false;
	if (has_ends(&look->options.search))
		return look_at_words(look, error);
	if (!session_load(look->repo, &look->session, error)) {
		g_prefix_error(error, "give --good and --bad; or: ");
		return false;
	}
	missing = session_missing(look->session);
	if (missing)
		return error_usage(error, "the bisection by hand still waits for %s", missing);
	look->inquiry = session_inquiry(look->session);
	look->terms = session_terms(look->session);
	return true;
}
