/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a boot, from the host's clock and the guest's. */
#include "record/timings.h"

#include <string.h>

/* What a guest says of its own time is believed up to that; an hour. */
#define GUEST_MAX_US (3600 * G_TIME_SPAN_SECOND)

/* The guest's own stamps: microseconds since its clock began. */
typedef struct {
	gint64 agent;
	gint64 told;
	gint64 crun;
	gint64 cases;
	gint64 keep;
	bool any;
} GuestTimes;

void timings_free(Timings *timings)
{
	g_free(timings);
}

const char *part_name(Part part)
{
	static const char *const names[PARTS] = { "share", "qemu", "firmware", "unpack", "kernel",
						  "agent", "crun", "case",     "keep",   "end" };

	return names[part];
}

/* The numbers of a line, all of them; how many. */
static guint read_numbers(char **words, gint64 *numbers, guint max)
{
	guint n = 0;

	while (n < max && words[n] &&
	       g_ascii_string_to_signed(words[n], 10, 0, GUEST_MAX_US, &numbers[n], NULL))
		n++;
	return n;
}

/* "case NAME STARTED PREPARED BEGUN ENDED KEPT" */
static void read_case(char **words, GuestTimes *times)
{
	enum { STARTED, PREPARED, BEGUN, ENDED, KEPT, STAMPS };
	gint64 at[STAMPS];

	if (!words[0] || read_numbers(words + 1, at, STAMPS) != STAMPS)
		return;
	for (int i = 1; i < STAMPS; i++)
		if (at[i] < at[i - 1]) /* it did not come to that */
			return;
	times->crun += at[BEGUN] - at[PREPARED];
	times->cases += at[ENDED] - at[BEGUN];
	times->keep += at[KEPT] - at[ENDED];
}

static GuestTimes read_guest(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	GuestTimes times = { 0 };
	gint64 number, last = 0;

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", -1);

		if (!words[0])
			continue;
		if (g_str_equal(words[0], "case"))
			read_case(words + 1, &times);
		if (read_numbers(words + 1, &number, 1) != 1)
			continue;
		if (g_str_equal(words[0], "agent"))
			times.agent = number;
		if (g_str_equal(words[0], "cases"))
			last = number;
		if (g_str_equal(words[0], "told"))
			times.told = number;
	}
	times.any = times.agent > 0 && last >= times.agent && times.told >= last;
	times.keep += times.told - last;
	return times;
}

/* What the host sees of the guest it sees some milliseconds late. */
static gint64 since(gint64 from, gint64 to)
{
	return from && to ? MAX(to - from, 0) : TIMING_UNKNOWN;
}

Timings *timings_new(const TimingsHost *host, const char *guest)
{
	Timings *timings = g_new0(Timings, 1);
	GuestTimes times = read_guest(guest);
	gint64 *us = timings->us, clock;

	for (int i = 0; i < PARTS; i++)
		us[i] = TIMING_UNKNOWN;
	timings->all_us = since(host->begin, host->end);
	us[PART_SHARE] = since(host->begin, host->filled);
	us[PART_QEMU] = since(host->filled, host->runs);
	us[PART_FIRMWARE] = since(host->runs, host->spoke);
	if (!times.any || !host->agent)
		return timings;
	/* when the guest's clock began, by ours */
	clock = host->agent - times.agent;
	us[PART_UNPACK] = since(host->spoke, clock);
	us[PART_KERNEL] = times.agent;
	us[PART_CRUN] = times.crun;
	us[PART_CASE] = times.cases;
	us[PART_KEEP] = times.keep;
	us[PART_AGENT] = times.told - times.agent - times.crun - times.cases - times.keep;
	us[PART_END] = since(clock + times.told, host->end);
	return timings;
}

static gint compare(gconstpointer a, gconstpointer b)
{
	gint64 one = *(const gint64 *)a, two = *(const gint64 *)b;

	return (one > two) - (one < two);
}

/* Of what is known. */
static gint64 median(gint64 *values, guint n)
{
	guint unknown = 0;

	qsort(values, n, sizeof(*values), compare);
	while (unknown < n && values[unknown] == TIMING_UNKNOWN)
		unknown++;
	return unknown == n ? TIMING_UNKNOWN : values[unknown + (n - unknown - 1) / 2];
}

Timings *timings_median(const GPtrArray *boots)
{
	Timings *timings = g_new0(Timings, 1);
	g_autofree gint64 *values = g_new(gint64, boots->len);

	for (int part = 0; part <= PARTS; part++) {
		for (guint i = 0; i < boots->len; i++) {
			const Timings *boot = boots->pdata[i];

			values[i] = part < PARTS ? boot->us[part] : boot->all_us;
		}
		*(part < PARTS ? &timings->us[part] : &timings->all_us) =
			median(values, boots->len);
	}
	return timings;
}

static void add_ms(Json *json, const char *name, gint64 us)
{
	g_autofree char *field = g_strconcat(name, "_ms", NULL);

	if (us == TIMING_UNKNOWN)
		json_add_string(json, field, NULL);
	else
		json_add_double(json, field, (double)us / 1000);
}

Json *timings_json(const Timings *timings)
{
	Json *json = json_new_object();

	for (Part part = 0; part < PARTS; part++)
		add_ms(json, part_name(part), timings->us[part]);
	add_ms(json, "all", timings->all_us);
	return json;
}
