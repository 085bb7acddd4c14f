/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wildcards and names in makefiles, and __has_include() in sources. */
#include "fuzz.h"

#include "kernel/makeglobs.h"

static void check(GHashTable *set)
{
	GHashTableIter iter;
	gpointer text;

	g_hash_table_iter_init(&iter, set);
	while (g_hash_table_iter_next(&iter, &text, NULL))
		g_assert_false(g_path_is_absolute(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_autoptr(GHashTable) globs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	make_globs_text(text, "drivers/x", globs);
	make_globs_text(text, "", globs);
	has_include_text(text, names, globs);
	check(globs);
	check(names);
	return 0;
}
