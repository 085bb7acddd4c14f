/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a run will still take. */
#include "cmd/forecast.h"

#define REMEMBERED 7 /* steps whose median counts */
#define CONFIRMED 2  /* the culprit and, but for merges, its one parent */
#define CACHED_PART 3

struct Forecast {
	GArray *usual; /* gint64: milliseconds of each step, in order */
	GArray *clean;
	guint confirmed; /* clean steps since the search last went on */
};

Forecast *forecast_new(void)
{
	Forecast *forecast = g_new0(Forecast, 1);

	forecast->usual = g_array_new(FALSE, FALSE, sizeof(gint64));
	forecast->clean = g_array_new(FALSE, FALSE, sizeof(gint64));
	return forecast;
}

void forecast_free(Forecast *forecast)
{
	if (!forecast)
		return;
	g_array_unref(forecast->usual);
	g_array_unref(forecast->clean);
	g_free(forecast);
}

void forecast_add(Forecast *forecast, const StepRecord *step)
{
	g_array_append_val(step->clean ? forecast->clean : forecast->usual, step->wall_ms);
	forecast->confirmed = step->clean ? forecast->confirmed + 1 : 0;
}

static gint compare(gconstpointer a, gconstpointer b)
{
	gint64 one = *(const gint64 *)a, two = *(const gint64 *)b;

	return (one > two) - (one < two);
}

/* Of an even number the lower one: one slow step does not make the next ones slow. */
static gint64 median(const GArray *times)
{
	guint n = MIN(times->len, REMEMBERED);
	g_autoptr(GArray) last = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_array_append_vals(last, &g_array_index(times, gint64, times->len - n), n);
	g_array_sort(last, compare);
	return g_array_index(last, gint64, (n - 1) / 2);
}

/* Of a list, whose rows cost minutes or nothing in no order; the first is from cold. */
static gint64 mean(const GArray *times)
{
	guint first = times->len > 1 ? 1 : 0;
	gint64 sum = 0;

	for (guint i = first; i < times->len; i++)
		sum += g_array_index(times, gint64, i);
	return sum / (gint64)(times->len - first);
}

static gint64 clean_time(const Forecast *forecast, gint64 usual)
{
	gint64 slowest = 0;

	if (forecast->clean->len)
		return median(forecast->clean);
	for (guint i = 0; i < forecast->usual->len; i++)
		slowest = MAX(slowest, g_array_index(forecast->usual, gint64, i));
	return MAX(usual, slowest / CACHED_PART);
}

gint64 forecast_left(const Forecast *forecast, const StepRecord *step, guint left)
{
	guint known = forecast->usual->len + forecast->clean->len;
	gint64 usual;

	if (known < 2 || !forecast->usual->len)
		return FORECAST_UNKNOWN;
	if (!step->why)
		return mean(forecast->usual) * (left + 1);
	if (g_str_equal(step->why, "end") || g_str_equal(step->why, "tag"))
		return FORECAST_UNKNOWN;
	usual = median(forecast->usual);
	if (step->clean)
		return clean_time(forecast, usual) *
		       (forecast->confirmed < CONFIRMED ? CONFIRMED - forecast->confirmed : 1);
	return usual * (gint64)(left + 1) + clean_time(forecast, usual) * CONFIRMED;
}

char *forecast_text(gint64 ms)
{
	gint64 minutes = (ms + 30000) / 60000;

	if (minutes < 60)
		return g_strdup_printf("%d min", (int)MAX(minutes, 1));
	/* ten hours away nobody wants the minutes */
	if (minutes >= 600)
		return g_strdup_printf("%d h", (int)((minutes + 30) / 60));
	return g_strdup_printf("%d h %d min", (int)(minutes / 60), (int)(minutes % 60));
}
