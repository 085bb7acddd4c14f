/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relevance: which revisions are one kernel, and which commits can matter; traps for both. */
#include "inquiry/inquiry.h"
#include "relevancefixture.h"

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

static double work(Fixture *f, const char *name)
{
	RepoId id = resolve(f->repo, name);

	return relevance_work(f->relevance, &id);
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

/* What of the two files that were made, fork.o and objtool's, is made again. */
static void test_work(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_cmpfloat(work(f, "side"), <, 0); /* nothing was built */
	add(f, "base", footprint_of_base(f));
	g_assert_cmpfloat(work(f, "side"), ==, 0.5);
	g_assert_cmpfloat(work(f, "other"), ==, 0.5); /* a header of fork.o's */
	g_assert_cmpfloat(work(f, "line~2"), ==, 0);
	g_assert_cmpfloat(work(f, "m2"), ==, 0); /* its sides count */
	g_assert_cmpfloat(work(f, "r"), ==, 0);
	relevance_first_parent(f->relevance);
	g_assert_cmpfloat(work(f, "m2"), ==, 0.5);
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
	g_test_add("/relevance/work", Fixture, TREE MERGES, set_up, test_work, tear_down);
	g_test_add("/relevance/grows", Fixture, TREE SAMES "; b t23; c t23 Kconfig", set_up,
		   test_grows, tear_down);
	g_test_add("/relevance/range", Fixture, TREE LINE, set_up, test_range, tear_down);
	g_test_add("/relevance/search", Fixture, TREE LINE, set_up, test_search, tear_down);
	g_test_add("/relevance/find", Fixture, TREE SAMES, set_up, test_find, tear_down);
	return g_test_run();
}
