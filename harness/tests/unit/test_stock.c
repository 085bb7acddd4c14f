/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels from the cache: what is served, what never is, and what a step says of it. */
#include "stockfixture.h"

#define KERNEL "kernels/" SETUP "/*-%s"

static guint entries(Shop *f)
{
	g_autoptr(GPtrArray) all = kcache_list(f->kernels, NULL, NULL);

	return all->len;
}

static void assert_kernel(Shop *f, const char *revision, StepFlags flags, bool cached,
			  const char *note)
{
	g_auto(StepResult) result = shop_build(f, revision, flags);
	const char *truth = shop_truth(f, revision);

	g_assert_cmpstr(result.kernel, ==, truth);
	g_assert_cmpint(result.cached, ==, cached);
	g_assert_cmpint(result.built, ==, !cached);
	assert_note(&result, note);
}

#define HISTORY_LINE                                                                               \
	"echo 'int d2;' >> drivers/d.c; c driver;"                                                 \
	"echo 'const int b2 = 9;' >> kernel/b.c; c changed;"                                       \
	"echo x > README; c kind;"                                                                 \
	"git revert --no-edit HEAD >/dev/null; git tag back"

/* Nothing is built twice: neither a revision, nor one that is proven equal, in another process too.
 */
static void test_hits(Shop *f, gconstpointer data)
{
	(void)data;
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	assert_kernel(f, "base", STEP_USUAL, true, NULL);
	assert_kernel(f, "driver", STEP_USUAL, true, NULL);
	assert_kernel(f, "changed", STEP_USUAL, false, NULL);
	assert_kernel(f, "kind", STEP_USUAL, false, NULL); /* README: who knows */
	assert_kernel(f, "back", STEP_USUAL, true, NULL);
	shop_restock(f, 0);
	assert_kernel(f, "changed", STEP_USUAL, true, NULL);
	assert_kernel(f, "driver", STEP_USUAL, true, NULL);
	g_assert_cmpuint(entries(f), ==, 3);
	shop_restock(f, G_MAXUINT64);
	assert_kernel(f, "changed", STEP_USUAL, false, NULL);
	g_assert_cmpuint(entries(f), ==, 3);
}

/* What earlier runs left is known beforehand, and stays so, by the compiler and the set-up. */
static void test_ready(Shop *f, gconstpointer data)
{
	RepoId base = resolve(f->shop.repo, "base");
	RepoId driver = resolve(f->shop.repo, "driver");
	g_autofree char *path = g_strdup(g_getenv("PATH"));
	g_autofree char *bin = g_strdup_printf("%s/bin:%s", f->dir, path);
	const StockSpec other = { .cache = { f->kernels, 0 },
				  .setup = "ffffffffffffffffffffffffffffffff" };

	(void)data;
	g_assert_false(step_ready(&f->shop, &base));
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	g_assert_false(step_ready(&f->shop, &base)); /* this run's own */
	shop_restock(f, 0);
	g_assert_true(step_ready(&f->shop, &base));
	g_assert_false(step_ready(&f->shop, &driver)); /* equal, but not that very tree */
	shop_sh(f, "mkdir bin; printf '#!/bin/sh\nexec /usr/bin/gcc \"$@\"\n' > bin/gcc; chmod "
		   "+x bin/gcc");
	g_setenv("PATH", bin, TRUE);
	g_assert_false(step_ready(&f->shop, &base));
	g_setenv("PATH", path, TRUE);
	shop_restock(f, G_MAXUINT64);
	g_assert_false(step_ready(&f->shop, &base));
	stock_free(f->shop.stock);
	f->shop.stock = stock_new(&other);
	g_assert_false(step_ready(&f->shop, &base));
}

/* A clean step gets what was built in an empty folder from this very tree, and nothing else. */
static void test_clean(Shop *f, gconstpointer data)
{
	(void)data;
	assert_kernel(f, "base", STEP_USUAL, false, NULL); /* in an empty folder, as it happens */
	assert_kernel(f, "changed", STEP_USUAL, false, NULL);
	assert_kernel(f, "base", STEP_CLEAN, true, NULL);
	assert_kernel(f, "driver", STEP_CLEAN, false, NULL); /* equal, but by a rule */
	assert_kernel(f, "driver", STEP_CLEAN, true, NULL);
	assert_kernel(f, "changed", STEP_CLEAN, false, NULL);
	assert_kernel(f, "changed", STEP_CLEAN, true, NULL);
	assert_kernel(f, "changed", STEP_USUAL, true, NULL);
	g_assert_cmpuint(entries(f), ==, 3); /* the clean one took the other's place */
}

