/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges that are limited to paths or to first parents, against git: the same candidates with the
 * same weights before and after each answer, and the same first bad commit.
 */
#include "githistory.h"

#include "repo/repo.h"

/* One question: what is asked of both. */
typedef struct {
	const char *repo;
	const History *history;
	Repo *opened;
	bool first_parent;
	char *paths[MAX_FILES + 1];
} Limited;

static RepoId id_of(const History *history, Node node)
{
	RepoId id;

	g_strlcpy(id.hex, history->id[node], sizeof(id.hex));
	return id;
}

static RepoRange *read_range(const Limited *limited, Node bad, GArray *goods, GError **error)
{
	RepoRangeSpec spec = { .bad = id_of(limited->history, bad),
			       .goods = (const RepoId *)(const void *)goods->data,
			       .n_goods = goods->len,
			       .first_parent = limited->first_parent,
			       .paths = (const char *const *)limited->paths };
	RepoRange *range = NULL;

	return repo_range(limited->opened, &spec, &range, error) ? range : NULL;
}

/* What git has: "id (dist=N)" a line. */
static GHashTable *git_ranks(const Limited *limited, Node bad, const GArray *goods)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *out = NULL;
	g_auto(GStrv) lines = NULL;
	GHashTable *ranks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < 3; i++)
		g_ptr_array_add(argv,
				(char *)(const char *[]){ "git", "rev-list", "--bisect-all" }[i]);
	if (limited->first_parent)
		g_ptr_array_add(argv, (char *)"--first-parent");
	g_ptr_array_add(argv, (char *)limited->history->id[bad]);
	g_ptr_array_add(argv, (char *)"--not");
	for (guint i = 0; i < goods->len; i++)
		g_ptr_array_add(argv, g_array_index(goods, RepoId, i).hex);
	g_ptr_array_add(argv, (char *)"--");
	for (guint i = 0; limited->paths[i]; i++)
		g_ptr_array_add(argv, limited->paths[i]);
	g_ptr_array_add(argv, NULL);
	out = run_in(limited->repo, NULL, 0, 0, (const char *const *)argv->pdata);
	lines = g_strsplit(out, "\n", -1);
	for (guint i = 0; lines[i] && lines[i][0]; i++)
		g_hash_table_insert(ranks, g_strndup(lines[i], 40),
				    GUINT_TO_POINTER(atoi(strstr(lines[i], "dist=") + 5)));
	return ranks;
}

/*
 * Whether a merge has a parent that a good reaches: whether git knows that by the time it gets to
 * the merge depends on the order it reads commits in, and so does what it makes of the merge.
 */
static bool depends_on_order(const Limited *limited, Node bad, const GArray *goods)
{
	const History *history = limited->history;
	bool old[MAX_NODES] = { false };
	bool end[MAX_NODES] = { false };

	for (guint i = 0; i < goods->len; i++) {
		Node good = node_of(history, g_array_index(goods, RepoId, i).hex);

		end[good] = true;
		for (Node node = 0; node <= good; node++)
			old[node] = old[node] || history->reach[good][node];
	}
	for (Node node = 0; node <= bad && limited->paths[0]; node++)
		for (guint i = 0; history->n_parents[node] > 1 && history->reach[bad][node] &&
				  !old[node] && i < history->n_parents[node];
		     i++)
			if (old[history->parents[node][i]] && !end[history->parents[node][i]])
				return true;
	return false;
}

static guint compared;
static guint left_out;
static guint hidden;

static void check_ranks(const Limited *limited, Node bad, GArray *goods)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GHashTable) theirs = git_ranks(limited, bad, goods);
	g_autoptr(RepoRange) range = read_range(limited, bad, goods, &error);
	g_autoptr(Search) search = NULL;
	g_autoptr(GArray) ranks = NULL;

	if (depends_on_order(limited, bad, goods)) {
		left_out++;
		return;
	}
	compared++;
	if (!range) {
		/* Another root: nothing that a good says is about it, and we say so. */
		if (strstr(error->message, "no common ancestor")) {
			left_out++;
			return;
		}
		g_assert_nonnull(strstr(error->message, "no commit of the range touches"));
		g_assert_cmpuint(g_hash_table_size(theirs), ==, 0);
		return;
	}
	search =
		search_new(range->graph, range->bad, (const Node *)(const void *)range->goods->data,
			   range->goods->len, true, NULL);
	ranks = search_ranking(search);
	g_assert_cmpuint(ranks->len, ==, g_hash_table_size(theirs));
	g_assert_cmpuint(range->commits, ==, ranks->len);
	for (guint i = 0; i < ranks->len; i++) {
		SearchRank *rank = &g_array_index(ranks, SearchRank, i);
		gpointer distance;

		g_assert_true(g_hash_table_lookup_extended(
			theirs, g_array_index(range->ids, RepoId, rank->node).hex, NULL,
			&distance));
		g_assert_cmpuint(rank->distance, ==, GPOINTER_TO_UINT(distance));
	}
}

static Node node_at(const Limited *limited, const RepoRange *range, Node node)
{
	return node_of(limited->history, g_array_index(range->ids, RepoId, node).hex);
}

