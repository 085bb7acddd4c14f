/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "search/minimize.h"

#include <math.h>
#include <string.h>

#define N_MAX 200

/* Bad where all of a hidden core takes effect; a change does if what it needs is made, too. */
typedef struct {
	guint n;
	bool core[N_MAX];
	int needs[N_MAX]; /* an earlier or later one; -1 */
	bool odd;         /* not monotone: one change hides the core */
	guint hides;
	guint asked;
	guint settled;
} World;

static bool works(const World *world, const bool *set, int i)
{
	for (guint depth = 0; i >= 0 && depth <= world->n; depth++) {
		if (!set[i])
			return false;
		i = world->needs[i];
	}
	return true;
}

static bool is_bad(const World *world, const bool *set)
{
	for (guint i = 0; i < world->n; i++)
		if (world->core[i] && !works(world, set, (int)i))
			return false;
	return !world->odd || !set[world->hides] || set[0];
}

static bool ask(const bool *set, bool settle, bool *ret_bad, void *user, GError **error)
{
	World *world = user;

	(void)error;
	world->asked++;
	world->settled += settle;
	*ret_bad = is_bad(world, set);
	return true;
}

static World random_world(GRand *rand, bool odd)
{
	World world = { .n = (guint)g_rand_int_range(rand, 1, N_MAX), .odd = odd };
	guint core = (guint)g_rand_int_range(rand, 1, 5);

	for (guint i = 0; i < world.n; i++)
		world.needs[i] = i && g_rand_int_range(rand, 0, 3) == 0
					 ? g_rand_int_range(rand, 0, (int)i)
					 : -1;
	for (guint i = 0; i < core; i++)
		world.core[g_rand_int_range(rand, 0, (int)world.n)] = true;
	world.hides = (guint)g_rand_int_range(rand, 0, (int)world.n);
	return world;
}

/* Of a monotone world there is one answer: the core, and what it needs. */
static void expected(const World *world, bool *set)
{
	memset(set, 0, N_MAX * sizeof(*set));
	for (guint i = 0; i < world->n; i++)
		for (int at = world->core[i] ? (int)i : -1; at >= 0; at = world->needs[at])
			set[at] = true;
}

static void check_monotone(GRand *rand)
{
	World world = random_world(rand, false);
	bool set[N_MAX] = { false };
	bool want[N_MAX];
	guint m = 0;
	bool ok;

	expected(&world, want);
	for (guint i = 0; i < world.n; i++)
		m += want[i];
	ok = minimize(world.n, ask, &world, set, NULL);
	g_assert_true(ok);
	g_assert_cmpmem(set, world.n * sizeof(*set), want, world.n * sizeof(*want));
	g_assert_cmpuint(world.settled, ==, m);
	g_assert_cmpuint(world.asked, <=, m * (guint)(ceil(log2(world.n + 1)) + 2));
}

static void test_monotone(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(g_test_rand_int_range(0, G_MAXINT32));

	for (guint i = 0; i < 2000; i++)
		check_monotone(rand);
}

/* Whatever the world does: bad, and not bad without any one of them. */
static void test_odd(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(g_test_rand_int_range(0, G_MAXINT32));

	for (guint i = 0; i < 2000; i++) {
		World world = random_world(rand, true);
		bool set[N_MAX];
		bool ok;

		memset(set, true, sizeof(set));
		if (!is_bad(&world, set))
			continue;
		memset(set, 0, sizeof(set));
		ok = minimize(world.n, ask, &world, set, NULL);
		g_assert_true(ok);
		g_assert_true(is_bad(&world, set));
		for (guint j = 0; j < world.n; j++) {
			if (!set[j])
				continue;
			set[j] = false;
			g_assert_false(is_bad(&world, set));
			set[j] = true;
		}
	}
}

static bool refuse(const bool *set, bool settle, bool *ret_bad, void *user, GError **error)
{
	(void)set;
	(void)settle;
	(void)ret_bad;
	(void)user;
	g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_IO, "no answer");
	return false;
}

static void test_error(void)
{
	g_autoptr(GError) error = NULL;
	bool set[4];

	g_assert_false(minimize(4, refuse, NULL, set, &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_IO);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/minimize/monotone", test_monotone);
	g_test_add_func("/minimize/odd", test_odd);
	g_test_add_func("/minimize/error", test_error);
	return g_test_run();
}
