/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Likelihoods of noisy answers. */
#include "search/noise.h"

#include <math.h>

#define PASSES_MAX 100000

Noise noise_init(double fp, double fn, double steady)
{
	Noise noise = { .fp = fp, .fn = fn, .steady = steady };

	if (fp >= 0)
		noise.fp = CLAMP(fp, NOISE_FLOOR, 1 - NOISE_FLOOR);
	if (fn >= 0)
		noise.fn = CLAMP(fn, NOISE_FLOOR, 1 - NOISE_FLOOR);
	return noise;
}

static double log_rates(Samples samples, double p_bad)
{
	return (samples.bad ? samples.bad * log(p_bad) : 0) +
	       (samples.good ? samples.good * log1p(-p_bad) : 0);
}

static double log_beta(double a, double b)
{
	return lgamma(a) + lgamma(b) - lgamma(a + b);
}

static double log_add(double a, double b)
{
	double most = MAX(a, b);

	return most + log(exp(a - most) + exp(b - most));
}

/* Where a state shows at a rate that nobody knows: @samples.bad counts how often it did. */
static double log_learned(const Noise *noise, Samples samples)
{
	/* Steady is not quite 1, so that one odd answer does not rule it out alone. */
	double steady = log(noise->steady) + log_rates(samples, 1 - NOISE_FLOOR);
	double other = log1p(-noise->steady) + log_beta(1.0 + samples.bad, 1.0 + samples.good);

	return noise->steady > 0 ? log_add(steady, other) : other;
}

double noise_log_bad(const Noise *noise, Samples of_bad)
{
	return noise->fn >= 0 ? log_rates(of_bad, 1 - noise->fn) : log_learned(noise, of_bad);
}

double noise_log_good(const Noise *noise, Samples of_good)
{
	Samples turned = { of_good.good, of_good.bad };

	return noise->fp >= 0 ? log_rates(of_good, noise->fp) : log_learned(noise, turned);
}

double noise_shows(const Noise *noise, Samples of_bad)
{
	Samples more = { of_bad.bad + 1, of_bad.good };

	if (noise->fn >= 0)
		return 1 - noise->fn;
	return exp(noise_log_bad(noise, more) - noise_log_bad(noise, of_bad));
}

double noise_lies(const Noise *noise, Samples of_good)
{
	Samples more = { of_good.bad + 1, of_good.good };

	if (noise->fp >= 0)
		return noise->fp;
	return exp(noise_log_good(noise, more) - noise_log_good(noise, of_good));
}

double noise_evidence(const Noise *noise, Samples samples, Samples others)
{
	Samples both = { others.bad + samples.bad, others.good + samples.good };

	if (noise->fp < 0)
		return noise_log_bad(noise, samples) -
		       (noise_log_good(noise, both) - noise_log_good(noise, others));
	return noise_log_bad(noise, both) - noise_log_bad(noise, others) -
	       noise_log_good(noise, samples);
}

guint noise_passes(const Noise *noise, Samples of_bad, double delta)
{
	double enough = log(delta);
	guint hi = 1;
	guint lo = 0;

	/* Ever more passes are ever stronger evidence: doubling, then halving, finds the least. */
	while (hi < PASSES_MAX && noise_evidence(noise, (Samples){ 0, hi }, of_bad) > enough) {
		lo = hi;
		hi *= 2;
	}
	while (hi - lo > 1) {
		guint mid = lo + (hi - lo) / 2;

		if (noise_evidence(noise, (Samples){ 0, mid }, of_bad) > enough)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

double noise_entropy(double p)
{
	if (p <= 0 || p >= 1)
		return 0;
	return -(p * log2(p) + (1 - p) * log1p(-p) / G_LN2);
}
