/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Revisions that differ from a built one in Kconfig files: whether they are the same kernel shows
 * as soon as they are configured. harness/docs/FOOTPRINT.md.
 */
#pragma once

#include "kernel/footprint.h"
#include "repo/repo.h"

typedef struct Configured Configured;

/** configured_new() - nothing built yet; @repo is borrowed */
Configured *configured_new(Repo *repo);
void configured_free(Configured *configured);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Configured, configured_free)

/**
 * configured_note() - a revision was built
 * @build: its build folder
 * @hash:  of its kernel
 */
bool configured_note(Configured *configured, const RepoId *revision, const char *build,
		     const Footprint *footprint, const char *hash, GError **error);

/** configured_near() - whether there is a built revision that differs from this one in Kconfig
 * files, and else in what the rule ignores: then configuring it may spare a build */
bool configured_near(Configured *configured, const RepoId *revision);

/**
 * configured_find() - the kernel of such a revision that came out of the same configuration
 * @build:    folder that is configured for @revision, auto.conf and all
 * @ret_hash: of the kernel; NULL where there is none; g_free()
 * @ret_footprint: holds for @revision too; footprint_free()
 * @error:    the folder cannot be read
 */
bool configured_find(Configured *configured, const RepoId *revision, const char *build,
		     char **ret_hash, Footprint **ret_footprint, GError **error);
