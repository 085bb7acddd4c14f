/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work trees where something goes wrong, or beside others. */
#include "worktreefixture.h"

/* kill -9 at any instant of a checkout: the next one puts it right. */
static void test_killed(void)
{
	g_auto(Bench) bench = { 0 };
	guint killed = 0;

	bench_start(
		&bench,
		"for d in a b c d e f g h; do mkdir -p $d/$d; for f in 1 2 3 4 5 6 7 8 9; do "
		"seq $f 3000 > $d/$f; seq $f 2000 > $d/$d/$f; done; done;" C
		"git tag one; for f in */*; do test -d $f || echo $f >> $f; done; git rm -qr a/a;"
		"git mv b/b b/c; chmod +x c/*;" C "git tag two",
		WORKTREE_CLEAN);
	check_out(&bench, "one");
	for (guint i = 0; i < 40; i++) {
		const char *to = i % 2 ? "one" : "two";
		int status;
		pid_t pid;

		/* The lock goes with the child's life; so does its open index. */
		worktree_close(g_steal_pointer(&bench.tree));
		pid = fork();
		if (pid == 0) {
			RepoId id = id_of(&bench, to);

			if (!worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree,
					   NULL))
				_exit(2);
			_exit(worktree_checkout(bench.tree, &id, NULL, NULL, NULL) ? 0 : 1);
		}
		g_usleep((gulong)g_test_rand_int_range(0, 60000));
		kill(pid, SIGKILL);
		g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
		killed += WIFSIGNALED(status);
		{
			g_autoptr(GError) error = NULL;

			worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
			g_assert_no_error(error);
		}
		check_out(&bench, i % 3 ? to : "one");
		assert_tree(&bench, i % 3 ? to : "one");
		g_assert_cmpuint(check_out(&bench, i % 3 ? to : "one"), ==, 0);
	}
	g_test_message("%u of 40 were killed on the way", killed);
	g_assert_cmpuint(killed, >, 0);
}

static void test_parallel(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autoptr(Worktree) second = NULL;
	g_autofree char *first_path = NULL;
	g_autofree char *first_home = NULL;
	g_autofree char *two = NULL;
	RepoId id;

	bench_start(&bench, "echo 1 > f;" C "git tag one; echo 2 > f;" C, WORKTREE_CLEAN);
	first_path = g_strdup(worktree_path(bench.tree));
	first_home = g_strdup(worktree_home(bench.tree));
	g_assert_true(g_file_test(first_home, G_FILE_TEST_IS_DIR));
	g_assert_false(g_str_has_prefix(first_home, first_path));
	worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &second, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(worktree_path(second), !=, first_path);
	g_assert_true(g_str_has_suffix(worktree_path(second), "-2/tree"));
	check_out(&bench, "one");
	id = id_of(&bench, "main");
	worktree_checkout(second, &id, NULL, NULL, &error);
	g_assert_no_error(error);
	assert_tree(&bench, "one");
	/* Free again, it is taken again. */
	worktree_close(g_steal_pointer(&bench.tree));
	worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(worktree_path(bench.tree), ==, first_path);
	assert_tree(&bench, "one");
	g_assert_cmpuint(check_out(&bench, "one"), ==, 0);
}

