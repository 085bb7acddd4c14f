/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time against information. */
#include "search/price.h"

#include <math.h>

/* No guess is below this share of the mean: a fit through noise must not promise tests for free. */
#define LEAST 0.02

guint price_choose(guint n, const double *worth, const double *seconds)
{
	guint best = G_MAXUINT;
	guint most = G_MAXUINT;
	double least = 0;
	double price;

	for (guint i = 0; i < n; i++)
		if (worth[i] > 0 && (most == G_MAXUINT || worth[i] > worth[most]))
			most = i;
	if (most == G_MAXUINT || !seconds)
		return most;
	price = seconds[most] / worth[most];
	for (guint i = 0; i < n; i++) {
		double time = seconds[i] - price * worth[i];

		if (worth[i] > 0 && (best == G_MAXUINT || time < least)) {
			best = i;
			least = time;
		}
	}
	/* The best itself comes to 0; rounding must not put another one in its place. */
	return least < -1e-9 * seconds[most] ? best : most;
}

double price_distance(guint d)
{
	return log2(1.0 + d);
}

void price_learn(PriceModel *model, double x, double seconds)
{
	model->n++;
	model->x += x;
	model->y += seconds;
	model->xx += x * x;
	model->xy += x * seconds;
}

double price_guess(const PriceModel *model, double x)
{
	double spread = model->n * model->xx - model->x * model->x;
	double mean, slope, base;

	if (model->n == 0)
		return 1;
	mean = model->y / model->n;
	if (spread > 1e-9 * model->n) {
		slope = MAX((model->n * model->xy - model->x * model->y) / spread, 0);
		base = (model->y - slope * model->x) / model->n;
	} else {
		base = mean / (1 + model->prior * model->x / model->n);
		slope = model->prior * base;
	}
	return MAX(base + slope * x, LEAST * mean);
}
