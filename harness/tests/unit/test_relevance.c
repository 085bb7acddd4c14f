/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relevance: which revisions are one kernel, and which commits can matter; traps for both. */
#include "inquiry/inquiry.h"
#include "relevance.h"
#include "repofixture.h"
#include "reuse.h"

typedef struct {
	char *dir;
	char *tree;
	Repo *repo;
	Relevance *relevance;
} Fixture;

/*
 * A small tree with a build of it: kernel/fork.c and what that includes, objtool, and a generated
 * header. From "base" a branch for each change, and a line of commits.
 */
#define TREE                                                                                       \
	"git init -q -b main .; mkdir -p kernel include/linux include/asm-generic include/uapi"    \
	" arch/x86/kernel arch/x86/boot/dts arch/arm/kernel drivers/tty drivers/net scripts"       \
	" tools/objtool tools/lib Documentation lib;"                                              \
	"for f in Makefile Kconfig MAINTAINERS kernel/fork.c kernel/panic.c include/linux/sched.h" \
	" include/asm-generic/bug.h include/linux/unused.h arch/x86/Makefile drivers/net/e100.c"   \
	" arch/x86/kernel/head.S arch/arm/kernel/head.S drivers/tty/keys.c_shipped scripts/sym.c"  \
	" tools/objtool/check.c tools/lib/str.c Documentation/a.rst lib/cp437.uni lib/const.bc"    \
	" lib/gen.awk; do echo 1 > $f; done;"                                                      \
	"echo 'obj-y += $(wildcard $(srctree)/$(src)/plug-*.c)' > kernel/Makefile;"                \
	"git add .; git commit -qm base; git tag base;"                                            \
	"b() { git checkout -q base; git checkout -qb $1; };"                                      \
	"c() { mkdir -p $(dirname $2); echo $1$2 >> $2; git add -A .; git commit -qm \"$1 $2\"; "  \
	"};"

/* The ten traps, then some of their cousins. */
#define TRAPS                                                                                      \
	"b t1; c t1 arch/x86/include/asm/sched.h;"                                                 \
	"b t2; c t2 kernel/plug-new.c;"                                                            \
	"b t3; c t3 drivers/net/Kbuild;"                                                           \
	"b t4; c t4 arch/x86/include/asm/bug.h;"                                                   \
	"b t5; c t5 drivers/tty/other.c_shipped;"                                                  \
	"b t6; c t6 scripts/sym.c;"                                                                \
	"b t7; c t7 lib/cp437.uni; b t8; c t8 lib/const.bc; b t9; c t9 lib/gen.awk;"               \
	"b t10; c t10 drivers/net/Makefile.include;"                                               \
	"b t11; c t11 arch/x86/boot/dts/a.dts; b t12; c t12 arch/x86/boot/dts/a.dtsi;"             \
	"b t13; c t13 tools/objtool/check.c; b t14; c t14 tools/lib/new.c;"                        \
	"b t15; git mv kernel/fork.c kernel/fork2.c; git commit -qm t15;"                          \
	"b t16; git mv include/linux/unused.h include/asm-generic/sched.h; git commit -qm t16;"    \
	"b t17; c t17 kernel/fork.c;"                                                              \
	"b t18; c t18 include/generated/bounds.h;"                                                 \
	"b t19; rm drivers/net/e100.c; ln -s ../../kernel/fork.c drivers/net/e100.c;"              \
	"git add .; git commit -qm t19;"                                                           \
	"b t20; chmod +x kernel/fork.c; git add .; git commit -qm t20;"                            \
	"b t21; git update-index --add --cacheinfo 160000,$(printf %040d 1),drivers/sub;"          \
	"git commit -qm t21; b t22; c t22 localversion; b t23; c t23 Kconfig; b t24; c t24 "       \
	"Makefile"

#define SAMES                                                                                      \
	"b s1; c s1 Documentation/a.rst; b s2; c s2 MAINTAINERS; b s3; c s3 drivers/net/e100.c;"   \
	"b s4; c s4 drivers/net/new.c; b s5; c s5 arch/arm/kernel/head.S;"                         \
	"b s6; git rm -q include/linux/unused.h; git commit -qm s6;"                               \
	"b s7; git mv drivers/net/e100.c drivers/net/e101.c; git commit -qm s7;"                   \
	"b s8; chmod +x drivers/net/e100.c; git add .; git commit -qm s8;"                         \
	"b s9; c s9 kernel/fork.c; git revert --no-edit HEAD >/dev/null; c s9 MAINTAINERS"

