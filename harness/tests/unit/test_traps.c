/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Incremental builds against builds from nothing: what fools make must not fool a step. */
#include "stockfixture.h"

#include "loop/driver.h"
#include "util/orphans.h"

/* Every kernel in a row of builds in one folder is what a build from nothing makes; NULL: none. */
static void assert_row(Shop *f, const char *const *revisions)
{
	shop_restock(f, G_MAXUINT64);
	for (; *revisions; revisions++) {
		const char *truth = shop_truth(f, *revisions);
		g_auto(StepResult) result = shop_build(f, *revisions, STEP_USUAL);

		g_test_message("%s: %s", *revisions, result.kernel ? result.kernel : result.reason);
		g_assert_cmpstr(result.kernel, ==, truth);
	}
}

/* A history, a row of builds, and whether each is another kernel than the one before. */
typedef struct {
	const char *name;
	const char *script;
	const char *row[5];
	bool fails; /* "next" cannot be built */
} Trap;

static const Trap traps[] = {
	/* kernel/Makefile wants it still, and make is content with the object that is there */
	{ "source-gone", "git rm -q kernel/c.c; c next", { "base", "next", "base" }, true },
	{ "source-renamed",
	  "git mv kernel/c.c kernel/C.c; sed -i s/4/5/ kernel/C.c; cp kernel/C.c kernel/e.c;"
	  "sed -i 's/c[.]o/e.o/' kernel/Makefile; c next",
	  { "base", "next", "base" },
	  false },
	{ "header-moved",
	  "git mv include/second/level.h include/first/; sed -i s/1/2/ include/first/level.h; c "
	  "next",
	  { "base", "next", "base" },
	  false },
	/* the object depends on the other one, which is as it was */
	{ "header-shadowed",
	  "echo '#define LEVEL 3' > include/first/level.h; c next",
	  { "base", "next", "base" },
	  false },
	{ "generated-left",
	  "printf 'kernel/a.o: kernel/level.h\\nkernel/level.h: $(srctree)/kernel/list\\n"
	  "\\tsed s/^/#define/ $< > $@\\n' >> kernel/Makefile; echo ' LEVEL 7' > kernel/list;"
	  "c made; git checkout -q base; echo >> kernel/Makefile; c next",
	  { "made", "next", "made", "base" },
	  false },
	{ "generated-kept",
	  "printf 'kernel/a.o: kernel/level.h\\nkernel/level.h: $(srctree)/kernel/list\\n"
	  "\\tsed s/^/#define/ $< > $@\\n' >> kernel/Makefile; echo ' LEVEL 7' > kernel/list;"
	  "c made; echo >> kernel/Makefile; echo '//' >> kernel/list; c same; echo ' LEVEL 8' > "
	  "kernel/list; c next",
	  { "made", "same", "next", "made" },
	  false },
	{ "symbol-gone",
	  "printf 'config A\\n\\tbool\\n' > Kconfig; c next",
	  { "base", "next", "base" },
	  false },
	{ "flags",
	  "echo 'CFLAGS_a.o := -DLEVEL=9 -Wno-error' >> kernel/Makefile; "
	  "sed -i 's/#define/#ifndef LEVEL\\n&/; s/$/\\n/' include/second/level.h; "
	  "echo '#endif' >> include/second/level.h; c next",
	  { "base", "next", "base" },
	  false },
	{ "link-order",
	  "echo 'obj-y := b.o a.o' > kernel/Makefile; c next",
	  { "base", "next", "base" },
	  false },
};

static void test_trap(gconstpointer data)
{
	const Trap *trap = data;
	const char *first, *next;
	Shop shop = { 0 };

	shop_start(&shop, trap->script);
	first = shop_truth(&shop, trap->row[0]);
	next = shop_truth(&shop, "next");
	g_assert_cmpstr(first, !=, next);
	g_assert_cmpint(next == NULL, ==, trap->fails);
	assert_row(&shop, trap->row);
	shop_end(&shop, NULL);
}

