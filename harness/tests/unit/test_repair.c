/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories with breaks of the build and later commits that mend them, some only in part, some that
 * undo the regression too: with these applied the culprit is found inside the stretch, no wrong one
 * is ever named, and it is among the suspects where none is.
 */
#include "githistory.h"

#include "inquiry/inquiry.h"
#include "repo/fixes.h"
#include "repo/worktree.h"

#define HISTORIES 100
#define NODES 40

/* Commits that do something; NODE_NONE for not. The second of a pair says that it fixes the first.
 */
typedef enum {
	CULPRIT, /* makes it bad */
	UNDO,    /* fixes that */
	BREAK,   /* cannot be built any more */
	MEND,    /* fixes that, or half of it */
	REST,    /* fixes MEND: the other half */
	BREAK_2, /* something else cannot be built */
	MEND_2,  /* fixes that */
	N_ROLES,
} Role;

static const int target_of[] = {
	[CULPRIT] = -1, [UNDO] = CULPRIT, [BREAK] = -1,      [MEND] = BREAK,
	[REST] = MEND,  [BREAK_2] = -1,   [MEND_2] = BREAK_2
};

typedef struct {
	History history;
	Node role[N_ROLES];
	bool absent; /* what breaks is not there before: its fix does not apply there */
	guint phase[NODES + MAX_PARENTS];
} Plan;

static guint named, by_fix, hidden, shrunk, none;

static bool reaches(const Plan *plan, Node node, Role role)
{
	return plan->role[role] != NODE_NONE && plan->history.reach[node][plan->role[role]];
}

/* A commit with one parent that has what @of did, and is not it; some free node. */
static Node pick_fix(const Plan *plan, GRand *rand, Role of)
{
	const History *history = &plan->history;

	if (plan->role[of] == NODE_NONE)
		return NODE_NONE;
	for (guint tries = 0; tries < 60; tries++) {
		Node node = below(rand, history->n);
		bool taken = false;

		for (guint role = 0; role < N_ROLES; role++)
			taken = taken || plan->role[role] == node;
		if (history->n_parents[node] == 1 &&
		    history->reach[history->parents[node][0]][plan->role[of]] &&
		    (!taken || (node == plan->role[CULPRIT] && of != CULPRIT)))
			return node;
	}
	return NODE_NONE;
}

/* What undoes the regression may be what mends the build: then it must not make it good. */
static Node pick_undo(const Plan *plan, GRand *rand)
{
	Node mend = plan->role[MEND];

	if (mend != NODE_NONE && below(rand, 2) && mend != plan->role[CULPRIT] &&
	    plan->history.reach[mend][plan->role[CULPRIT]])
		return mend;
	return pick_fix(plan, rand, CULPRIT);
}

static const char *state_of_src(const Plan *plan, Node node)
{
	if (!reaches(plan, node, BREAK))
		return plan->absent ? NULL : "ok";
	if (reaches(plan, node, REST))
		return "ok";
	if (reaches(plan, node, MEND))
		return plan->role[REST] == NODE_NONE ? "ok" : "half";
	return "broken";
}

static const char *state_of_src2(const Plan *plan, Node node)
{
	return reaches(plan, node, BREAK_2) && !reaches(plan, node, MEND_2) ? "broken" : "ok";
}

static bool is_bad(const Plan *plan, Node node)
{
	return reaches(plan, node, CULPRIT) && !reaches(plan, node, UNDO);
}

static bool is_broken(const Plan *plan, Node node)
{
	const char *src = state_of_src(plan, node);

	return (src && strcmp(src, "ok") != 0) || strcmp(state_of_src2(plan, node), "ok") != 0;
}

/* Return: whether the ends are what they must be. */
static bool make_plan(Plan *plan, GRand *rand)
{
	History *history = &plan->history;

	do {
		memset(plan, 0, sizeof(*plan));
		make_history(history, rand);
	} while (history->n > NODES || history->n < 4);
	if (!make_question(history, rand))
		return false;
	for (guint role = 0; role < N_ROLES; role++)
		plan->role[role] = NODE_NONE;
	plan->absent = below(rand, 2);
	plan->role[CULPRIT] = history->culprit;
	/* It may be the break itself. */
	do
		plan->role[BREAK] = below(rand, history->n);
	while (!history->range[plan->role[BREAK]]);
	plan->role[MEND] = pick_fix(plan, rand, BREAK);
	if (below(rand, 3) == 0)
		plan->role[REST] = pick_fix(plan, rand, MEND);
	if (below(rand, 3) == 0) {
		do
			plan->role[BREAK_2] = below(rand, history->n);
		while (!history->range[plan->role[BREAK_2]]);
		plan->role[MEND_2] = pick_fix(plan, rand, BREAK_2);
	}
	if (below(rand, 2))
		plan->role[UNDO] = pick_undo(plan, rand);
	for (guint i = 0; i < history->n_goods; i++)
		if (is_broken(plan, history->goods[i]) || is_bad(plan, history->goods[i]))
			return false;
	return is_bad(plan, history->bad) && !is_broken(plan, history->bad) &&
	       !reaches(plan, history->bad, UNDO);
}

