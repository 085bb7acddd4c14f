/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of images. */
#include "image/source.h"

#include "image/store.h"
#include "util/error.h"
#include "util/paths.h"

#include <string.h>

void image_source_free(ImageSource *source)
{
	if (!source)
		return;
	g_free(source->name);
	recipe_free(source->recipe);
	imported_free(source->imported);
	g_strfreev(source->kconfig);
	g_free(source);
}

/* The names of all images, for who has given another. */
static bool explain_unknown(const char *name, GError **error)
{
	g_auto(GStrv) recipes = recipe_names();
	g_autoptr(GPtrArray) imported = imported_list();
	g_autoptr(GString) list = g_string_new(NULL);

	for (char **recipe = recipes; *recipe; recipe++)
		g_string_append_printf(list, "%s%s", list->len ? ", " : "", *recipe);
	for (guint i = 0; i < imported->len; i++)
		g_string_append_printf(list, "%s%s", list->len ? ", " : "",
				       ((const Imported *)imported->pdata[i])->image->name);
	return error_usage(error, "image \"%s\" is not known; there are: %s", name, list->str);
}

static bool is_recipe(const char *name)
{
	g_auto(GStrv) names = recipe_names();

	return strchr(name, '/') || !recipe_is_name(name) ||
	       g_strv_contains((const char *const *)names, name);
}

bool image_source_load(const char *name, ImageSource **ret_source, GError **error)
{
	g_autoptr(ImageSource) source = g_new0(ImageSource, 1);

	if (is_recipe(name)) {
		if (!recipe_load(name, &source->recipe, error))
			return false;
		source->name = g_strdup(source->recipe->name);
		source->kconfig = recipe_kconfig(source->recipe);
	} else {
		if (!imported_load(name, &source->imported, error))
			return false;
		if (!source->imported)
			return explain_unknown(name, error);
		source->name = g_strdup(name);
		source->kconfig = imported_kconfig(source->imported);
	}
	*ret_source = g_steal_pointer(&source);
	return true;
}

char *image_source_agent(const ImageSource *source)
{
	const Arch *arch = source->recipe ? source->recipe->arch : arch_usual();
	g_autofree char *program = g_strconcat(arch->built, "agent", NULL);

	return paths_built(program);
}

bool image_source_ensure(const ImageSource *source, const char *agent, Accel accel,
			 ImageProgress progress, void *user, GCancellable *cancel,
			 Image **ret_image, GError **error)
{
	if (source->recipe)
		return image_ensure(source->recipe, agent, accel, progress, user, cancel, ret_image,
				    error);
	return imported_ensure(source->name, agent, accel, progress, user, cancel, ret_image,
			       error);
}

static bool find_imported(const ImageSource *source, Image **ret_image, GError **error)
{
	g_autoptr(Imported) imported = NULL;

	*ret_image = NULL;
	if (!imported_load(source->name, &imported, error))
		return false;
	if (imported && store_hold(imported->image->path, &imported->image->lock))
		*ret_image = g_steal_pointer(&imported->image);
	return true;
}

bool image_source_find(const ImageSource *source, const char *agent, Image **ret_image,
		       GError **error)
{
	return source->recipe ? image_find(source->recipe, agent, ret_image, error)
			      : find_imported(source, ret_image, error);
}

bool image_source_lacks_crun(const ImageSource *source)
{
	const Recipe *recipe = source->recipe;

	if (source->imported)
		return !source->imported->image->crun;
	return recipe->from == RECIPE_SUITE &&
	       !g_strv_contains((const char *const *)recipe->packages, "crun");
}
