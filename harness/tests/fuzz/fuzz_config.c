/* SPDX-License-Identifier: GPL-2.0-or-later */
/* .configs: what is written again as changes against nothing is read as the same. */
#include "fuzz.h"

#include "kernel/configdiff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_autoptr(ConfigFile) none = config_file_parse("");
	g_autoptr(ConfigFile) file = config_file_parse(text);
	g_autoptr(ConfigFile) again = NULL;
	g_autoptr(GArray) diffs = config_diff(none, file);
	g_autofree bool *set = g_new(bool, diffs->len + 1);
	g_autofree char *written = NULL;
	g_autoptr(GHashTable) delta = NULL;
	g_autoptr(GHashTable) delta_again = NULL;

	for (guint i = 0; i < diffs->len; i++)
		set[i] = true;
	written = config_change(NULL, diffs, set);
	again = config_file_parse(written);
	delta = config_delta(none, file);
	delta_again = config_delta(none, again);
	g_assert_true(config_delta_within(delta, delta_again));
	g_assert_true(config_delta_within(delta_again, delta));
	return 0;
}