/* A commit that names another has to be made after that. */
static guint set_phases(Plan *plan)
{
	const History *history = &plan->history;
	guint most = 0;

	for (Node node = 0; node < history->n; node++) {
		plan->phase[node] = 0;
		for (guint i = 0; i < history->n_parents[node]; i++)
			plan->phase[node] =
				MAX(plan->phase[node], plan->phase[history->parents[node][i]]);
		for (guint role = 0; role < N_ROLES; role++)
			if (plan->role[role] == node && target_of[role] >= 0)
				plan->phase[node]++;
		most = MAX(most, plan->phase[node]);
	}
	return most;
}

static void add_file(GString *in, const char *path, const char *content)
{
	if (content)
		g_string_append_printf(in, "M 644 inline %s\ndata %zu\n%s\n", path, strlen(content),
				       content);
}

static void add_message(GString *in, const Plan *plan, guint h, Node node)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "%u %u\n\n", h, node);
	for (guint role = 0; role < N_ROLES; role++) {
		const char *id;

		if (plan->role[role] != node || target_of[role] < 0)
			continue;
		id = plan->history.id[plan->role[target_of[role]]];
		g_string_append_printf(text, "Fixes: %.*s (\"%u %u\")\n", role % 2 ? 8 : 12, id, h,
				       plan->role[target_of[role]]);
	}
	g_string_append_printf(in, "data %zu\n%s\n", text->len, text->str);
}

static void add_commit(GString *in, const Plan *plan, guint h, Node node)
{
	const History *history = &plan->history;
	guint base = 1 + h * MAX_NODES;

	g_string_append_printf(in,
			       "reset refs/heads/h%u-%u\n\ncommit refs/heads/h%u-%u\nmark :%u\n"
			       "committer C <c@example.com> %u +0000\n",
			       h, node, h, node, base + node, 1700000000 + node * 60);
	add_message(in, plan, h, node);
	for (guint i = 0; i < history->n_parents[node]; i++)
		g_string_append_printf(in, "%s :%u\n", i ? "merge" : "from",
				       base + history->parents[node][i]);
	g_string_append(in, "deleteall\n");
	add_file(in, "src", state_of_src(plan, node));
	add_file(in, "src2", state_of_src2(plan, node));
	add_file(in, "bad", is_bad(plan, node) ? "bad" : NULL);
	add_file(in, "keep", "keep");
	g_string_append_c(in, '\n');
}

static void read_marks(const char *repo, Plan *plans)
{
	g_autofree char *path = g_build_filename(repo, "marks", NULL);
	g_autofree char *marks = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;

	fs_read(path, G_MAXINT, &marks, NULL, &error);
	g_assert_no_error(error);
	lines = g_strsplit(marks, "\n", -1);
	for (guint i = 0; lines[i] && lines[i][0]; i++) {
		guint mark = (guint)atoi(lines[i] + 1) - 1;

		g_strlcpy(plans[mark / MAX_NODES].history.id[mark % MAX_NODES],
			  strchr(lines[i], ' ') + 1, 41);
	}
}

static void import_plans(const char *repo, Plan *plans, guint n)
{
	const char *argv[] = { "git",
			       "fast-import",
			       "--quiet",
			       "--force",
			       "--import-marks-if-exists=marks",
			       "--export-marks=marks",
			       NULL };
	guint last = 0;

	for (guint h = 0; h < n; h++)
		last = MAX(last, set_phases(&plans[h]));
	for (guint phase = 0; phase <= last; phase++) {
		g_autoptr(GString) in = g_string_new(NULL);
		g_autofree char *out = NULL;

		for (guint h = 0; h < n; h++)
			for (Node node = 0; node < plans[h].history.n; node++)
				if (plans[h].phase[node] == phase)
					add_commit(in, &plans[h], h, node);
		out = run_in(repo, in->str, 0, 0, argv);
		read_marks(repo, plans);
	}
}

typedef struct {
	const Plan *plan;
	Repo *repo;
	Worktree *tree;
	Terms terms;
	GArray *goods;
	InquirySpec spec;
} Game;

static bool apply(const RepoId *onto, const RepoId *patches, guint n_patches, RepoId *ret_id,
		  bool *ret_conflict, void *user, GError **error)
{
	Game *game = user;

	return worktree_apply(game->tree, onto, patches, n_patches, ret_id, ret_conflict, error);
}

static char *content(const Game *game, const char *name)
{
	g_autofree char *path = g_build_filename(worktree_path(game->tree), name, NULL);
	char *text = NULL;

	return fs_read(path, 100, &text, NULL, NULL) ? text : NULL;
}

