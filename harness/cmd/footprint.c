/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox footprint and relevant: what a kernel is built from, which commits can matter to it. */
#include "cmd/build_options.h"
#include "cmd/cmd.h"
#include "cmd/live.h"
#include "kernel/footstore.h"
#include "revision/relevance.h"
#include "step/workshop.h"
#include "util/error.h"
#include "util/rundir.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define STORED_MAX 8 /* footprints of other revisions that are compared with */

enum { KEY_CASE = 256, KEY_KCONFIG, KEY_CONFIG, KEY_JSON };

/* As given, and what it takes to answer. */
typedef struct {
	const char *repo_path;
	const char *testcase;
	const char *config;
	GPtrArray *kconfig;
	BuildOptions build;
	unsigned jobs;
	bool json;
	const char *word;
	Live *live;
	Repo *repo;
	Workshop *shop;
	Relevance *relevance;
	GCancellable *cancel;
} Job;

static void job_clear(Job *job)
{
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->relevance, relevance_free);
	g_clear_pointer(&job->repo, repo_close);
	g_clear_pointer(&job->kconfig, g_ptr_array_unref);
	build_options_clear(&job->build);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static const struct argp_option table[] = {
	{ "repo", 'r', "PATH", 0, "the git repository (default: the one around here)", 1 },
	{ "case", KEY_CASE, "CASE", 0,
	  "the kernel is the smallest that this case can run on (default: boot)", 1 },
	{ "kconfig", KEY_KCONFIG, "FRAGMENT", 0,
	  "a further fragment: a name in kconfigs/ or a file; may be given again", 1 },
	{ "config", KEY_CONFIG, "FILE", 0, "a full .config instead", 1 },
	{ "jobs", 'j', "N", 0, "make -j (default: all processors)", 1 },
	{ "json", KEY_JSON, NULL, 0, "print JSON", 1 },
	{ 0 },
};

static const struct argp_child children[] = { { .argp = &build_options_argp }, { 0 } };

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->build;
		break;
	case 'r':
		job->repo_path = value;
		break;
	case KEY_CASE:
		job->testcase = value;
		break;
	case KEY_KCONFIG:
		g_ptr_array_add(job->kconfig, value);
		break;
	case KEY_CONFIG:
		job->config = value;
		break;
	case 'j':
		job->jobs = cmd_number(state, "--jobs", value, 1, 4096);
		break;
	case KEY_JSON:
		job->json = true;
		break;
	case ARGP_KEY_ARG:
		if (job->word)
			argp_failure(state, EXIT_USAGE, 0, "\"%s\": unexpected word", value);
		job->word = value;
		break;
	case ARGP_KEY_END:
		g_ptr_array_add(job->kconfig, NULL);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void on_notice(const char *what, const char *detail, void *user)
{
	live_notice(user, what, detail);
}

/* Kernels built earlier, with the same configuration and compiler, say what they can. */
static void take_stored(Job *job)
{
	g_auto(GStrv) trees = footstore_list(job->shop->footprints);

	for (guint i = 0; i < STORED_MAX && trees[i]; i++) {
		Footprint *footprint = footstore_load(job->shop->footprints, trees[i]);
		RepoId tree;

		if (!footprint || g_strlcpy(tree.hex, trees[i], sizeof(tree.hex)) != REPO_ID_LEN)
			footprint_free(footprint);
		else
			relevance_add_tree(job->relevance, &tree, footprint);
	}
}

static bool open_shop(Job *job, GError **error)
{
	const char *cases[] = { job->testcase, NULL };
	const WorkshopSpec spec = {
		.cases = cases,
		.kconfig = (const char *const *)job->kconfig->pdata,
		.config = job->config,
		.chain = build_options_chain(&job->build),
		.fixups = build_options_fixups(&job->build),
		.jobs = job->jobs,
		.no_boots = true,
		.notice = on_notice,
		.user = job->live,
	};

	if (!workshop_open(&spec, job->repo, job->cancel, &job->shop, error))
		return false;
	job->relevance = relevance_new(job->repo);
	job->shop->relevance = job->relevance;
	take_stored(job);
	return true;
}

