/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compiler of a step, and whether its kernel by that compiler is there. */
#include "step/step_internal.h"

#include "kernel/compiler.h"
#include "kernel/version.h"

bool step_chain_for(const Workshop *shop, const Version *version, const Toolchain **ret_chain,
		    GError **error)
{
	*ret_chain = shop->chain;
	return shop->chain ||
	       toolchains_choose(shop->chains, version->parts ? version : NULL, ret_chain, error);
}

bool step_version(const Workshop *shop, const RepoId *revision, Version *ret_version,
		  GError **error)
{
	WorktreeFile file = { .path = "Makefile" };

	if (!worktree_file(shop->tree, revision, &file, error))
		return false;
	if (file.data)
		kernel_makefile_version(file.data, ret_version);
	g_free(file.data);
	return true;
}

bool step_chain(Workshop *shop, const RepoId *revision, const Toolchain **ret_chain, GError **error)
{
	Version version = { .parts = 0 };

	return step_version(shop, revision, &version, error) &&
	       step_chain_for(shop, &version, ret_chain, error);
}

bool step_ready(Workshop *shop, const RepoId *revision)
{
	const Toolchain *chain;
	g_autofree char *compiler = NULL;

	return stock_had(shop->stock, shop->repo, revision, NULL) &&
	       step_chain(shop, revision, &chain, NULL) && compiler_key(chain, &compiler, NULL) &&
	       stock_had(shop->stock, shop->repo, revision, compiler);
}
