/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that a repository has for revisions, for people who type one. */
#include "repo/internal.h"

#include <string.h>

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **repo_names(Repo *repo, const char *stem, guint max)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	git_reference_iterator *refs = NULL;
	git_reference *ref = NULL;

	if (g_str_has_prefix("HEAD", stem))
		g_ptr_array_add(names, g_strdup("HEAD"));
	if (git_reference_iterator_new(&refs, repo->git) < 0)
		refs = NULL;
	while (refs && names->len < max && git_reference_next(&ref, refs) == 0) {
		const char *name = git_reference_shorthand(ref);

		if (g_str_has_prefix(name, stem))
			g_ptr_array_add(names, g_strdup(name));
		git_reference_free(ref);
	}
	git_reference_iterator_free(refs);
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_set_free_func(names, NULL);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}