/* Builds a revision, so that its footprint is known; @ret_why: why it has none, g_free(). */
static bool build(Job *job, const RepoId *id, char **ret_why, GError **error)
{
	const StepSource source = { .kind = SOURCE_REVISION, .revision = id };
	g_autoptr(RunDir) folder = rundir_new(error);
	g_auto(StepResult) result = { 0 };
	g_auto(Kernel) kernel = { 0 };

	if (!folder)
		return false;
	live_notice(job->live, "building", id->hex);
	if (!step_build(job->shop, &source, STEP_USUAL, rundir_path(folder), job->cancel, &kernel,
			&result, error))
		return false;
	if (!kernel.image)
		*ret_why = g_strdup(result.reason ? result.reason : "it cannot be built");
	return true;
}

/* The footprint of an equal build, else of one made now. */
static bool know(Job *job, const RepoId *id, const Footprint **ret_footprint, bool *ret_built,
		 char **ret_why, GError **error)
{
	*ret_built = false;
	if (relevance_find(job->relevance, id, ret_footprint))
		return true;
	*ret_built = true;
	if (!build(job, id, ret_why, error))
		return false;
	if (!*ret_why && !relevance_find(job->relevance, id, ret_footprint))
		return error_host(error, "%s was built, and its footprint is not there", id->hex);
	return true;
}

static int untestable(Job *job, const char *name, const char *why)
{
	g_clear_pointer(&job->live, live_free);
	fprintf(stderr, "bisectbox: %s cannot be built: %s\n", name, why);
	return EXIT_UNTESTABLE;
}

static int trouble(Job *job, const GError *error)
{
	g_clear_pointer(&job->live, live_free);
	return cmd_error(error);
}

/* ---- footprint ---- */

static void print_files(const Job *job, const RepoId *id, const Footprint *footprint, bool built)
{
	const GPtrArray *files = footprint_files(footprint);
	g_autoptr(Json) json = NULL;
	g_autofree char *text = NULL;
	Json *list;

	for (guint i = 0; i < files->len && !job->json; i++)
		puts(files->pdata[i]);
	if (!job->json)
		return;
	json = json_new_object();
	json_add_string(json, "schema", "bisectbox.footprint/1");
	json_add_string(json, "revision", id->hex);
	json_add_string(json, "case", job->testcase);
	json_add_bool(json, "built", built);
	list = json_add(json, "files", json_new_array());
	for (guint i = 0; i < files->len; i++)
		json_append_string(list, files->pdata[i]);
	text = json_text(json, false);
	puts(text);
}

static Job job_new(const struct argp *argp, int argc, char **argv, GCancellable *cancel)
{
	Job job = { .testcase = "boot", .kconfig = g_ptr_array_new(), .cancel = cancel };

	build_options_init(&job.build);
	cmd_parse(argp, PARSE_MIXED, argc, argv, &job, NULL);
	return job;
}

int cmd_footprint(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[REV]",
		.doc = "Print the source files that a revision's kernel is built from, as far as "
		       "its build names them; builds it where no equal build is known.\v"
		       "Exit status 125: it cannot be built.",
	};
	g_auto(Job) job = job_new(&argp, argc, argv, cancel);
	const char *name = job.word ? job.word : "HEAD";
	const Footprint *footprint = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *why = NULL;
	bool built;
	RepoId id;

	job.live = live_new(false);
	if (!repo_open(job.repo_path ? job.repo_path : ".", &job.repo, &error) ||
	    !repo_resolve(job.repo, name, &id, &error) || !open_shop(&job, &error) ||
	    !know(&job, &id, &footprint, &built, &why, &error))
		return trouble(&job, error);
	if (why)
		return untestable(&job, name, why);
	g_clear_pointer(&job.live, live_free);
	print_files(&job, &id, footprint, built);
	return EXIT_GOOD;
}

/* ---- relevant ---- */

/* What has been printed so far. */
typedef struct {
	Json *list; /* with --json */
	guint all;
	guint relevant;
	GHashTable *light; /* why a commit is left out (static) -> how many are */
} Listing;

static void listing_clear(Listing *listing)
{
	g_clear_pointer(&listing->light, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listing, listing_clear)

static void count_light(Listing *listing, const char *why)
{
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(listing->light, why));

	g_hash_table_insert(listing->light, (gpointer)why, GUINT_TO_POINTER(count + 1));
}

