/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How ar and nm are called. */
#include "kernel/bfdplugin.h"

#include "kernel/makewords.h"
#include "util/process.h"

#include <string.h>

#define ASK_TIMEOUT_S 20
#define WORD_CHARS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/._-+"

/* What @argv prints, without the line's end; NULL: it failed. */
static char *ask(const char *const *argv)
{
	ProcessSpec spec = { .argv = argv, .timeout_s = ASK_TIMEOUT_S };
	g_auto(ProcessEnd) end = { 0 };

	if (!process_run(&spec, NULL, &end, NULL) || end.signal || end.status != 0)
		return NULL;
	return g_strchomp(g_steal_pointer(&end.out));
}

/* gcc prints the bare name of a file that it has not. */
static char *find_plugin(const char *cc)
{
	const char *argv[] = { cc, "-print-file-name=liblto_plugin.so", NULL };
	char *path = ask(argv);

	/* a word for make and for its shell */
	if (path && (strspn(path, WORD_CHARS) != strlen(path) || !g_path_is_absolute(path) ||
		     !g_file_test(path, G_FILE_TEST_IS_REGULAR)))
		g_clear_pointer(&path, g_free);
	return path;
}

char **bfdplugin_words(const char *cc, const char *const *words)
{
	static const struct {
		const char *variable, *tool;
	} tools[] = { { "AR", "ar" }, { "NM", "nm" } };
	g_autoptr(GStrvBuilder) found = g_strv_builder_new();
	const char *llvm = makewords_value(words, "LLVM");
	g_autofree char *plugin = llvm && *llvm ? NULL : find_plugin(cc);

	for (guint i = 0; plugin && i < G_N_ELEMENTS(tools); i++) {
		g_autofree char *tool = makewords_tool(words, tools[i].tool, NULL);
		const char *argv[] = { tool, "--plugin", plugin, "--version", NULL };
		g_autofree char *version = ask(argv);
		g_autofree char *word =
			g_strconcat(tools[i].variable, "=", tool, " --plugin ", plugin, NULL);

		if (version)
			g_strv_builder_add(found, word);
	}
	return g_strv_builder_end(found);
}
