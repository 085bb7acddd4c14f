/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels are compiled with: the compiler, chosen for each tree by the years that it is from
 * or as the user says, and the words that make gets.
 */
#pragma once

#include "util/version.h"

#include <glib.h>
#include <stdbool.h>

/**
 * struct Toolchain - a compiler with its linker; owned by its Toolchains
 * @cc:   program, as make gets it behind ccache
 * @tools: for make: how ar and nm are called, "VAR=VALUE", NULL-terminated, or NULL; the same bytes
 *         come out
 * @words: for make besides, and last: "VAR=VALUE", NULL-terminated
 * @text: one line that names compiler, linker and @words, for people and records
 * @key:  hash of all that; another one where the program was replaced by one that says the same
 */
typedef struct {
	char *cc;
	char **tools;
	char **words;
	char *text;
	char *key;
} Toolchain;

/**
 * struct ToolchainSpec - as the user asked; all borrowed, all may be NULL
 * @ccs:    --cc: CC, or VERSION:CC for trees of that version and later; NULL-terminated
 * @folder: --toolchain: compilers as kernel.org packs them,
 *          gcc-VERSION-nolibc/TARGET/bin/TARGET-gcc
 * @words:  --make-arg, NULL-terminated
 */
typedef struct {
	const char *const *ccs;
	const char *folder;
	const char *const *words;
} ToolchainSpec;

/* May be used by several threads. */
typedef struct Toolchains Toolchains;

/**
 * toolchains_open() - see what there is
 * @error: BOX_ERROR_USAGE: a word that cannot be passed on, no such compiler or no compiler at
 *         all; BOX_ERROR_HOST: gcc or ld is missing: names the package
 */
bool toolchains_open(const ToolchainSpec *spec, Toolchains **ret_chains, GError **error);
void toolchains_free(Toolchains *chains);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Toolchains, toolchains_free)

/**
 * toolchains_choose() - the compiler for a tree; from any thread
 * @version: of its Makefile; NULL for the newest there can be
 * @ret_chain: borrowed
 *
 * The user's choice; else gcc, but where era_fits() says no, the newest of gcc-N that fits. Where
 * none does, gcc: whether it can is then seen by trying.
 */
bool toolchains_choose(Toolchains *chains, const Version *version, const Toolchain **ret_chain,
		       GError **error);

/** toolchains_key() - hash of all that toolchains_choose() may choose, and the words; g_free() */
char *toolchains_key(const Toolchains *chains);
/** toolchains_arch() - folder below arch/ of what is built ("x86"); borrowed */
const char *toolchains_arch(const Toolchains *chains);
