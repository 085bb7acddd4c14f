/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weighing what a test says against what it takes. Pure. */
#pragma once

#include <glib.h>

/**
 * price_choose() - the test that promises the least time to the answer
 * @n:       how many there are to choose from
 * @worth:   bits that each is expected to say; 0 for one that may not be chosen
 * @seconds: what each would take, above 0; NULL: all alike
 *
 * The bits that a test leaves have to be bought later, at the price of the one that says most:
 * k = its seconds by its bits. So the expected time with test x is seconds(x) plus k times the bits
 * that x leaves, and the one with least seconds(x) - k worth(x) is taken. Among nearly equal worths
 * that is the cheapest: one is preferred to the best where it saves more seconds than k times the
 * bits that it says less.
 *
 * Return: its place, the first of several equals; G_MAXUINT where none has a worth above 0.
 */
guint price_choose(guint n, const double *worth, const double *seconds);

/**
 * struct PriceModel - seconds that a test takes, by distance from the last built revision
 *
 * Seconds = base + slope * log2(1 + d), d in commits: few commits touch few files, and the more
 * there are the more they touch the same ones. Fitted by least squares to what tests took; until
 * there are tests at two distances the slope is PRICE_SLOPE times the base.
 */
typedef struct {
	double n, x, y, xx, xy;
} PriceModel;
#define PRICE_SLOPE 0.25

/** price_learn() - a test at distance @d took @seconds */
void price_learn(PriceModel *model, guint d, double seconds);
/** price_guess() - what one at distance @d would take; 1 before anything was learned */
double price_guess(const PriceModel *model, guint d);