/* What stands in a build folder after base was built in it. */
static void make_build(Fixture *f)
{
	g_autofree char *out = sh(
		f->dir, "git -C tree checkout -q base; mkdir -p build/kernel build/tools/objtool;"
			"printf 'cmd_kernel/fork.o := gcc -c %s/tree/kernel/fork.c\\n\\n"
			"source_kernel/fork.o := %s/tree/kernel/fork.c\\n\\ndeps_kernel/fork.o := "
			"\\\\\\n  ../tree/include/linux/sched.h \\\\\\n  "
			"../tree/include/asm-generic/bug.h \\\\\\n  include/generated/bounds.h "
			"\\\\\\n\\n' \"$PWD\" \"$PWD\" > build/kernel/.fork.o.cmd;"
			"printf 'cmd_x := gcc -c check.c\\n\\nsource_x := check.c\\n' > "
			"build/tools/objtool/.check.o.cmd");
}

static Footprint *footprint_of_base(Fixture *f)
{
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	g_autoptr(GError) error = NULL;
	Footprint *footprint = NULL;

	footprint_read(f->tree, build, "x86", &footprint, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(footprint_files(footprint)->len, ==, 4);
	return footprint;
}

static void set_up(Fixture *f, gconstpointer data)
{
	g_autofree char *out = NULL;

	f->dir = scratch_new();
	f->tree = g_build_filename(f->dir, "tree", NULL);
	g_assert_true(fs_mkdir(f->tree, NULL));
	out = sh(f->tree, data);
	make_build(f);
	f->repo = open_at(f->tree);
	f->relevance = relevance_new(f->repo);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	relevance_free(f->relevance);
	repo_close(f->repo);
	scratch_free(f->dir);
	g_free(f->tree);
}

static void add(Fixture *f, const char *name, Footprint *footprint)
{
	g_autoptr(GError) error = NULL;
	RepoId id = resolve(f->repo, name);

	relevance_add(f->relevance, &id, footprint, &error);
	g_assert_no_error(error);
}

static bool same(Fixture *f, const char *a, const char *b)
{
	RepoId x = resolve(f->repo, a);
	RepoId y = resolve(f->repo, b);

	g_assert_cmpint(relevance_same(f->relevance, &x, &y), ==,
			relevance_same(f->relevance, &y, &x));
	return relevance_same(f->relevance, &x, &y);
}

static bool matters(Fixture *f, const char *name)
{
	RepoId id = resolve(f->repo, name);

	return relevance_matters(f->relevance, &id);
}

static void test_traps(Fixture *f, gconstpointer data)
{
	(void)data;
	add(f, "base", footprint_of_base(f));
	for (guint i = 1; i <= 24; i++) {
		g_autofree char *name = g_strdup_printf("t%u", i);

		g_test_message("%s", name);
		g_assert_false(same(f, "base", name));
		g_assert_true(matters(f, name));
	}
}

static void test_sames(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_false(same(f, "base", "s1")); /* nothing was built yet */
	g_assert_true(same(f, "base", "base"));
	g_assert_true(matters(f, "s1"));
	add(f, "base", footprint_of_base(f));
	for (guint i = 1; i <= 9; i++) {
		g_autofree char *name = g_strdup_printf("s%u", i);

		g_test_message("%s", name);
		g_assert_true(same(f, "base", name));
		g_assert_false(matters(f, name));
	}
	/* Both equal the built one, but neither was built. */
	g_assert_false(same(f, "s1", "s3"));
	/* On the way to s9 the kernel was another. */
	g_assert_false(same(f, "base", "s9~2"));
	g_assert_true(matters(f, "s9~1"));
	g_assert_true(same(f, "base", "s9~1"));
}

/* A build that failed read nobody knows what: only what is apart counts. */
static void test_failed(Fixture *f, gconstpointer data)
{
	(void)data;
	add(f, "base", footprint_new_failed("x86"));
	g_assert_true(same(f, "base", "s1"));
	g_assert_true(same(f, "base", "s5"));
	g_assert_false(same(f, "base", "s3"));
	g_assert_false(same(f, "base", "s4"));
	g_assert_true(matters(f, "s1")); /* a failed build says nothing about what matters */
	add(f, "base", footprint_of_base(f));
	g_assert_true(same(f, "base", "s3"));
	g_assert_cmpuint(relevance_built(f->relevance), ==, 1);
}

static void assert_look(Fixture *f, const char *name, bool expected, const char *path,
			FootprintWhy why, guint files)
{
	g_auto(RelevanceCommit) commit = { 0 };
	g_autoptr(GError) error = NULL;
	RepoId id = resolve(f->repo, name);

	relevance_look(f->relevance, &id, &commit, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(commit.id, ==, id.hex);
	g_assert_cmpint(commit.matters, ==, expected);
	g_assert_cmpstr(commit.path, ==, path);
	if (path)
		g_assert_cmpstr(commit.why, ==, footprint_why(why, commit.path));
	if (!expected)
		g_assert_cmpuint(commit.files, ==, files);
}

/*
 * m1 merges a side that changes the kernel into a line that does not: different from one parent
 * only, so light. m2 merges two that both do: heavy.
 */
#define MERGES                                                                                     \
	"b side; c side kernel/fork.c; b line; c line Documentation/a.rst;"                        \
	"git merge -q --no-ff -m m1 side; git tag m1;"                                             \
	"b other; c other include/linux/sched.h; git checkout -q line;"                            \
	"git merge -q --no-ff -m m2 other; git tag m2;"                                            \
	"git checkout -q --orphan root; git commit -qm root; git tag r;"                           \
	"b two; echo x >> MAINTAINERS; c two drivers/net/e100.c"

static void test_weights(Fixture *f, gconstpointer data)
{
	(void)data;
	assert_look(f, "two", true, NULL, 0, 0);
	add(f, "base", footprint_of_base(f));
	assert_look(f, "line~2", false, "Documentation/a.rst", FOOTPRINT_APART, 1);
	assert_look(f, "side", true, "kernel/fork.c", FOOTPRINT_READ, 0);
	assert_look(f, "m1", false, "Documentation/a.rst", FOOTPRINT_APART, 1);
	assert_look(f, "m2", true, "kernel/fork.c", FOOTPRINT_READ, 0);
	assert_look(f, "two", false, "MAINTAINERS", FOOTPRINT_APART, 2);
	assert_look(f, "r", true, NULL, 0, 0);
	relevance_first_parent(f->relevance);
	assert_look(f, "m1", true, "kernel/fork.c", FOOTPRINT_READ, 0);
	assert_look(f, "line~2", false, "Documentation/a.rst", FOOTPRINT_APART, 1);
}

/* A build that reads more makes commits heavy that were light before. */
static void test_grows(Fixture *f, gconstpointer data)
{
	g_autofree char *out = NULL;

	(void)data;
	add(f, "base", footprint_of_base(f));
	g_assert_false(matters(f, "s3"));
	out = sh(f->dir, "git -C tree checkout -q t23; printf 'source_x := %s' "
			 "\"$PWD/tree/drivers/net/e100.c\n\" > build/kernel/.e100.o.cmd");
	{
		g_autofree char *build = g_build_filename(f->dir, "build", NULL);
		Footprint *more = NULL;

		g_assert_true(footprint_read(f->tree, build, "x86", &more, NULL));
		add(f, "t23", more);
	}
	g_assert_true(matters(f, "s3"));
	g_assert_false(matters(f, "s1"));
	g_assert_true(same(f, "base", "s3")); /* that build did not read it */
}

static void test_find(Fixture *f, gconstpointer data)
{
	RepoId id = resolve(f->repo, "s3");
	const Footprint *footprint = NULL;

	(void)data;
	add(f, "base", footprint_new_failed("x86"));
	g_assert_false(relevance_find(f->relevance, &id, &footprint));
	add(f, "base", footprint_of_base(f));
	g_assert_true(relevance_find(f->relevance, &id, &footprint));
	g_assert_cmpuint(footprint_files(footprint)->len, ==, 4);
	id = resolve(f->repo, "s9~2");
	g_assert_false(relevance_find(f->relevance, &id, NULL));
}

#define COMPILER "0000000000000000000000000000000000000000000000000000000000000000"
#define OTHER "1111111111111111111111111111111111111111111111111111111111111111"

/* A build of base, noted; then another revision is checked out, and @script is run. */
static ReuseSpec after_base(Fixture *f, const char *build, RepoId *id, const char *name,
			    const char *script)
{
	RepoId base = resolve(f->repo, "base");
	ReuseSpec spec = { f->repo, f->tree, build, &base, COMPILER };
	g_autofree char *checkout = g_strdup_printf("sleep 0.02; git -C tree checkout -q -f %s; %s",
						    name, script ? script : "");
	g_autofree char *first = sh(f->dir, "git -C tree checkout -q -f base");
	g_autoptr(Footprint) footprint = NULL;
	g_autofree char *second = NULL;

	g_assert_true(fs_remove_tree(build, NULL));
	make_build(f);
	footprint = footprint_of_base(f);
	g_assert_true(reuse_end(&spec, footprint, NULL));
	second = sh(f->dir, checkout);
	*id = resolve(f->repo, name);
	spec.revision = id;
	return spec;
}

/* Why a build folder that has base in it is emptied for another revision; NULL where it is kept. */
static const char *why_emptied(Fixture *f, const char *name, const char *script,
			       const char *compiler)
{
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	g_autofree char *object = g_build_filename(build, "kernel/.fork.o.cmd", NULL);
	g_autoptr(GError) error = NULL;
	RepoId id;
	ReuseSpec spec = after_base(f, build, &id, name, script);
	const char *why = "";
	bool empty;

	spec.compiler = compiler;
	reuse_begin(&spec, &empty, NULL, &why, &error);
	g_assert_no_error(error);
	g_assert_cmpint(empty, ==, !g_file_test(object, G_FILE_TEST_EXISTS));
	g_assert_cmpint(empty, ==, why != NULL);
	return why;
}

/* What make does not see empties a build folder, and nothing of a killed build is sure. */
static void test_reuse(Fixture *f, gconstpointer data)
{
	static const char *const kept[] = { "t2", "t3", "t5", "t6", "t11", "t17", "t20", "t23" };
	static const char *const emptied[] = { "t1", "t4", "t15", "t16", "t18", "t19" };
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	g_autofree char *fresh = g_build_filename(f->dir, "fresh", NULL);
	RepoId base = resolve(f->repo, "base");
	ReuseSpec spec = { f->repo, f->tree, build, &base, COMPILER };
	const char *why;
	bool empty;

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
		g_test_message("%s", kept[i]);
		g_assert_cmpstr(why_emptied(f, kept[i], NULL, COMPILER), ==, NULL);
	}
	for (guint i = 0; i < G_N_ELEMENTS(emptied); i++) {
		g_test_message("%s", emptied[i]);
		g_assert_nonnull(why_emptied(f, emptied[i], NULL, COMPILER));
	}
	g_assert_cmpstr(why_emptied(f, "base", NULL, COMPILER), ==, NULL);
	/* The build that was begun there has not ended. */
	g_assert_true(reuse_begin(&spec, &empty, NULL, &why, NULL));
	g_assert_true(empty);
	g_assert_cmpstr(why, ==, "a build did not end there");
	spec.build = fresh;
	g_assert_true(reuse_begin(&spec, &empty, NULL, &why, NULL));
	g_assert_true(empty && !why);
	g_assert_cmpstr(why_emptied(f, "base", NULL, OTHER), ==, "the compiler has changed");
}

/* What is newer is told by the clock; where that went back, make would be fooled. */
static void test_clock(Fixture *f, gconstpointer data)
{
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	RepoId base = resolve(f->repo, "base");
	ReuseSpec spec = { f->repo, f->tree, build, &base, COMPILER };
	g_autoptr(Footprint) footprint = NULL;
	g_autofree char *out = NULL;
	const char *why;
	bool empty;

	(void)data;
	g_assert_cmpstr(why_emptied(f, "t17", NULL, COMPILER), ==, NULL);
	g_assert_cmpstr(why_emptied(f, "t17", "touch -d '1 hour ago' tree/kernel/fork.c", COMPILER),
			==, "the clock was set back");
	/* what no object is made from may be as old as it likes */
	g_assert_cmpstr(
		why_emptied(f, "e1", "touch -d '1 hour ago' tree/drivers/net/e100.c", COMPILER), ==,
		NULL);
	/* set back while it was built: there is an object from the future */
	make_build(f);
	out = sh(f->dir, "touch -d '1 hour' build/kernel/.fork.o.cmd");
	footprint = footprint_of_base(f);
	g_assert_true(reuse_end(&spec, footprint, NULL));
	g_assert_true(reuse_begin(&spec, &empty, NULL, &why, NULL));
	g_assert_cmpstr(why, ==, "a build did not end there");
}

/* A makefile that changes may no longer make what it made: that is made again, or is gone. */
static void test_generated(Fixture *f, gconstpointer data)
{
	static const char *const files[] = { "gen.h", "gen.c", "gen.o" };
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	static const struct {
		const char *name, *folder;
		bool kept;
	} changes[] = {
		{ "t3", "drivers/net", false },
		{ "t3", "kernel", true },
		{ "t17", "kernel", true },
	};

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autofree char *make =
			g_strdup_printf("mkdir -p build/%s; cd build/%s; touch gen.h gen.c gen.o",
					changes[i].folder, changes[i].folder);

		g_assert_cmpstr(why_emptied(f, changes[i].name, make, COMPILER), ==, NULL);
		for (guint j = 0; j < G_N_ELEMENTS(files); j++) {
			g_autofree char *path =
				g_build_filename(build, changes[i].folder, files[j], NULL);
			bool expected = changes[i].kept || g_str_has_suffix(files[j], ".o");

			g_assert_cmpint(g_file_test(path, G_FILE_TEST_EXISTS), ==, expected);
		}
	}
}