/* The compiler is replaced between two steps of one run. */
static void test_compiler(Shop *f, gconstpointer data)
{
	static const char *const row[] = { "next", NULL };
	g_autofree char *path = g_strdup(g_getenv("PATH"));
	g_autofree char *bin = g_strdup_printf("%s/bin:%s", f->dir, path);
	g_autofree char *before = NULL;
	const char *after;

	(void)data;
	before = g_strdup(shop_truth(f, "next"));
	shop_restock(f, G_MAXUINT64);
	{
		g_auto(StepResult) first = shop_build(f, "old", STEP_USUAL);

		g_assert_nonnull(first.kernel);
	}
	shop_sh(f, "mkdir bin; printf '#!/bin/sh\\nexec /usr/bin/gcc -DOTHER \"$@\"\\n' > bin/gcc;"
		   "chmod +x bin/gcc");
	g_setenv("PATH", bin, TRUE);
	g_hash_table_remove_all(f->truths);
	after = shop_truth(f, "next");
	g_assert_cmpstr(after, !=, before);
	assert_row(f, row);
	g_setenv("PATH", path, TRUE);
}

/* After a build the clock goes back an hour: all that was built is from the future. */
static void test_clock(Shop *f, gconstpointer data)
{
	static const char *const rows[][2] = { { "base", NULL }, { "next", NULL } };

	(void)data;
	assert_row(f, rows[0]);
	shop_sh(f, "find trees/*/home/build-* -exec touch -d '1 hour' {} +");
	assert_row(f, rows[1]);
	assert_row(f, rows[0]);
}

/*
 * A run is killed while it compiles; what it had started goes on, and would write into the build
 * folder of the next.
 */
static void test_killed(Shop *f, gconstpointer data)
{
	static const char *const row[] = { "next", "base", NULL };
	g_autofree char *path = g_strdup(g_getenv("PATH"));
	g_autofree char *bin = g_strdup_printf("%s/bin:%s", f->dir, path);
	g_autofree char *started = g_build_filename(f->dir, "started", NULL);
	g_autofree char *script = g_strdup_printf(
		"mkdir bin; cat > bin/gcc <<'E'\n#!/bin/sh\ncase \" $* \" in *' -c '*)\n"
		"if [ -e %s/slow ]; then echo half > kernel/b.o; echo > %s; sleep 20; fi;; esac\n"
		"exec /usr/bin/gcc \"$@\"\nE\nchmod +x bin/gcc",
		f->dir, started);
	int status;
	pid_t pid;

	(void)data;
	shop_sh(f, script);
	g_setenv("PATH", bin, TRUE);
	shop_truth(f, "base");
	shop_truth(f, "next");
	shop_sh(f, "touch slow; rm -rf ccache");
	worktree_close(g_steal_pointer(&f->shop.tree)); /* its lock goes with the child */
	pid = fork();
	if (pid == 0) {
		shop_restock(f, G_MAXUINT64);
		shop_open_tree(f);
		shop_build(f, "base", STEP_USUAL);
		_exit(0);
	}
	for (guint i = 0; i < 2000 && !g_file_test(started, G_FILE_TEST_EXISTS); i++)
		g_usleep(10000);
	g_usleep(50000);
	kill(pid, SIGKILL);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFSIGNALED(status));
	shop_sh(f, "rm slow");
	shop_open_tree(f); /* as the next process would */
	g_assert_cmpuint(orphans_end(), ==, 0);
	assert_row(f, row);
	g_setenv("PATH", path, TRUE);
}

static bool reads(Shop *f, const char *revision, const char *file)
{
	RepoId id = resolve(f->shop.repo, revision);
	g_autoptr(Footprint) footprint = NULL;
	const GPtrArray *files;
	RepoId tree;
	bool found = false;

	g_assert_true(repo_tree_id(f->shop.repo, &id, &tree, NULL));
	footprint = footstore_load(f->footprints, tree.hex);
	g_assert_nonnull(footprint);
	files = footprint_files(footprint);
	for (guint i = 0; i < files->len; i++)
		found |= g_str_equal(files->pdata[i], file);
	return found;
}

