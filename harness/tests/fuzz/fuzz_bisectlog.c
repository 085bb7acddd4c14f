/* SPDX-License-Identifier: GPL-2.0-or-later */
/* git's bisect logs: what was read and is written is read as the same. */
#include "fuzz.h"

#include "record/bisectlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_autoptr(GError) error = NULL;
	g_autoptr(BisectLog) log = bisect_log_parse(text, "x.log", &error);
	g_autoptr(BisectLog) again = NULL;
	g_autofree char *written = NULL;
	g_autofree char *twice = NULL;

	fuzz_check(log != NULL, &error);
	if (!log)
		return 0;
	written = bisect_log_text(log);
	again = bisect_log_parse(written, "again", &error);
	g_assert_no_error(error);
	twice = bisect_log_text(again);
	g_assert_cmpstr(written, ==, twice);
	return 0;
}
