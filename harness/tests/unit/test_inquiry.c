/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole questions on random histories in which a regression comes, is masked and comes back:
 * whatever is announced holds, nothing is asked twice, and another inquiry that is told the
 * answers so far goes on with the same step.
 */
#include "githistory.h"

#include "inquiry/inquiry.h"
#include "repo/worktree.h"

/* Three commits decide: what has the first is bad, unless it has the second and not the third. */
typedef struct {
	const History *history;
	Node breaks, masks, exposes;
	Repo *repo;
	Terms terms;
	GArray *goods;
	InquirySpec spec;
	Worktree *tree;
	GArray *merges; /* Merged */
} Game;

/* Two commits merged in memory. */
typedef struct {
	RepoId id;
	Node sides[2];
} Merged;

typedef struct {
	RepoId id;
	Verdict state;
	bool clean;
} Said;

static guint found;
static guint masked;
static guint exposed;
static guint others;
static guint pairs;

static bool has(const Game *game, Node node, Node commit)
{
	return commit != NODE_NONE && game->history->reach[node][commit];
}

/* Of what both have together; twice the same commit is that commit. */
static Verdict truth_of_both(const Game *game, Node a, Node b)
{
	bool breaks = has(game, a, game->breaks) || has(game, b, game->breaks);
	bool masks = has(game, a, game->masks) || has(game, b, game->masks);
	bool exposes = has(game, a, game->exposes) || has(game, b, game->exposes);

	return breaks && (!masks || exposes) ? VERDICT_BAD : VERDICT_GOOD;
}

static Verdict truth(const Game *game, Node node)
{
	return game->history->skip[node] ? VERDICT_SKIP : truth_of_both(game, node, node);
}

static bool merge(const RepoId *a, const RepoId *b, RepoId *ret_id, bool *ret_conflict, void *user,
		  GError **error)
{
	Game *game = user;
	Merged merged = { .sides = { node_of(game->history, a->hex),
				     node_of(game->history, b->hex) } };

	if (!worktree_merge(game->tree, a, b, ret_id, ret_conflict, error))
		return false;
	merged.id = *ret_id;
	if (!*ret_conflict)
		g_array_append_val(game->merges, merged);
	return true;
}

/* Of a commit of the history, or of a merge in memory. */
static Verdict truth_of_id(const Game *game, const RepoId *id)
{
	Node node = node_of(game->history, id->hex);

	if (node != NODE_NONE)
		return truth(game, node);
	for (guint i = 0; i < game->merges->len; i++) {
		const Merged *merged = &g_array_index(game->merges, Merged, i);

		if (strcmp(merged->id.hex, id->hex) == 0)
			return truth_of_both(game, merged->sides[0], merged->sides[1]);
	}
	g_assert_not_reached();
}

static RepoId id_of(const Game *game, Node node)
{
	RepoId id;

	g_strlcpy(id.hex, game->history->id[node], sizeof(id.hex));
	return id;
}

static void assert_edge(const Game *game, const char *hex, Verdict state, Verdict parents)
{
	Node node = node_of(game->history, hex);

	g_assert_cmpint(truth(game, node), ==, state);
	for (guint i = 0; i < game->history->n_parents[node]; i++)
		g_assert_cmpint(truth(game, game->history->parents[node][i]), ==, parents);
}

static void check_report(const Game *game, Inquiry *inquiry)
{
	g_autoptr(RunResult) result = run_result_new(&game->terms);
	g_autoptr(GError) error = NULL;

	inquiry_report(inquiry, result, &error);
	g_assert_no_error(error);
	if (result->status == RUN_FOUND) {
		g_assert_null(result->reason);
		assert_edge(game, result->culprit.id, VERDICT_BAD, VERDICT_GOOD);
		found++;
	} else {
		g_assert_nonnull(result->reason);
		others++;
	}
	if (result->masked_by.id) {
		assert_edge(game, result->masked_by.id, VERDICT_GOOD, VERDICT_BAD);
		masked++;
	}
	if (result->exposed_at.id) {
		g_assert_cmpint(truth(game, node_of(game->history, result->exposed_at.id)), ==,
				VERDICT_BAD);
		exposed++;
	}
	if (result->pair[1].id) {
		g_assert_cmpint(truth_of_both(game, node_of(game->history, result->pair[0].id),
					      node_of(game->history, result->pair[1].id)),
				==, VERDICT_BAD);
		pairs++;
	}
}

/* Another inquiry, told all at once, has the same to ask. */
static void check_again(const Game *game, const GArray *said, const InquiryStep *step)
{
	g_autoptr(Inquiry) again = NULL;
	g_autoptr(GError) error = NULL;
	InquiryStep next;
	bool done;

	inquiry_new(&game->spec, &again, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < said->len; i++) {
		const Said *one = &g_array_index(said, Said, i);

		inquiry_answer(again, &one->id, one->state, one->clean);
	}
	inquiry_next(again, &next, &done, &error);
	g_assert_no_error(error);
	g_assert_false(done);
	g_assert_cmpstr(next.id.hex, ==, step->id.hex);
	g_assert_cmpint(next.clean, ==, step->clean);
	g_assert_cmpstr(next.why, ==, step->why);
}