/* Two configurations in turn: neither sees what the other one has left. */
static void test_configurations(Shop *f, gconstpointer data)
{
	static const char *const row[] = { "base", "next", NULL };
	const StockSpec other = { .setup = "ffffffffffffffffffffffffffffffff" };
	g_autofree char *path = g_build_filename(f->dir, "other.config", NULL);
	const char *fragments[] = { path, NULL };
	const Kconfig *first = f->shop.kconfig;
	const char *whole = shop_truth(f, "next");
	g_autoptr(Kconfig) second = NULL;
	g_autoptr(Stock) stock = NULL;

	(void)data;
	g_assert_true(fs_write(path, "A=y\n", -1, NULL));
	g_assert_true(kconfig_load(fragments, &second, NULL));
	assert_row(f, row);
	g_assert_true(reads(f, "next", "kernel/c.c"));
	stock = stock_new(&other);
	for (guint i = 0; i < 2; i++) {
		Stock *own = f->shop.stock;

		f->shop.kconfig = second;
		f->shop.stock = stock;
		{
			g_auto(StepResult) result = shop_build(f, "next", STEP_USUAL);

			g_assert_cmpstr(result.kernel, !=, whole);
		}
		g_assert_false(reads(f, "next", "kernel/c.c"));
		f->shop.kconfig = first;
		f->shop.stock = own;
		assert_row(f, row);
	}
}

/* How many objects ccache has taken by their headers alone so far. */
static guint direct_hits(Shop *f)
{
	g_autofree char *out = sh(f->dir, "CCACHE_DIR=ccache ccache --print-stats | "
					  "sed -n 's/^direct_cache_hit[^0-9]*//p'");

	return (guint)g_ascii_strtoull(out, NULL, 10);
}

/*
 * ccache's direct mode knows the headers that were read, not those that were looked for in vain:
 * from an empty folder too, it would take an object that a new header does not go into.
 */
static void test_direct(Shop *f, gconstpointer data)
{
	static const char *const revisions[] = { "shadowed", "asked", "made", "linked", "base" };
	guint hits;

	(void)data;
	shop_restock(f, G_MAXUINT64);
	{
		g_auto(StepResult) checked_out = shop_build(f, "base", STEP_CLEAN);

		g_assert_nonnull(checked_out.kernel);
	}
	shop_sh(f, "rm -r ccache; sleep 2.1"); /* what is newer than its second is not remembered */
	for (guint i = 0; i < 2; i++) {
		g_auto(StepResult) first = shop_build(f, "base", STEP_CLEAN);
	}
	hits = direct_hits(f);
	g_assert_cmpuint(hits, >, 0); /* else this test shows nothing */
	for (guint i = 0; i < G_N_ELEMENTS(revisions); i++) {
		const char *truth = shop_truth(f, revisions[i]);
		g_auto(StepResult) result = shop_build(f, revisions[i], STEP_CLEAN);
		bool is_base;

		g_assert_cmpstr(result.kernel, ==, truth);
		is_base = g_str_equal(truth, shop_truth(f, "base"));
		g_assert_cmpint(is_base, ==, g_str_equal(revisions[i], "base"));
	}
	g_assert_cmpuint(direct_hits(f), >, hits); /* "base" again */
}

/* A source folder that is changed by a script: its kernel is what a build of a copy is; NULL: none.
 */
