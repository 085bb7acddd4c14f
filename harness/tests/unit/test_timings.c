/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of a boot goes: two clocks put together, and what a guest may say. */
#include "report/timings.h"

#include <string.h>

/* The guest's clock begins at 2 s of the host's: its first program at 2.6 s, all told at 3.9 s. */
static const TimingsHost host = { .begin = 1000000,
				  .filled = 1010000,
				  .runs = 1300000,
				  .spoke = 1500000,
				  .agent = 2600000,
				  .end = 4000000 };
static const char guest[] = "agent 600000\n"
			    "case one 700000 750000 900000 1400000 1450000\n"
			    "case two 1450000 1500000 1600000 1700000 1720000\n"
			    "cases 1720000\n"
			    "told 1900000\n";

static void assert_part(const Timings *timings, Part part, gint64 us)
{
	if (timings->us[part] != us)
		g_error("%s: %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT, part_name(part),
			timings->us[part], us);
}

static void test_parts(void)
{
	Timings *timings = timings_new(&host, guest);
	gint64 sum = 0;

	assert_part(timings, PART_SHARE, 10000);
	assert_part(timings, PART_QEMU, 290000);
	assert_part(timings, PART_FIRMWARE, 200000);
	assert_part(timings, PART_UNPACK, 500000);
	assert_part(timings, PART_KERNEL, 600000);
	assert_part(timings, PART_CRUN, 250000);
	assert_part(timings, PART_CASE, 600000);
	assert_part(timings, PART_KEEP, 50000 + 20000 + 180000);
	assert_part(timings, PART_AGENT, 100000 + 50000 + 50000);
	assert_part(timings, PART_END, 100000);
	for (int i = 0; i < PARTS; i++)
		sum += timings->us[i];
	g_assert_cmpint(sum, ==, timings->all_us);
	g_assert_cmpint(sum, ==, host.end - host.begin);
	timings_free(timings);
}

/* A guest that did not get there, or says nothing that can be: its parts are not known. */
static void test_unknown(void)
{
	static const char *const texts[] = {
		NULL,
		"",
		"agent\ncase\ncase one\ntold x\n",
		"agent -5\ncases 1\ntold 2\n",
		"agent 99999999999999999999\ncases 1\ntold 2\n",
		"agent 600000\ncases 500000\ntold 400000\n",
		"agent 600000\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		Timings *timings = timings_new(&host, texts[i]);

		assert_part(timings, PART_FIRMWARE, 200000);
		assert_part(timings, PART_KERNEL, TIMING_UNKNOWN);
		assert_part(timings, PART_CASE, TIMING_UNKNOWN);
		assert_part(timings, PART_END, TIMING_UNKNOWN);
		timings_free(timings);
	}
}

/* A case that was not started has no time of its own. */
static void test_not_started(void)
{
	Timings *timings = timings_new(&host, "agent 600000\ncase one 700000 750000 0 0 760000\n"
					      "cases 800000\ntold 900000\n");

	assert_part(timings, PART_CASE, 0);
	assert_part(timings, PART_KEEP, 100000);
	assert_part(timings, PART_AGENT, 200000);
	timings_free(timings);
}

static void test_median(void)
{
	g_autoptr(GPtrArray) kernels =
		g_ptr_array_new_with_free_func((GDestroyNotify)timed_kernel_free);
	TimedKernel *kernel = timed_kernel_new("v1\n");
	TimingsHost other = host;
	g_autofree char *text = NULL;
	g_autofree char *json = NULL;
	g_autoptr(Json) list = NULL;
	Timings *median;

	g_ptr_array_add(kernels, kernel);
	g_ptr_array_add(kernels, timed_kernel_new("none"));
	for (int i = 0; i < 3; i++) {
		other.filled = host.begin + (i + 1) * 1000;
		g_ptr_array_add(kernel->boots, timings_new(&other, i == 1 ? NULL : guest));
	}
	median = timings_median(kernel->boots);
	assert_part(median, PART_SHARE, 2000);
	assert_part(median, PART_KERNEL, 600000); /* of the two that say */
	timings_free(median);
	text = report_timings(kernels);
	g_assert_nonnull(strstr(text, "v1?: where the time goes, ms (medians of 3 boots)\n"));
	g_assert_nonnull(strstr(text, "  kernel       600  the kernel, until"));
	g_assert_nonnull(strstr(text, "none: nothing was booted\n"));
	list = report_timings_json(kernels);
	json = json_text(list, false);
	g_assert_nonnull(strstr(json, "\"share_ms\":1,"));
	g_assert_nonnull(strstr(json, "\"kernel_ms\":null"));
	g_assert_nonnull(strstr(json, "{\"kernel\":\"none\",\"boots\":[]}"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/timings/parts", test_parts);
	g_test_add_func("/timings/unknown", test_unknown);
	g_test_add_func("/timings/not-started", test_not_started);
	g_test_add_func("/timings/median", test_median);
	return g_test_run();
}
