/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes of images. */
#include "fuzz.h"

#include "image/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_autoptr(Recipe) recipe = NULL;
	g_autoptr(GError) error = NULL;
	bool ok = recipe_parse(text, "images/mine.json", "mine", &recipe, &error);

	fuzz_check(ok, &error);
	if (!ok)
		return 0;
	/* These become words of commands. */
	g_assert_cmpstr(recipe->name, ==, "mine");
	g_assert_true(g_ascii_isalnum(recipe->suite[0]));
	for (char **package = recipe->packages; *package; package++)
		g_assert_true(g_ascii_isalnum((*package)[0]) && !strpbrk(*package, " /\n,"));
	return 0;
}
