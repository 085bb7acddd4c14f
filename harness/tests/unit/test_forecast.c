/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a run still takes: what counts, and when nothing is said. */
#include "cmd/forecast.h"

#define S ((gint64)1000)

static void add(Forecast *forecast, const char *why, bool clean, gint64 ms)
{
	const StepRecord step = { .why = why, .clean = clean, .wall_ms = ms };

	forecast_add(forecast, &step);
}

static gint64 left(const Forecast *forecast, const char *why, bool clean, guint n)
{
	const StepRecord step = { .why = why, .clean = clean };

	return forecast_left(forecast, &step, n);
}

/* The README's demo: 404 s for the first kernel, then some 15 s each, 135 s from nothing. */
static void test_run(void)
{
	g_autoptr(Forecast) forecast = forecast_new();

	g_assert_cmpint(left(forecast, "end", false, 4), ==, FORECAST_UNKNOWN);
	add(forecast, "end", false, 404 * S);
	g_assert_cmpint(left(forecast, "end", false, 4), ==, FORECAST_UNKNOWN);
	g_assert_cmpint(left(forecast, "narrow", false, 4), ==, FORECAST_UNKNOWN);
	add(forecast, "end", false, 16 * S);
	/* the first is slow and alone; a clean build takes a third of it */
	g_assert_cmpint(left(forecast, "narrow", false, 3), ==, 4 * 16 * S + 2 * (404 * S / 3));
	add(forecast, "narrow", false, 12 * S);
	add(forecast, "narrow", false, 14 * S);
	g_assert_cmpint(left(forecast, "narrow", false, 0), ==, 14 * S + 2 * (404 * S / 3));
	g_assert_cmpint(left(forecast, "confirm", true, 0), ==, 2 * (404 * S / 3));
	add(forecast, "confirm", true, 131 * S);
	g_assert_cmpint(left(forecast, "confirm", true, 0), ==, 131 * S);
	add(forecast, "confirm", true, 143 * S);
	/* a merge has more parents */
	g_assert_cmpint(left(forecast, "confirm", true, 0), ==, 131 * S);
	/* the culprit was good after all: the search goes on, and confirms again */
	add(forecast, "narrow", false, 14 * S);
	g_assert_cmpint(left(forecast, "confirm", true, 0), ==, 2 * 131 * S);
}

/* What was long ago says nothing about what is near the culprit. */
static void test_recent(void)
{
	g_autoptr(Forecast) forecast = forecast_new();

	for (guint i = 0; i < 10; i++)
		add(forecast, "narrow", false, 300 * S);
	for (guint i = 0; i < 4; i++)
		add(forecast, "narrow", false, 20 * S);
	add(forecast, "confirm", true, 30 * S);
	g_assert_cmpint(left(forecast, "narrow", false, 1), ==, 2 * 20 * S + 2 * 30 * S);
}

/* The rows of a table: nothing is confirmed. */
static void test_list(void)
{
	g_autoptr(Forecast) forecast = forecast_new();

	add(forecast, NULL, false, 400 * S);
	g_assert_cmpint(left(forecast, NULL, false, 5), ==, FORECAST_UNKNOWN);
	add(forecast, NULL, false, 9 * S);
	g_assert_cmpint(left(forecast, NULL, false, 5), ==, 6 * 9 * S);
	/* a series: most patches cost nothing, and a header that all include costs minutes */
	for (guint i = 0; i < 8; i++)
		add(forecast, NULL, false, 0);
	add(forecast, NULL, false, 291 * S);
	g_assert_cmpint(left(forecast, NULL, false, 96), ==, 97 * 30 * S);
}

static void says(gint64 ms, const char *expected)
{
	g_autofree char *text = forecast_text(ms);

	g_assert_cmpstr(text, ==, expected);
}

static void test_text(void)
{
	says(0, "1 min");
	says(89 * S, "1 min");
	says(90 * S, "2 min");
	says(3540 * S, "59 min");
	says(3600 * S, "1 h 0 min");
	says(7830 * S, "2 h 11 min");
	says(36000 * S, "10 h");
	says(37900 * S, "11 h");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/forecast/run", test_run);
	g_test_add_func("/forecast/recent", test_recent);
	g_test_add_func("/forecast/list", test_list);
	g_test_add_func("/forecast/text", test_text);
	return g_test_run();
}
