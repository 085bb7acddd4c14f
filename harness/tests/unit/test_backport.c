/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backports: what messages say, whether a branch has a commit, and what is made of verdicts. */
#include "repofixture.h"

#include "record/backport.h"
#include "report/backport.h"
#include "repo/branch.h"
#include "repo/picked.h"
#include "repo/worktree.h"

#define X "0123456789abcdef0123456789abcdef01234567"
#define Y "89abcdef0123456789abcdef0123456789abcdef"

static void assert_list(char **list, const char *expected)
{
	g_autofree char *text = g_strjoinv(" ", list);

	g_assert_cmpstr(text, ==, expected);
	g_strfreev(list);
}

static void test_picked(void)
{
	assert_list(picked_ids("fix\n\ncommit " X " upstream.\n"), X);
	assert_list(picked_ids("fix\n\n[ Upstream commit " X " ]\n"), X);
	assert_list(picked_ids("fix\n\nUpstream commit " X ".\n"), X);
	assert_list(picked_ids("fix\n\n(cherry picked from commit " X ")\n"), X);
	assert_list(picked_ids("fix\n\n(backported from commit 0123456789AB)\n"), "0123456789ab");
	assert_list(picked_ids("fix\n\nsince commit " X " upstream it is so\n"), "");
	/* a revert is no copy of what it takes back; a copy of a revert is one of that */
	assert_list(picked_ids("Revert \"fix\"\n\nThis reverts commit " Y " which is\ncommit " X
			       " upstream.\n"),
		    X);
	assert_list(picked_ids("Revert \"fix\"\n\nThis reverts commit " Y " which is commit " X
			       " upstream.\n"),
		    "");
	assert_list(picked_reverts("This reverts commit " Y " which is commit " X " upstream."),
		    Y " " X);
	assert_list(picked_fixes("x\n\nFixes: 0123456789ab (\"x\")\nfixes: " Y "\n"),
		    "0123456789ab " Y);
	g_assert_true(picked_match("0123456789ab", X));
	g_assert_false(picked_match("0123456", X));
}

/* main: base broken fix later. Branches: old (base only), self, copy, patch, reverted, again. */
#define HISTORY_OF_FIX                                                                             \
	"c() { git add -A .; git commit -qm \"$1\"; };"                                            \
	"for i in 1 2 3 4 5 6 7 8 9; do echo $i; done > f; echo x > g; c base; git tag base;"      \
	"sed -i s/3/broken/ f; c broken; git tag broken;"                                          \
	"sed -i s/broken/fixed/ f; c \"fix"                                                        \
	"\n\nFixes: $(git rev-parse --short=12 broken) (\\\"broken\\\")\"; git tag fix;"           \
	"echo y > g; c \"later\n\nFixes: $(git rev-parse --short=12 fix) (\\\"fix\\\")\"; git "    \
	"tag later;"                                                                               \
	"git checkout -q -b copy broken; sed -i s/broken/mended/ f; c \"fix"                       \
	"\n\ncommit $(git rev-parse fix) upstream.\"; git tag copied;"                             \
	"git checkout -q -b reverted; sed -i s/mended/broken/ f;"                                  \
	"c \"Revert\n\nThis reverts commit $(git rev-parse copied) which is commit "               \
	"$(git rev-parse fix) upstream.\"; git tag revert;"                                        \
	"git checkout -q -b patch broken; echo 0 > h; c other; sed -i s/broken/fixed/ f; c mine;"  \
	"git tag mine; git checkout -q -b conflict broken; sed -i s/broken/else/ f; c else;"       \
	"git checkout -q -b stable base; sed -i s/3/broken/ f; c \"broken"                         \
	"\n\n[ Upstream commit $(git rev-parse broken) ]\"; git tag stable-broken;"

/* The history, and a work tree of ours. */
typedef struct {
	char *dir;
	Repo *repo;
	Worktree *tree;
} Bench;