/* What the search knows of a cached kernel is what it would know of a built one. */
static void test_footprint(Shop *f, gconstpointer data)
{
	RepoId base = resolve(f->shop.repo, "base");
	RepoId driver = resolve(f->shop.repo, "driver");
	RepoId changed = resolve(f->shop.repo, "changed");
	g_autoptr(Relevance) relevance = NULL;

	(void)data;
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	relevance = relevance_new(f->shop.repo);
	f->shop.relevance = relevance;
	g_assert_false(relevance_same(relevance, &base, &driver));
	g_clear_pointer(&f->folder, g_free);
	{
		g_auto(StepResult) result = shop_build(f, "driver", STEP_USUAL);

		g_assert_true(result.cached);
	}
	g_assert_true(relevance_same(relevance, &base, &driver));
	g_assert_false(relevance_same(relevance, &driver, &changed));
	f->shop.relevance = NULL;
}

/* Damage of each kind: never served, said, built again, and then served. */
static void test_damage(Shop *f, gconstpointer data)
{
	static const struct {
		const char *script, *note;
	} damages[] = {
		{ "printf x | dd of=$e/bzImage bs=1 seek=2100 conv=notrunc 2>/dev/null",
		  "bzImage is not what was put" },
		{ "truncate -s 1000 $e/bzImage", "bzImage is not what was put" },
		{ ": > $e/bzImage", "bzImage is not what was put" },
		{ "rm $e/bzImage", "bzImage is gone" },
		{ "rm $e/bzImage; mkdir $e/bzImage", "bzImage is gone" },
		{ "echo CONFIG_EVIL=y >> $e/config", "config is not what was put" },
		{ "rm $e/config", "config is gone" },
		{ "echo x >> $e/build.log", "build.log is not what was put" },
		{ "sed -i 's/a[.]c/d.c/' $e/footprint", "footprint is damaged" },
		{ ": > $e/footprint", "footprint is damaged" },
		{ "rm $e/footprint", "footprint is damaged" },
		{ "rm $e/record.json", "record cannot be read" },
		{ ": > $e/record.json", "record cannot be read" },
		{ "truncate -s -20 $e/record.json", "record cannot be read" },
		{ "sed -i 's/\"setup\"/\"setdown\"/' $e/record.json", "record cannot be read" },
		{ "sed -i 's/\"clean\":.*true/\"clean\": false/' $e/record.json",
		  "record cannot be read" },
		{ "rm -r $e/*", "record cannot be read" },
	};

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_autofree char *script =
			g_strconcat("e=$(echo kernels/" SETUP "/*-c); ", damages[i].script, NULL);

		g_test_message("%s", damages[i].script);
		if (i == 0)
			assert_kernel(f, "base", STEP_CLEAN, false, NULL);
		shop_sh(f, script);
		assert_kernel(f, "base", STEP_CLEAN, false, damages[i].note);
		assert_kernel(f, "base", STEP_CLEAN, true, NULL);
		g_assert_cmpuint(entries(f), ==, 1);
	}
}

/* Another compiler's kernels, and another set-up's, are others. */
static void test_keys(Shop *f, gconstpointer data)
{
	g_autofree char *path = g_strdup(g_getenv("PATH"));
	g_autofree char *bin = g_strdup_printf("%s/bin:%s", f->dir, path);
	const StockSpec other = { .cache = { f->kernels, 0 },
				  .setup = "ffffffffffffffffffffffffffffffff" };

	(void)data;
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	shop_sh(f, "mkdir bin; printf '#!/bin/sh\\nexec /usr/bin/gcc \"$@\"\\n' > bin/gcc; chmod "
		   "+x bin/gcc");
	g_setenv("PATH", bin, TRUE);
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	assert_kernel(f, "base", STEP_USUAL, true, NULL);
	shop_sh(f, "touch bin/gcc"); /* replaced by one that says the same */
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	g_setenv("PATH", path, TRUE);
	assert_kernel(f, "base", STEP_USUAL, true, NULL);
	stock_free(f->shop.stock);
	f->shop.stock = stock_new(&other);
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	g_assert_cmpuint(entries(f), ==, 4);
}

/* What does not build is not kept: the host may have had a part in it. */
static void test_failed(Shop *f, gconstpointer data)
{
	(void)data;
	for (guint i = 0; i < 2; i++) {
		g_auto(StepResult) result = shop_build(f, "broken", STEP_USUAL);

		g_assert_cmpint(result.outcome, ==, OUTCOME_NO_BUILD);
		g_assert_false(result.built || result.cached);
	}
	g_assert_cmpuint(entries(f), ==, 0);
	/* nor is one that lacks a symbol, whose other cases may do without it */
	{
		g_auto(StepResult) result = shop_build(f, "lacking", STEP_USUAL);

		g_assert_cmpint(result.outcome, ==, OUTCOME_NO_CONFIG);
	}
	g_assert_cmpuint(entries(f), ==, 0);
}

/* A cache that cannot be written is a note, and not the end. */
static void test_unwritable(Shop *f, gconstpointer data)
{
	(void)data;
	shop_sh(f, "rm -rf kernels; echo in the way > kernels");
	assert_kernel(f, "base", STEP_USUAL, false, "not kept in the cache");
	shop_sh(f, "rm kernels");
	assert_kernel(f, "base", STEP_USUAL, false, NULL);
	assert_kernel(f, "base", STEP_USUAL, true, NULL);
	/* the lock is a folder: nothing can be taken */
	shop_sh(f, "rm kernels/lock; mkdir kernels/lock");
	assert_kernel(f, "base", STEP_USUAL, false, "the kernel cache cannot be used");
}

