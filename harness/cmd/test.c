/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox test: cases times kernels. */
#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/guest_options.h"
#include "cmd/newrun.h"
#include "kernel/version.h"
#include "matrix.h"
#include "report/matrix.h"
#include "util/error.h"
#include "util/paths.h"
#include "util/slot.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	KEY_CASE = 256,
	KEY_CRASH,
	KEY_REPO,
	KEY_KERNEL,
	KEY_TREE,
	KEY_REPEAT,
};

#define REPEAT_MAX 10000

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to test with:", 1 },
	{ "case", KEY_CASE, "CASE|FOLDER|all", 0,
	  "a case, or all that are shipped (crash only with --crash); may be given again", 1 },
	{ "crash", KEY_CRASH, "REGEX", 0, "with --case crash: this on the console is bad", 1 },
	{ "repeat", KEY_REPEAT, "N", 0, "run each case N times, each in a boot of its own", 1 },
	{ NULL, 0, NULL, 0, "What to test, besides revisions:", 2 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 2 },
	{ "tree", KEY_TREE, "PATH", 0, "a source tree; only read; may be given again", 2 },
	{ "kernel", KEY_KERNEL, "BZIMAGE", 0, "a kernel that is built already; may be given again",
	  2 },
	{ 0 },
};

/* A kernel to test, and what its MatrixKernel points at. */
typedef struct {
	MatrixKernel kernel;
	RepoId id;
	char *subject;
	char *path;
	char *home;
	int lock;
} Item;

typedef struct {
	GPtrArray *cases;     /* const char *, as given */
	GPtrArray *revisions; /* likewise */
	GPtrArray *trees;
	GPtrArray *kernels;
	const char *signature;
	const char *repo_path;
	unsigned repeat;
	GuestOptions guest;

	Repo *repo;
	Workshop *shop;
	GPtrArray *items; /* Item, in the order that they are tested */
	Live *live;
	MatrixLayout layout;
} Job;

static void item_free(Item *item)
{
	if (item->lock >= 0)
		close(item->lock);
	g_free(item->subject);
	g_free(item->path);
	g_free(item->home);
	g_free(item);
}

