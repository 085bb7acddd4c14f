/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked next where commits cost time: a series of patches, four of which change headers
 * that much of the kernel includes. */
#include "githistory.h"

#include "inquiry/inquiry.h"

#include <math.h>

#define PATCHES 168
#define LINK_S 20.0
#define KERNEL_S 850.0

typedef struct {
	History history;
	InquirySpec spec;
	Node ready[2]; /* whose kernels are there */
} Series;

/* Debian's patches to Linux 6.1.187, as shares of a minimal kernel (harness/docs/SERIES.md). */
static double work_of(Node node)
{
	static const struct {
		Node node;
		double share;
	} heavy[] = { { 25, 0.32 }, { 42, 0.14 }, { 72, 0.45 }, { 92, 0.7 } };

	for (guint i = 0; i < G_N_ELEMENTS(heavy); i++)
		if (heavy[i].node == node)
			return heavy[i].share;
	return 0.001;
}

static double work(const RepoId *id, void *user)
{
	const Series *series = user;

	return work_of(node_of(&series->history, id->hex));
}

static bool ready(const RepoId *id, void *user)
{
	const Series *series = user;
	Node node = node_of(&series->history, id->hex);

	return node == series->ready[0] || node == series->ready[1];
}

static double nothing_known(const RepoId *id, void *user)
{
	(void)id;
	(void)user;
	return -1;
}

/* What a build takes that has the objects of all those before in its cache. */
static double build(const bool *built, Node node)
{
	double least = 1;

	for (Node old = 0; old <= PATCHES; old++) {
		double kept = 1;

		for (Node x = MIN(old, node) + 1; x <= MAX(old, node); x++)
			kept *= 1 - work_of(x);
		if (built[old])
			least = MIN(least, 1 - kept);
	}
	return LINK_S + KERNEL_S * least;
}

/* Return: seconds until the culprit is known; what is built once more from clean is left out. */
static double search(Series *series, Node culprit)
{
	g_autoptr(Inquiry) inquiry = NULL;
	g_autoptr(GError) error = NULL;
	bool built[PATCHES + 1] = { false };
	double seconds = 0;

	inquiry_new(&series->spec, &inquiry, &error);
	g_assert_no_error(error);
	for (;;) {
		InquiryStep step;
		Verdict state;
		double took;
		Node node;
		bool done;

		inquiry_next(inquiry, &step, &done, &error);
		g_assert_no_error(error);
		if (done)
			break;
		node = node_of(&series->history, step.id.hex);
		state = node >= culprit ? VERDICT_BAD : VERDICT_GOOD;
		inquiry_answer(inquiry, &step.id, state, step.clean);
		if (step.clean)
			continue;
		took = build(built, node);
		inquiry_took(inquiry, &step.id, took);
		built[node] = true;
		seconds += took;
	}
	return seconds;
}

static double all_searches(Series *series, bool price, double (*how)(const RepoId *id, void *user),
			   guint max)
{
	double seconds = 0;

	series->spec.price = price;
	series->spec.work = how;
	series->spec.work_max = max;
	for (Node culprit = 1; culprit <= PATCHES; culprit += 5)
		seconds += search(series, culprit);
	return seconds;
}

typedef struct {
	Series series;
	char *repo;
	GArray *goods;
	Terms terms;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
	Series *series = &f->series;
	g_autoptr(GError) error = NULL;
	g_autofree char *made = NULL;
	RepoId good;

	(void)data;
	f->repo = scratch_new();
	f->goods = g_array_new(FALSE, TRUE, sizeof(RepoId));
	made = sh(f->repo, "git init -q --bare . && git symbolic-ref HEAD refs/heads/g0");
	series->history.n = PATCHES + 1;
	for (Node node = 1; node <= PATCHES; node++)
		add_parent(&series->history, node, node - 1);
	import(f->repo, &series->history, 1);
	repo_open(f->repo, &series->spec.repo, &error);
	g_assert_no_error(error);
	terms_init(&f->terms, NULL, NULL, false, &error);
	g_strlcpy(good.hex, series->history.id[0], sizeof(good.hex));
	g_strlcpy(series->spec.bad.hex, series->history.id[PATCHES], sizeof(good.hex));
	g_array_append_val(f->goods, good);
	series->spec.goods = f->goods;
	series->spec.terms = &f->terms;
	series->spec.user = series;
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	terms_clear(&f->terms);
	repo_close(f->series.spec.repo);
	g_array_unref(f->goods);
	scratch_free(f->repo);
}

/* What is compiled decides more than what is near; and without it what is near still does. */
static void test_pays(Fixture *f, gconstpointer data)
{
	Series *series = &f->series;
	double halving, near, works, unknown, late;

	(void)data;
	halving = all_searches(series, false, NULL, 0);
	near = all_searches(series, true, NULL, 0);
	unknown = all_searches(series, true, nothing_known, PATCHES);
	works = all_searches(series, true, work, PATCHES);
	late = all_searches(series, true, work, PATCHES / 2);
	g_test_message("seconds by halving: %.0f, by what is near: %.0f, by what is compiled: "
		       "%.0f, by that in the half that is left: %.0f",
		       halving, near, works, late);
	g_assert_cmpfloat(unknown, ==, near);
	g_assert_cmpfloat(works, <, near);
	g_assert_cmpfloat(works, <, 0.95 * halving);
	g_assert_cmpfloat(works, <, late);
	g_assert_cmpfloat(late, <, near);
}

/* The first that is asked after the ends. */
static Node first_choice(Series *series)
{
	g_autoptr(Inquiry) inquiry = NULL;
	g_autoptr(GError) error = NULL;
	InquiryStep step;
	Node node;
	bool done;

	inquiry_new(&series->spec, &inquiry, &error);
	g_assert_no_error(error);
	for (;;) {
		inquiry_next(inquiry, &step, &done, &error);
		g_assert_no_error(error);
		g_assert_false(done);
		node = node_of(&series->history, step.id.hex);
		if (!g_str_equal(step.why, "end"))
			return node;
		inquiry_answer(inquiry, &step.id, node ? VERDICT_BAD : VERDICT_GOOD, step.clean);
	}
}

/* A kernel that is there is asked, though another would say a little more; not for very little. */
static void test_ready(Fixture *f, gconstpointer data)
{
	Series *series = &f->series;

	(void)data;
	series->spec.price = true;
	series->spec.work_max = PATCHES;
	g_assert_cmpuint(first_choice(series), ==, PATCHES / 2);
	series->spec.ready = ready;
	series->ready[0] = 60;
	g_assert_cmpuint(first_choice(series), ==, 60);
	series->ready[1] = 100; /* says more */
	g_assert_cmpuint(first_choice(series), ==, 100);
	series->ready[0] = 3;
	series->ready[1] = 160;
	g_assert_cmpuint(first_choice(series), ==, PATCHES / 2);
	series->ready[0] = 60;
	series->spec.work_max = PATCHES - 1; /* too many to ask about each */
	g_assert_cmpuint(first_choice(series), ==, PATCHES / 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/inquiry/price/pays", Fixture, NULL, set_up, test_pays, tear_down);
	g_test_add("/inquiry/price/ready", Fixture, NULL, set_up, test_ready, tear_down);
	return g_test_run();
}
