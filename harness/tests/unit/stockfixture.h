/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of how steps get their kernels: a repository of a small kernel, and a workshop that
 * builds it by step_build(). */
#pragma once

#include "minikernel.h"
#include "repofixture.h"

#include "kernel/build.h"
#include "kernel/footstore.h"
#include "revision/reuse.h"
#include "revision/tools.h"
#include "step/step.h"
#include "util/fs.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETUP "0123456789abcdef0123456789abcdef"

typedef struct {
	char *dir;
	char *repo_path;
	char *fragment;
	char *kernels;
	char *ccache;
	char *footprints;
	Tools tools;
	char *folder; /* of the last step */
	const char *common[2];
	GHashTable *truths; /* revision -> hash of its kernel */
	GPtrArray *cases;
	Kconfig *kconfig;
	Workshop shop;
	guint steps;
} Shop;

/* A stock, as a new process would have it; without a cache where @limit is G_MAXUINT64. */
static inline void shop_restock(Shop *f, guint64 limit)
{
	const StockSpec spec = { .cache = { limit == G_MAXUINT64 ? NULL : f->kernels, limit },
				 .setup = SETUP };

	g_clear_pointer(&f->shop.stock, stock_free);
	f->shop.stock = stock_new(&spec);
}

static inline void shop_open_tree(Shop *f)
{
	g_autofree char *trees = g_build_filename(f->dir, "trees", NULL);
	g_autoptr(GError) error = NULL;

	worktree_open(f->shop.repo, trees, WORKTREE_CLEAN, &f->shop.tree, &error);
	g_assert_no_error(error);
}

static inline void shop_start(Shop *f, gconstpointer script)
{
	const ToolchainSpec chain = { 0 };
	g_autoptr(GError) error = NULL;
	Case *boot = NULL;

	f->dir = scratch_new();
	f->repo_path = g_build_filename(f->dir, "repo", NULL);
	f->kernels = g_build_filename(f->dir, "kernels", NULL);
	f->ccache = g_build_filename(f->dir, "ccache", NULL);
	f->footprints = g_build_filename(f->dir, "footprints", NULL);
	f->fragment = g_build_filename(f->dir, "wishes.config", NULL);
	mini_kernel(f->repo_path, script);
	fs_write(f->fragment, "A=y\nif-known B\n", -1, &error);
	g_assert_no_error(error);
	f->common[0] = f->fragment;
	f->truths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	kconfig_load(f->common, &f->kconfig, &error);
	g_assert_no_error(error);
	tools_open(&chain, arch_usual(), NULL, true, &f->tools, &error);
	g_assert_no_error(error);
	case_load("boot", &boot, &error);
	g_assert_no_error(error);
	f->cases = g_ptr_array_new_with_free_func((GDestroyNotify)case_free);
	g_ptr_array_add(f->cases, boot);
	f->shop = (Workshop){ .repo = open_at(f->repo_path),
			      .cases = f->cases,
			      .common = f->common,
			      .kconfig = f->kconfig,
			      .chains = f->tools.chains,
			      .fixing = f->tools.fixing,
			      .ccache = f->ccache,
			      .footprints = f->footprints,
			      .arch = arch_usual(),
			      .jobs = 2 };
	shop_open_tree(f);
	shop_restock(f, 0);
}

static inline void shop_end(Shop *f, gconstpointer script)
{
	(void)script;
	worktree_close(f->shop.tree);
	repo_close(f->shop.repo);
	stock_free(f->shop.stock);
	kconfig_free(f->kconfig);
	g_ptr_array_unref(f->cases);
	g_hash_table_unref(f->truths);
	g_free(f->repo_path);
	g_free(f->fragment);
	g_free(f->kernels);
	g_free(f->ccache);
	g_free(f->footprints);
	tools_clear(&f->tools);
	g_free(f->folder);
	scratch_free(f->dir);
}

/* One step's kernel; step_result_clear(). */
static inline StepResult shop_make(Shop *f, const StepSource *source, StepFlags flags,
				   GError **error)
{
	g_auto(Kernel) kernel = { 0 };
	StepResult result = { 0 };

	g_free(f->folder);
	f->folder = g_strdup_printf("%s/steps/%u", f->dir, ++f->steps);
	g_assert_true(fs_mkdir(f->folder, NULL));
	if (!step_build(&f->shop, source, flags, f->folder, NULL, &kernel, &result, error)) {
		step_result_clear(&result);
		return (StepResult){ 0 };
	}
	if (result.kernel) {
		g_autofree char *hash = NULL;
		g_autofree char *log = g_build_filename(f->folder, "build.log", NULL);
		g_autofree char *config = g_build_filename(f->folder, "config", NULL);

		/* what the guest would boot is what the step says */
		g_assert_true(fs_sha256(kernel.image, &hash, NULL));
		g_assert_cmpstr(hash, ==, result.kernel);
		g_assert_true(g_file_test(log, G_FILE_TEST_EXISTS));
		g_assert_true(g_file_test(config, G_FILE_TEST_EXISTS));
	}
	return result;
}

static inline StepResult shop_try(Shop *f, const char *revision, StepFlags flags, GError **error)
{
	RepoId id = resolve(f->shop.repo, revision);
	const StepSource source = { .kind = SOURCE_REVISION, .revision = &id };

	return shop_make(f, &source, flags, error);
}

static inline StepResult shop_build(Shop *f, const char *revision, StepFlags flags)
{
	g_autoptr(GError) error = NULL;
	StepResult result = shop_try(f, revision, flags, &error);

	g_assert_no_error(error);
	if (result.note)
		g_test_message("%s: %s", revision, result.note);
	return result;
}

/* The kernel of a revision as it is from an empty folder, whatever is cached; NULL: none; borrowed.
 */
static inline const char *shop_truth(Shop *f, const char *revision)
{
	Stock *stock = f->shop.stock;
	g_auto(StepResult) result = { 0 };
	g_autofree char *ccache = NULL;

	if (g_hash_table_contains(f->truths, revision))
		return g_hash_table_lookup(f->truths, revision);
	ccache = g_strdup_printf("%s/ccache-%u", f->dir, f->steps);
	f->shop.ccache = ccache;
	f->shop.stock = NULL;
	shop_restock(f, G_MAXUINT64);
	result = shop_build(f, revision, STEP_CLEAN);
	stock_free(f->shop.stock);
	f->shop.stock = stock;
	f->shop.ccache = f->ccache;
	g_hash_table_insert(f->truths, g_strdup(revision), g_strdup(result.kernel));
	return g_hash_table_lookup(f->truths, revision);
}

static inline void assert_note(const StepResult *result, const char *words)
{
	if (!words)
		g_assert_cmpstr(result->note, ==, NULL);
	else
		g_assert_nonnull(strstr(result->note ? result->note : "", words));
}

static inline void shop_sh(Shop *f, const char *script)
{
	g_autofree char *out = sh(f->dir, script);

	(void)out;
}
