/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which built revisions differ in Kconfig files alone, and what was configured for them. */
#include "revision/configured.h"

#include "repo/diff.h"
#include "util/fs.h"

#include <string.h>

#define CONFIG_MAX ((gsize)16 << 20)

typedef struct {
	RepoId tree;
	Footprint *footprint;
	char *digest; /* of its configuration */
	char *hash;   /* of its kernel */
} Built;

struct Configured {
	Repo *repo;
	RepoDiff *diff;
	GPtrArray *builds;
};

static void built_free(gpointer data)
{
	Built *built = data;

	footprint_free(built->footprint);
	g_free(built->digest);
	g_free(built->hash);
	g_free(built);
}

Configured *configured_new(Repo *repo)
{
	Configured *configured = g_new0(Configured, 1);

	configured->repo = repo;
	configured->diff = repo_diff_new(repo);
	configured->builds = g_ptr_array_new_with_free_func(built_free);
	return configured;
}

void configured_free(Configured *configured)
{
	if (!configured)
		return;
	repo_diff_free(configured->diff);
	g_ptr_array_unref(configured->builds);
	g_free(configured);
}

/* All that the build proper can read of what configuring made. */
static bool digest_of(const char *build, char **ret_digest, GError **error)
{
	static const char *const files[] = { ".config", "include/config/auto.conf",
					     "include/generated/autoconf.h",
					     "include/generated/rustc_cfg" };
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(build, files[i], NULL);
		g_autofree char *text = NULL;

		if (g_file_test(path, G_FILE_TEST_EXISTS) &&
		    !fs_read(path, CONFIG_MAX, &text, NULL, error))
			return false;
		/* With the NUL, so that no content passes into the next file's. */
		g_checksum_update(sum, (const guchar *)(text ? text : "-"),
				  (gssize)strlen(text ? text : "-") + 1);
	}
	*ret_digest = g_strdup(g_checksum_get_string(sum));
	return true;
}

static bool copy_footprint(const Footprint *footprint, Footprint **ret_copy, GError **error)
{
	g_autofree char *text = footprint_text(footprint);

	return footprint_parse(text, ret_copy, error);
}

bool configured_note(Configured *configured, const RepoId *revision, const char *build,
		     const Footprint *footprint, const char *hash, GError **error)
{
	g_autofree char *digest = NULL;
	Footprint *copy = NULL;
	Built *built;
	RepoId tree;

	if (!repo_tree_id(configured->repo, revision, &tree, error) ||
	    !digest_of(build, &digest, error) || !copy_footprint(footprint, &copy, error))
		return false;
	built = g_new0(Built, 1);
	*built = (Built){ tree, copy, g_steal_pointer(&digest), g_strdup(hash) };
	g_ptr_array_add(configured->builds, built);
	return true;
}

static bool is_kconfig(const char *path)
{
	const char *slash = strrchr(path, '/');

	return g_str_has_prefix(slash ? slash + 1 : path, "Kconfig");
}

static bool on_file(const char *path, guint change, void *user)
{
	const Built *built = user;

	return footprint_ignores(footprint_judge(built->footprint, path, change)) ||
	       (is_kconfig(path) && !(change & REPO_ODD));
}

static bool is_near(Configured *configured, Built *built, const RepoId *tree)
{
	const RepoDiffEvents events = { .file = on_file, .user = built };
	bool stopped = true;

	return repo_diff_trees(configured->diff, &built->tree, tree, &events, &stopped, NULL) &&
	       !stopped;
}

bool configured_near(Configured *configured, const RepoId *revision)
{
	RepoId tree;

	if (!repo_tree_id(configured->repo, revision, &tree, NULL))
		return false;
	for (guint i = 0; i < configured->builds->len; i++)
		if (is_near(configured, configured->builds->pdata[i], &tree))
			return true;
	return false;
}

bool configured_find(Configured *configured, const RepoId *revision, const char *build,
		     char **ret_hash, Footprint **ret_footprint, GError **error)
{
	g_autofree char *digest = NULL;
	RepoId tree;

	*ret_hash = NULL;
	if (!repo_tree_id(configured->repo, revision, &tree, error) ||
	    !digest_of(build, &digest, error))
		return false;
	for (guint i = 0; i < configured->builds->len; i++) {
		Built *built = configured->builds->pdata[i];

		if (!g_str_equal(built->digest, digest) || !is_near(configured, built, &tree))
			continue;
		if (!copy_footprint(built->footprint, ret_footprint, error))
			return false;
		*ret_hash = g_strdup(built->hash);
		return true;
	}
	return true;
}
