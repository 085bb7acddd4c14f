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
 * struct PriceModel - seconds that a test takes, by what is to be done for it
 * @prior: what is thought of slope / base until there are tests of two kinds
 *
 * Seconds = base + slope * x, fitted by least squares to what tests took. x is the share of the
 * kernel that is to be compiled; or, where that is not known, price_distance().
 */
typedef struct {
	double prior;
	double n, x, y, xx, xy;
} PriceModel;
/* A whole kernel takes some twenty times what linking and booting do; a thousand commits a few
 * times what one does. */
#define PRICE_OF_SHARE 20.0
#define PRICE_OF_DISTANCE 0.25

/** price_distance() - x of a revision that is @d commits away from one that was built: few commits
 * touch few files, and the more there are the more they touch the same ones */
double price_distance(guint d);
/** price_learn() - a test at @x took @seconds */
void price_learn(PriceModel *model, double x, double seconds);
/** price_guess() - what one at @x would take; 1 before anything was learned */
double price_guess(const PriceModel *model, double x);
