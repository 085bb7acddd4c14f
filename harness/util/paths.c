/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are. The program finds its checkout or its prefix by its own path. */
#include "util/paths.h"

/* The folder of the running program. */
static char *program_folder(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);

	return g_path_get_dirname(self ? self : "");
}

/* The checkout that the program was built in, or NULL where it is installed. */
static char *checkout(void)
{
	g_autofree char *folder = program_folder();
	g_autofree char *top = g_path_get_dirname(folder);
	g_autofree char *mark = g_build_filename(top, "kconfigs", "base.config", NULL);

	return g_file_test(mark, G_FILE_TEST_EXISTS) ? g_steal_pointer(&top) : NULL;
}

static char *below_prefix(const char *folder, const char *name)
{
	g_autofree char *bin = program_folder();
	g_autofree char *prefix = g_path_get_dirname(bin);

	return g_build_filename(prefix, folder, "bisectbox", name, NULL);
}

char *paths_data(const char *name)
{
	const char *env = g_getenv("BISECTBOX_DATA");
	g_autofree char *top = checkout();

	if (env)
		return g_build_filename(env, name, NULL);
	return top ? g_build_filename(top, name, NULL) : below_prefix("share", name);
}

char *paths_built(const char *name)
{
	const char *env = g_getenv("BISECTBOX_BUILT");
	g_autofree char *top = checkout();
	g_autofree char *folder = program_folder();

	if (env)
		return g_build_filename(env, name, NULL);
	return top ? g_build_filename(folder, name, NULL) : below_prefix("lib", name);
}

char *paths_cache(const char *name)
{
	const char *env = g_getenv("BISECTBOX_CACHE");

	if (env)
		return g_build_filename(env, name, NULL);
	return g_build_filename(g_get_user_cache_dir(), "bisectbox", name, NULL);
}

char *paths_results(void)
{
	g_autofree char *top = checkout();

	if (top)
		return g_build_filename(top, "results", NULL);
	return g_build_filename(g_get_user_data_dir(), "bisectbox", "results", NULL);
}
