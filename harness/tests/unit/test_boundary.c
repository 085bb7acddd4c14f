/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the compiler changes at the culprit: what is found is what makes the difference. */
#include "worktreefixture.h"

#include "loop/boundary.h"
#include "util/fs.h"

#include <glib/gstdio.h>

/* Which of four kernels are bad: by revision (child or not) and compiler (new or not). */
typedef struct {
	Workshop shop;
	RepoId child;
	const char *news; /* of the new compiler */
	bool bad[2][2];
	bool skips;
	guint steps;
} World;

static bool test_one(const InquiryStep *step, const char *folder, GCancellable *cancel,
		     StepResult *ret_result, void *user, GError **error)
{
	World *world = user;
	bool child = g_str_equal(step->id.hex, world->child.hex);
	const Toolchain *chain = world->shop.chain;
	bool bad;

	(void)folder;
	(void)cancel;
	if (!chain && !step_chain(&world->shop, &step->id, &chain, error))
		return false;
	world->steps++;
	bad = world->bad[child][g_str_equal(chain->cc, world->news)];
	ret_result->verdict = world->skips && world->shop.chain ? VERDICT_SKIP
			      : bad                             ? VERDICT_BAD
								: VERDICT_GOOD;
	ret_result->outcome = bad ? OUTCOME_FAILED : OUTCOME_PASSED;
	return true;
}

/* The host's compiler under another name. */
static char *make_cc(const Bench *bench, const char *name)
{
	char *path = g_build_filename(bench->dir, name, NULL);
	g_autofree char *text = g_strdup_printf("#!/bin/sh\nexec gcc \"$@\"\n");

	g_assert_true(fs_write(path, text, -1, NULL));
	g_assert_cmpint(g_chmod(path, 0755), ==, 0);
	return path;
}

#define MAKEFILE(sublevel)                                                                         \
	"printf 'VERSION = 6\\nPATCHLEVEL = 1\\nSUBLEVEL = " sublevel "\\n' > Makefile;"

/* Runs it all: both ends, the search, the boundary. */
static void play(World *world, bool bump, RunResult **ret_result)
{
	g_auto(Bench) bench = { 0 };
	const char *script =
		bump ? MAKEFILE("1") "echo 1 > f;" C "git tag good;" MAKEFILE("2") C "git tag bad;"
		     : MAKEFILE("1") "echo 1 > f;" C "git tag good; echo 2 > f;" C "git tag bad;";
	g_autoptr(Toolchains) chains = NULL;
	g_autoptr(Inquiry) inquiry = NULL;
	g_autoptr(Run) run = NULL;
	g_autoptr(GError) error = NULL;
	Terms terms = { .old_name = (char *)"good", .new_name = (char *)"bad" };

	bench_start(&bench, script, WORKTREE_CLEAN);

	g_autofree char *old = make_cc(&bench, "old-cc");
	g_autofree char *new = make_cc(&bench, "new-cc");
	g_autofree char *later = g_strconcat("6.1.2:", new, NULL);
	g_autofree char *results = g_build_filename(bench.dir, "results", NULL);
	const char *ccs[] = { old, later, NULL };
	const ToolchainSpec spec = { .ccs = ccs };

	toolchains_open(&spec, &chains, &error);
	g_assert_no_error(error);
	world->child = id_of(&bench, "bad");
	world->news = new;
	world->shop = (Workshop){ .repo = bench.repo, .tree = bench.tree, .chains = chains };

	RepoId good = id_of(&bench, "good");
	g_autoptr(GArray) goods = g_array_new(FALSE, FALSE, sizeof(RepoId));
	g_array_append_val(goods, good);
	const InquirySpec question = {
		.repo = bench.repo, .bad = world->child, .goods = goods, .terms = &terms
	};
	g_assert_true(inquiry_new(&question, &inquiry, &error));
	g_assert_true(run_create(results, "x", &run, &error));
	*ret_result = run_result_new(&terms);

	const DriverSpec driver = { .repo = bench.repo,
				    .inquiry = inquiry,
				    .result = *ret_result,
				    .run = run,
				    .test = test_one,
				    .user = world };
	driver_run(&driver, NULL, &error);
	g_assert_no_error(error);
	world->steps = 0;
	boundary_check(&driver, &world->shop, NULL, &error);
	g_assert_no_error(error);
	g_assert_null(world->shop.chain);
}

static void test_commit(void)
{
	World world = { .bad = { { false, false }, { true, true } } };
	g_autoptr(RunResult) result = NULL;

	play(&world, true, &result);
	g_assert_cmpuint(world.steps, ==, 2);
	g_assert_cmpint(result->status, ==, RUN_FOUND);
	g_assert_cmpstr(result->culprit.id, ==, world.child.hex);
	g_assert_null(result->finding);
	g_assert_cmpstr(((StepRecord *)result->steps->pdata[result->steps->len - 1])->why, ==,
			"boundary");
}

static void test_compiler(void)
{
	World world = { .bad = { { false, true }, { false, true } } };
	g_autoptr(RunResult) result = NULL;

	play(&world, true, &result);
	g_assert_cmpint(result->status, ==, RUN_INCONCLUSIVE);
	g_assert_null(result->culprit.id);
	g_assert_nonnull(strstr(result->reason, "the compiler makes the difference, no commit"));
}

static void test_both(void)
{
	World world = { .bad = { { false, false }, { false, true } } };
	g_autoptr(RunResult) result = NULL;

	play(&world, true, &result);
	g_assert_cmpint(result->status, ==, RUN_FOUND);
	g_assert_nonnull(strstr(result->finding, "the compiler changes at"));
}

static void test_untold(void)
{
	World world = { .bad = { { false, true }, { false, true } }, .skips = true };
	g_autoptr(RunResult) result = NULL;

	play(&world, true, &result);
	g_assert_cmpint(result->status, ==, RUN_FOUND);
	g_assert_nonnull(strstr(result->finding, "skip"));
}

/* Nothing more is built where the compiler is the same on both sides. */
static void test_none(void)
{
	World world = { .bad = { { false, false }, { true, true } } };
	g_autoptr(RunResult) result = NULL;

	play(&world, false, &result);
	g_assert_cmpuint(world.steps, ==, 0);
	g_assert_cmpint(result->status, ==, RUN_FOUND);
	g_assert_null(result->finding);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	home = scratch_new();
	g_setenv("HOME", home, TRUE);
	g_setenv("XDG_CONFIG_HOME", home, TRUE);
	g_test_add_func("/boundary/commit", test_commit);
	g_test_add_func("/boundary/compiler", test_compiler);
	g_test_add_func("/boundary/both", test_both);
	g_test_add_func("/boundary/untold", test_untold);
	g_test_add_func("/boundary/none", test_none);
	status = g_test_run();
	scratch_free(home);
	return status;
}
