/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relevance FOOTPRINT REPO REVISION N: which of REVISION's last N commits can matter to the kernel
 * of that footprint, what share of it each has compiled again, and which revisions are the same
 * kernel; prints "MS_WEIGH MS_WORK MS_SAME MATTER SAME N". */
#include "kernel/footprint.h"
#include "revision/relevance.h"
#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>

#define FOOTPRINT_MAX ((gsize)32 << 20)

static GArray *last_commits(Repo *repo, const RepoId *from, guint n)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GArray *list = g_array_new(FALSE, FALSE, sizeof(RepoId));

	g_array_append_vals(list, from, 1);
	for (guint at = 0; at < list->len && list->len < n; at++) {
		RepoId id = g_array_index(list, RepoId, at);
		g_autoptr(GArray) parents = NULL;
		bool cut;

		if (!repo_parents(repo, &id, &parents, &cut, NULL))
			break;
		for (guint i = 0; i < parents->len && list->len < n; i++)
			if (g_hash_table_add(seen, g_strdup(g_array_index(parents, RepoId, i).hex)))
				g_array_append_vals(list, &g_array_index(parents, RepoId, i), 1);
	}
	return list;
}

static bool measure(char **argv, GError **error)
{
	guint matter = 0, same = 0;
	g_autoptr(Relevance) relevance = NULL;
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(GArray) list = NULL;
	g_autoptr(Repo) repo = NULL;
	g_autofree char *text = NULL;
	gint64 start, weighed, worked;
	RepoId built;

	if (!fs_read(argv[1], FOOTPRINT_MAX, &text, NULL, error) ||
	    !footprint_parse(text, &footprint, error) || !repo_open(argv[2], &repo, error) ||
	    !repo_resolve(repo, argv[3], &built, error))
		return false;
	relevance = relevance_new(repo);
	list = last_commits(repo, &built, (guint)strtoul(argv[4], NULL, 10));
	start = g_get_monotonic_time();
	if (!relevance_add(relevance, &built, g_steal_pointer(&footprint), error))
		return false;
	for (guint i = 0; i < list->len; i++)
		matter += relevance_matters(relevance, &g_array_index(list, RepoId, i));
	weighed = g_get_monotonic_time();
	for (guint i = 0; i < list->len; i++)
		relevance_work(relevance, &g_array_index(list, RepoId, i));
	worked = g_get_monotonic_time();
	for (guint i = 0; i < list->len; i++)
		same += relevance_same(relevance, &built, &g_array_index(list, RepoId, i));
	printf("%ld %ld %ld %u %u %u\n", (long)((weighed - start) / 1000),
	       (long)((worked - weighed) / 1000), (long)((g_get_monotonic_time() - worked) / 1000),
	       matter, same, list->len);
	return true;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc == 5 && measure(argv, &error))
		return 0;
	fprintf(stderr, "relevance: %s\n",
		error ? error->message : "usage: relevance FOOTPRINT REPO REVISION N");
	return 1;
}
