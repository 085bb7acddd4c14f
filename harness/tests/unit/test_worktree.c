/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worktreefixture.h"

static void test_changes(void)
{
	g_auto(Bench) bench = { 0 };
	struct stat a, b, c;

	bench_start(&bench,
		    "mkdir -p d/e; echo 1 > a; echo 1 > b; echo 1 > d/e/c; echo x > gone;" C
		    "git tag one; echo 2 > b; git rm -q gone; mkdir n; echo > n/n;" C
		    "git tag two;",
		    WORKTREE_CLEAN);
	g_assert_cmpuint(check_out(&bench, "one"), ==, 4);
	assert_tree(&bench, "one");
	a = stat_of(&bench, "a");
	b = stat_of(&bench, "b");
	c = stat_of(&bench, "d/e/c");
	g_assert_cmpuint(check_out(&bench, "one"), ==, 0);
	g_assert_cmpuint(check_out(&bench, "two"), ==, 3);
	assert_tree(&bench, "two");
	/* Untouched where the content is the same, new times where it is not, older content too. */
	g_assert_false(newer(stat_of(&bench, "a"), a) || newer(stat_of(&bench, "d/e/c"), c));
	g_assert_cmpuint(stat_of(&bench, "a").st_ino, ==, a.st_ino);
	g_assert_true(newer(stat_of(&bench, "b"), b));
	b = stat_of(&bench, "b");
	g_assert_cmpuint(check_out(&bench, "one"), ==, 3);
	g_assert_true(newer(stat_of(&bench, "b"), b));
	assert_tree(&bench, "one");
}

/* Executable bits, symlinks, submodules, empty files, and names that need care. */
static void test_kinds(void)
{
	g_auto(Bench) bench = { 0 };

	bench_start(&bench,
		    "echo '#!/bin/sh' > x; chmod +x x; ln -s x l; ln -s /nowhere/at/all dangling;"
		    ": > empty; mkdir -p 'sp ace' a a.b; echo 1 > 'sp ace/qu\"o'\\''te';"
		    "echo 2 > \"$(printf 'new\\nline')\"; echo 3 > \"$(printf '\\377\\002')\";"
		    "echo 4 > a/z; echo 5 > a.b/z; echo 6 > a0; echo 7 > a-; echo 8 > -rf;"
		    "printf 'no\\0end' > bin;"
		    "git add .; git update-index --add --cacheinfo "
		    "160000,$(echo 1 | git hash-object --stdin),mod; git commit -qm x; git tag one;"
		    "chmod -x x; rm l; ln -s empty l; git rm -qr a; echo 4 > a;"
		    "rm dangling; mkdir dangling; echo 5 > dangling/f; rm -r a.b; ln -s a a.b;" C
		    "git tag two",
		    WORKTREE_CLEAN);
	for (guint i = 0; i < 2; i++) {
		check_out(&bench, "one");
		assert_tree(&bench, "one");
		g_assert_cmpuint(check_out(&bench, "one"), ==, 0);
		check_out(&bench, "two");
		assert_tree(&bench, "two");
		g_assert_cmpuint(check_out(&bench, "two"), ==, 0);
	}
}

/* A change of mode alone leaves the file's time, so nothing is built for it. */
static void test_mode_only(void)
{
	g_auto(Bench) bench = { 0 };
	struct stat before;

	bench_start(&bench, "echo > f;" C "git tag one; chmod +x f;" C, WORKTREE_CLEAN);
	check_out(&bench, "one");
	before = stat_of(&bench, "f");
	g_assert_cmpuint(check_out(&bench, "main"), ==, 1);
	assert_tree(&bench, "main");
	g_assert_false(newer(stat_of(&bench, "f"), before));
	g_assert_cmpuint(check_out(&bench, "main"), ==, 0);
}

