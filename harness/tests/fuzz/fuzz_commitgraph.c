/* SPDX-License-Identifier: GPL-2.0-or-later */
/* git's commit-graph, a binary file that is read where it is mapped. */
#include "fuzz.h"

#include "repo/commitgraph.h"

#define LOOKS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GPtrArray) objects = g_ptr_array_new();
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(guint));
	g_autoptr(CommitGraph) graph = NULL;
	guint found;

	fuzz_write("info/commit-graph", data, size);
	g_ptr_array_add(objects, (gpointer)fuzz_folder());
	graph = commit_graph_open(objects);
	for (guint i = 0; graph && i < LOOKS; i++) {
		git_oid id, tree;
		gint64 date = 0;

		if (commit_graph_id(graph, i, &id))
			commit_graph_find(graph, &id, &found);
		commit_graph_tree(graph, i, &tree);
		if (commit_graph_read(graph, i, &date, parents))
			g_assert_cmpint(date, >=, 0);
	}
	return 0;
}