static void test_keep_untracked(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *built = NULL;
	g_autofree char *kept = NULL;
	g_autofree char *old = NULL;

	bench_start(&bench,
		    "mkdir -p d/e p q; echo 1 > d/e/f; echo 1 > p/f; echo 1 > top; echo 1 > q/q;" C
		    "git tag one; git rm -qr d p; echo 2 > top; echo 2 > was;" C,
		    WORKTREE_KEEP_UNTRACKED);
	meddle(&bench, "echo > stale");
	check_out(&bench, "one");
	old = in_tree(&bench, "stale");
	/* What an earlier run built is no use to this one. */
	g_assert_false(g_file_test(old, G_FILE_TEST_EXISTS));
	meddle(&bench, "echo > out.o; echo > p/out.o; mkdir was; echo > was/x; echo 7 > q/q");
	g_assert_cmpuint(check_out(&bench, "main"), ==, 5);
	built = in_tree(&bench, "out.o");
	kept = in_tree(&bench, "p/out.o");
	g_assert_true(g_file_test(built, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
	meddle(&bench,
	       "test ! -e d; test ! -e p/f; test -f was; test $(cat top) = 2; test $(cat q/q) = 1");
	/* A folder that became a symlink is not followed to remove a file. */
	meddle(&bench, "rm p/out.o; rmdir p; mkdir ../outside; echo > ../outside/f");
	check_out(&bench, "one");
	meddle(&bench, "rm -r p; ln -s ../outside p");
	check_out(&bench, "main");
	meddle(&bench, "test -f ../outside/f");
	worktree_close(g_steal_pointer(&bench.tree));
	worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
	g_assert_no_error(error);
	check_out(&bench, "main");
	assert_tree(&bench, "main");
}

static void test_cancel(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	g_autoptr(GError) error = NULL;
	RepoId id;

	bench_start(&bench, "echo 1 > f;" C, WORKTREE_CLEAN);
	id = id_of(&bench, "main");
	g_cancellable_cancel(cancel);
	g_assert_false(worktree_checkout(bench.tree, &id, cancel, NULL, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_INTERRUPTED);
	check_out(&bench, "main");
	assert_tree(&bench, "main");
}

/* An object that a partial clone lacks is named, with a command that brings it. */
static void test_partial(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *made = NULL;
	g_autofree char *blob = NULL;
	g_autofree char *path = NULL;
	g_autofree char *out = NULL;
	RepoId id;

	bench_start(&bench, "mkdir d; echo 1 > d/f;" C "git config uploadpack.allowFilter true",
		    WORKTREE_CLEAN);
	id = id_of(&bench, "main");
	blob = sh(bench.path, "git rev-parse main:d/f");
	made = sh(bench.dir, "git clone -q -n --filter=blob:none \"file://$PWD/re po\" part");
	path = g_build_filename(bench.dir, "part", NULL);
	worktree_close(g_steal_pointer(&bench.tree));
	repo_close(g_steal_pointer(&bench.repo));
	repo_open(path, &bench.repo, &error);
	g_assert_no_error(error);
	worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
	g_assert_no_error(error);
	g_assert_false(worktree_checkout(bench.tree, &id, NULL, NULL, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, blob));
	g_assert_nonnull(strstr(error->message, "d/f"));
	g_assert_nonnull(strstr(error->message, "partial clone"));
	out = sh(bench.dir, strstr(error->message, "git -C"));
	check_out(&bench, "main");
	assert_tree(&bench, "main");
}

/* Trees made by somebody who means harm. */
static void test_hostile(void)
{
	static const char *const names[] = { "..", ".git", ".GIT", "a/b", "." };
	g_auto(Bench) bench = { 0 };

	bench_start(&bench, "echo 1 > f;" C, WORKTREE_CLEAN);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *script = g_strdup_printf(
			"t=$({ printf '100644 %%s\\0' '%s'; for x in $(git rev-parse main:f | "
			"sed 's/../& /g'); do printf \"\\\\$(printf %%03o 0x$x)\"; done; } |"
			"git hash-object -w -t tree --literally --stdin); git commit-tree -m x $t",
			names[i]);
		g_autofree char *made = sh(bench.path, script);
		g_autoptr(GError) error = NULL;
		RepoId id = id_of(&bench, made);

		g_assert_false(worktree_checkout(bench.tree, &id, NULL, NULL, &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, "refusing"));
	}
	check_out(&bench, "main");
	assert_tree(&bench, "main");
}

/* A folder of the cache that cannot be written, a file that cannot grow: said, with the path. */
static void test_no_space(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	struct rlimit was, limit;
	RepoId id;
	bool done;

	bench_start(&bench, "seq 100000 > big;" C, WORKTREE_CLEAN);
	id = id_of(&bench, "main");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	limit = was;
	limit.rlim_cur = 65536;
	setrlimit(RLIMIT_FSIZE, &limit);
	done = worktree_checkout(bench.tree, &id, NULL, NULL, &error);
	setrlimit(RLIMIT_FSIZE, &was);
	g_assert_false(done);
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_nonnull(strstr(error->message, "/tree/big"));
	check_out(&bench, "main");
	assert_tree(&bench, "main");
}

static void test_bad_index(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *index = NULL;
	g_autofree char *lock = NULL;

	bench_start(&bench, "echo 1 > f; echo 2 > g;" C, WORKTREE_CLEAN);
	check_out(&bench, "main");
	index = g_build_filename(worktree_path(bench.tree), "../git/index", NULL);
	worktree_close(g_steal_pointer(&bench.tree));
	g_assert_true(g_file_set_contents(index, "DIRC nonsense", -1, NULL));
	worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
	g_assert_no_error(error);
	meddle(&bench, "echo 3 > g");
	g_assert_cmpuint(check_out(&bench, "main"), ==, 1);
	assert_tree(&bench, "main");

	/* A lock that a killed run left. */
	worktree_close(g_steal_pointer(&bench.tree));
	lock = g_strconcat(index, ".lock", NULL);
	g_assert_true(g_file_set_contents(lock, "", -1, NULL));
	worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
	g_assert_no_error(error);
	meddle(&bench, "echo 4 > g");
	g_assert_cmpuint(check_out(&bench, "main"), ==, 1);
}

/* The user runs git gc between two checkouts. */
static void test_gc(void)
{
	g_auto(Bench) bench = { 0 };
	g_autofree char *out = NULL;

	bench_start(&bench, "for i in 1 2 3 4 5; do seq $i 2000 > f$i;" C "done; git repack -qad",
		    WORKTREE_CLEAN);
	check_out(&bench, "main");
	out = sh(bench.path,
		 "git repack -qadf --depth=1 --window=2; git pack-refs --all; git gc -q");
	check_out(&bench, "main~3");
	assert_tree(&bench, "main~3");
}

/* git works on the bare repository: the user's objects are borrowed, over two levels too. */
static void test_borrowed(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *made = NULL;
	g_autofree char *path = NULL;
	g_autofree char *out = NULL;

	bench_start(&bench, "echo 1 > f;" C, WORKTREE_CLEAN);
	made = sh(bench.dir, "git clone -q -s 're po' \"$(printf 'sha\\nred')\"");
	path = g_build_filename(bench.dir, "sha\nred", NULL);
	worktree_close(g_steal_pointer(&bench.tree));
	repo_close(g_steal_pointer(&bench.repo));
	repo_open(path, &bench.repo, &error);
	g_assert_no_error(error);
	worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
	g_assert_no_error(error);
	check_out(&bench, "main");
	assert_tree(&bench, "main");
	out = g_strdup_printf("git --git-dir=../git --work-tree=. diff-index --quiet %s --;"
			      "git --git-dir=../git config core.bare",
			      id_of(&bench, "main").hex);
	made = (g_free(made), sh(worktree_path(bench.tree), out));
	g_assert_cmpstr(made, ==, "true");
}

/* Not one byte below the user's repository changes, nor a time of a file. */
static void test_untouched(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	const char *list = "find . -printf '%p %m %T@ %C@ %s\\n' | sort | sha256sum; "
			   "GIT_OPTIONAL_LOCKS=0 git status --short";

	bench_start(&bench,
		    "echo 1 > f;" C "git tag one; echo 2 > f; git repack -qad;" C
		    "echo 3 > f; echo > u",
		    WORKTREE_CLEAN);
	before = sh(bench.path, list);
	check_out(&bench, "one");
	check_out(&bench, "main");
	after = sh(bench.path, list);
	g_assert_cmpstr(before, ==, after);
}

/* Merges in memory: what git merges, as git does; conflicts; and nothing in the user's. */
static void test_merge(void)
{
	g_auto(Bench) bench = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	g_autofree char *tree = NULL;
	RepoId a, b, c, merged, again, of_merged;
	bool conflict = true;

	bench_start(&bench,
		    "seq 20 > f;" C "git tag base; sed -i 's/^3$/three/' f; echo a > a;" C
		    "git tag a; git checkout -q base; sed -i 's/^17$/xvii/' f; echo b > b;" C
		    "git tag b; git checkout -q base; sed -i 's/^3$/tres/' f;" C
		    "git tag c; git checkout -q main",
		    WORKTREE_CLEAN);
	a = id_of(&bench, "a");
	b = id_of(&bench, "b");
	c = id_of(&bench, "c");
	fs_sha256_tree(bench.path, &before, &error);
	g_assert_no_error(error);
	g_assert_true(worktree_merge(bench.tree, &a, &b, &merged, &conflict, &error));
	g_assert_false(conflict);
	g_assert_true(worktree_merge(bench.tree, &b, &a, &again, &conflict, &error));
	g_assert_cmpstr(merged.hex, ==, again.hex);
	g_assert_true(worktree_merge(bench.tree, &a, &c, &again, &conflict, &error));
	g_assert_true(conflict);
	g_assert_true(worktree_checkout(bench.tree, &merged, NULL, NULL, &error));
	g_assert_true(repo_tree_id(bench.repo, &merged, &of_merged, &error));
	g_assert_no_error(error);
	fs_sha256_tree(bench.path, &after, &error);
	g_assert_cmpstr(before, ==, after);
	tree = sh(bench.path,
		  "git checkout -q a; git merge -q -m m b >/dev/null; git rev-parse HEAD^{tree}");
	g_assert_cmpstr(of_merged.hex, ==, tree);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	home = scratch_new();
	g_setenv("HOME", home, TRUE);
	g_setenv("XDG_CONFIG_HOME", home, TRUE);
	g_test_add_func("/worktree/killed", test_killed);
	g_test_add_func("/worktree/parallel", test_parallel);
	g_test_add_func("/worktree/keep-untracked", test_keep_untracked);
	g_test_add_func("/worktree/cancel", test_cancel);
	g_test_add_func("/worktree/partial", test_partial);
	g_test_add_func("/worktree/hostile", test_hostile);
	g_test_add_func("/worktree/no-space", test_no_space);
	g_test_add_func("/worktree/bad-index", test_bad_index);
	g_test_add_func("/worktree/gc", test_gc);
	g_test_add_func("/worktree/borrowed", test_borrowed);
	g_test_add_func("/worktree/untouched", test_untouched);
	g_test_add_func("/worktree/merge", test_merge);
	status = g_test_run();
	scratch_free(home);
	return status;
}