static void job_clear(Job *job)
{
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->repo, repo_close);
	g_ptr_array_unref(job->cases);
	g_ptr_array_unref(job->revisions);
	g_ptr_array_unref(job->trees);
	g_ptr_array_unref(job->kernels);
	g_ptr_array_unref(job->items);
	guest_options_clear(&job->guest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->guest;
		break;
	case KEY_CASE:
		g_ptr_array_add(job->cases, value);
		break;
	case KEY_CRASH:
		job->signature = value;
		break;
	case KEY_REPO:
		job->repo_path = value;
		break;
	case KEY_TREE:
		g_ptr_array_add(job->trees, value);
		break;
	case KEY_KERNEL:
		g_ptr_array_add(job->kernels, value);
		break;
	case KEY_REPEAT:
		job->repeat = cmd_number(state, "--repeat", value, 1, REPEAT_MAX);
		break;
	case ARGP_KEY_ARG:
		g_ptr_array_add(job->revisions, value);
		break;
	case ARGP_KEY_END:
		if (!job->cases->len)
			argp_failure(state, EXIT_USAGE, 0,
				     "--case NAME is needed (`bisectbox case list` shows them)");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- what is tested ---- */

static Item *new_item(Job *job)
{
	Item *item = g_new0(Item, 1);

	item->lock = -1;
	g_ptr_array_add(job->items, item);
	return item;
}

static bool add_revision(Job *job, const char *name, GError **error)
{
	Item *item = new_item(job);
	g_auto(RepoCommit) commit = { 0 };

	if (!repo_resolve(job->repo, name, &item->id, error) ||
	    !repo_commit(job->repo, &item->id, &commit, error))
		return false;
	item->subject = g_steal_pointer(&commit.subject);
	item->kernel = (MatrixKernel){
		.source = { .kind = SOURCE_REVISION, .revision = &item->id },
		.name = name,
		.revision = item->id.hex,
		.subject = item->subject,
	};
	return true;
}

/* The kernel's makefiles refuse to build elsewhere from a tree that was built in. */
static bool check_tree(const char *path, GError **error)
{
	static const char *const needed[] = { "Makefile", "Kconfig" };
	static const char *const built[] = { ".config", "include/config" };

	for (guint i = 0; i < G_N_ELEMENTS(needed); i++) {
		g_autofree char *file = g_build_filename(path, needed[i], NULL);

		if (!g_file_test(file, G_FILE_TEST_EXISTS))
			return error_usage(error, "--tree %s: no kernel tree: there is no %s", path,
					   needed[i]);
	}
	for (guint i = 0; i < G_N_ELEMENTS(built); i++) {
		g_autofree char *file = g_build_filename(path, built[i], NULL);

		if (g_file_test(file, G_FILE_TEST_EXISTS))
			return error_usage(
				error,
				"--tree %s: a kernel was built in it (there is %s): type "
				"make mrproper there, or give a copy",
				path, built[i]);
	}
	return true;
}

static bool add_tree(Job *job, const char *name, GError **error)
{
	Item *item = new_item(job);
	g_autofree char *trees = paths_cache("trees");
	Version version;

	item->path = g_canonicalize_filename(name, NULL);
	if (!check_tree(item->path, error) ||
	    !slot_take(trees, item->path, &item->home, &item->lock, error))
		return false;
	if (kernel_tree_version(item->path, &version))
		item->subject = g_strdup_printf("Linux %u.%u.%u", version.part[0], version.part[1],
						version.part[2]);
	item->kernel = (MatrixKernel){
		.source = { .kind = SOURCE_TREE, .path = item->path, .home = item->home },
		.name = name,
		.subject = item->subject,
	};
	return true;
}

static bool add_kernel(Job *job, const char *name, GError **error)
{
	Item *item = new_item(job);
	g_autofree char *text = NULL;
	Version version;

	item->path = g_canonicalize_filename(name, NULL);
	if (!kernel_image_version(item->path, &version, &text, error))
		return false;
	item->subject = g_strdup_printf("Linux %s", text);
	item->kernel = (MatrixKernel){
		.source = { .kind = SOURCE_KERNEL, .path = item->path },
		.name = name,
		.subject = item->subject,
	};
	return true;
}

static bool add_all(Job *job, const GPtrArray *names,
		    bool (*add)(Job *job, const char *name, GError **error), GError **error)
{
	for (guint i = 0; i < names->len; i++)
		if (!add(job, names->pdata[i], error))
			return false;
	return true;
}

static bool collect(Job *job, GError **error)
{
	if (!job->revisions->len && !job->trees->len && !job->kernels->len)
		return error_usage(error, "nothing to test: give revisions, --tree or --kernel");
	if (job->trees->len && *build_options_fixups(&job->guest.build))
		return error_usage(error, "--fixup goes with revisions: a --tree is only read");
	if (job->revisions->len && !repo_open(job->repo_path, &job->repo, error))
		return false;
	return add_all(job, job->revisions, add_revision, error) &&
	       add_all(job, job->trees, add_tree, error) &&
	       add_all(job, job->kernels, add_kernel, error);
}

/* "all" stands for every shipped case that the words given are enough for. */
static char **case_words(const Job *job)
{
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();

	for (guint i = 0; i < job->cases->len; i++) {
		g_auto(GStrv) names = NULL;

		if (!g_str_equal(job->cases->pdata[i], "all")) {
			g_strv_builder_add(words, job->cases->pdata[i]);
			continue;
		}
		names = case_names();
		for (char **name = names; *name; name++) {
			g_autoptr(Case) testcase = NULL;

			if (!case_load(*name, &testcase, NULL) || testcase->judge != JUDGE_CRASH ||
			    job->signature)
				g_strv_builder_add(words, *name);
		}
	}
	return g_strv_builder_end(words);
}

/* ---- what is told ---- */

static void on_begin(const MatrixRow *row, void *user)
{
	Job *job = user;
	g_autofree char *leaf = g_path_get_basename(row->name);
	StepRecord step = { .number = row->number,
			    .revision = row->revision ? row->revision : leaf,
			    .subject = row->subject ? row->subject : (char *)"" };

	live_begin(job->live, &step, job->items->len - row->number);
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	Job *job = user;
	g_autofree char *line = report_matrix_row(job->layout, matrix, row);
	const StepRecord step = { .wall_ms = row->wall_ms };

	live_took(job->live, &step);
	if (row->cells[0].result.note)
		live_event(job->live, "%s: %s", row->name, row->cells[0].result.note);
	if (job->guest.json)
		return;
	live_pause(job->live);
	cmd_print(stdout, line);
	fflush(stdout);
}

static void on_note(const char *text, void *user)
{
	live_event(((Job *)user)->live, "%s", text);
}

static void print_head(Job *job)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GPtrArray) cases = g_ptr_array_new();
	g_autofree char *head = NULL;

	for (guint i = 0; i < job->items->len; i++)
		g_ptr_array_add(names, (gpointer)((Item *)job->items->pdata[i])->kernel.name);
	for (guint i = 0; i < job->shop->cases->len; i++)
		g_ptr_array_add(cases, ((Case *)job->shop->cases->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	g_ptr_array_add(cases, NULL);
	job->layout = report_matrix_layout((const char *const *)names->pdata,
					   (const char *const *)cases->pdata, job->repeat);
	head = report_matrix_head(job->layout, (const char *const *)cases->pdata);
	if (!job->guest.json) {
		live_pause(job->live);
		fputs(head, stdout);
		fflush(stdout);
	}
}

static bool write_report(const Job *job, Run *run, const Matrix *matrix, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = report_matrix_json(matrix, folder);
	g_autofree char *text = report_matrix_text(matrix, folder);
	g_autofree char *foot = report_matrix_foot(matrix, folder);
	const Answer answer = { json, text, foot, job->guest.json };

	return answer_give(&answer, run, error);
}

static bool open_run(const Job *job, int argc, char **argv, Run **ret_run, GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);
	Json *list;

	json_add_string(json, "repository", job->repo ? repo_path(job->repo) : NULL);
	list = json_add(json, "kernels", json_new_array());
	for (guint i = 0; i < job->items->len; i++)
		json_append_string(list, ((Item *)job->items->pdata[i])->kernel.name);
	json_add_int(json, "repeat", job->repeat);
	json_add(json, "workshop", workshop_describe(job->shop));
	return newrun_open(&job->guest, "test", json, ret_run, error);
}

