/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repofixture.h"

static void test_range(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY);
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) range = range_of(repo, "HEAD", "main~2", NULL, NULL, &error);
	RepoId v1 = resolve(repo, "v1");
	RepoId side = resolve(repo, "side");
	RepoId root = resolve(repo, "v1~1");
	guint n;

	g_assert_no_error(error);
	/* c5 and m; s1, s2; c3 is the good one, c2 the parent of s1: the rim. */
	g_assert_cmpuint(range->commits, ==, 4);
	g_assert_cmpuint(graph_size(range->graph), ==, 6);
	g_assert_cmpuint(range->ids->len, ==, 6);
	g_assert_cmpuint(range->bad, ==, 5);
	g_assert_cmpuint(repo_range_find(range, &root), ==, NODE_NONE);
	g_assert_cmpuint(repo_range_find(range, &v1), !=, NODE_NONE);
	g_assert_true(graph_is_ancestor(range->graph, repo_range_find(range, &v1),
					g_array_index(range->goods, Node, 0)));
	graph_parents(range->graph, g_array_index(range->goods, Node, 0), &n);
	g_assert_cmpuint(n, ==, 0);
	graph_parents(range->graph, repo_range_find(range, &side), &n);
	g_assert_cmpuint(n, ==, 1);
	scratch_free(dir);
}

/* With an older good too, all between the goods is there: a masked regression can be followed. */
static void test_range_two_goods(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY);
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) range = range_of(repo, "HEAD", "main~2", "v1~1", NULL, &error);
	RepoId v1 = resolve(repo, "v1");
	RepoId root = resolve(repo, "v1~1");
	const Node *parents;
	guint n;

	g_assert_no_error(error);
	g_assert_cmpuint(range->commits, ==, 4);
	g_assert_cmpuint(graph_size(range->graph), ==, 7);
	parents = graph_parents(range->graph, repo_range_find(range, &v1), &n);
	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpuint(parents[0], ==, repo_range_find(range, &root));
	g_assert_cmpuint(g_array_index(range->goods, Node, 1), ==, parents[0]);
	scratch_free(dir);
}

static void test_range_errors(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY "git checkout -q --orphan other; git commit -qm o");
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) same = NULL;
	g_autoptr(GError) unrelated = NULL;
	g_autoptr(GError) swapped = NULL;
	g_autoptr(GError) renamed = NULL;
	RepoRangeSpec fix = { .old_word = "broken", .new_word = "fixed" };

	g_assert_null(range_of(repo, "main", "main^{commit}", NULL, NULL, &same));
	assert_usage(same, "same commit");
	g_assert_null(range_of(repo, "main", "other", NULL, NULL, &unrelated));
	assert_usage(unrelated, "no common ancestor");
	g_assert_null(range_of(repo, "v1", "main", NULL, NULL, &swapped));
	assert_usage(swapped, "the good revision", "wrong way round");
	g_assert_null(range_of(repo, "v1", "main", NULL, &fix, &renamed));
	assert_usage(renamed, "the broken revision", "newer than the fixed one");
	scratch_free(dir);
}

/* Goods that bad does not descend from: merge bases, as git merge-base has them. */
static void test_range_bases(void)
{
	char *dir = scratch_new();
	/* criss-cross: main and side merge each other, so main~1 and side~1 have two bases */
	g_autofree char *made = sh(
		dir, "git init -q -b main .; c() { echo $1 > f$1; git add .; git commit -qm "
		     "\"$1\"; }; c 1; git branch side; c 2; git tag a; git checkout -q side; c 3;"
		     "git tag b; git merge -q -m m1 a; c 4; git checkout -q main;"
		     "git merge -q -m m2 b; c 5");
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) two = range_of(repo, "main", "side", NULL, NULL, &error);
	g_autoptr(RepoRange) one = range_of(repo, "main", "side", "a", NULL, &error);
	RepoId a = resolve(repo, "a");
	RepoId b = resolve(repo, "b");

	g_assert_no_error(error);
	/* m2 and 5; each good reaches both bases */
	g_assert_cmpuint(two->commits, ==, 2);
	g_assert_cmpuint(two->bases->len, ==, 2);
	g_assert_true(graph_is_ancestor(two->graph, repo_range_find(two, &a),
					g_array_index(two->goods, Node, 0)));
	g_assert_true(graph_is_ancestor(two->graph, repo_range_find(two, &b),
					g_array_index(two->goods, Node, 0)));
	/* a base that is a good needs no test */
	g_assert_cmpuint(one->bases->len, ==, 1);
	g_assert_cmpuint(g_array_index(one->bases, Node, 0), ==, repo_range_find(one, &b));
	scratch_free(dir);
}