static void assert_folder(Shop *f, const char *script, bool kept)
{
	g_autofree char *tree = g_build_filename(f->dir, "folder", NULL);
	g_autofree char *copy = g_build_filename(f->dir, "copy", NULL);
	g_autofree char *home = g_build_filename(f->dir, "home", NULL);
	g_autofree char *empty = g_build_filename(f->dir, "empty", NULL);
	g_autofree char *build = reuse_folder(home, SETUP);
	g_autofree char *mark = g_build_filename(build, "mark", NULL);
	const StepSource source = { .kind = SOURCE_TREE, .path = tree, .home = home };
	const StepSource fresh = { .kind = SOURCE_TREE, .path = copy, .home = empty };
	g_auto(StepResult) expected = { 0 };
	g_auto(StepResult) result = { 0 };

	g_test_message("%s", script);
	shop_sh(f, "mkdir -p home; for d in home/build-*; do test ! -e $d || touch $d/mark; done; "
		   "sleep 0.02");
	shop_sh(f, script);
	shop_sh(f, "rm -rf copy empty; mkdir empty; cp -r folder copy");
	result = shop_make(f, &source, STEP_USUAL, NULL);
	expected = shop_make(f, &fresh, STEP_USUAL, NULL);
	g_assert_cmpstr(result.kernel, ==, expected.kernel);
	g_assert_cmpint(g_file_test(mark, G_FILE_TEST_EXISTS), ==, kept);
}

static void test_folder(Shop *f, gconstpointer data)
{
	(void)data;
	assert_folder(f, "git clone -q repo folder; cp -r folder saved", false);
	assert_folder(f, ":", true);
	assert_folder(f, "sed -i s/1000/1001/ folder/kernel/a.c", true);
	/* as rsync -a and tar bring an older file back */
	assert_folder(f, "cp -a saved/kernel/a.c folder/kernel/a.c", false);
	assert_folder(f, "touch -d '1 hour ago' folder/kernel/b.c", false);
	assert_folder(f, "echo '#define LEVEL 3' > folder/include/first/level.h", false);
	assert_folder(f, "rm folder/include/first/level.h", false);
	assert_folder(f, "rm folder/kernel/c.c", false);
	assert_folder(f, "cp -a saved/kernel/c.c folder/kernel/", false);
	assert_folder(f, "echo >> folder/kernel/Makefile", false);
	assert_folder(f, "echo >> folder/.git/config", true);
}

/* ---- a whole search that begins on wrong kernels ---- */

/*
 * kernel/blob.bin gets into the kernel, and no .cmd file says so: an object stays as it was where
 * that alone changes. So "four" and "five" look good, and "six" seems to have broken it.
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

/* A "guest" that looks whether the kernel has the new blob. */
static bool test_blob(const InquiryStep *step, const char *folder, GCancellable *cancel,
		      StepResult *ret_result, void *user, GError **error)
{
	Shop *f = user;
	const StepSource source = { .kind = SOURCE_REVISION, .revision = &step->id };
	g_autofree char *bytes = NULL;
	g_auto(Kernel) kernel = { 0 };
	gsize len = 0;

	if (!step_build(&f->shop, &source, step->clean ? STEP_CLEAN : STEP_USUAL, folder, cancel,
			&kernel, ret_result, error))
		return false;
	g_assert_true(g_file_get_contents(kernel.image, &bytes, &len, NULL));
	ret_result->verdict = memmem(bytes, len, "new!", 4) ? VERDICT_BAD : VERDICT_GOOD;
	ret_result->outcome = ret_result->verdict == VERDICT_BAD ? OUTCOME_FAILED : OUTCOME_PASSED;
	return true;
}

static RunResult *search_blob(Shop *f)
{
	g_autofree char *results = g_build_filename(f->dir, "results", NULL);
	g_autoptr(GArray) goods = g_array_new(FALSE, FALSE, sizeof(RepoId));
	g_autoptr(RunResult) result = NULL;
	g_autoptr(Inquiry) inquiry = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Run) run = NULL;
	g_auto(Terms) terms = { 0 };
	RepoId good = resolve(f->shop.repo, "one");
	SearchDoubt doubt = { .noise = noise_init(0.01, NOISE_UNKNOWN, 0.3), .confidence = 0.99 };
	InquirySpec question = { .repo = f->shop.repo,
				 .bad = resolve(f->shop.repo, "seven"),
				 .goods = goods,
				 .terms = &terms,
				 .doubt = &doubt };
	DriverSpec spec = { .repo = f->shop.repo, .test = test_blob, .user = f };

	g_assert_true(terms_init(&terms, NULL, NULL, false, NULL));
	g_array_append_val(goods, good);
	result = run_result_new(&terms);
	g_assert_true(inquiry_new(&question, &inquiry, NULL));
	g_assert_true(run_create(results, "blob", &run, NULL));
	spec.inquiry = inquiry;
	spec.result = result;
	spec.run = run;
	driver_run(&spec, NULL, &error);
	g_assert_no_error(error);
	return g_steal_pointer(&result);
}

