/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping footprints. What cannot be used is as if it was not there: it is made anew. */
#include "kernel/footstore.h"

#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#define FILE_MAX ((gsize)32 << 20)
#define SUFFIX ".footprint"

typedef struct {
	char *tree;
	struct timespec used;
} Item;

static void item_clear(gpointer data)
{
	g_free(((Item *)data)->tree);
}

static int latest_first(gconstpointer a, gconstpointer b)
{
	const Item *x = a;
	const Item *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? 1 : -1;
	return strcmp(x->tree, y->tree);
}

static char *path_of(const char *folder, const char *tree)
{
	g_autofree char *name = g_strconcat(tree, SUFFIX, NULL);

	return g_build_filename(folder, name, NULL);
}

static void add_item(GArray *items, const char *name, struct timespec used)
{
	const Item item = { g_strndup(name, strlen(name) - strlen(SUFFIX)), used };

	g_array_append_vals(items, &item, 1);
}

static GArray *list_items(const char *folder)
{
	GArray *items = g_array_new(FALSE, FALSE, sizeof(Item));
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	g_array_set_clear_func(items, item_clear);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		GStatBuf st;

		if (!g_str_has_suffix(name, SUFFIX) || g_stat(path, &st) < 0)
			continue;
		add_item(items, name, st.st_mtim);
	}
	g_array_sort(items, latest_first);
	return items;
}

char **footstore_list(const char *folder)
{
	g_autoptr(GArray) items = list_items(folder);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	for (guint i = 0; i < items->len; i++)
		g_strv_builder_add(names, g_array_index(items, Item, i).tree);
	return g_strv_builder_end(names);
}

bool footstore_save(const char *folder, const char *tree, const Footprint *footprint,
		    GError **error)
{
	g_autofree char *path = path_of(folder, tree);
	g_autofree char *text = footprint_text(footprint);
	g_autoptr(GArray) items = NULL;

	if (!fs_mkdir(folder, error) || !fs_write(path, text, -1, error))
		return false;
	items = list_items(folder);
	for (guint i = FOOTSTORE_MAX; i < items->len; i++) {
		g_autofree char *old = path_of(folder, g_array_index(items, Item, i).tree);

		g_unlink(old);
	}
	return true;
}

Footprint *footstore_load(const char *folder, const char *tree)
{
	g_autofree char *path = path_of(folder, tree);
	g_autofree char *text = NULL;
	Footprint *footprint = NULL;

	if (!fs_read(path, FILE_MAX, &text, NULL, NULL))
		return NULL;
	if (footprint_parse(text, &footprint, NULL))
		utime(path, NULL);
	else
		g_unlink(path);
	return footprint;
}
