/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the words of a command line could go on, for all shells. */
#include "cmd/complete.h"

#include "caches.h"
#include "cmd/options.h"
#include "image/imported.h"
#include "repo/repo.h"
#include "testcase/testcase.h"
#include "util/error.h"
#include "util/paths.h"

#include <stdio.h>
#include <string.h>

#define REVISIONS_MAX 20000

/* What is being completed. */
typedef struct {
	const char *stem;   /* the word as far as it is typed, less @prefix */
	const char *prefix; /* what of it stays: "--good=", or "v6.1.." */
	const char *repo;
	const char *results; /* or NULL */
} Ask;

static void offer(const Ask *ask, const char *word, const char *about)
{
	if (!g_str_has_prefix(word, ask->stem) || strpbrk(word, "\t\n"))
		return;
	printf("%s%s%s%s\n", ask->prefix, word, about ? "\t" : "", about ? about : "");
}

static void offer_all(const Ask *ask, char *const *words)
{
	for (; words && *words; words++)
		offer(ask, *words, NULL);
}

/* ---- what values can be ---- */

static void offer_revisions(const Ask *ask)
{
	g_autoptr(Repo) repo = NULL;
	g_auto(GStrv) names = NULL;
	const char *dots = g_strrstr(ask->stem, "..");
	g_autofree char *prefix = NULL;
	Ask end = *ask;

	if (dots) { /* A..B: the second end */
		prefix = g_strdup_printf("%s%.*s", ask->prefix, (int)(dots + 2 - ask->stem),
					 ask->stem);
		end.prefix = prefix;
		end.stem = dots + 2;
	}
	if (!repo_open(ask->repo, &repo, NULL))
		return;
	names = repo_names(repo, end.stem, REVISIONS_MAX);
	offer_all(&end, names);
}

static void offer_cases(const Ask *ask)
{
	g_auto(GStrv) names = case_names();

	for (char **name = names; *name; name++) {
		g_autoptr(Case) testcase = NULL;

		offer(ask, *name, case_load(*name, &testcase, NULL) ? testcase->title : NULL);
	}
}

static void offer_imported(const Ask *ask)
{
	g_autoptr(GPtrArray) list = imported_list();

	for (guint i = 0; i < list->len; i++) {
		const Imported *imported = list->pdata[i];

		offer(ask, imported->image->name, imported->title);
	}
}

static void offer_images(const Ask *ask)
{
	g_auto(GStrv) names = recipe_names();

	for (char **name = names; *name; name++) {
		g_autoptr(Recipe) recipe = NULL;

		offer(ask, *name, recipe_load(*name, &recipe, NULL) ? recipe->title : NULL);
	}
	offer_imported(ask);
}

static void offer_fragments(const Ask *ask)
{
	g_autofree char *folder = paths_data("kconfigs");
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *name = g_strdup(file);

		if (!g_str_has_suffix(name, ".config"))
			continue;
		name[strlen(name) - strlen(".config")] = '\0';
		offer(ask, name, NULL);
	}
}

/* Folders of results that have a run.json. */
static void offer_runs(const Ask *ask)
{
	g_autofree char *standard = paths_results();
	const char *results = ask->results ? ask->results : standard;
	g_autoptr(GDir) dir = g_dir_open(results, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *record = g_build_filename(results, name, "run.json", NULL);

		if (g_file_test(record, G_FILE_TEST_EXISTS))
			offer(ask, name, NULL);
	}
}

static void offer_kinds(const Ask *ask)
{
	for (CacheKind kind = 0; kind < CACHE_KINDS; kind++)
		offer(ask, cache_kind_name(kind), NULL);
	offer(ask, "all", NULL);
}

static void offer_commands(const Ask *ask)
{
	for (const Command *command = commands; command->name; command++)
		offer(ask, command->name, command->summary);
}

static void offer_files(const Ask *ask)
{
	(void)ask;
	puts(":files");
}

static void offer_folders(const Ask *ask)
{
	(void)ask;
	puts(":folders");
}

/* The names that values have in argp tables. One that is not here is completed with nothing. */
static const struct {
	const char *name;
	void (*offer)(const Ask *ask);
} kinds[] = {
	{ "REV", offer_revisions },
	{ "A..B", offer_revisions },
	{ "BAD", offer_revisions },
	{ "GOOD", offer_revisions },
	{ "COMMIT", offer_revisions },
	{ "BRANCH", offer_revisions },
	{ "BASE..TIP", offer_revisions },
	{ "CASE", offer_cases },
	{ "IMAGE", offer_images },
	{ "FRAGMENT", offer_fragments },
	{ "RUN", offer_runs },
	{ "KIND", offer_kinds },
	{ "COMMAND", offer_commands },
	{ "FILE", offer_files },
	{ "PATH", offer_files },
	{ "PATCH", offer_files },
	{ "BZIMAGE", offer_files },
	{ "DISK", offer_files },
	{ "RUN", offer_folders },
	{ "FOLDER", offer_folders },
	{ "DIR", offer_folders },
	{ "FRAGMENT", offer_files },
};

