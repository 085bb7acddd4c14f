/* SPDX-License-Identifier: GPL-2.0-or-later */
/* git's commit-graph files: what they say is what the commits say, whole, in layers, and damaged.
 */
#include "githistory.h"

#include "repo/commitgraph.h"
#include "repo/repo.h"

#define HISTORIES 24

typedef struct {
	char *repo;
	History all[HISTORIES];
	GPtrArray *folders; /* char *: the objects folder */
} Made;

static Made *make(guint32 seed)
{
	Made *made = g_new0(Made, 1);
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

	made->repo = scratch_new();
	g_free(sh(made->repo, "git init -q --bare . && git symbolic-ref HEAD refs/heads/g0"));
	for (guint i = 0; i < HISTORIES; i++)
		do {
			memset(&made->all[i], 0, sizeof(made->all[i]));
			make_history(&made->all[i], rand);
			make_files(&made->all[i], rand);
		} while (!make_question(&made->all[i], rand));
	import(made->repo, made->all, HISTORIES);
	made->folders = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(made->folders, g_build_filename(made->repo, "objects", NULL));
	return made;
}

static void made_free(Made *made)
{
	scratch_free(made->repo);
	g_ptr_array_unref(made->folders);
	g_free(made);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Made, made_free)

static git_oid oid_at(const History *history, Node node)
{
	git_oid oid;

	g_assert_cmpint(git_oid_fromstr(&oid, history->id[node]), ==, 0);
	return oid;
}

/* Return: how many commits of a history the graph has; what it says of them is right. */
static guint check_all(const CommitGraph *graph, const History *history)
{
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(guint));
	guint n = 0;

	for (Node node = 0; node < history->n; node++) {
		git_oid id = oid_at(history, node);
		guint position;
		git_oid found;
		gint64 date;

		if (!commit_graph_find(graph, &id, &position))
			continue;
		n++;
		g_assert_true(commit_graph_id(graph, position, &found));
		g_assert_true(git_oid_equal(&found, &id));
		g_assert_true(commit_graph_read(graph, position, &date, parents));
		g_assert_cmpint(date, ==, 1700000000 + node * 60);
		g_assert_cmpuint(parents->len, ==, history->n_parents[node]);
		for (guint i = 0; i < parents->len; i++) {
			git_oid parent = oid_at(history, history->parents[node][i]);

			g_assert_true(
				commit_graph_id(graph, g_array_index(parents, guint, i), &found));
			g_assert_true(git_oid_equal(&found, &parent));
		}
	}
	return n;
}

/* Its commits that its ref reaches. */
static guint reached(const History *history)
{
	guint n = 0;

	for (Node node = 0; node < history->n; node++)
		n += history->reach[history->bad][node];
	return n;
}

