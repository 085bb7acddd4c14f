/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox visualize: what is left, for git log or gitk. */
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "util/error.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the terminal expects of a program that takes it over. */
static void become(char **argv)
{
	sigset_t none;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	fflush(stdout);
	execvp(argv[0], argv);
}

static bool has_display(void)
{
	g_autofree char *gitk = g_find_program_in_path("gitk");

	return gitk && (g_getenv("DISPLAY") || g_getenv("WAYLAND_DISPLAY"));
}

/* As git's own visualize: gitk on a display, else git log; other words are git log's. */
static void add_program(GPtrArray *argv, const Look *look)
{
	const GPtrArray *words = look->options.words;
	const char *const plain[] = { "log", "--oneline", "--graph" };

	if (!words->len && has_display()) {
		g_ptr_array_add(argv, g_strdup("gitk"));
		return;
	}
	g_ptr_array_add(argv, g_strdup("git"));
	g_ptr_array_add(argv, g_strdup("--git-dir"));
	g_ptr_array_add(argv, g_strdup(repo_path(look->repo)));
	if (!words->len)
		for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
			g_ptr_array_add(argv, g_strdup(plain[i]));
	for (guint i = 0; i < words->len; i++)
		g_ptr_array_add(argv, g_strdup(words->pdata[i]));
}

/* The oldest bads and all that is good bound what is left. */
static void add_bounds(GPtrArray *argv, Inquiry *inquiry)
{
	RepoRange *range = NULL;
	Search *search = inquiry_search(inquiry, &range);
	g_autoptr(GArray) ranks = search_ranking(search);
	const GArray *goods;
	const RepoId *bad = inquiry_ends(inquiry, &goods);

	/* what reaches the others comes last in the graph's order */
	for (guint i = 0; i < ranks->len; i++) {
		const SearchRank *rank = &g_array_index(ranks, SearchRank, i);

		if (search_label(search, rank->node) == VERDICT_BAD)
			bad = &g_array_index(range->ids, RepoId, rank->node);
	}
	g_ptr_array_add(argv, g_strdup(bad->hex));
	g_ptr_array_add(argv, g_strdup("--not"));
	for (guint i = 0; i < goods->len; i++)
		g_ptr_array_add(argv, g_strdup(g_array_index(goods, RepoId, i).hex));
	for (Node node = 0; node < range->ids->len; node++)
		if (search_label(search, node) == VERDICT_GOOD)
			g_ptr_array_add(argv,
					g_strdup(g_array_index(range->ids, RepoId, node).hex));
}

/* From the first word on all is git's, up to "--". */
static error_t parse_visualize(int key, char *value, struct argp_state *state)
{
	LookOptions *options = state->input;

	if (key != ARGP_KEY_ARG || state->quoted)
		return look_parse(key, value, state);
	g_ptr_array_add(options->words, value);
	while (state->next < state->argc && strcmp(state->argv[state->next], "--") != 0)
		g_ptr_array_add(options->words, state->argv[state->next++]);
	return 0;
}

int cmd_visualize(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &search_options_argp }, { 0 } };
	static const struct argp argp = {
		.parser = parse_visualize,
		.children = children,
		.args_doc = "[log [OPTION...]] [-- PATH...]",
		.doc = "Show what could still be the culprit, with gitk where there is a display, "
		       "else "
		       "with git log; of the bisection by hand where no ends are given.\v"
		       "Words after the options are a git command and its options. git is needed.",
	};
	g_auto(Look) look = { .options = look_options(&argp, argc, argv) };
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	const char *const *paths;
	InquiryStep step;
	bool done;

	(void)cancel;
	if (!look_at(&look, &error) || !inquiry_next(look.inquiry, &step, &done, &error))
		return cmd_error(error);
	paths = look.session ? session_paths(look.session)
			     : (const char *const *)look.question.paths;
	add_program(words, &look);
	add_bounds(words, look.inquiry);
	g_ptr_array_add(words, g_strdup("--"));
	for (guint i = 0; paths && paths[i]; i++)
		g_ptr_array_add(words, g_strdup(paths[i]));
	g_ptr_array_add(words, NULL);
	become((char **)words->pdata);
	error_host(&error, "cannot run %s: %s: apt install git", (const char *)words->pdata[0],
		   g_strerror(errno));
	return cmd_error(error);
}