static void bench_start(Bench *bench)
{
	g_autofree char *path = NULL;
	g_autofree char *trees = NULL;
	g_autofree char *out = NULL;
	g_autoptr(GError) error = NULL;

	bench->dir = scratch_new();
	path = g_build_filename(bench->dir, "repo", NULL);
	trees = g_build_filename(bench->dir, "trees", NULL);
	g_assert_true(fs_mkdir(path, NULL));
	out = sh(path, "git init -q -b main .;" HISTORY_OF_FIX);
	bench->repo = open_at(path);
	worktree_open(bench->repo, trees, WORKTREE_CLEAN, &bench->tree, &error);
	g_assert_no_error(error);
}

static void bench_clear(Bench *bench)
{
	worktree_close(bench->tree);
	repo_close(bench->repo);
	scratch_free(bench->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static void assert_has(Repo *repo, const char *branch, const char *commit, BranchHow how,
		       const char *as, const char *reverted)
{
	g_autoptr(RepoBranch) open = NULL;
	g_autoptr(GError) error = NULL;
	RepoId tip = resolve(repo, branch), id = resolve(repo, commit),
	       beside = resolve(repo, "fix");
	BranchAnswer answer;

	repo_branch_open(repo, &tip, &beside, &open, &error);
	g_assert_no_error(error);
	repo_branch_has(open, &id, &answer, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(branch_how_name(answer.how), ==, branch_how_name(how));
	g_assert_cmpstr(answer.id.hex, ==, as ? resolve(repo, as).hex : "");
	g_assert_cmpstr(answer.reverted.hex, ==, reverted ? resolve(repo, reverted).hex : "");
}

static void test_branch(void)
{
	g_auto(Bench) bench = { 0 };

	bench_start(&bench);
	assert_has(bench.repo, "later", "fix", BRANCH_HAS, "fix", NULL);
	assert_has(bench.repo, "broken", "fix", BRANCH_LACKS, NULL, NULL);
	assert_has(bench.repo, "base", "broken", BRANCH_LACKS, NULL, NULL);
	assert_has(bench.repo, "copy", "fix", BRANCH_HAS_COPY, "copied", NULL);
	assert_has(bench.repo, "reverted", "fix", BRANCH_HAS_COPY, "copied", "revert");
	assert_has(bench.repo, "patch", "fix", BRANCH_HAS_PATCH, "mine", NULL);
	/* in both directions: the question is about a copy, the main line has the original */
	assert_has(bench.repo, "later", "copied", BRANCH_HAS_COPY, "fix", NULL);
	assert_has(bench.repo, "stable", "broken", BRANCH_HAS_COPY, "stable-broken", NULL);
	assert_has(bench.repo, "later", "stable-broken", BRANCH_HAS_COPY, "broken", NULL);
	assert_has(bench.repo, "conflict", "fix", BRANCH_LACKS, NULL, NULL);
}

static void test_pick(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) fixes = NULL;
	g_auto(GStrv) unknown = NULL;
	g_auto(GStrv) conflicts = NULL;
	RepoId fix, onto, id;

	bench_start(&bench);
	fix = resolve(bench.repo, "fix");
	onto = resolve(bench.repo, "stable");
	worktree_pick(bench.tree, &onto, &fix, &id, &conflicts, &error);
	g_assert_no_error(error);
	g_assert_null(conflicts);
	onto = resolve(bench.repo, "conflict");
	worktree_pick(bench.tree, &onto, &fix, &id, &conflicts, &error);
	g_assert_no_error(error);
	assert_list(g_steal_pointer(&conflicts), "f");
	repo_said_fixes(bench.repo, &fix, &fixes, &unknown, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fixes->len, ==, 1);
	g_assert_cmpstr(g_array_index(fixes, RepoId, 0).hex, ==, resolve(bench.repo, "broken").hex);
}

/* ---- answers ---- */

static MatrixRow *row_of(Matrix *matrix, Outcome outcome, Verdict first, Verdict second)
{
	MatrixRow *row = matrix_row_new(matrix->rows->len + 1, 2);
	Verdict verdicts[] = { first, second };

	row->name = g_strdup("x");
	row->folder = g_strdup("steps/1");
	for (guint i = 0; i < 2; i++) {
		StepResult result = { .verdict = verdicts[i],
				      .outcome = outcome,
				      .reason = g_strdup("why") };

		matrix_add_try(&row->cells[i], &result, "");
	}
	g_ptr_array_add(matrix->rows, row);
	return row;
}

static BackportCommit *commit_of(const char *how, const char *reverted)
{
	BackportCommit *commit = g_new0(BackportCommit, 1);

	*commit = (BackportCommit){ .id = g_strdup(X),
				    .subject = g_strdup("s"),
				    .how = how,
				    .as = g_strdup(Y),
				    .reverted = g_strdup(reverted) };
	return commit;
}

#define G VERDICT_GOOD
#define B VERDICT_BAD
#define S VERDICT_SKIP
#define N VERDICT_NONE

static void test_answers(void)
{
	static const struct {
		const char *fix, *reverted, *broken;
		Verdict without, with, other;
		Outcome outcome;
		bool conflicts;
		BackportAnswer answer;
		Verdict whole;
	} rows[] = {
		{ "no", NULL, "yes", B, G, G, OUTCOME_PASSED, false, BACKPORT_TAKE, G },
		{ "no", NULL, "copy", B, G, B, OUTCOME_PASSED, false, BACKPORT_BREAKS, B },
		{ "no", NULL, "yes", B, B, G, OUTCOME_PASSED, false, BACKPORT_NO_USE, B },
		{ "no", NULL, "yes", B, S, S, OUTCOME_NO_BUILD, false, BACKPORT_NO_BUILD, B },
		{ "no", NULL, "yes", B, S, S, OUTCOME_HANG, false, BACKPORT_UNTESTABLE, S },
		{ "no", NULL, "yes", B, N, N, OUTCOME_PASSED, true, BACKPORT_CONFLICTS, B },
		{ "no", NULL, "yes", B, N, N, OUTCOME_PASSED, false, BACKPORT_TROUBLE, S },
		{ "no", NULL, "no", G, G, G, OUTCOME_PASSED, false, BACKPORT_NOT_AFFECTED, G },
		{ "no", NULL, "patch", G, G, G, OUTCOME_PASSED, false, BACKPORT_NOT_SHOWN, G },
		{ "no", NULL, NULL, G, G, G, OUTCOME_PASSED, true, BACKPORT_NOT_SHOWN, G },
		{ "no", NULL, "yes", S, G, G, OUTCOME_PASSED, false, BACKPORT_UNTESTABLE, S },
		{ "copy", NULL, "yes", G, N, N, OUTCOME_PASSED, false, BACKPORT_HAS, G },
		{ "copy", NULL, "yes", B, N, N, OUTCOME_PASSED, false, BACKPORT_HAS_BAD, B },
		{ "copy", X, "yes", B, G, G, OUTCOME_PASSED, false, BACKPORT_TAKE, G },
	};
	static char *cases[] = { (char *)"audit", (char *)"overlay", NULL };

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(Backport) backport = backport_new();
		BackportRow *row = backport_row_new("linux-4.4.y");
		g_autofree char *text = NULL;

		backport->fix = g_strdup(X);
		backport->subject = g_strdup("s");
		backport->unknown = g_new0(char *, 1);
		backport->matrix = matrix_new(cases, 1);
		row->tip = g_strdup(Y);
		row->fix = commit_of(rows[i].fix, rows[i].reverted);
		if (rows[i].broken)
			g_ptr_array_add(row->fixes, commit_of(rows[i].broken, NULL));
		row->conflicts = rows[i].conflicts ? g_strsplit("a.c", " ", -1) : NULL;
		row->without = row_of(backport->matrix, OUTCOME_PASSED, rows[i].without, G);
		if (rows[i].with != N)
			row->with = row_of(backport->matrix, rows[i].outcome, rows[i].with,
					   rows[i].other);
		g_ptr_array_add(backport->rows, row);
		backport_judge(backport);
		g_assert_cmpstr(backport_answer_name(row->answer), ==,
				backport_answer_name(rows[i].answer));
		g_assert_cmpint(backport_verdict(backport), ==, rows[i].whole);
		text = report_backport_text(backport, "results/x");
		g_assert_nonnull(strstr(text, "linux-4.4.y"));
		g_assert_true(!rows[i].conflicts || strstr(text, "conflict in a.c"));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/backport/picked", test_picked);
	g_test_add_func("/backport/branch", test_branch);
	g_test_add_func("/backport/pick", test_pick);
	g_test_add_func("/backport/answers", test_answers);
	return g_test_run();
}