static void test_ancestors(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY "git checkout -q --orphan other; git commit -qm o");
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) goods = g_array_new(FALSE, FALSE, sizeof(RepoId));
	g_autoptr(GArray) below = NULL;
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(RepoId));
	RepoId top = resolve(repo, "main~2");
	static const struct {
		const char *old, *young;
		bool is;
	} cases[] = { { "v1", "main", true },   { "main", "v1", false },
		      { "side", "main", true }, { "main~2", "side", false },
		      { "main", "main", true }, { "other", "main", false } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		RepoId old = resolve(repo, cases[i].old);
		RepoId young = resolve(repo, cases[i].young);
		bool is;

		g_assert_true(repo_is_ancestor(repo, &old, &young, &is, &error));
		g_assert_cmpint(is, ==, cases[i].is);
	}
	for (guint i = 0; i < 4; i++) {
		RepoId id = resolve(repo, (const char *[]){ "main", "v1", "other", "side" }[i]);

		g_array_append_val(goods, id);
	}
	/* below main~2: not main, which descends from it, nor other, which has nothing to do */
	g_assert_true(repo_goods_below(repo, &top, goods, &below, &error));
	g_assert_cmpuint(below->len, ==, 2);
	g_assert_cmpstr(g_array_index(below, RepoId, 0).hex, ==, resolve(repo, "v1").hex);
	g_assert_cmpstr(g_array_index(below, RepoId, 1).hex, ==, resolve(repo, "side").hex);
	/* A..B as git rev-list has it: c3, m, s1, s2 and c5 */
	g_assert_true(repo_list(repo, "v1..main", list, &error));
	g_assert_true(repo_list(repo, "side", list, &error));
	g_assert_cmpuint(list->len, ==, 6);
	g_assert_false(repo_list(repo, "v1...main", list, &error));
	assert_usage(error, "A..B");
	scratch_free(dir);
}

/* Grafts and replace refs change who is whose parent. */
static void test_overlays(void)
{
	char *dir = scratch_new();
	g_autofree char *made =
		sh(dir, HISTORY "git clone -q . ../$(basename $PWD)-g; cd ../$(basename $PWD)-g;"
				"echo $(git rev-parse HEAD HEAD~2) > .git/info/grafts;"
				"cd -; git replace --graft HEAD HEAD~2");
	g_autofree char *other = g_strconcat(dir, "-g", NULL);
	g_autoptr(Repo) replaced = open_at(dir);
	g_autoptr(Repo) grafted = open_at(other);
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) one = range_of(replaced, "HEAD", "v1", NULL, NULL, &error);
	g_autoptr(RepoRange) two = NULL;
	g_auto(RepoCommit) commit = { 0 };
	RepoId head = resolve(replaced, "HEAD");

	g_assert_no_error(error);
	two = range_of(grafted, "HEAD", "v1", NULL, NULL, &error);
	g_assert_no_error(error);
	/* HEAD and c3, no merge, no side branch */
	g_assert_cmpuint(one->commits, ==, 2);
	g_assert_cmpuint(two->commits, ==, 2);
	repo_commit(grafted, &head, &commit, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(commit.parents->len, ==, 1);
	scratch_free(dir);
	scratch_free(strdup(other));
}

static void test_shallow(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, "mkdir r; cd r;" HISTORY "cd ..;"
					"git clone -q --depth=3 --no-tags -b main file://$PWD/r s;"
					"cd r; git checkout -qb line v1;"
					"for i in a b c d e f; do c $i; done; cd ..;"
					"git clone -q --depth=4 -b line file://$PWD/r line");
	g_autofree char *cut_path = g_build_filename(dir, "s", NULL);
	g_autofree char *line_path = g_build_filename(dir, "line", NULL);
	g_autoptr(Repo) cut = open_at(cut_path);
	g_autoptr(Repo) line = open_at(line_path);
	g_autoptr(GError) inside = NULL;
	g_autoptr(GError) outside = NULL;
	g_autofree char *v1 = sh(dir, "git -C r rev-parse v1");
	g_autofree char *s2 = sh(dir, "git -C r rev-parse side");
	g_autoptr(RepoRange) fine = range_of(line, "HEAD", "HEAD~2", NULL, NULL, &inside);
	g_autoptr(RepoRange) below = NULL;
	RepoId id;

	/* Good above the boundary: all that matters is there. */
	g_assert_no_error(inside);
	g_assert_cmpuint(fine->commits, ==, 2);
	/* A side branch that goes below it: its oldest commit's parents cannot be told. */
	g_assert_cmpuint(fine->cut->len, ==, 0);
	below = range_of(cut, "origin/main", "origin/main~2", NULL, NULL, &inside);
	g_assert_no_error(inside);
	g_assert_cmpuint(below->commits, ==, 3);
	g_assert_cmpuint(below->cut->len, ==, 1);
	g_assert_cmpstr(g_array_index(below->ids, RepoId, g_array_index(below->cut, Node, 0)).hex,
			==, s2);
	g_assert_false(repo_resolve(line, v1, &id, &outside));
	assert_usage(outside, v1, "shallow", "fetch --unshallow");
	scratch_free(dir);
}

#define MAX_NODES 80

