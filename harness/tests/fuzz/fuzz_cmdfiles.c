/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kbuild's .cmd files, where the rules about them differ: of the kernel, of tools/, of the
 * initramfs, of the configuration. "/TREE" in the input is where the source tree is. */
#include "fuzz.h"

#include "kernel/cmdfiles.h"

static const char *const places[] = { "build/.a.o.cmd", "build/tools/b/.c.o.cmd",
				      "build/usr/.d.cmd", "build/include/config/auto.conf.cmd" };

static void make_tree(void)
{
	static bool made;

	if (made)
		return;
	fuzz_write("tree/a.c", "", 0);
	fuzz_write("tree/init/main.c", "", 0);
	fuzz_write("tree/include/x.h", "", 0);
	fuzz_write("tree/tools/b/c.c", "", 0);
	fuzz_write("tree/Kconfig", "", 0);
	made = true;
}

static void check_paths(GHashTable *paths)
{
	GHashTableIter iter;
	gpointer path;

	g_hash_table_iter_init(&iter, paths);
	while (g_hash_table_iter_next(&iter, &path, NULL)) {
		g_assert_true(*(char *)path && !g_path_is_absolute(path));
		g_assert_false(g_str_has_prefix(path, "../"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *tree = g_build_filename(fuzz_folder(), "tree", NULL);
	g_autofree char *build = g_build_filename(fuzz_folder(), "build", NULL);
	g_autofree char *given = fuzz_text(data, size);
	g_autoptr(GString) text = g_string_new(given);
	g_autoptr(GError) error = NULL;
	g_auto(CmdFiles) files = { 0 };
	bool ok;

	make_tree();
	g_string_replace(text, "/TREE", tree, 0);
	for (guint i = 0; i < G_N_ELEMENTS(places); i++)
		fuzz_write(places[i], text->str, text->len);
	ok = cmd_files_read(tree, build, &files, &error);
	fuzz_check(ok, &error);
	if (!ok)
		return 0;
	check_paths(files.files);
	check_paths(files.searched);
	check_paths(files.packed);
	return 0;
}
