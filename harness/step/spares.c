/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boots of one kernel ahead of the questions. */
#include "step/spares.h"

#include "step/lanes.h"
#include "util/fs.h"

#include <glib/gstdio.h>

struct Spares {
	char *folder;
	char *key;     /* of what is in store, or NULL */
	Kernel kernel; /* its file is ours */
	StepResult *after_build;
	guint n_cases;
	Lanes *lanes;
	guint next;
	guint end;
};

Spares *spares_new(const char *folder)
{
	Spares *spares = g_new0(Spares, 1);

	spares->folder = g_strdup(folder);
	return spares;
}

static void drop(Spares *spares)
{
	g_clear_pointer(&spares->lanes, lanes_free);
	for (guint i = 0; i < spares->n_cases; i++)
		step_result_clear(&spares->after_build[i]);
	g_clear_pointer(&spares->after_build, g_free);
	spares->n_cases = 0;
	kernel_clear(&spares->kernel);
	g_clear_pointer(&spares->key, g_free);
	fs_remove_tree(spares->folder, NULL);
}

void spares_free(Spares *spares)
{
	if (!spares)
		return;
	drop(spares);
	g_free(spares->folder);
	g_free(spares);
}

static char *lane_folder(const Spares *spares, guint number)
{
	g_autofree char *leaf = g_strdup_printf("%u", number);

	return g_build_filename(spares->folder, leaf, NULL);
}

/* As many boots as there may be at once. */
static bool fill(Spares *spares, Workshop *shop, const char *key, const Kernel *kernel,
		 GCancellable *cancel, const StepResult *results, GError **error)
{
	spares->kernel = (Kernel){ .end = kernel->end,
				   .image = g_build_filename(spares->folder, "kernel", NULL),
				   .hash = g_strdup(kernel->hash) };
	if (!fs_mkdir(spares->folder, error) ||
	    !fs_copy(kernel->image, spares->kernel.image, error))
		return false;
	spares->key = g_strdup(key);
	spares->n_cases = shop->cases->len;
	spares->after_build = g_new0(StepResult, spares->n_cases);
	for (guint i = 0; i < spares->n_cases; i++)
		spares->after_build[i] = step_result_copy(&results[i]);
	spares->lanes = lanes_new(shop, &spares->kernel, spares->after_build, shop->guests, cancel);
	spares->next = 0;
	spares->end = shop->guests;
	for (guint i = 0; i < spares->end; i++) {
		g_autofree char *folder = lane_folder(spares, i);

		lanes_add(spares->lanes, folder);
	}
	return true;
}

/* A boot's files, to where they are asked for. */
static bool bring(const char *from, const char *to, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(from, 0, error);
	const char *name;

	if (!dir)
		return false;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *old = g_build_filename(from, name, NULL);
		g_autofree char *new = g_build_filename(to, name, NULL);
		bool folder = g_file_test(old, G_FILE_TEST_IS_DIR);

		if (!fs_remove_tree(new, error) ||
		    !(folder ? fs_copy_tree(old, new, error) : fs_copy(old, new, error)))
			return false;
	}
	return true;
}

static bool take(Spares *spares, const char *folder, StepResult *results, GError **error)
{
	guint number = spares->next++;
	g_autofree char *from = lane_folder(spares, number);
	StepResult *taken = g_new0(StepResult, spares->n_cases);
	bool ok = lanes_take(spares->lanes, number, taken, error) && bring(from, folder, error);

	for (guint i = 0; i < spares->n_cases; i++) {
		if (ok)
			step_take_boot(&taken[i], &results[i]);
		step_result_clear(&taken[i]);
	}
	g_free(taken);
	return ok;
}

bool spares_boot(Spares *spares, Workshop *shop, const char *key, const Kernel *kernel,
		 const char *folder, GCancellable *cancel, StepResult *results, GError **error)
{
	bool ok;

	if (spares->key && !g_str_equal(spares->key, key))
		drop(spares);
	ok = spares->key || fill(spares, shop, key, kernel, cancel, results, error);
	ok = ok && take(spares, folder, results, error);
	if (!ok || spares->next == spares->end)
		drop(spares);
	return ok;
}
