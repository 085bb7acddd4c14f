/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words about how kernels are compiled, of every command that builds them. */
#pragma once

#include "kernel/toolchain.h"

#include <argp.h>

/* As given; strings point into argv. The lists are of const char *, NULL-terminated once parsed. */
typedef struct {
	GPtrArray *ccs;
	GPtrArray *words;
	GPtrArray *fixups;
	const char *folder;
} BuildOptions;

/* A child of each such command's argp; its input is a BuildOptions. */
extern const struct argp build_options_argp;

/** build_options_init() - nothing given; build_options_clear() */
void build_options_init(BuildOptions *options);
void build_options_clear(BuildOptions *options);

/** build_options_chain() - as a ToolchainSpec, which borrows from @options */
ToolchainSpec build_options_chain(const BuildOptions *options);
/** build_options_fixups() - the user's, NULL-terminated; borrowed */
const char *const *build_options_fixups(const BuildOptions *options);