/* Every range as text: ids, parents, goods, limited to a path or not. */
static char *read_ranges(const Made *made)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Repo) repo = NULL;

	repo_open(made->repo, &repo, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < 2 * HISTORIES; i++) {
		const History *history = &made->all[i / 2];
		const char *paths[] = { "d1/f", "d2", NULL };
		RepoId goods[MAX_GOODS];
		RepoRangeSpec spec = { .goods = goods,
				       .n_goods = history->n_goods,
				       .paths = i % 2 ? paths : NULL };
		g_autoptr(RepoRange) range = NULL;
		g_autoptr(GError) none = NULL;

		g_strlcpy(spec.bad.hex, history->id[history->bad], sizeof(spec.bad.hex));
		for (guint k = 0; k < history->n_goods; k++)
			g_strlcpy(goods[k].hex, history->id[history->goods[k]],
				  sizeof(goods[k].hex));
		if (!repo_range(repo, &spec, &range, &none)) {
			g_string_append_printf(text, "%u: %s\n", i, none->message);
			continue;
		}
		g_string_append_printf(text, "%u: %u, bad %u, good %u\n", i, range->commits,
				       range->bad, g_array_index(range->goods, Node, 0));
		for (Node node = 0; node < graph_size(range->graph); node++) {
			guint n;
			const Node *parents = graph_parents(range->graph, node, &n);

			g_string_append(text, g_array_index(range->ids, RepoId, node).hex);
			for (guint k = 0; k < n; k++)
				g_string_append_printf(text, " %u", parents[k]);
			g_string_append(text, graph_is_passage(range->graph, node) ? " -\n" : "\n");
		}
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_single(void)
{
	g_autoptr(Made) made = make(1);
	g_autofree char *before = read_ranges(made);
	g_autofree char *after = NULL;
	g_autoptr(CommitGraph) graph = NULL;
	guint octopus = 0;

	g_assert_null(commit_graph_open(made->folders));
	g_free(sh(made->repo, "git commit-graph write --reachable 2>&1"));
	graph = commit_graph_open(made->folders);
	g_assert_nonnull(graph);
	for (guint i = 0; i < HISTORIES; i++) {
		const History *history = &made->all[i];

		g_assert_cmpuint(check_all(graph, history), ==, reached(history));
		for (Node node = 0; node < history->n; node++)
			octopus += history->n_parents[node] > 2;
	}
	g_assert_cmpuint(octopus, >, 10);
	after = read_ranges(made);
	g_assert_cmpstr(before, ==, after);
}

/* Two layers hold two thirds of the histories, and a clone borrows them; the rest are objects. */
static void test_layers(void)
{
	g_autoptr(Made) made = make(2);
	g_autofree char *before = read_ranges(made);
	g_autofree char *after = NULL;
	g_autoptr(CommitGraph) graph = NULL;
	g_autofree char *own = g_build_filename(made->repo, "clone.git", "objects", NULL);

	for (guint part = 0; part < 2; part++) {
		g_autoptr(GString) tips = g_string_new(NULL);
		const char *argv[] = {
			"git", "commit-graph", "write", "--stdin-commits", "--split=no-merge", NULL
		};

		for (guint i = part; i < HISTORIES; i += 3)
			g_string_append_printf(tips, "%s\n", made->all[i].id[made->all[i].bad]);
		g_free(run_in(made->repo, tips->str, 0, 0, argv));
	}
	g_free(sh(made->repo, "[ $(wc -l < objects/info/commit-graphs/commit-graph-chain) = 2 ]\n"
			      "git clone -q --bare --shared . clone.git"));
	g_ptr_array_insert(made->folders, 0, g_strdup(own));
	graph = commit_graph_open(made->folders);
	g_assert_nonnull(graph);
	for (guint i = 0; i < HISTORIES; i++) {
		guint n = check_all(graph, &made->all[i]);

		g_assert_cmpuint(n, ==, i % 3 == 2 ? 0 : reached(&made->all[i]));
	}
	after = read_ranges(made);
	g_assert_cmpstr(before, ==, after);
}

/* What is laid over the commits counts, whatever a graph says that was written before. */
static void test_replaced(void)
{
	g_autoptr(Made) made = make(3);
	const History *history = &made->all[0];
	g_autofree char *script = NULL;
	g_autofree char *counts = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Repo) repo = NULL;
	g_autoptr(GArray) ids = g_array_new(FALSE, TRUE, sizeof(RepoId));
	g_autofree char *words = NULL;

	g_free(sh(made->repo, "git commit-graph write --reachable 2>&1"));
	g_assert_cmpuint(history->n, >, 4);
	script = g_strdup_printf("git rev-list --count %1$s; git replace --graft %1$s %2$s\n"
				 "git rev-list --count %1$s",
				 history->id[history->bad], history->id[0]);
	counts = sh(made->repo, script);
	g_assert_true(g_str_has_suffix(counts, "\n2"));
	g_assert_cmpstr(counts, !=, "2\n2");
	repo_open(made->repo, &repo, &error);
	g_assert_no_error(error);
	words = g_strdup_printf("%s..%s", history->id[0], history->id[history->bad]);
	repo_list(repo, words, ids, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(ids->len, ==, 1);
}

static void read_everything(const CommitGraph *graph)
{
	g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(guint));
	gint64 date;
	git_oid id;

	for (guint position = 0; commit_graph_id(graph, position, &id); position++) {
		guint found;

		commit_graph_find(graph, &id, &found);
		commit_graph_tree(graph, position, &id);
		if (commit_graph_read(graph, position, &date, parents))
			for (guint i = 0; i < parents->len; i++)
				g_assert_true(commit_graph_id(
					graph, g_array_index(parents, guint, i), &id));
	}
}

/* Cut short anywhere it is not used, and the objects are read; with bytes changed it does no harm.
 */
static void test_damaged(void)
{
	g_autoptr(Made) made = make(4);
	g_autofree char *before = read_ranges(made);
	g_autofree char *path =
		g_build_filename(made->repo, "objects", "info", "commit-graph", NULL);
	g_autofree char *after = NULL;
	g_autofree char *whole = NULL;
	g_autoptr(GRand) rand = g_rand_new_with_seed(4);
	guint opened = 0;
	gsize len;

	g_free(sh(made->repo, "git commit-graph write --reachable 2>&1; chmod u+w objects/info/*"));
	g_assert_true(g_file_get_contents(path, &whole, &len, NULL));
	for (guint i = 0; i < 300; i++) {
		g_autofree char *cut = g_memdup2(whole, len);
		g_autoptr(CommitGraph) graph = NULL;
		gsize keep = i < 100 ? i : (gsize)g_rand_int_range(rand, 0, (gint32)len - 40);

		/* git's checksum is the last twenty bytes, and is not looked at. */
		g_assert_true(g_file_set_contents(path, cut, (gssize)keep, NULL));
		g_assert_null(commit_graph_open(made->folders));
		for (guint k = 0; k < 8; k++)
			cut[i % 3 ? 1200 + below(rand, (guint)len - 1200) : below(rand, 1200)] =
				(char)below(rand, 256);
		g_assert_true(g_file_set_contents(path, cut, (gssize)len, NULL));
		graph = commit_graph_open(made->folders);
		opened += graph != NULL;
		if (graph)
			read_everything(graph);
	}
	g_assert_cmpuint(opened, >=, 200);
	g_assert_cmpuint(opened, <, 300);
	g_assert_true(g_file_set_contents(path, whole, (gssize)len / 2, NULL));
	after = read_ranges(made);
	g_assert_cmpstr(before, ==, after);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/commitgraph/single", test_single);
	g_test_add_func("/commitgraph/layers", test_layers);
	g_test_add_func("/commitgraph/replaced", test_replaced);
	g_test_add_func("/commitgraph/damaged", test_damaged);
	return g_test_run();
}
