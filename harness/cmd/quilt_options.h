/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words about a quilt series, of each command that takes one in place of commits. */
#pragma once

#include "cmd/live.h"
#include "revision/quilt.h"

#include <argp.h>

/**
 * struct QuiltOptions - as given, and what became of it; quilt_options_clear()
 * @folder: NULL where there is no --quilt
 * @commits: once quilt_options_plant() was called
 */
typedef struct {
	const char *folder;
	const char *base;
	QuiltCommits commits;
} QuiltOptions;

/* A child of each such command's argp; its input is a QuiltOptions. */
extern const struct argp quilt_options_argp;

void quilt_options_clear(QuiltOptions *options);

/**
 * quilt_options_plant() - make the commits; tells @live, and prints the hunk that does not apply
 * @repo: --repo, or NULL
 */
bool quilt_options_plant(QuiltOptions *options, const char *repo, Live *live, GCancellable *cancel,
			 GError **error);