/* Each configuration has a folder; of the others two stay. */
static void test_folders(Fixture *f, gconstpointer data)
{
	static const char *const setups[] = { "1111", "2222", "3333", "4444", "1111" };

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(setups); i++) {
		g_autofree char *path = reuse_folder(f->dir, setups[i]);
		g_autofree char *leaf = g_path_get_basename(path);

		g_assert_cmpstr(leaf + strlen("build-"), ==, setups[i]);
		g_assert_true(fs_mkdir(path, NULL));
		g_usleep(20000);
	}
	g_autofree char *left = sh(f->dir, "ls -d build-* | tr '\\n' ' '");
	g_assert_cmpstr(left, ==, "build-1111 build-3333 build-4444");
}

/* Sixty commits, of which every sixth changes the kernel. */
#define LINE                                                                                       \
	"i=1; while [ $i -le 60 ]; do if [ $((i % 6)) = 0 ]; then c $i kernel/fork.c; else "       \
	"c $i drivers/net/e100.c; fi; git tag n$i; i=$((i + 1)); done"

static bool ask_same(const RepoId *a, const RepoId *b, void *user)
{
	return relevance_same(((Fixture *)user)->relevance, a, b);
}

static bool ask_matters(const RepoId *id, void *user)
{
	return relevance_matters(((Fixture *)user)->relevance, id);
}

