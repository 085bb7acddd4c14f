/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernels are built with. */
#include "revision/tools.h"

#include "kernel/build.h"
#include "kernel/makewords.h"
#include "util/error.h"

void tools_clear(Tools *tools)
{
	g_clear_pointer(&tools->fixing, fixing_free);
	g_clear_pointer(&tools->fixups, g_ptr_array_unref);
	g_clear_pointer(&tools->chains, toolchains_free);
	g_clear_pointer(&tools->key, g_free);
}

const Arch *tools_arch(const ToolchainSpec *spec)
{
	return makewords_value(spec->words, "ARCH") ? arch_of_folder(makewords_arch(spec->words))
						    : NULL;
}

/* What guests have no architecture for can be built, and looked at. */
static bool check_arch(const ToolchainSpec *spec, const Arch *arch, bool boots, GError **error)
{
	const char *word = makewords_value(spec->words, "ARCH");
	const Arch *wanted = tools_arch(spec);

	if (!word || wanted == arch)
		return true;
	if (wanted)
		return error_usage(error, "--make-arg ARCH=%s and --arch %s exclude each other",
				   word, arch->name);
	return !boots ||
	       error_usage(error,
			   "--make-arg ARCH=%s: there are no guests for it: `bisectbox footprint` "
			   "and `bisectbox relevant` build for %s, and nothing can be run",
			   word, word);
}

/* The user's words, and before them what another architecture takes. */
static char **make_words(const ToolchainSpec *spec, const Arch *arch)
{
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();
	g_autofree char *own = g_strconcat("ARCH=", arch->name, NULL);
	g_autofree char *cross = g_strconcat("CROSS_COMPILE=", arch->cross, NULL);

	if (arch != arch_usual() && !makewords_value(spec->words, "ARCH"))
		g_strv_builder_add(words, own);
	/* LLVM's tools are for all architectures, and kernel.org's have their own names */
	if (*arch->cross && !spec->folder && !makewords_value(spec->words, "CROSS_COMPILE") &&
	    !makewords_value(spec->words, "LLVM"))
		g_strv_builder_add(words, cross);
	if (spec->words)
		g_strv_builder_addv(words, (const char **)(gpointer)spec->words);
	return g_strv_builder_end(words);
}

bool tools_open(const ToolchainSpec *spec, const Arch *arch, const char *const *fixups, bool boots,
		Tools *ret_tools, GError **error)
{
	g_auto(GStrv) words = NULL;
	g_autofree char *patches = NULL;
	g_autofree char *chains = NULL;
	ToolchainSpec full = *spec;

	if (!kernel_tools_check(error) || !makewords_check(spec->words, error) ||
	    !check_arch(spec, arch, boots, error))
		return false;
	words = make_words(spec, arch);
	full.words = (const char *const *)words;
	if (!fixups_load(fixups, &ret_tools->fixups, &patches, error) ||
	    !toolchains_open(&full, &ret_tools->chains, error))
		return false;
	ret_tools->fixing = fixing_new(ret_tools->fixups);
	chains = toolchains_key(ret_tools->chains);
	ret_tools->key = g_strconcat(chains, " ", patches, NULL);
	return true;
}

char **tools_ignored(void)
{
	static const struct {
		const char *name, *instead;
	} names[] = {
		{ "ARCH", "--make-arg" }, { "CROSS_COMPILE", "--make-arg" },
		{ "LLVM", "--make-arg" }, { "KCFLAGS", "--make-arg" },
		{ "CC", "--cc" },
	};
	g_autoptr(GStrvBuilder) lines = g_strv_builder_new();

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *value = g_getenv(names[i].name);
		g_autofree char *line = NULL;

		if (!value || !*value)
			continue;
		line = g_strdup_printf("%s=%s is not used: give %s", names[i].name, value,
				       names[i].instead);
		g_strv_builder_add(lines, line);
	}
	return g_strv_builder_end(lines);
}
