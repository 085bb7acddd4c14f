/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a test lies, and what its answers are worth then. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A rate that nobody knows, fn or fp: it is learned from the answers. */
#define NOISE_UNKNOWN (-1.0)
/* No rate is below this, whatever is said: an answer that fits nothing must find a place. */
#define NOISE_FLOOR 1e-4

/**
 * struct Noise - how answers come about
 * @fp: how often a good revision answers bad
 * @fn: how often a bad one answers good; NOISE_UNKNOWN: the rate r at which bad shows is 1 with
 *      probability @steady, else anything between 0 and 1 alike. Where a fix is looked for it is
 *      the older state that shows now and then: then @fp is what is not known, and r how often good
 *      shows. Never both
 */
typedef struct {
	double fp;
	double fn;
	double steady;
} Noise;

/** struct Samples - how often something answered bad, and good */
typedef struct {
	guint bad;
	guint good;
} Samples;

/** noise_init() - rates within their floors */
Noise noise_init(double fp, double fn, double steady);

/** noise_log_bad() - ln P(these answers | they come from bad revisions), an unknown rate
 * integrated out (beta-binomial) */
double noise_log_bad(const Noise *noise, Samples of_bad);
/** noise_log_good() - ln P(these answers | they come from good revisions), likewise */
double noise_log_good(const Noise *noise, Samples of_good);
/** noise_shows() - P(the next test of a bad revision answers bad), after such answers of bad ones
 */
double noise_shows(const Noise *noise, Samples of_bad);
/** noise_lies() - P(the next test of a good revision answers bad), after such answers of good ones
 */
double noise_lies(const Noise *noise, Samples of_good);

/**
 * noise_evidence() - ln of how much likelier a revision's answers are if it is bad than if good
 * @samples: its answers
 * @others:  answers of other revisions known to be bad, which say how often bad shows; of those
 *           known to be good where fp is what is not known
 */
double noise_evidence(const Noise *noise, Samples samples, Samples others);

/**
 * noise_passes() - how often a revision must pass to be good
 *
 * The least n with n >= ln(delta) / ln(1 - r) where r is known and good never fails; in general
 * the least with noise_evidence() <= ln(delta).
 */
guint noise_passes(const Noise *noise, Samples of_bad, double delta);

/** noise_entropy() - -p log2 p - (1-p) log2 (1-p) */
double noise_entropy(double p);