/* "CASE|FOLDER|all": each of them; what begins with a small letter stands for itself. */
static void offer_value(const Ask *ask, const char *names)
{
	g_auto(GStrv) parts = g_strsplit(names, "|", -1);
	void (*last)(const Ask *ask) = NULL; /* "REV|A..B" is one kind of thing */

	for (char **part = parts; *part; part++) {
		if (g_ascii_islower(**part))
			offer(ask, *part, NULL);
		for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
			if (!g_str_equal(*part, kinds[i].name) || kinds[i].offer == last)
				continue;
			last = kinds[i].offer;
			last(ask);
		}
	}
}

/* ---- where in the words ---- */

static void offer_options(const Ask *ask, const Options *options)
{
	static const char *const argps_own[] = { "--help", "--usage" };

	for (guint i = 0; i < options->options->len; i++) {
		const Option *option = &g_array_index(options->options, Option, i);
		g_autofree char *word =
			g_strconcat("--", option->name, option->value ? "=" : NULL, NULL);

		if (!option->hidden)
			offer(ask, word, option->doc);
	}
	for (guint i = 0; i < G_N_ELEMENTS(argps_own); i++)
		offer(ask, argps_own[i], NULL);
}

/* The words of a line of args_doc: "list [IMAGE]" is "list", "IMAGE"; *ret_rest: the last repeats.
 */
static char **usage_words(const char *usage, bool *ret_rest)
{
	g_autoptr(GString) plain = g_string_new(NULL);
	g_autofree char *before = g_strndup(usage, strcspn(usage, "-"));
	g_auto(GStrv) words = NULL;
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();

	for (const char *c = before; *c; c++)
		if (*c != '[' && *c != ']')
			g_string_append_c(plain, *c);
	*ret_rest = g_string_replace(plain, "...", "", 0) > 0;
	words = g_strsplit(plain->str, " ", -1);
	for (char **word = words; *word; word++)
		if (**word)
			g_strv_builder_add(list, *word);
	return g_strv_builder_end(list);
}

/* Whether the words so far could be of this usage: actions are the same. */
static bool is_usage(char *const *usage, const GPtrArray *plain)
{
	for (guint i = 0; i < plain->len && usage[i]; i++)
		if (g_ascii_islower(usage[i][0]) && !g_str_equal(usage[i], plain->pdata[i]))
			return false;
	return true;
}

static void offer_plain(const Ask *ask, const struct argp *argp, const Words *words)
{
	g_auto(GStrv) usages = g_strsplit(argp->args_doc ? argp->args_doc : "", "\n", -1);

	for (char **usage = usages; *usage; usage++) {
		bool rest;
		g_auto(GStrv) names = usage_words(*usage, &rest);
		guint n = g_strv_length(names);
		guint at = words->plain->len;

		if (n && is_usage(names, words->plain) && (at < n || rest))
			offer_value(ask, names[MIN(at, n - 1)]);
	}
}

int complete_words(const struct argp *argp, char **argv)
{
	g_autoptr(Options) options = options_list(argp);
	guint n = g_strv_length(argv);
	g_autofree char *last = g_strdup(n ? argv[n - 1] : "");
	g_autofree char *prefix = NULL;
	char *equals = g_str_has_prefix(last, "--") ? strchr(last, '=') : NULL;
	const Option *option = NULL;
	Ask ask = { .stem = last, .prefix = "" };

	if (n)
		argv[n - 1] = NULL;
	g_auto(Words) words = words_read(options, argv);
	ask.repo = words_value(&words, "repo") ? words_value(&words, "repo") : ".";
	ask.results = words_value(&words, "results");
	if (words.pending) {
		offer_value(&ask, words.pending->value);
	} else if (words.dashes) {
		puts(":files");
	} else if (equals) {
		option = options_find(options, last + 2, (gsize)(equals - last - 2));
		prefix = g_strndup(last, (gsize)(equals + 1 - last));
		ask.prefix = prefix;
		ask.stem = equals + 1;
		if (option && option->value)
			offer_value(&ask, option->value);
	} else if (last[0] == '-') {
		offer_options(&ask, options);
	} else {
		offer_plain(&ask, argp->args_doc || !argp->children ? argp : argp->children->argp,
			    &words);
	}
	return EXIT_GOOD;
}

int complete_command(int argc, char **argv)
{
	const Command *command = argc > 1 ? command_find(argv[0]) : NULL;
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autofree char *name = NULL;
	Ask ask = { .stem = argc ? argv[0] : "", .prefix = "" };

	if (argc <= 1) {
		offer_commands(&ask);
		offer(&ask, "--help", NULL);
		offer(&ask, "--version", NULL);
	}
	if (!command)
		return EXIT_GOOD;
	name = g_strconcat("bisectbox ", command->name, NULL);
	g_ptr_array_add(words, name);
	g_ptr_array_add(words, (char *)COMPLETE_WORD);
	for (int i = 1; i <= argc; i++)
		g_ptr_array_add(words, argv[i]);
	return command->run(argc + 1, (char **)words->pdata, NULL);
}
