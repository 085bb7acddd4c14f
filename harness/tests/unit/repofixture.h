/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of repo/: repositories made by git, opened by us. */
#pragma once

#include "gitfixture.h"

#include "repo/repo.h"
#include "util/error.h"

#include <stdlib.h>
#include <string.h>

static inline Repo *open_at(const char *path)
{
	g_autoptr(GError) error = NULL;
	Repo *repo = NULL;

	repo_open(path, &repo, &error);
	g_assert_no_error(error);
	return repo;
}

/* The call failed because of what the user asked; its one line has all these parts. */
#define assert_usage(error, ...)                                                                   \
	assert_error_has((error), BOX_ERROR_USAGE, __VA_ARGS__, (const char *)NULL)

static inline void assert_error_has(GError *error, BoxError code, ...)
{
	va_list parts;
	const char *part;

	g_assert_error(error, BOX_ERROR, (int)code);
	g_test_message("%s", error->message);
	va_start(parts, code);
	while ((part = va_arg(parts, const char *)))
		g_assert_nonnull(strstr(error->message, part));
	va_end(parts);
}

static inline RepoId resolve(Repo *repo, const char *name)
{
	g_autoptr(GError) error = NULL;
	RepoId id = { "" };

	repo_resolve(repo, name, &id, &error);
	g_assert_no_error(error);
	return id;
}

/** range_of() - between two or three revisions; @options: what else the spec has, or NULL */
static inline RepoRange *range_of(Repo *repo, const char *bad, const char *good, const char *good2,
				  const RepoRangeSpec *options, GError **error)
{
	RepoId goods[] = { resolve(repo, good), resolve(repo, good2 ? good2 : good) };
	RepoRangeSpec spec = options ? *options : (RepoRangeSpec){ .n_goods = 0 };
	RepoRange *range = NULL;

	spec.bad = resolve(repo, bad);
	spec.goods = goods;
	spec.n_goods = good2 ? 2 : 1;
	if (!repo_range(repo, &spec, &range, error))
		return NULL;
	return range;
}

/* Five commits, a side branch merged, tags: c1 - c2 - c3 - m - c5, c2 - s1 - s2 - m. */
#define HISTORY                                                                                    \
	"git init -q -b main .; c() { echo $1 > f$1; git add .; git commit -qm \"$1\"; };"         \
	"c 1; c 2; git tag v1; git checkout -qb side; c s1; c s2; git checkout -q main; c 3;"      \
	"git merge -q --no-ff -m m side; git tag -am two v2; c 5;"
