/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox image: build one, list them. */
#include "cmd/cmd.h"
#include "cmd/live.h"
#include "image/image.h"
#include "image/oci.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/text.h"

#include <stdio.h>

static void on_progress(const char *phase, const char *detail, void *user)
{
	live_notice(user, phase, detail);
}

static int build(const char *name, GCancellable *cancel)
{
	g_autoptr(Live) live = live_new(false);
	g_autoptr(Recipe) recipe = NULL;
	g_autoptr(Image) image = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *agent = paths_built("agent");
	g_autofree char *host = paths_cache("host");
	g_autofree char *why = NULL;
	Accel accel;
	bool ok = recipe_load(name, &recipe, &error) && fs_mkdir(host, &error) &&
		  accel_choose(ACCEL_AUTO, host, &accel, &why, &error) &&
		  image_ensure(recipe, agent, accel, on_progress, live, cancel, &image, &error);

	g_clear_pointer(&live, live_free);
	if (!ok)
		return cmd_error(error);
	printf("%s\n", image->path);
	return EXIT_GOOD;
}

/* What cases with a root of their own have left in the cache. */
static void list_roots(void)
{
	g_autoptr(GPtrArray) roots = oci_list();

	for (guint i = 0; i < roots->len; i++) {
		const Image *root = roots->pdata[i];
		g_autofree char *source = text_clean(root->source, 0);

		printf("%-10s from %s\n           %s\n", "OCI image", source, root->path);
	}
}

static int list(const char *only)
{
	g_auto(GStrv) names = recipe_names();
	g_autofree char *agent = paths_built("agent");

	for (guint i = 0; names[i]; i++) {
		g_autoptr(Recipe) recipe = NULL;
		g_autoptr(Image) image = NULL;
		g_autoptr(GError) error = NULL;

		if (only && !g_str_equal(only, names[i]))
			continue;
		if (!recipe_load(names[i], &recipe, &error) ||
		    !image_find(recipe, agent, &image, &error))
			return cmd_error(error);
		printf("%-10s %s\n           %s\n", recipe->name, recipe->title,
		       image ? image->path : "not built yet");
	}
	if (!only)
		list_roots();
	return EXIT_GOOD;
}

int cmd_image(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.parser = cmd_words_parse,
		.args_doc = "build IMAGE\nlist [IMAGE]",
		.doc = "Build a guest image from its recipe (a name in images/, or a file), or "
		       "list "
		       "the recipes and what is built of them, and the roots that cases brought "
		       "along.\v"
		       "`bisectbox run` builds the image that it needs by itself; images/README.md "
		       "describes recipes.",
	};
	CommandWords words = { 0 };

	cmd_parse(&argp, PARSE_USUAL, argc, argv, &words, NULL);
	if (g_strcmp0(words.action, "build") == 0 && words.name)
		return build(words.name, cancel);
	if (g_strcmp0(words.action, "list") == 0)
		return list(words.name);
	return cmd_usage_error(
		"`bisectbox image build IMAGE` or `bisectbox image list` is expected");
}