static void test_search(Shop *f, gconstpointer data)
{
	RepoId culprit = resolve(f->shop.repo, "culprit");
	g_autoptr(RunResult) result = search_blob(f);
	g_autoptr(RunResult) again = NULL;
	guint noted = 0, wrong = 0, other = 0;

	(void)data;
	for (guint i = 0; i < result->steps->len; i++) {
		const StepRecord *step = result->steps->pdata[i];
		bool right = g_str_equal(step->result.kernel, shop_truth(f, step->revision));

		g_test_message("%s %s %s%s", step->subject, step->why, step->word,
			       right ? "" : ", wrong");
		if (step->result.note && strstr(step->result.note, "from here on"))
			noted++;
		other += step->result.other_kernel;
		/* from the first difference that is seen, all builds are right */
		g_assert_true(right || !noted);
		wrong += !right;
	}
	g_assert_cmpuint(wrong, >, 0); /* else this test shows nothing */
	g_assert_cmpuint(noted, ==, 1);
	/* four and five: no answer about their wrong kernels is left */
	g_assert_cmpuint(other, ==, 2);
	g_assert_cmpint(result->status, ==, RUN_FOUND);
	g_assert_cmpstr(result->culprit.id, ==, culprit.hex);
	/* a wrong kernel is no reason to doubt the right one's answers */
	g_assert_cmpuint(result->leaders->len, ==, 0);
	/* The same once more, as a new process would: only from the cache. */
	shop_restock(f, 0);
	again = search_blob(f);
	g_assert_cmpstr(again->culprit.id, ==, culprit.hex);
	for (guint i = 0; i < again->steps->len; i++) {
		const StepRecord *step = again->steps->pdata[i];
		const char *truth = shop_truth(f, step->revision);

		g_assert_cmpstr(step->result.kernel, ==, truth);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(traps); i++) {
		g_autofree char *name = g_strconcat("/traps/", traps[i].name, NULL);

		g_test_add_data_func(name, &traps[i], test_trap);
	}
#define ADD(name, script, test) g_test_add(name, Shop, script, shop_start, test, shop_end)
	ADD("/traps/compiler",
	    "printf '#ifdef OTHER\\nint other;\\nint f(void) { return 8; }\\n#endif\\n' >> "
	    "kernel/a.c; c old; echo 'const int e = 6;' >> kernel/c.c; c next",
	    test_compiler);
	ADD("/traps/clock", "sed -i s/1/5/ include/second/level.h; c next", test_clock);
	ADD("/traps/killed", "sed -i s/1/5/ include/second/level.h; c next", test_killed);
	ADD("/traps/configurations", "echo '#define X 1' >> include/second/level.h; c next",
	    test_configurations);
	ADD("/traps/direct",
	    "printf '#if __has_include(<asked.h>)\nconst int asked = 5;\n#endif\n' >> kernel/a.c;"
	    "mkdir other; echo '#define LEVEL 7' > other/level.h; git tag -d base >/dev/null; c "
	    "base;"
	    "echo '#define LEVEL 3' > include/first/level.h; c shadowed; git checkout -q base;"
	    "mkdir -p include/first; touch include/first/asked.h; c asked; git checkout -q base;"
	    "printf 'kernel/a.o: kernel/level.h\nkernel/level.h:\n"
	    "\techo \"#define LEVEL 9\" > $@\n' >> kernel/Makefile; c made; git checkout -q base;"
	    "rm -rf include/first; ln -s ../other include/first; c linked",
	    test_direct);
	ADD("/traps/folder", "mkdir -p include/first; touch include/first/x.h; c next",
	    test_folder);
	ADD("/traps/search", BLOB, test_search);
	return g_test_run();
}
