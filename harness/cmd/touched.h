/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --prior touched: commits that touch files which the case or a console names count more. */
#pragma once

#include "repo/repo.h"

typedef struct Touched Touched;

/** touched_new() - no file is named yet; @repo is borrowed */
Touched *touched_new(Repo *repo);
void touched_free(Touched *touched);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Touched, touched_free)

/** touched_read() - take the source files that a text names: "fs/overlayfs/dir.c:613" */
void touched_read(Touched *touched, const char *text);
/** touched_read_folder() - those that the files of a folder name, each up to 1 MiB */
void touched_read_folder(Touched *touched, const char *folder);
/** touched_count() - how many files are named */
guint touched_count(const Touched *touched);

/** touched_weight() - how likely a commit matters, beside the others: 1 where it touches a named
 * file or none is named, else TOUCHED_ELSE */
double touched_weight(Touched *touched, const RepoId *id);
#define TOUCHED_ELSE 0.1
