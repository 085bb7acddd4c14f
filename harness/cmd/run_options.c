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
	KEY_KCONFIG,
	KEY_CONFIG,
	KEY_IMAGE,
	KEY_CPUS,
	KEY_MEM,
	KEY_APPEND,
	KEY_TIMEOUT,
	KEY_ACCEL,
	KEY_CONNECT,
	KEY_RESULTS,
	KEY_JSON,
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
	{ NULL, 0, NULL, 0, "The kernel:", 3 },
	{ "kconfig", KEY_KCONFIG, "FRAGMENT", 0,
	  "a further fragment: a name in kconfigs/ or a file; may be given again", 3 },
	{ "config", KEY_CONFIG, "FILE", 0,
	  "a full .config, in place of the smallest kernel that the case can run on", 3 },
	{ "jobs", 'j', "N", 0, "make -j (default: all processors)", 3 },
	{ NULL, 0, NULL, 0, "The guest:", 4 },
	{ "image", KEY_IMAGE, "NAME", 0, "recipe of its disk (default: debian)", 4 },
	{ "cpus", KEY_CPUS, "N", 0, "its processors (default: the case's, else 1)", 4 },
	{ "mem", KEY_MEM, "MIB", 0, "its memory (default: the case's, else 512)", 4 },
	{ "append", KEY_APPEND, "ARGS", 0, "more words for the kernel command line", 4 },
	{ "timeout", KEY_TIMEOUT, "S", 0,
	  "seconds that a guest may take, boot and case (default: 90 with TCG, 40 with KVM, and "
	  "the case's own time)",
	  4 },
	{ "accel", KEY_ACCEL, "auto|kvm|tcg", 0, "what runs it (default: auto, by a short trial)",
	  4 },
	{ "connect", KEY_CONNECT, "URI", 0,
	  "libvirt to use, such as qemu:///session (default: its embedded driver)", 4 },
	{ NULL, 0, NULL, 0, "What comes out:", 5 },
	{ "results", KEY_RESULTS, "DIR", 0, "where the run's folder goes", 5 },
	{ "json", KEY_JSON, NULL, 0, "print the result as one JSON object on stdout", 5 },
	{ "verbose", 'v', NULL, 0, "show every phase and the guests' consoles", 5 },
	{ 0 },
};

static Accel parse_accel(const struct argp_state *state, const char *value)
{
	for (Accel accel = ACCEL_AUTO; accel <= ACCEL_TCG; accel++)
		if (g_str_equal(value, accel_name(accel)))
			return accel;
	argp_failure(state, EXIT_USAGE, 0, "--accel %s: auto, kvm or tcg is expected", value);
	return ACCEL_AUTO;
}

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
		[KEY_BAD - 256] = &options->bad,         [KEY_CONFIG - 256] = &options->config,
		[KEY_IMAGE - 256] = &options->image,     [KEY_APPEND - 256] = &options->append,
		[KEY_CONNECT - 256] = &options->connect, [KEY_RESULTS - 256] = &options->results,
	};

	if (key >= 256 && key - 256 < (int)G_N_ELEMENTS(strings) && strings[key - 256]) {
		*strings[key - 256] = value;
		return 0;
	}
	switch (key) {
	case KEY_GOOD:
		g_ptr_array_add(options->goods, value);
		break;
	case KEY_KCONFIG:
		g_ptr_array_add(options->kconfig, value);
		break;
	case KEY_TRUST_ENDS:
		options->trust_ends = true;
		break;
	case 'j':
		options->jobs = cmd_number(state, "--jobs", value, 1, 4096);
		break;
	case KEY_CPUS:
		options->cpus = cmd_number(state, "--cpus", value, 1, 255);
		break;
	case KEY_MEM:
		options->mem_mib = cmd_number(state, "--mem", value, 64, 1 << 20);
		break;
	case KEY_TIMEOUT:
		options->timeout_s = cmd_number(state, "--timeout", value, 1, 86400);
		break;
	case KEY_ACCEL:
		options->accel = parse_accel(state, value);
		break;
	case KEY_JSON:
		options->json = true;
		break;
	case 'v':
		options->verbose = true;
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
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.doc = "Find the commit that broke a case: build, boot and test the revisions that "
		       "say most, and name the first bad one.\v"
		       "Exit status: 0 found, 3 inconclusive, 128 trouble on this host, 129 usage, "
		       "130 interrupted. results/README.md describes what a run leaves behind.",
	};
	RunOptions options = {
		.repo = ".",
		.bad = "HEAD",
		.image = "debian",
		.goods = g_ptr_array_new(),
		.kconfig = g_ptr_array_new(),
	};

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	g_ptr_array_add(options.kconfig, NULL);
	return options;
}

void run_options_clear(RunOptions *options)
{
	g_clear_pointer(&options->goods, g_ptr_array_unref);
	g_clear_pointer(&options->kconfig, g_ptr_array_unref);
}
