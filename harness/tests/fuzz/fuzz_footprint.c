/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored footprints, as they are and with the right checksum: what is taken is written as the same,
 * and judges any path. */
#include "fuzz.h"

#include "kernel/footprint.h"

static char *seal(const char *text)
{
	g_autofree char *lines =
		g_str_has_suffix(text, "\n") ? g_strdup(text) : g_strconcat(text, "\n", NULL);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, lines, -1);

	return g_strconcat(lines, "sum ", sum, "\n", NULL);
}

static void read_it(const char *text)
{
	static const char *const paths[] = { "init/main.c", "x", "drivers/x/a.h", "Makefile" };
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(Footprint) again = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *written = NULL;
	g_autofree char *twice = NULL;
	bool ok = footprint_parse(text, &footprint, &error);

	fuzz_check(ok, &error);
	if (!ok)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
		for (guint change = 0; change < 3; change++)
			g_assert_nonnull(footprint_why(footprint_judge(footprint, paths[i], change),
						       paths[i]));
	written = footprint_text(footprint);
	g_assert_true(footprint_parse(written, &again, NULL));
	twice = footprint_text(again);
	g_assert_cmpstr(written, ==, twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_autofree char *sealed = seal(text);

	read_it(text);
	read_it(sealed);
	return 0;
}
