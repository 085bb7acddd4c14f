/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps whose kernel is known as soon as it is configured, on a small kernel that is built. */
#include "stockfixture.h"

#include "machine/internal.h"
#include "step/step_internal.h"

typedef struct {
	Shop shop;
	Machine machine;
	Image image;
	GPtrArray *roots;
} Fixture;

/* From base: words in Kconfig, a symbol that nobody asks for, one gone that was; with a source that
 * is read, and with one that is not. */
#define SCRIPT                                                                                     \
	"echo '# words' >> Kconfig; c words;"                                                      \
	"printf 'config C\\n\\tbool\\n' >> Kconfig; echo 'int e;' > drivers/e.c; c symbol;"        \
	"git checkout -q base; printf 'config A\\n\\tbool\\n' > Kconfig; c gone;"                  \
	"git checkout -q base; echo '# words' >> Kconfig;"                                         \
	"echo 'const int c = 5;' > kernel/c.c; c source;"                                          \
	"git checkout -q words; echo 'const int c = 6;' > kernel/c.c; c later"

static void result_free(gpointer data)
{
	step_result_clear(data);
	g_free(data);
}

static void set_up(Fixture *f, gconstpointer script)
{
	shop_start(&f->shop, script);
	f->machine =
		(Machine){ .arch = arch_usual(),
			   .facts = { .versions = g_strdup("none"), .boards = g_ptr_array_new() } };
	f->image = (Image){ .hash = g_strdup("image") };
	f->roots = g_ptr_array_new();
	g_ptr_array_add(f->roots, NULL);
	f->shop.shop.machine = &f->machine;
	f->shop.shop.image = &f->image;
	f->shop.shop.roots = f->roots;
	f->shop.shop.agent = "agent";
	f->shop.shop.configured = configured_new(f->shop.shop.repo);
	f->shop.shop.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, result_free);
}

static void tear_down(Fixture *f, gconstpointer script)
{
	configured_free(f->shop.shop.configured);
	g_hash_table_unref(f->shop.shop.known);
	g_ptr_array_unref(f->roots);
	facts_clear(&f->machine.facts);
	g_free(f->image.hash);
	shop_end(&f->shop, script);
}

/* As if a guest had said so of this kernel. */
static void know(Fixture *f, const char *hash)
{
	const Kernel kernel = { .hash = (char *)hash };
	StepResult *result = g_new0(StepResult, 1);

	result->verdict = VERDICT_GOOD;
	result->booted = true;
	result->kernel = g_strdup(hash);
	result->key = step_key(&f->shop.shop, f->shop.cases->pdata[0], &kernel);
	result->same_as = g_strdup("steps/001");
	g_hash_table_replace(f->shop.shop.known, g_strdup(result->key), result);
}

/* A whole step: a kernel that is not known would need a guest, which there is none of. */
static void assert_configured(Fixture *f, const char *revision, const char *hash)
{
	RepoId id = resolve(f->shop.shop.repo, revision);
	g_autofree char *folder = g_strdup_printf("%s/steps/%s", f->shop.dir, revision);
	g_autofree char *config = g_build_filename(folder, "config", NULL);
	g_auto(StepResult) result = { 0 };
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(GError) error = NULL;
	const char *truth;
	RepoId tree;

	g_test_message("%s", revision);
	g_assert_true(fs_mkdir(folder, NULL));
	step_run(&f->shop.shop, &id, STEP_USUAL, folder, NULL, &result, &error);
	g_assert_no_error(error);
	g_assert_cmpint(result.verdict, ==, VERDICT_GOOD);
	g_assert_cmpstr(result.kernel, ==, hash);
	g_assert_false(result.built);
	g_assert_false(result.booted);
	g_assert_cmpstr(result.same_as, ==, "steps/001");
	g_assert_true(g_file_test(config, G_FILE_TEST_EXISTS));
	truth = shop_truth(&f->shop, revision);
	g_assert_cmpstr(truth, ==, hash);
	/* what it is built from is known, too */
	g_assert_true(repo_tree_id(f->shop.shop.repo, &id, &tree, NULL));
	footprint = footstore_load(f->shop.footprints, tree.hex);
	g_assert_nonnull(footprint);
	g_assert_cmpint(footprint_judge(footprint, "kernel/a.c", 0), ==, FOOTPRINT_READ);
}

static void assert_built(Fixture *f, const char *revision)
{
	g_auto(StepResult) result = shop_build(&f->shop, revision, STEP_USUAL);
	const char *truth = shop_truth(&f->shop, revision);

	g_test_message("%s", revision);
	g_assert_true(result.built);
	g_assert_cmpstr(truth, ==, result.kernel);
}

static void test_taken(Fixture *f, gconstpointer script)
{
	g_auto(StepResult) base = shop_build(&f->shop, "base", STEP_USUAL);

	(void)script;
	shop_restock(&f->shop, G_MAXUINT64);
	g_assert_true(base.built);
	know(f, base.kernel);
	assert_configured(f, "words", base.kernel);
	assert_configured(f, "symbol", base.kernel);
	assert_built(f, "gone");
	assert_built(f, "source");
	/* the build folder is of what was built in it last */
	assert_configured(f, "words", base.kernel);
	assert_built(f, "later");
}

/* A later run, which has built nothing, has it from the cache. */
static void test_kept(Fixture *f, gconstpointer script)
{
	g_auto(StepResult) base = shop_build(&f->shop, "base", STEP_USUAL);
	g_auto(StepResult) words = { 0 };
	g_auto(StepResult) clean = { 0 };

	(void)script;
	know(f, base.kernel);
	assert_configured(f, "words", base.kernel);
	shop_restock(&f->shop, 0);
	g_clear_pointer(&f->shop.shop.configured, configured_free);
	f->shop.shop.configured = configured_new(f->shop.shop.repo);
	words = shop_build(&f->shop, "words", STEP_USUAL);
	g_assert_true(words.cached);
	g_assert_cmpstr(words.kernel, ==, base.kernel);
	clean = shop_build(&f->shop, "words", STEP_CLEAN);
	g_assert_true(clean.built);
	g_assert_cmpstr(clean.kernel, ==, base.kernel);
}

/* Without a verdict of that kernel its image is needed; with a clean build asked for, a build. */
static void test_not_taken(Fixture *f, gconstpointer script)
{
	g_auto(StepResult) base = shop_build(&f->shop, "base", STEP_USUAL);
	g_auto(StepResult) clean = { 0 };
	g_auto(StepResult) fresh = { 0 };

	(void)script;
	shop_restock(&f->shop, G_MAXUINT64);
	assert_built(f, "words");
	know(f, base.kernel);
	clean = shop_build(&f->shop, "words", STEP_CLEAN);
	g_assert_true(clean.built);
	fresh = shop_build(&f->shop, "words", STEP_FRESH);
	g_assert_true(fresh.built);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/step-configure/taken", Fixture, SCRIPT, set_up, test_taken, tear_down);
	g_test_add("/step-configure/kept", Fixture, SCRIPT, set_up, test_kept, tear_down);
	g_test_add("/step-configure/not-taken", Fixture, SCRIPT, set_up, test_not_taken, tear_down);
	return g_test_run();
}