static int by_words(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static void print_sum(const Listing *listing)
{
	g_autoptr(GList) whys = g_hash_table_get_keys(listing->light);

	printf("%u of %u commits could matter\n", listing->relevant, listing->all);
	whys = g_list_sort(whys, by_words);
	for (GList *why = whys; why; why = why->next)
		printf("%6u cannot: %s\n",
		       GPOINTER_TO_UINT(g_hash_table_lookup(listing->light, why->data)),
		       (const char *)why->data);
}

static void list_commit(const RelevanceCommit *commit, void *user)
{
	Listing *listing = user;
	g_autofree char *subject = text_clean(commit->subject, 60);
	g_autofree char *path = text_clean(commit->path, 0);

	listing->all++;
	listing->relevant += commit->matters;
	if (!commit->matters)
		count_light(listing, commit->path ? commit->why : "no file at all");
	if (listing->list) {
		json_append(listing->list, relevance_commit_json(commit));
		return;
	}
	printf("%c %.12s %s\n", commit->matters ? '*' : ' ', commit->id, subject);
	if (!commit->path)
		printf("    %s\n",
		       commit->matters ? "nothing to compare it with" : "changes nothing");
	else
		printf("    %s: %s", path, commit->why);
	if (commit->path && !commit->matters && commit->files > 1)
		printf("; and %u more such", commit->files - 1);
	if (commit->path)
		putchar('\n');
}

static bool print_range(Job *job, const RepoRange *range, GError **error)
{
	g_auto(Listing) listing = { .list = job->json ? json_new_array() : NULL,
				    .light = g_hash_table_new(g_str_hash, g_str_equal) };
	g_autoptr(Json) json = job->json ? json_new_object() : NULL;
	g_autofree char *text = NULL;

	if (!job->json) {
		if (!relevance_range(job->relevance, range, list_commit, &listing, error))
			return false;
		print_sum(&listing);
		return true;
	}
	json_add_string(json, "schema", "bisectbox.relevant/1");
	json_add_string(json, "case", job->testcase);
	json_add(json, "commits", listing.list);
	if (!relevance_range(job->relevance, range, list_commit, &listing, error))
		return false;
	json_add_int(json, "relevant", listing.relevant);
	text = json_text(json, false);
	puts(text);
	return true;
}

static bool read_range(Job *job, RepoId *ret_good, RepoId *ret_bad, RepoRange **ret_range,
		       GError **error)
{
	const char *dots = job->word ? strstr(job->word, "..") : NULL;
	g_autofree char *good = dots ? g_strndup(job->word, (gsize)(dots - job->word)) : NULL;
	const char *bad = dots && dots[2] ? dots + 2 : "HEAD";
	RepoRangeSpec spec = { .n_goods = 1, .goods = ret_good };

	if (!dots || !*good || dots[2] == '.')
		return error_usage(error, "A..B is expected: the commits that B has and A has not");
	if (!repo_resolve(job->repo, good, ret_good, error) ||
	    !repo_resolve(job->repo, bad, ret_bad, error))
		return false;
	spec.bad = *ret_bad;
	return repo_range(job->repo, &spec, ret_range, error);
}

/* Both ends, as a search would test them first; one that cannot be built says nothing. */
static bool know_ends(Job *job, const RepoId ends[2], char **ret_why, GError **error)
{
	guint failed = 0;

	for (guint i = 0; i < 2; i++) {
		g_autofree char *why = NULL;
		bool built;

		if (!know(job, &ends[i], NULL, &built, &why, error))
			return false;
		if (!why)
			continue;
		live_event(job->live, "%.12s cannot be built: %s", ends[i].hex, why);
		g_free(*ret_why);
		*ret_why = g_steal_pointer(&why);
		failed++;
	}
	if (failed < 2)
		g_clear_pointer(ret_why, g_free);
	return true;
}

int cmd_relevant(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "A..B",
		.doc = "Print the commits of a range, oldest first, those with a star that could "
		       "matter to the kernel, each with the file that says so; from the footprints "
		       "of both ends, which are built where no equal build is known.\v"
		       "A commit without a star is tested last by `bisectbox run`, and left out "
		       "where a built kernel proves it equal. Exit status 125: neither end can be "
		       "built.",
	};
	g_auto(Job) job = job_new(&argp, argc, argv, cancel);
	g_autoptr(RepoRange) range = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *why = NULL;
	RepoId ends[2];

	job.live = live_new(false);
	if (!repo_open(job.repo_path ? job.repo_path : ".", &job.repo, &error) ||
	    !read_range(&job, &ends[0], &ends[1], &range, &error) || !open_shop(&job, &error) ||
	    !know_ends(&job, ends, &why, &error))
		return trouble(&job, error);
	if (why)
		return untestable(&job, job.word, why);
	g_clear_pointer(&job.live, live_free);
	return print_range(&job, range, &error) ? EXIT_GOOD : cmd_error(error);
}
