/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing `bisectbox run`. */
#include "cmd/run_options.h"

#include "cmd/cmd.h"
#include "util/error.h"

enum {
	KEY_CASE = 256,
	KEY_EXEC,
	KEY_CRASH,
	KEY_REPO,
	KEY_GOOD,
	KEY_BAD,
	KEY_TRUST_ENDS,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to find:", 1 },
	{ "case", KEY_CASE, "NAME|FOLDER", 0, "the case that judges each kernel", 1 },
	{ "crash", KEY_CRASH, "REGEX", 0,
	  "with --case crash: this on the console is bad; other crashes are skipped", 1 },
	{ "exec", KEY_EXEC, "COMMAND", 0,
	  "instead of --case: run COMMAND in each revision's tree, with git bisect run's exit "
	  "codes",
	  1 },
	{ NULL, 0, NULL, 0, "Where to look:", 2 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 2 },
	{ "good", KEY_GOOD, "REV", 0,
	  "a good revision; may be given again (default: back through the tags until one is good)",
	  2 },
	{ "bad", KEY_BAD, "REV", 0, "the bad revision (default: HEAD)", 2 },
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
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	RunOptions *options = state->input;
	const char **strings[] = {
		[KEY_CASE - 256] = &options->testcase,   [KEY_EXEC - 256] = &options->exec,
		[KEY_CRASH - 256] = &options->signature, [KEY_REPO - 256] = &options->repo,
		[KEY_BAD - 256] = &options->bad,
	};

	if (key >= 256 && key - 256 < (int)G_N_ELEMENTS(strings) && strings[key - 256]) {
		*strings[key - 256] = value;
		return 0;
	}
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->guest;
		break;
	case KEY_GOOD:
		g_ptr_array_add(options->goods, value);
		break;
	case KEY_TRUST_ENDS:
		options->trust_ends = true;
		break;
	case ARGP_KEY_ARG:
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

RunOptions run_options_parse(int argc, char **argv)
{
	static const struct argp_child children[] = { { .argp = &guest_options_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.doc = "Find the commit that broke a case: build, boot and test the revisions that "
		       "say most, and name the first bad one.\v"
		       "Exit status: 0 found, 3 inconclusive, 128 trouble on this host, 129 usage, "
		       "130 interrupted. results/README.md describes what a run leaves behind.",
	};
	RunOptions options = {
		.repo = ".",
		.bad = "HEAD",
		.goods = g_ptr_array_new(),
	};

	guest_options_init(&options.guest);

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	return options;
}

void run_options_clear(RunOptions *options)
{
	g_clear_pointer(&options->goods, g_ptr_array_unref);
	guest_options_clear(&options->guest);
}