typedef struct {
	guint all;
	guint relevant;
} Counts;

static void count(const RelevanceCommit *commit, void *user)
{
	Counts *counts = user;
	g_autofree char *subject = NULL;

	counts->all++;
	counts->relevant += commit->matters;
	subject = g_strdup_printf("%u %s", counts->all,
				  commit->matters ? "kernel/fork.c" : "drivers/net/e100.c");
	g_assert_cmpstr(commit->subject, ==, subject);
	g_assert_true(g_str_has_suffix(subject, commit->path));
	/* The first five are what was built; what comes after the sixth is another kernel. */
	g_assert_cmpint(commit->same_as != NULL, ==, counts->all < 6);
}

/* All commits that could be the culprit, oldest first, and nothing else. */
static void test_range(Fixture *f, gconstpointer data)
{
	RepoRangeSpec spec = { .n_goods = 1 };
	g_autoptr(RepoRange) range = NULL;
	g_autoptr(GError) error = NULL;
	RepoId good = resolve(f->repo, "base");
	Counts counts = { 0 };

	(void)data;
	add(f, "base", footprint_of_base(f));
	spec.goods = &good;
	spec.bad = resolve(f->repo, "n60");
	repo_range(f->repo, &spec, &range, &error);
	g_assert_no_error(error);
	g_assert_true(relevance_range(f->relevance, range, count, &counts, &error));
	g_assert_cmpuint(counts.all, ==, 60);
	g_assert_cmpuint(counts.relevant, ==, 10);
}