/* Settings and attributes that make git itself change bytes. */
static void test_no_filters(void)
{
	g_auto(Bench) bench = { 0 };
	g_autofree char *config = g_build_filename(home, ".gitconfig", NULL);
	g_autofree char *attributes = g_build_filename(home, "attributes", NULL);
	g_autofree char *text = g_strdup_printf(
		"[core]\n\tautocrlf = true\n\teol = crlf\n\tattributesFile = %s\n\tsymlinks = "
		"false\n"
		"\tfileMode = false\n[filter \"shout\"]\n\tsmudge = tr a-z A-Z\n\tclean = cat\n"
		"\trequired = true\n",
		attributes);
	g_autofree char *path = NULL;
	g_autofree char *data = NULL;
	g_autofree char *shouted = NULL;
	gsize len;

	bench_start(&bench,
		    "printf 'a\\nb\\n' > f; printf 'a\\r\\nb\\r\\n' > crlf; echo '$Id$' > id;"
		    "printf 'a\\n' > x; chmod +x x; ln -s f l;"
		    "printf 'f text eol=crlf\\ncrlf text\\nid ident\\nx filter=shout\\n"
		    "u text working-tree-encoding=UTF-16\\n' > .gitattributes; printf "
		    "'\\377\\376u\\0\\n\\0' > u;"
		    "git -c core.safecrlf=false add .; git commit -qm x;"
		    "git config core.autocrlf true; git config core.eol crlf;"
		    "git config filter.shout.smudge 'tr a-z A-Z'; echo 'f filter=shout' >> "
		    ".git/info/attributes",
		    WORKTREE_CLEAN);
	g_assert_true(g_file_set_contents(config, text, -1, NULL));
	g_assert_true(
		g_file_set_contents(attributes, "* text eol=crlf ident filter=shout\n", -1, NULL));
	/* The settings do bite: git's own checkout has other bytes. */
	shouted = sh(bench.path, "rm f; git checkout f; cat f");
	g_assert_cmpstr(shouted, ==, "A\r\nB");
	{
		/* opened under these settings */
		g_autoptr(GError) error = NULL;
		g_autoptr(Repo) repo = NULL;
		Worktree *tree = NULL;

		repo_open(bench.path, &repo, &error);
		g_assert_no_error(error);
		worktree_close(bench.tree);
		worktree_open(repo, bench.cache, WORKTREE_CLEAN, &tree, &error);
		g_assert_no_error(error);
		bench.tree = tree;
		check_out(&bench, "main");
		assert_tree(&bench, "main");
		g_assert_cmpuint(check_out(&bench, "main"), ==, 0);
		path = in_tree(&bench, "f");
		g_assert_true(g_file_get_contents(path, &data, &len, NULL));
		g_assert_cmpmem(data, len, "a\nb\n", 4);
		worktree_close(g_steal_pointer(&bench.tree));
	}
	g_assert_cmpint(unlink(config), ==, 0);
	g_assert_cmpint(unlink(attributes), ==, 0);
}

/* Whatever is done to the work tree behind our back is put right. */
static void test_repair(void)
{
	static const struct {
		const char *script;
		guint changed;
	} cases[] = {
		{ "echo 9 > a", 1 },
		{ "echo longer > a", 1 },
		{ "touch -r a ../stamp; echo 9 > a; touch -r ../stamp a", 1 },
		{ "cp -p a ../b; echo 9 > a; cp -p ../b a; echo 9 > a; touch -d @1 a", 1 },
		{ "rm a", 1 },
		{ "rm -r d", 2 },
		{ "echo > new; echo > d/new", 2 },
		{ "mkdir -p n/n; echo > n/n/n", 1 },
		{ "mkdir -p d/empty", 1 },
		{ "git init -q .", 1 },
		{ "chmod +x a", 1 },
		{ "chmod -x x", 1 },
		{ "rm a; mkdir a; echo > a/a", 1 },
		{ "rm a; ln -s x a", 1 },
		{ "rm a; mkfifo a", 1 },
		{ "rm l; echo -n x > l", 1 },
		{ "ln -sfn a l", 1 },
		{ "cp -r d ../elsewhere; rm -r d; ln -s ../elsewhere d; echo 7 > ../elsewhere/b",
		  2 },
		{ "rm -r d; echo > d", 2 },
		/* Touched and moved about, but what is in them is right. */
		{ "touch a", 0 },
		{ "cp a ../c; mv ../c a", 0 },
		{ "mv d ../e; cp -r ../e d; rm -r ../e", 0 },
	};
	g_auto(Bench) bench = { 0 };
	g_autofree char *outside = NULL;
	g_autofree char *data = NULL;

	bench_start(&bench,
		    "echo 1 > a; mkdir d; echo 2 > d/b; echo 3 > d/c; ln -s x l; echo 4 > x; chmod "
		    "+x x;" C,
		    WORKTREE_CLEAN);
	check_out(&bench, "main");
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint changed;

		g_test_message("%s", cases[i].script);
		meddle(&bench, cases[i].script);
		changed = check_out(&bench, "main");
		assert_tree(&bench, "main");
		g_assert_cmpuint(changed, ==, cases[i].changed);
		g_assert_cmpuint(check_out(&bench, "main"), ==, 0);
	}
	/* Nothing was written through the symlink that led out. */
	outside = g_build_filename(worktree_path(bench.tree), "../elsewhere/b", NULL);
	g_assert_true(g_file_get_contents(outside, &data, NULL, NULL));
	g_assert_cmpstr(data, ==, "7\n");
}