/*
 * blob.bin gets into the kernel and no .cmd file says so: a change of it leaves the object as it
 * was. Nothing but a build from nothing shows that.
 */
#define BLOB                                                                                       \
	"printf 'old!' > kernel/blob.bin;"                                                         \
	"echo 'CFLAGS_b.o := -Wa,-I$(srctree)' >> kernel/Makefile;"                                \
	"printf '#ifdef CONFIG_B\\nconst int b = 2;\\n#endif\\n"                                   \
	"__asm__(\".section .rodata; .incbin \\\\\"kernel/blob.bin\\\\\"; .text\");\\n' "          \
	"> kernel/b.c; c one; echo 1 > README; c two;"                                             \
	"printf 'new!' > kernel/blob.bin; c culprit;"                                              \
	"echo 2 > README; c four; echo 3 > README; c five; echo '//' >> kernel/b.c; c six;"        \
	"echo 4 > README; c seven"

static void test_distrust(Shop *f, gconstpointer data)
{
	g_autofree char *build = NULL;
	const char *truth = shop_truth(f, "culprit");

	(void)data;
	assert_kernel(f, "one", STEP_USUAL, false, NULL);
	{
		g_auto(StepResult) stale = shop_build(f, "culprit", STEP_USUAL);

		g_assert_cmpstr(stale.kernel, !=, truth); /* else this test shows nothing */
		assert_note(&stale, NULL);
	}
	build = reuse_folder(worktree_home(f->shop.tree), SETUP);
	g_assert_true(g_file_test(build, G_FILE_TEST_EXISTS));
	g_assert_cmpuint(entries(f), ==, 2);
	/* seen in another run, too: what the cache has is compared with */
	shop_restock(f, 0);
	{
		g_auto(StepResult) clean = shop_build(f, "culprit", STEP_CLEAN);

		assert_note(&clean, "another kernel than its incremental one");
		g_assert_true(clean.built && clean.other_kernel);
	}
	g_assert_false(g_file_test(build, G_FILE_TEST_EXISTS));
	assert_kernel(f, "culprit", STEP_CLEAN, true, NULL); /* it is said once */
	g_assert_cmpuint(entries(f), ==, 2); /* this one, and "one": no incremental one is left */
	assert_kernel(f, "four", STEP_USUAL, false, NULL);
	assert_kernel(f, "one", STEP_USUAL, true, NULL);
	g_assert_false(g_file_test(build, G_FILE_TEST_EXISTS));
}

/* A number of ccache's statistics. */
static guint ccache_count(Shop *f, const char *name)
{
	g_autofree char *script = g_strdup_printf(
		"CCACHE_DIR=$PWD/ccache ccache --print-stats | sed -n 's/^%s\t//p'", name);
	g_autofree char *out = sh(f->dir, script);

	return (guint)g_ascii_strtoull(out, NULL, 10);
}

/* Build folders of one work tree and of others share what was compiled: paths make no difference.
 */
static void test_ccache(Shop *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->dir, "elsewhere", "deeper", NULL);
	Worktree *own = f->shop.tree;
	guint hits;

	(void)data;
	shop_restock(f, G_MAXUINT64);
	for (guint i = 0; i < 3; i++) {
		g_auto(StepResult) result = { 0 };

		if (i == 2)
			g_assert_true(worktree_open(f->shop.repo, other, WORKTREE_CLEAN,
						    &f->shop.tree, NULL));
		result = shop_build(f, "base", i == 1 ? STEP_CLEAN : STEP_USUAL);
		g_assert_true(result.built);
		g_assert_cmpuint(ccache_count(f, "cache_miss"), ==, 3);
		/* by its headers alone where these are not too new for that */
		hits = ccache_count(f, "preprocessed_cache_hit") +
		       ccache_count(f, "direct_cache_hit");
		g_assert_cmpuint(hits, ==, 3 * i);
	}
	worktree_close(f->shop.tree);
	f->shop.tree = own;
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, script, test) g_test_add(name, Shop, script, shop_start, test, shop_end)
	ADD("/stock/hits", HISTORY_LINE, test_hits);
	ADD("/stock/ready", HISTORY_LINE, test_ready);
	ADD("/stock/clean", HISTORY_LINE, test_clean);
	ADD("/stock/footprint", HISTORY_LINE, test_footprint);
	ADD("/stock/damage", HISTORY_LINE, test_damage);
	ADD("/stock/keys", HISTORY_LINE, test_keys);
	ADD("/stock/failed",
	    "echo 'int x = y;' > kernel/b.c; c broken; git checkout -q base;"
	    "printf 'config B\\n' > Kconfig; c lacking",
	    test_failed);
	ADD("/stock/unwritable", HISTORY_LINE, test_unwritable);
	ADD("/stock/ccache", HISTORY_LINE, test_ccache);
	ADD("/stock/distrust", BLOB, test_distrust);
	return g_test_run();
}