/* What its files say, whether it is of the history or made in memory. */
static Verdict test_it(const Game *game, const RepoId *id)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *src = NULL;
	g_autofree char *src2 = NULL;
	g_autofree char *bad = NULL;

	worktree_checkout(game->tree, id, NULL, NULL, &error);
	g_assert_no_error(error);
	src = content(game, "src");
	src2 = content(game, "src2");
	bad = content(game, "bad");
	if ((src && strcmp(src, "ok") != 0) || g_strcmp0(src2, "ok") != 0)
		return VERDICT_SKIP;
	return bad ? VERDICT_BAD : VERDICT_GOOD;
}

static void check_result(const Game *game, Inquiry *inquiry, guint before)
{
	g_autoptr(RunResult) result = run_result_new(&game->terms);
	g_autoptr(GError) error = NULL;
	const char *culprit = game->plan->history.id[game->plan->role[CULPRIT]];
	bool among = false;

	inquiry_report(inquiry, result, &error);
	g_assert_no_error(error);
	if (result->status == RUN_FOUND) {
		g_assert_cmpstr(result->culprit.id, ==, culprit);
		named++;
		by_fix += result->patches->len > 0;
		return;
	}
	for (guint i = 0; i < result->suspects->len; i++)
		among = among || g_str_has_prefix(result->suspects->pdata[i], culprit);
	if (result->suspects->len) {
		g_assert_true(among);
		hidden++;
		shrunk += result->suspects->len < before;
	} else {
		none++;
	}
}

static void play(const Game *game)
{
	g_autoptr(Inquiry) inquiry = NULL;
	g_autoptr(GError) error = NULL;
	guint before = 0;

	inquiry_new(&game->spec, &inquiry, &error);
	g_assert_no_error(error);
	for (guint steps = 0;; steps++) {
		InquiryStep step, again;
		bool done;

		g_assert_cmpuint(steps, <, 6 * MAX_NODES);
		inquiry_next(inquiry, &step, &done, &error);
		g_assert_no_error(error);
		if (done)
			break;
		inquiry_next(inquiry, &again, &done, &error);
		g_assert_cmpstr(again.id.hex, ==, step.id.hex);
		g_assert_cmpint(again.clean, ==, step.clean);
		if (strcmp(step.why, "repair") == 0 && !before) {
			g_autoptr(RunResult) result = run_result_new(&game->terms);

			inquiry_report(inquiry, result, NULL);
			before = result->suspects->len;
		}
		inquiry_answer(inquiry, &step.id, test_it(game, &step.id), step.clean);
	}
	check_result(game, inquiry, before);
}

static RepoId id_at(const Plan *plan, Node node)
{
	RepoId id;

	g_strlcpy(id.hex, plan->history.id[node], sizeof(id.hex));
	return id;
}

static void check_plan(const char *path, Repo *repo, const Plan *plan, bool doubt)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *cache = g_build_filename(path, "cache", NULL);
	SearchDoubt unsure = { .noise = noise_init(0.01, NOISE_UNKNOWN, 0.3), .confidence = 0.99 };
	Game game = { .plan = plan, .repo = repo };

	terms_init(&game.terms, NULL, NULL, false, &error);
	game.goods = g_array_new(FALSE, TRUE, sizeof(RepoId));
	for (guint i = 0; i < plan->history.n_goods; i++) {
		RepoId id = id_at(plan, plan->history.goods[i]);

		g_array_append_val(game.goods, id);
	}
	worktree_open(repo, cache, WORKTREE_CLEAN, &game.tree, &error);
	g_assert_no_error(error);
	game.spec = (InquirySpec){ .repo = repo,
				   .bad = id_at(plan, plan->history.bad),
				   .goods = game.goods,
				   .terms = &game.terms,
				   .doubt = doubt ? &unsure : NULL,
				   .apply = apply,
				   .user = &game };
	play(&game);
	terms_clear(&game.terms);
	g_array_unref(game.goods);
	worktree_close(game.tree);
}

static void test_random(void)
{
	const char *seed = g_getenv("BISECTBOX_SEED");
	const char *graphs = g_getenv("BISECTBOX_GRAPHS");
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed ? (guint32)atoi(seed) : 1);
	guint n = graphs ? (guint)atoi(graphs) : HISTORIES;
	g_autofree Plan *plans = g_new0(Plan, n);
	char *path = scratch_new();
	g_autofree char *made = sh(path, "git init -q --bare .");
	g_autoptr(GError) error = NULL;
	Repo *repo = NULL;

	for (guint i = 0; i < n; i++)
		while (!make_plan(&plans[i], rand))
			;
	import_plans(path, plans, n);
	repo_open(path, &repo, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < n; i++)
		check_plan(path, repo, &plans[i], i % 3 == 0);
	g_test_message(
		"found %u, of these %u with fixes; suspects %u, %u of these fewer; %u without",
		named, by_fix, hidden, shrunk, none);
	g_assert_cmpuint(by_fix, >, n / 20);
	g_assert_cmpuint(hidden, >, 0);
	g_assert_cmpuint(shrunk, >, 0);
	repo_close(repo);
	scratch_free(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/repair/random", test_random);
	return g_test_run();
}
