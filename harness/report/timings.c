/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time goes, for people and programs. */
#include "report/timings.h"

#include "util/text.h"

#define NAME_SHOWN 24

TimedKernel *timed_kernel_new(const char *name)
{
	TimedKernel *kernel = g_new0(TimedKernel, 1);

	kernel->name = g_strdup(name);
	kernel->boots = g_ptr_array_new_with_free_func((GDestroyNotify)timings_free);
	return kernel;
}

void timed_kernel_free(TimedKernel *kernel)
{
	g_free(kernel->name);
	g_ptr_array_unref(kernel->boots);
	g_free(kernel);
}

static const char *about(int part)
{
	static const char *const texts[PARTS] = {
		[PART_SHARE] = "the host fills the share",
		[PART_QEMU] = "libvirt starts QEMU",
		[PART_FIRMWARE] = "the machine's firmware, as far as the kernel's first word",
		[PART_UNPACK] = "the kernel unpacks itself",
		[PART_KERNEL] = "the kernel, until it starts the agent",
		[PART_AGENT] = "the agent: mounts, the share, the cases' folders",
		[PART_CRUN] = "crun, and the cases' controls",
		[PART_CASE] = "the cases' commands",
		[PART_KEEP] = "what is left is ended, evidence and the kernel's log are kept",
		[PART_END] = "the host hears of it, stops the guest and judges",
	};

	return part < PARTS ? texts[part] : "from the start to the verdict";
}

static void add_line(GString *text, const char *name, const Timings *timings, int part)
{
	gint64 us = part < PARTS ? timings->us[part] : timings->all_us;

	if (us == TIMING_UNKNOWN)
		g_string_append_printf(text, "  %-9s%7s  %s\n", name, "-", about(part));
	else
		g_string_append_printf(text, "  %-9s%7" G_GINT64_FORMAT "  %s\n", name,
				       (us + 500) / 1000, about(part));
}

static char *shown_name(const TimedKernel *kernel)
{
	g_autofree char *clean = text_clean(kernel->name, 0);
	glong len = g_utf8_strlen(clean, -1);

	if (len <= NAME_SHOWN)
		return g_steal_pointer(&clean);
	return g_strconcat("...", g_utf8_offset_to_pointer(clean, len - NAME_SHOWN + 3), NULL);
}

static void add_kernel(GString *text, const TimedKernel *kernel)
{
	g_autofree char *name = shown_name(kernel);
	Timings *median;

	if (!kernel->boots->len) {
		g_string_append_printf(text, "\n%s: nothing was booted\n", name);
		return;
	}
	median = timings_median(kernel->boots);
	g_string_append_printf(text, "\n%s: where the time goes, ms", name);
	if (kernel->boots->len > 1)
		g_string_append_printf(text, " (medians of %u boots)", kernel->boots->len);
	g_string_append_c(text, '\n');
	for (int part = 0; part < PARTS; part++)
		add_line(text, part_name((Part)part), median, part);
	add_line(text, "all", median, PARTS);
	timings_free(median);
}

char *report_timings(const GPtrArray *kernels)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < kernels->len; i++)
		add_kernel(text, kernels->pdata[i]);
	return g_string_free(text, FALSE);
}

Json *report_timings_json(const GPtrArray *kernels)
{
	Json *list = json_new_array();

	for (guint i = 0; i < kernels->len; i++) {
		const TimedKernel *kernel = kernels->pdata[i];
		Json *one = json_append(list, json_new_object());
		Json *boots;

		json_add_string(one, "kernel", kernel->name);
		boots = json_add(one, "boots", json_new_array());
		for (guint boot = 0; boot < kernel->boots->len; boot++)
			json_append(boots, timings_json(kernel->boots->pdata[boot]));
	}
	return list;
}
