/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox test: cases times kernels. */
#include "cmd/answer.h"
#include "cmd/cmd.h"
#include "cmd/matrix_job.h"
#include "cmd/newrun.h"
#include "image/initramfs.h"
#include "kernel/version.h"
#include "loop/matrix.h"
#include "report/matrix.h"
#include "report/timings.h"
#include "util/error.h"
#include "util/paths.h"
#include "util/slot.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	KEY_KERNEL = 256,
	KEY_MODULES,
	KEY_TREE,
	KEY_REPEAT,
	KEY_GUESTS,
	KEY_TIMINGS,
};

#define REPEAT_MAX 10000
#define GUESTS_MAX 256

static const struct argp_option table[] = {
	{ "repeat", KEY_REPEAT, "N", 0, "run each case N times, each in a boot of its own", 1 },
	{ "guests", KEY_GUESTS, "N", 0,
	  "with --repeat: up to N guests at a time (default: 1; with more than there are "
	  "processors cases may run out of their time)",
	  1 },
	{ "timings", KEY_TIMINGS, NULL, 0, "say where the time of the boots goes", 1 },
	{ NULL, 0, NULL, 0, "What to test, besides revisions:", 2 },
	{ "tree", KEY_TREE, "PATH", 0, "a source tree; only read; may be given again", 2 },
	{ "kernel", KEY_KERNEL, "BZIMAGE", 0, "a kernel that is built already; may be given again",
	  2 },
	{ "modules", KEY_MODULES, "DIR", 0,
	  "where the drivers of --kernel are, if they are modules: DIR is lib/modules/RELEASE, or "
	  "what "
	  "that is in",
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
	char *modules;
	int lock;
} Item;

typedef struct {
	MatrixJob common;
	GPtrArray *revisions; /* const char *, as given */
	GPtrArray *trees;
	GPtrArray *kernels;
	const char *modules;
	unsigned repeat;
	bool timings;

	GPtrArray *items; /* Item, in the order that they are tested */
	MatrixLayout layout;
	GPtrArray *timed; /* TimedKernel, with --timings */
} Job;

static void item_free(Item *item)
{
	if (item->lock >= 0)
		close(item->lock);
	g_free(item->subject);
	g_free(item->path);
	g_free(item->home);
	g_free(item->modules);
	g_free(item);
}

static void job_clear(Job *job)
{
	matrix_job_clear(&job->common);
	g_ptr_array_unref(job->revisions);
	g_ptr_array_unref(job->trees);
	g_ptr_array_unref(job->kernels);
	g_ptr_array_unref(job->items);
	g_clear_pointer(&job->timed, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->common;
		break;
	case KEY_MODULES:
		job->modules = value;
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
	case KEY_GUESTS:
		job->common.guest.guests = cmd_number(state, "--guests", value, 1, GUESTS_MAX);
		break;
	case KEY_TIMINGS:
		job->timings = true;
		break;
	case ARGP_KEY_ARG:
		g_ptr_array_add(job->revisions, value);
		break;
	case ARGP_KEY_END:
		matrix_job_need_case(&job->common, state);
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

	if (!repo_resolve(job->common.repo, name, &item->id, error) ||
	    !repo_commit(job->common.repo, &item->id, &commit, error))
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
	if (!kernel_image_version(item->path,
				  job->common.guest.arch ? job->common.guest.arch : arch_usual(),
				  &version, &text, error))
		return false;
	item->subject = g_strdup_printf("Linux %s", text);
	if (job->modules) {
		g_autofree char *release = g_strndup(text, strcspn(text, " "));

		if (!initramfs_folder(job->modules, release, &item->modules, error))
			return false;
	}
	item->kernel = (MatrixKernel){
		.source = { .kind = SOURCE_KERNEL, .path = item->path, .modules = item->modules },
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
	if (job->modules && !job->kernels->len)
		return error_usage(error, "--modules goes with --kernel");
	if (job->trees->len && *build_options_fixups(&job->common.guest.build))
		return error_usage(error, "--fixup goes with revisions: a --tree is only read");
	if (job->revisions->len && !matrix_job_repo(&job->common, error))
		return false;
	return add_all(job, job->revisions, add_revision, error) &&
	       add_all(job, job->trees, add_tree, error) &&
	       add_all(job, job->kernels, add_kernel, error);
}

/* ---- what is told ---- */

static void on_begin(const MatrixRow *row, void *user)
{
	const Job *job = user;

	matrix_job_begin_row(&job->common, row, job->items->len - row->number);
	if (job->timings) {
		TimedKernel *kernel = timed_kernel_new(row->name);

		g_ptr_array_add(job->timed, kernel);
		job->common.shop->timed = kernel->boots;
	}
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	const Job *job = user;

	matrix_job_end_row(&job->common, row, report_matrix_row(job->layout, matrix, row));
}

static void print_head(Job *job)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GPtrArray) cases = g_ptr_array_new();

	for (guint i = 0; i < job->items->len; i++)
		g_ptr_array_add(names, (gpointer)((Item *)job->items->pdata[i])->kernel.name);
	for (guint i = 0; i < job->common.shop->cases->len; i++)
		g_ptr_array_add(cases, ((Case *)job->common.shop->cases->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	g_ptr_array_add(cases, NULL);
	job->layout = report_matrix_layout((const char *const *)names->pdata,
					   (const char *const *)cases->pdata, job->repeat);
	matrix_job_print(&job->common,
			 report_matrix_head(job->layout, (const char *const *)cases->pdata));
}

static bool write_report(const Job *job, Run *run, const Matrix *matrix, GError **error)
{
	const char *folder = run_folder(run);
	g_autoptr(Json) json = report_matrix_json(matrix, folder);
	g_autofree char *text = report_matrix_text(matrix, folder);
	g_autofree char *foot = report_matrix_foot(matrix, folder);
	g_autofree char *times = job->timings ? report_timings(job->timed) : g_strdup("");
	g_autofree char *whole = g_strconcat(text, times, NULL);
	g_autofree char *shown = g_strconcat(foot, times, NULL);
	const Answer answer = { json, whole, shown, job->common.guest.json };

	if (job->timings)
		json_add(json, "timings", report_timings_json(job->timed));
	return answer_give(&answer, run, error);
}

static bool open_run(Job *job, int argc, char **argv, Run **ret_run, GError **error)
{
	g_autoptr(Json) json = newrun_question(argc, argv);
	Json *list;

	list = json_add(json, "kernels", json_new_array());
	for (guint i = 0; i < job->items->len; i++)
		json_append_string(list, ((Item *)job->items->pdata[i])->kernel.name);
	json_add_int(json, "repeat", job->repeat);
	return matrix_job_run(&job->common, "test", json, ret_run, error);
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

static int test(MatrixJob *common, int argc, char **argv, GCancellable *cancel, GError **error)
{
	Job *job = (Job *)common;
	const MatrixEvents events = { on_begin, on_end, NULL, matrix_job_note, job };
	g_autoptr(GArray) kernels = g_array_new(FALSE, FALSE, sizeof(MatrixKernel));
	g_autoptr(Matrix) matrix = NULL;
	g_autoptr(Run) run = NULL;
	bool ok;

	if (!collect(job, error) ||
	    !matrix_job_open(common, !job->revisions->len && !job->trees->len, cancel, error) ||
	    !open_run(job, argc, argv, &run, error))
		return -1;
	for (guint i = 0; i < job->items->len; i++)
		g_array_append_val(kernels, ((Item *)job->items->pdata[i])->kernel);
	job->timed = g_ptr_array_new_with_free_func((GDestroyNotify)timed_kernel_free);
	print_head(job);
	ok = matrix_run(common->shop, kernels, job->repeat, run, &events, cancel, &matrix, error);
	g_clear_pointer(&common->live, live_free);
	if (!write_report(job, run, matrix, ok ? error : NULL) || !ok)
		return -1;
	return exit_code(matrix);
}

int cmd_test(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &matrix_job_argp }, { 0 } };
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
		.revisions = g_ptr_array_new(),
		.trees = g_ptr_array_new(),
		.kernels = g_ptr_array_new(),
		.items = g_ptr_array_new_with_free_func((GDestroyNotify)item_free),
		.repeat = 1,
	};

	matrix_job_init(&job.common);
	return matrix_job_main(&job.common, &argp, argc, argv, test, cancel);
}