static void play(const Game *game, GRand *rand)
{
	g_autoptr(Inquiry) inquiry = NULL;
	g_autoptr(GArray) said = g_array_new(FALSE, FALSE, sizeof(Said));
	g_autoptr(GError) error = NULL;
	guint8 asked[MAX_NODES][2] = { 0 };

	inquiry_new(&game->spec, &inquiry, &error);
	g_assert_no_error(error);
	for (;;) {
		InquiryStep step;
		Said one;
		Node node;
		bool done;

		inquiry_next(inquiry, &step, &done, &error);
		g_assert_no_error(error);
		if (done) {
			check_report(game, inquiry);
			return;
		}
		if (below(rand, 8) == 0)
			check_again(game, said, &step);
		node = node_of(game->history, step.id.hex);
		if (node != NODE_NONE)
			g_assert_cmpuint(asked[node][step.clean]++, ==, 0);
		g_assert_cmpuint(said->len, <, 4 * MAX_NODES);
		one = (Said){ step.id, truth_of_id(game, &step.id), step.clean };
		g_array_append_val(said, one);
		inquiry_answer(inquiry, &one.id, one.state, one.clean);
	}
}

/* The three commits each add a file of their own: what is bad shows in the tree, merged or not. */
static void prepare(History *history, GRand *rand)
{
	Node bad = history->bad;
	Node breaks = below(rand, bad + 1);

	history->marks[0] = breaks;
	history->marks[1] = below(rand, 3) ? below(rand, bad + 1) : NODE_NONE;
	history->marks[2] = below(rand, 2) ? below(rand, bad + 1) : NODE_NONE;
	memset(history->files, 0, sizeof(history->files));
	for (Node node = 0; node < history->n; node++)
		for (guint i = 0; i < G_N_ELEMENTS(history->marks); i++)
			history->files[node][i] = history->marks[i] != NODE_NONE &&
						  history->reach[node][history->marks[i]];
}

/* Ends anywhere: a good one need not be an ancestor, or know of the break. */
static bool choose(Game *game, GRand *rand)
{
	const History *history = game->history;
	Node bad = history->n - 1;
	game->breaks = history->marks[0];
	game->masks = history->marks[1];
	game->exposes = history->marks[2];
	game->spec.bad = id_of(game, bad);
	if (truth(game, bad) != VERDICT_BAD)
		return false;
	for (guint tries = 0; tries < 40 && game->goods->len < history->n_goods; tries++) {
		Node good = below(rand, bad);
		RepoId id = id_of(game, good);
		bool shares = false;

		for (Node node = 0; node <= good; node++)
			shares =
				shares || (history->reach[good][node] && history->reach[bad][node]);
		/* Mostly goods that have the break, masked: what this test is about. */
		if (tries < 30 && game->masks != NODE_NONE && !has(game, good, game->breaks))
			continue;
		if (shares && truth(game, good) == VERDICT_GOOD)
			g_array_append_val(game->goods, id);
	}
	return game->goods->len > 0;
}

static void check_inquiry(const char *repo, History *history, GRand *rand)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *cache = g_build_filename(repo, "cache", NULL);
	Game game = { .history = history };

	if (below(rand, 3))
		memset(history->skip, 0, sizeof(history->skip));
	history->skip[history->bad] = false;
	repo_open(repo, &game.repo, &error);
	g_assert_no_error(error);
	terms_init(&game.terms, NULL, NULL, below(rand, 2), &error);
	game.goods = g_array_new(FALSE, TRUE, sizeof(RepoId));
	game.spec.repo = game.repo;
	game.spec.terms = &game.terms;
	game.spec.goods = game.goods;
	game.spec.first_parent = below(rand, 4) == 0;
	game.merges = g_array_new(FALSE, FALSE, sizeof(Merged));
	game.spec.merge = merge;
	game.spec.user = &game;
	worktree_open(game.repo, cache, WORKTREE_CLEAN, &game.tree, &error);
	g_assert_no_error(error);
	if (choose(&game, rand))
		play(&game, rand);
	terms_clear(&game.terms);
	g_array_unref(game.goods);
	g_array_unref(game.merges);
	worktree_close(game.tree);
	repo_close(game.repo);
}

static void test_random(void)
{
	histories_run(400, prepare, check_inquiry);
	g_test_message("found %u, masked %u, exposed %u, pairs %u, inconclusive %u", found, masked,
		       exposed, pairs, others);
	g_assert_cmpuint(found, >, others);
	g_assert_cmpuint(masked, >, 0);
	g_assert_cmpuint(exposed, >, 0);
	g_assert_cmpuint(pairs, >, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/inquiry/random", test_random);
	return g_test_run();
}
