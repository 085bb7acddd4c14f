/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernels are built with. */
#include "tools.h"

#include "kernel/build.h"
#include "util/error.h"

void tools_clear(Tools *tools)
{
	g_clear_pointer(&tools->fixing, fixing_free);
	g_clear_pointer(&tools->fixups, g_ptr_array_unref);
	g_clear_pointer(&tools->chains, toolchains_free);
	g_clear_pointer(&tools->key, g_free);
}

static bool check_arch(const Tools *tools, bool boots, GError **error)
{
	const char *arch = toolchains_wanted_arch(tools->chains);

	if (arch && boots)
		return error_usage(error,
				   "--make-arg ARCH=%s: guests are x86-64: `bisectbox footprint` "
				   "and `bisectbox relevant` build for %s, and nothing can be run",
				   arch, arch);
	return true;
}

bool tools_open(const ToolchainSpec *spec, const char *const *fixups, bool boots, Tools *ret_tools,
		GError **error)
{
	g_autofree char *patches = NULL;
	g_autofree char *chains = NULL;

	if (!kernel_tools_check(error) ||
	    !fixups_load(fixups, &ret_tools->fixups, &patches, error) ||
	    !toolchains_open(spec, &ret_tools->chains, error) ||
	    !check_arch(ret_tools, boots, error))
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