static int exit_code(const Matrix *matrix)
{
	switch (matrix_verdict(matrix)) {
	case VERDICT_GOOD:
		return EXIT_GOOD;
	case VERDICT_BAD:
		return EXIT_BAD;
	default:
		return EXIT_UNTESTABLE;
	}
}

static int test(Job *job, int argc, char **argv, GCancellable *cancel, GError **error)
{
	const MatrixEvents events = { on_begin, on_end, NULL, on_note, job };
	g_auto(GStrv) cases = case_words(job);
	g_autoptr(GArray) kernels = g_array_new(FALSE, FALSE, sizeof(MatrixKernel));
	g_autoptr(Matrix) matrix = NULL;
	g_autoptr(Run) run = NULL;
	bool ok;

	if (!collect(job, error) ||
	    !guest_options_open(&job->guest, (const char *const *)cases, job->signature, job->repo,
				!job->revisions->len && !job->trees->len, job->live, cancel,
				&job->shop, error) ||
	    !open_run(job, argc, argv, &run, error))
		return -1;
	for (guint i = 0; i < job->items->len; i++)
		g_array_append_val(kernels, ((Item *)job->items->pdata[i])->kernel);
	print_head(job);
	live_record(job->live, run_folder(run));
	ok = matrix_run(job->shop, kernels, job->repeat, run, &events, cancel, &matrix, error);
	g_clear_pointer(&job->live, live_free);
	if (!write_report(job, run, matrix, ok ? error : NULL) || !ok)
		return -1;
	return exit_code(matrix);
}

int cmd_test(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &guest_options_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[REV...]",
		.doc = "Run cases on kernels: a row for each revision, tree or kernel, a column "
		       "for "
		       "each case.\v"
		       "One build and one boot for all cases of a kernel. Exit status: 0 all good, "
		       "1 something bad, 125 something untestable and nothing bad, 128 trouble on "
		       "this host, 129 usage, 130 interrupted: so it can be the script of "
		       "`git bisect run`.",
	};
	g_auto(Job) job = {
		.cases = g_ptr_array_new(),
		.revisions = g_ptr_array_new(),
		.trees = g_ptr_array_new(),
		.kernels = g_ptr_array_new(),
		.items = g_ptr_array_new_with_free_func((GDestroyNotify)item_free),
		.repo_path = ".",
		.repeat = 1,
	};
	g_autoptr(GError) error = NULL;
	g_autofree char **words = NULL;
	int status;

	guest_options_init(&job.guest);
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &job, &words);
	job.live = live_new(job.guest.verbose);
	status = test(&job, (int)g_strv_length(words), words, cancel, &error);
	if (status >= 0)
		return status;
	g_clear_pointer(&job.live, live_free);
	return cmd_error(error);
}