/* Random histories, clocks right or wrong: the graph says about descent what history says. */
static void check_random(const char *dir, GRand *rand, guint round)
{
	guint n = (guint)g_rand_int_range(rand, 4, MAX_NODES);
	bool wrong_clocks = round % 2;
	guint8 reach[MAX_NODES][MAX_NODES] = { 0 };
	g_autoptr(GString) in = g_string_new("feature done\n");
	g_autofree char *out = NULL;
	g_autofree char *marks = NULL;
	g_autofree char *marks_path = g_build_filename(dir, "marks", NULL);
	const char *argv[] = { "git",     "fast-import",          "--quiet",
			       "--force", "--export-marks=marks", NULL };
	g_autoptr(Repo) repo = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) range = NULL;
	g_auto(GStrv) lines = NULL;
	RepoId ids[MAX_NODES] = { 0 };
	RepoId goods[3];
	guint picks[3] = { 0 };
	guint n_goods = (guint)g_rand_int_range(rand, 1, 4);
	guint truth = 0;

	for (guint node = 0; node < n; node++) {
		guint parents = node == 0 ? 0 : (guint)g_rand_int_range(rand, 1, 4);
		gint32 skew = wrong_clocks ? g_rand_int_range(rand, -90, 90) * 86400 : 0;

		g_string_append_printf(in,
				       "reset refs/heads/x\n\ncommit refs/heads/x\nmark :%u\n"
				       "committer C <c@e> %d +0000\ndata 0\n",
				       node + 1, 1700000000 + (gint32)node * 40000 + skew);
		reach[node][node] = 1;
		for (guint i = 0; i < parents; i++) {
			guint parent =
				node - (guint)g_rand_int_range(rand, 1, MIN((int)node, 8) + 1);

			g_string_append_printf(in, "%s :%u\n", i ? "merge" : "from", parent + 1);
			for (guint old = 0; old < node; old++)
				reach[node][old] |= reach[parent][old];
		}
		g_string_append_c(in, '\n');
	}
	g_string_append(in, "done\n");
	out = run_in(dir, in->str, 0, 0, argv);
	fs_read(marks_path, G_MAXINT, &marks, NULL, &error);
	g_assert_no_error(error);
	lines = g_strsplit(marks, "\n", -1);
	for (guint i = 0; lines[i] && lines[i][0]; i++)
		g_strlcpy(ids[atoi(lines[i] + 1) - 1].hex, strchr(lines[i], ' ') + 1,
			  sizeof(ids[0].hex));
	for (guint i = 0; i < n_goods; i++) {
		do
			picks[i] = (guint)g_rand_int_range(rand, 0, (gint32)n - 1);
		while (!reach[n - 1][picks[i]] && round % 3);
		goods[i] = ids[picks[i]];
	}
	repo = open_at(dir);
	repo_range(repo, &(RepoRangeSpec){ .bad = ids[n - 1], .goods = goods, .n_goods = n_goods },
		   &range, &error);
	g_assert_no_error(error);
	for (guint node = 0; node < n; node++) {
		bool old = !reach[n - 1][node];

		for (guint i = 0; i < n_goods; i++)
			old = old || reach[picks[i]][node];
		truth += !old;
		if (!old)
			g_assert_cmpuint(repo_range_find(range, &ids[node]), !=, NODE_NONE);
	}
	g_assert_cmpuint(range->commits, ==, truth);
	for (guint a = 0; a < n; a++)
		for (guint b = 0; b < n; b++) {
			Node old = repo_range_find(range, &ids[a]);
			Node young = repo_range_find(range, &ids[b]);

			/* That the rim's commits reach each other is told for goods only, and
			 * nothing of goods beside the range among themselves. */
			if (old == NODE_NONE || young == NODE_NONE || !reach[n - 1][a])
				continue;
			if (graph_is_ancestor(range->graph, old, young))
				g_assert_true(reach[b][a]);
			else if (reach[b][a]) {
				guint n_edges;
				bool is_good = false;

				graph_edges(range->graph, old, &n_edges);
				for (guint i = 0; i < n_goods; i++)
					is_good = is_good || picks[i] == b;
				g_assert_true(n_edges == 0 && !is_good);
			}
		}
}

static void test_range_random(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, "git init -q --bare .");

	for (guint round = 0; round < 80; round++)
		check_random(dir, rand, round);
	scratch_free(dir);
}

int main(int argc, char **argv)
{
	char *home;
	int status;

	g_test_init(&argc, &argv, NULL);
	home = scratch_new();
	g_setenv("HOME", home, TRUE);
	g_setenv("XDG_CONFIG_HOME", home, TRUE);
	g_test_add_func("/range/range", test_range);
	g_test_add_func("/range/two-goods", test_range_two_goods);
	g_test_add_func("/range/errors", test_range_errors);
	g_test_add_func("/range/bases", test_range_bases);
	g_test_add_func("/range/ancestors", test_ancestors);
	g_test_add_func("/range/random", test_range_random);
	g_test_add_func("/range/overlays", test_overlays);
	g_test_add_func("/range/shallow", test_shallow);
	status = g_test_run();
	scratch_free(home);
	return status;
}