/* Play to the end, comparing the weights after each answer; what it ends with. */
static SearchAsk play(const Limited *limited, RepoRange *range, GArray *goods, bool compare,
		      Node *ret_node)
{
	const History *history = limited->history;
	g_autoptr(GArray) known = g_array_copy(goods);
	g_autoptr(Search) search =
		search_new(range->graph, range->bad, (const Node *)(const void *)range->goods->data,
			   range->goods->len, true, NULL);
	Node bad = history->bad;

	search_set_bases(search, (const Node *)(const void *)range->bases->data, range->bases->len);
	for (;;) {
		Node at = NODE_NONE;
		Node node;
		SearchWhy why;
		SearchAsk ask = search_next(search, &at, &why);

		if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM) {
			SearchElsewhere to = search_elsewhere(search);

			hidden += ask == SEARCH_SUSPECTS;
			if (ask == SEARCH_FOUND)
				*ret_node = node_at(limited, range, at);
			else if (ask == SEARCH_ELSEWHERE)
				*ret_node = to.suspect == NODE_NONE
						    ? NODE_NONE
						    : node_at(limited, range, to.suspect);
			return ask;
		}
		node = node_at(limited, range, at);
		search_answer(search, at, answer_of(history, node), true);
		if (why != REASON_NARROW || !compare)
			continue;
		if (answer_of(history, node) == VERDICT_BAD)
			bad = node;
		else
			g_array_append_val(known, g_array_index(range->ids, RepoId, at));
		check_ranks(limited, bad, known);
	}
}

/* git's word: the first bad commit; NODE_NONE where nothing was left to test. */
static Node ask_git(const Limited *limited)
{
	const History *history = limited->history;
	const char *command = bisect_command(limited->repo);
	g_autoptr(GString) script = g_string_new(NULL);
	g_autofree char *out = NULL;
	char *found;

	write_answers(limited->repo, history);
	g_string_append_printf(script, "git %s start --no-checkout", command);
	if (limited->first_parent)
		g_string_append(script, " --first-parent");
	g_string_append_printf(script, " %s", history->id[history->bad]);
	for (guint i = 0; i < history->n_goods; i++)
		g_string_append_printf(script, " %s", history->id[history->goods[i]]);
	g_string_append(script, " --");
	for (guint i = 0; limited->paths[i]; i++)
		g_string_append_printf(script, " %s", limited->paths[i]);
	g_string_append_printf(script, " 2>&1 && git %s run . ./answers 2>&1 || :", command);
	out = sh(limited->repo, script->str);
	found = strstr(out, " is the first bad commit");
	return found ? node_of(history, found - 40) : NODE_NONE;
}

static void check_limited(const char *repo, History *history, GRand *rand)
{
	Limited limited = { .repo = repo, .history = history };
	g_autoptr(GArray) goods = g_array_new(FALSE, TRUE, sizeof(RepoId));
	g_autoptr(RepoRange) range = NULL;
	g_autoptr(GError) error = NULL;
	guint n_paths = below(rand, 3);
	Node theirs;
	Node ours = NODE_NONE;
	bool skip[MAX_NODES];
	SearchAsk ask;

	memcpy(skip, history->skip, sizeof(skip));
	memset(history->skip, 0, sizeof(history->skip));
	limited.first_parent = n_paths == 0 || below(rand, 4) == 0;
	for (guint i = 0; i < n_paths; i++)
		limited.paths[i] =
			g_strdup_printf(below(rand, 4) ? "d%u" : "d%u/*", below(rand, MAX_FILES));
	repo_open(repo, &limited.opened, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < history->n_goods; i++) {
		RepoId id = id_of(history, history->goods[i]);

		g_array_append_val(goods, id);
	}
	check_ranks(&limited, history->bad, goods);
	theirs = ask_git(&limited);
	range = read_range(&limited, history->bad, goods, &error);
	if (depends_on_order(&limited, history->bad, goods)) {
		left_out++;
	} else if (!range) {
		g_assert_cmpuint(theirs, ==, NODE_NONE);
	} else {
		ask = play(&limited, range, goods, true, &ours);
		/* Where git names a commit whose other parents are bad, we go on there. */
		if (theirs == NODE_NONE)
			g_assert_true(ask == SEARCH_ELSEWHERE && ours == NODE_NONE);
		else if (ask == SEARCH_FOUND || ours != NODE_NONE)
			g_assert_cmpuint(ours, ==, theirs);
		if (ask == SEARCH_FOUND)
			g_assert_cmpuint(ours, ==, history->culprit);
	}
	memcpy(history->skip, skip, sizeof(skip));
	if (range && play(&limited, range, goods, false, &ours) == SEARCH_FOUND)
		g_assert_cmpuint(ours, ==, history->culprit);
	repo_close(limited.opened);
	for (guint i = 0; i < n_paths; i++)
		g_free(limited.paths[i]);
}

static void test_limited(void)
{
	histories_run(300, NULL, check_limited);
	g_test_message("compared %u times, %u left out; %u hidden by skips", compared, left_out,
		       hidden);
	g_assert_cmpuint(hidden, >, 0);
	g_assert_cmpuint(compared, >, left_out);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search/limited", test_limited);
	return g_test_run();
}