/* A whole search, each test of which is a build; how many it takes. */
static guint play(Fixture *f, const InquirySpec *spec, guint culprit)
{
	g_autoptr(RunResult) result = run_result_new(spec->terms);
	g_autofree char *name = g_strdup_printf("n%u", culprit);
	RepoId wanted = resolve(f->repo, name);
	g_autoptr(Inquiry) inquiry = NULL;
	g_autoptr(GError) error = NULL;
	guint steps = 0;

	inquiry_new(spec, &inquiry, &error);
	g_assert_no_error(error);
	for (;; steps++) {
		InquiryStep step;
		bool done, is;

		g_assert_true(inquiry_next(inquiry, &step, &done, &error));
		if (done)
			break;
		relevance_add(f->relevance, &step.id, footprint_of_base(f), &error);
		g_assert_no_error(error);
		g_assert_true(repo_is_ancestor(f->repo, &wanted, &step.id, &is, NULL));
		inquiry_answer(inquiry, &step.id, is ? VERDICT_BAD : VERDICT_GOOD, step.clean);
	}
	g_assert_true(inquiry_report(inquiry, result, &error));
	g_assert_cmpint(result->status, ==, RUN_FOUND);
	g_assert_cmpstr(result->culprit.id, ==, wanted.hex);
	return steps;
}

