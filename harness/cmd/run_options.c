/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing `bisectbox run`. */
#include "cmd/run_options.h"

#include "cmd/cmd.h"
#include "util/error.h"

enum {
	KEY_CASE = 256,
	KEY_EXEC,
	KEY_CRASH,
	KEY_TRUST_ENDS,
	KEY_CONTINUE,
	KEY_PRIOR,
	KEY_SPECULATE,
	KEY_FRESH,
	KEY_REPAIR,
	KEY_VERIFY_REVERT,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to find:", 1 },
	{ "case", KEY_CASE, "CASE|FOLDER", 0, "the case that judges each kernel", 1 },
	{ "crash", KEY_CRASH, "REGEX", 0,
	  "with --case crash: this on the console is bad; other crashes are skipped", 1 },
	{ "exec", KEY_EXEC, "COMMAND", 0,
	  "instead of --case: run COMMAND in each revision's tree, with git bisect run's exit "
	  "codes",
	  1 },
	{ "continue", KEY_CONTINUE, NULL, 0,
	  "go on with what was begun by hand (`bisectbox start`), with the verdicts given", 2 },
	{ "fresh", KEY_FRESH, NULL, 0,
	  "begin anew, also where a run over the same question was interrupted", 2 },
	{ "prior", KEY_PRIOR, "uniform|touched", 0,
	  "touched: commits that touch files which the case, or a bad kernel's console, names "
	  "count ten times as much (default: uniform)",
	  2 },
	{ "speculate", KEY_SPECULATE, "on|off|auto", 0,
	  "while a guest runs, build the revision that will most likely come next (default: auto, "
	  "which is on with more than two processors)",
	  2 },
	{ "repair", KEY_REPAIR, NULL, 0,
	  "where untestable revisions hide the culprit: test them with the later commits applied "
	  "whose Fixes: names one of them",
	  2 },
	{ "verify-revert", KEY_VERIFY_REVERT, NULL, 0,
	  "then revert the culprit in memory on top of the bad end, and test whether that mends it",
	  2 },
	{ "trust-ends", KEY_TRUST_ENDS, NULL, 0, "do not test good and bad first", 2 },
	{ 0 },
};

static void check(const struct argp_state *state, const RunOptions *options)
{
	if (!options->testcase && !options->exec)
		argp_failure(state, EXIT_USAGE, 0,
			     "--case NAME is needed (`bisectbox case list` shows them), or --exec");
	if (options->testcase && options->exec)
		argp_failure(state, EXIT_USAGE, 0, "--case and --exec exclude each other");
	if (options->exec && options->signature)
		argp_failure(state, EXIT_USAGE, 0, "--crash goes with --case crash, not --exec");
	if (options->quilt.folder &&
	    (options->go_on || options->search.goods->len || options->search.bads->len))
		argp_failure(state, EXIT_USAGE, 0,
			     "--quilt has ends of its own: not with --good, --bad or --continue");
	if (options->go_on &&
	    (options->search.goods->len || options->search.bads->len || options->search.find_fix ||
	     options->search.first_parent || options->search.term_old || options->search.term_new ||
	     options->search.paths->len > 1))
		argp_failure(state, EXIT_USAGE, 0,
			     "--continue takes ends, terms and limits from what was begun by hand");
}

static bool parse_speculate(const struct argp_state *state, const char *value)
{
	if (g_str_equal(value, "auto"))
		return g_get_num_processors() > 2;
	if (!g_str_equal(value, "on") && !g_str_equal(value, "off"))
		argp_failure(state, EXIT_USAGE, 0, "--speculate %s: on, off or auto is expected",
			     value);
	return g_str_equal(value, "on");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	RunOptions *options = state->input;
	const char **strings[] = {
		[KEY_CASE - 256] = &options->testcase,
		[KEY_EXEC - 256] = &options->exec,
		[KEY_CRASH - 256] = &options->signature,
	};

	if (key >= 256 && key - 256 < (int)G_N_ELEMENTS(strings) && strings[key - 256]) {
		*strings[key - 256] = value;
		return 0;
	}
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->search;
		state->child_inputs[1] = &options->guest;
		state->child_inputs[2] = &options->doubt;
		state->child_inputs[3] = &options->quilt;
		break;
	case KEY_SPECULATE:
		options->speculate = parse_speculate(state, value);
		break;
	case KEY_REPAIR:
		options->repair = true;
		break;
	case KEY_VERIFY_REVERT:
		options->verify_revert = true;
		break;
	case KEY_TRUST_ENDS:
		options->trust_ends = true;
		break;
	case KEY_PRIOR:
		options->touched = g_str_equal(value, "touched");
		if (!options->touched && !g_str_equal(value, "uniform"))
			argp_failure(state, EXIT_USAGE, 0,
				     "--prior %s: uniform or touched is expected", value);
		break;
	case KEY_FRESH:
		options->fresh = true;
		break;
	case KEY_CONTINUE:
		options->go_on = true;
		break;
	case ARGP_KEY_ARG:
		if (state->quoted && state->next > state->quoted)
			return ARGP_ERR_UNKNOWN;
		argp_failure(state, EXIT_USAGE, 0, "\"%s\": unexpected word; see --help", value);
		break;
	case ARGP_KEY_END:
		check(state, options);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

RunOptions run_options_parse(int argc, char **argv, ParseFlags flags, char ***ret_words)
{
	static const struct argp_child children[] = { { .argp = &search_options_argp },
						      { .argp = &guest_options_argp },
						      { .argp = &doubt_options_argp },
						      { .argp = &quilt_options_argp },
						      { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "[-- PATH...]",
		.children = children,
		.doc = "Find the commit that broke a case: build, boot and test the revisions that "
		       "say most, and name the first bad one. With PATHs only commits that change "
		       "them are looked at.\v"
		       "Exit status: 0 found, 3 inconclusive, 128 trouble on this host, 129 usage, "
		       "130 interrupted. results/README.md describes what a run leaves behind.",
	};
	RunOptions options = { .speculate = g_get_num_processors() > 2 };

	search_options_init(&options.search);
	guest_options_init(&options.guest);
	doubt_options_init(&options.doubt);

	cmd_parse(&argp, flags, argc, argv, &options, ret_words);
	return options;
}

void run_options_clear(RunOptions *options)
{
	search_options_clear(&options->search);
	guest_options_clear(&options->guest);
	quilt_options_clear(&options->quilt);
}
