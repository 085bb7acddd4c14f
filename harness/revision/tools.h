/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernels are built with: programs, compilers, fixups; the same for all steps of a run. */
#pragma once

#include "revision/fixing.h"
#include "util/arch.h"

/**
 * struct Tools - release with tools_clear()
 * @key: hash of all that decides what a source tree is compiled with and changed with
 */
typedef struct {
	Toolchains *chains;
	GPtrArray *fixups; /* Fixup */
	Fixing *fixing;
	char *key;
} Tools;

/**
 * tools_arch() - the architecture that the user's words for make ask for, where guests can have it;
 * else NULL
 */
const Arch *tools_arch(const ToolchainSpec *spec);

/**
 * tools_open() - look whether all is there
 * @spec:   the user's wishes
 * @arch:   that kernels are for; words for make that follow from it are put before the user's
 * @fixups: the user's, NULL-terminated, or NULL
 * @boots:  what is built is booted, too
 * @ret_tools: also where it fails: tools_clear()
 * @error:  usage, or host trouble: which package is missing
 */
bool tools_open(const ToolchainSpec *spec, const Arch *arch, const char *const *fixups, bool boots,
		Tools *ret_tools, GError **error);
void tools_clear(Tools *tools);

/** tools_ignored() - variables of the environment that another build system would take and this
 * one does not, each with what to type instead; NULL-terminated; g_strfreev() */
char **tools_ignored(void);
