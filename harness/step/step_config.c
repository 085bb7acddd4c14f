/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configure step alone. */
#include "step/step_internal.h"

#include "util/error.h"
#include "util/fs.h"

bool step_configure(Workshop *shop, const RepoId *revision, const char *config, bool sparse,
		    const char *log, GCancellable *cancel, char **ret_config, GError **error)
{
	g_autofree char *build = g_build_filename(worktree_home(shop->tree), "configure", NULL);
	g_autoptr(GPtrArray) misses = NULL;
	g_auto(Kernel) kernel = { 0 };
	Version version = { .parts = 0 };
	KernelSpec spec = {
		.tree = worktree_path(shop->tree),
		.build = build,
		.kconfig = shop->kconfig,
		.config = config,
		.sparse = sparse,
		.jobs = shop->jobs,
		.log = log,
		.ccache = shop->ccache,
		.arch = toolchains_arch(shop->chains),
	};

	if (!worktree_checkout(shop->tree, revision, cancel, NULL, error) ||
	    !step_version(shop, revision, &version, error) ||
	    !step_chain_for(shop, &version, &spec.chain, error) ||
	    !kernel_configure(&spec, cancel, &kernel, &misses, error))
		return false;
	if (!misses)
		return error_usage(error, "%.12s cannot be configured so: %s", revision->hex,
				   kernel.reason);
	*ret_config = g_build_filename(build, ".config", NULL);
	return true;
}