/* A change of the same size right after the checkout, as quickly as one can make it. */
static void test_racy(void)
{
	g_auto(Bench) bench = { 0 };
	g_autofree char *path = NULL;

	bench_start(&bench, "echo 1 > f; echo x > g;" C "git tag one; echo 2 > f;" C,
		    WORKTREE_CLEAN);
	path = in_tree(&bench, "f");
	for (guint i = 0; i < 40; i++) {
		int fd;

		check_out(&bench, i % 2 ? "one" : "main");
		fd = open(path, O_WRONLY);
		g_assert_cmpint(write(fd, "7", 1), ==, 1);
		close(fd);
		g_assert_cmpuint(check_out(&bench, i % 2 ? "one" : "main"), ==, 1);
		assert_tree(&bench, i % 2 ? "one" : "main");
	}
}

/* Give the index's first entry this change time: what a change within one tick looks like. */
static void forge_ctime(const char *index, struct timespec ctime)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
	g_autofree char *data = NULL;
	guint32 words[2] = { GUINT32_TO_BE((guint32)ctime.tv_sec),
			     GUINT32_TO_BE((guint32)ctime.tv_nsec) };
	gsize digest = 20;
	gsize len;

	g_assert_true(g_file_get_contents(index, &data, &len, NULL));
	g_assert_cmpuint(len, >, 12 + 62 + 20);
	memcpy(data + 12, words, sizeof(words));
	g_checksum_update(sum, (guchar *)data, (gssize)(len - 20));
	g_checksum_get_digest(sum, (guint8 *)data + len - 20, &digest);
	g_assert_true(g_file_set_contents(index, data, (gssize)len, NULL));
}

/*
 * The same through the index on disk: a file has other bytes, and all of lstat(2) is as the index
 * has it. Only the index file's own time can tell.
 */
static void test_racy_index(void)
{
	for (guint racy = 0; racy < 2; racy++) {
		g_auto(Bench) bench = { 0 };
		g_autoptr(GError) error = NULL;
		g_autofree char *index = NULL;
		g_autofree char *path = NULL;
		struct timespec times[2];
		int fd;

		bench_start(&bench, "echo 1 > f;" C, WORKTREE_CLEAN);
		check_out(&bench, "main");
		index = g_build_filename(worktree_path(bench.tree), "../git/index", NULL);
		path = in_tree(&bench, "f");
		times[0] = times[1] = stat_of(&bench, "f").st_mtim;
		fd = open(path, O_WRONLY);
		g_assert_cmpint(write(fd, "7", 1), ==, 1);
		g_assert_cmpint(futimens(fd, times), ==, 0);
		close(fd);
		forge_ctime(index, stat_of(&bench, "f").st_ctim);
		if (racy)
			g_assert_cmpint(utimensat(AT_FDCWD, index, times, 0), ==, 0);
		worktree_close(g_steal_pointer(&bench.tree));
		worktree_open(bench.repo, bench.cache, WORKTREE_CLEAN, &bench.tree, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(check_out(&bench, "main"), ==, racy);
		if (racy)
			assert_tree(&bench, "main");
	}
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	home = scratch_new();
	g_setenv("HOME", home, TRUE);
	g_setenv("XDG_CONFIG_HOME", home, TRUE);
	g_test_add_func("/worktree/changes", test_changes);
	g_test_add_func("/worktree/kinds", test_kinds);
	g_test_add_func("/worktree/mode-only", test_mode_only);
	g_test_add_func("/worktree/no-filters", test_no_filters);
	g_test_add_func("/worktree/repair", test_repair);
	g_test_add_func("/worktree/racy", test_racy);
	g_test_add_func("/worktree/racy-index", test_racy_index);
	status = g_test_run();
	scratch_free(home);
	return status;
}