/* Ten can matter: both ends, at most four to tell ten apart, and two to confirm. */
static void test_search(Fixture *f, gconstpointer data)
{
	g_autoptr(GArray) goods = g_array_new(FALSE, FALSE, sizeof(RepoId));
	RepoId good = resolve(f->repo, "base");
	g_auto(Terms) terms = { 0 };
	InquirySpec spec = { .repo = f->repo,
			     .bad = resolve(f->repo, "n60"),
			     .goods = goods,
			     .terms = &terms,
			     .user = f };

	(void)data;
	g_assert_true(terms_init(&terms, NULL, NULL, false, NULL));
	g_array_append_val(goods, good);
	for (guint culprit = 6; culprit <= 60; culprit += 6) {
		guint without, with;

		spec.same = NULL;
		spec.matters = NULL;
		without = play(f, &spec, culprit);
		g_clear_pointer(&f->relevance, relevance_free);
		f->relevance = relevance_new(f->repo);
		spec.same = ask_same;
		spec.matters = ask_matters;
		with = play(f, &spec, culprit);
		g_clear_pointer(&f->relevance, relevance_free);
		f->relevance = relevance_new(f->repo);
		g_test_message("n%u: %u steps, %u without", culprit, with, without);
		g_assert_cmpuint(with, <=, 2 + 4 + 2);
		g_assert_cmpuint(with, <=, without);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/relevance/traps", Fixture, TREE TRAPS, set_up, test_traps, tear_down);
	g_test_add("/relevance/sames", Fixture, TREE SAMES, set_up, test_sames, tear_down);
	g_test_add("/relevance/failed", Fixture, TREE SAMES, set_up, test_failed, tear_down);
	g_test_add("/relevance/weights", Fixture, TREE MERGES, set_up, test_weights, tear_down);
	g_test_add("/relevance/grows", Fixture, TREE SAMES "; b t23; c t23 Kconfig", set_up,
		   test_grows, tear_down);
	g_test_add("/relevance/reuse", Fixture, TREE TRAPS, set_up, test_reuse, tear_down);
	g_test_add("/relevance/clock", Fixture, TREE TRAPS "; b e1; c e1 drivers/net/e100.c",
		   set_up, test_clock, tear_down);
	g_test_add("/relevance/generated", Fixture, TREE TRAPS, set_up, test_generated, tear_down);
	g_test_add("/relevance/folders", Fixture, TREE, set_up, test_folders, tear_down);
	g_test_add("/relevance/range", Fixture, TREE LINE, set_up, test_range, tear_down);
	g_test_add("/relevance/search", Fixture, TREE LINE, set_up, test_search, tear_down);
	g_test_add("/relevance/find", Fixture, TREE SAMES, set_up, test_find, tear_down);
	return g_test_run();
}
