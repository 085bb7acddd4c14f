/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "search/noise.h"

#include <math.h>

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * MAX(1, MAX(fabs(a), fabs(b)));
}

/* The rule that people quote: n >= ln(delta) / ln(1 - r). */
static void test_passes(void)
{
	const double rates[] = { 0.05, 0.2, 0.5, 0.8, 0.95 };
	const double deltas[] = { 0.1, 0.01, 0.001 };

	for (guint i = 0; i < G_N_ELEMENTS(rates); i++)
		for (guint k = 0; k < G_N_ELEMENTS(deltas); k++) {
			Noise noise = { .fp = 0, .fn = 1 - rates[i] };
			guint n = noise_passes(&noise, (Samples){ 0 }, deltas[k]);

			g_assert_cmpuint(n, ==, (guint)ceil(log(deltas[k]) / log(1 - rates[i])));
		}
}

/* Where good fails too, a pass says less and more of them are needed. */
static void test_passes_two_sided(void)
{
	Noise none = noise_init(0, 0.5, 0);
	Noise some = noise_init(0.2, 0.5, 0);

	g_assert_cmpuint(noise_passes(&none, (Samples){ 0 }, 0.01), ==, 7);
	/* ln(0.01) / ln(0.5 / 0.8) */
	g_assert_cmpuint(noise_passes(&some, (Samples){ 0 }, 0.01), ==, 10);
}

/* An unknown rate, integrated out by hand. */
static double by_hand(Samples samples, double steady)
{
	const int steps = 20000;
	double sum = 0;

	for (int i = 0; i < steps; i++) {
		double r = (i + 0.5) / steps;

		sum += pow(r, samples.bad) * pow(1 - r, samples.good) / steps;
	}
	return steady * pow(1 - NOISE_FLOOR, samples.bad) * pow(NOISE_FLOOR, samples.good) +
	       (1 - steady) * sum;
}

static void test_unknown_rate(void)
{
	Noise noise = noise_init(0, NOISE_UNKNOWN, 0.3);

	for (guint bad = 0; bad < 6; bad++)
		for (guint good = 0; good < 6; good++) {
			Samples samples = { bad, good };
			Samples more = { bad + 1, good };
			double p = by_hand(samples, 0.3);

			g_assert_cmpfloat_with_epsilon(exp(noise_log_bad(&noise, samples)), p,
						       1e-6);
			g_assert_cmpfloat_with_epsilon(noise_shows(&noise, samples),
						       by_hand(more, 0.3) / p, 1e-4);
		}
}

/* The more often bad has shown, the fewer passes make a good one; a miss makes it more. */
static void test_learned(void)
{
	Noise noise = noise_init(0, NOISE_UNKNOWN, 0.3);
	guint three = noise_passes(&noise, (Samples){ 3, 0 }, 0.01);
	guint eight = noise_passes(&noise, (Samples){ 8, 0 }, 0.01);
	guint missed = noise_passes(&noise, (Samples){ 8, 8 }, 0.01);

	g_assert_cmpuint(eight, <, three);
	g_assert_cmpuint(three, <, missed);
	g_assert_cmpuint(missed, >=, 7); /* r = 1/2 known for sure needs 7 */
}

/* Good that shows now and then is bad that does, with all answers the other way round. */
static void test_turned(void)
{
	Noise plain = noise_init(0.05, NOISE_UNKNOWN, 0.3);
	Noise turned = noise_init(NOISE_UNKNOWN, 0.05, 0.3);

	for (guint bad = 0; bad < 5; bad++)
		for (guint good = 0; good < 5; good++) {
			Samples samples = { bad, good };
			Samples mirror = { good, bad };

			g_assert_true(near(noise_log_good(&turned, samples),
					   noise_log_bad(&plain, mirror)));
			g_assert_true(near(noise_log_bad(&turned, samples),
					   noise_log_good(&plain, mirror)));
			g_assert_true(near(1 - noise_lies(&turned, samples),
					   noise_shows(&plain, mirror)));
			g_assert_true(near(noise_evidence(&turned, samples, (Samples){ 1, 3 }),
					   -noise_evidence(&plain, mirror, (Samples){ 3, 1 })));
		}
}

/* A revision's own bad answer outweighs passes on a steady reproducer, and not the other way. */
static void test_evidence(void)
{
	Noise noise = noise_init(0.1, 0.1, 0);
	Noise sided = noise_init(0, 0.5, 0);

	g_assert_true(near(noise_evidence(&noise, (Samples){ 2, 1 }, (Samples){ 0 }), log(9)));
	g_assert_true(near(noise_evidence(&noise, (Samples){ 1, 2 }, (Samples){ 0 }), -log(9)));
	g_assert_cmpfloat(noise_evidence(&sided, (Samples){ 1, 5 }, (Samples){ 0 }), >, log(99));
}

static void test_entropy(void)
{
	g_assert_true(near(noise_entropy(0.5), 1));
	g_assert_true(near(noise_entropy(0.25), 0.811278124459132864));
	g_assert_true(near(noise_entropy(0), 0));
	g_assert_true(near(noise_entropy(1), 0));
	g_assert_true(near(noise_entropy(1e-12), noise_entropy(1 - 1e-12)) ||
		      fabs(noise_entropy(1e-12) - noise_entropy(1 - 1e-12)) < 1e-14);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/noise/passes", test_passes);
	g_test_add_func("/noise/passes-two-sided", test_passes_two_sided);
	g_test_add_func("/noise/unknown-rate", test_unknown_rate);
	g_test_add_func("/noise/learned", test_learned);
	g_test_add_func("/noise/turned", test_turned);
	g_test_add_func("/noise/evidence", test_evidence);
	g_test_add_func("/noise/entropy", test_entropy);
	return g_test_run();
}
