/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gitfixture.h"

#include "repo/worktree.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *home; /* $HOME of this process */

/* A repository, a cache folder and a work tree, made from a shell script run in the repository. */
typedef struct {
	char *dir;  /* all of it */
	char *path; /* the repository */
	char *cache;
	Repo *repo;
	Worktree *tree;
} Bench;

static void bench_start(Bench *bench, const char *script, WorktreeFlags flags)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *whole = g_strconcat("git init -q -b main .;", script, NULL);
	g_autofree char *made = NULL;

	bench->dir = scratch_new();
	bench->path = g_build_filename(bench->dir, "re po", NULL);
	bench->cache = g_build_filename(bench->dir, "cache", NULL);
	fs_mkdir(bench->path, &error);
	g_assert_no_error(error);
	made = sh(bench->path, whole);
	repo_open(bench->path, &bench->repo, &error);
	g_assert_no_error(error);
	worktree_open(bench->repo, bench->cache, flags, &bench->tree, &error);
	g_assert_no_error(error);
}

static void bench_clear(Bench *bench)
{
	worktree_close(bench->tree);
	repo_close(bench->repo);
	g_free(bench->path);
	g_free(bench->cache);
	scratch_free(bench->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static RepoId id_of(const Bench *bench, const char *name)
{
	g_autoptr(GError) error = NULL;
	RepoId id;

	repo_resolve(bench->repo, name, &id, &error);
	g_assert_no_error(error);
	return id;
}

static guint check_out(const Bench *bench, const char *name)
{
	g_autoptr(GError) error = NULL;
	RepoId id = id_of(bench, name);
	guint changed = 4711;

	worktree_checkout(bench->tree, &id, NULL, &changed, &error);
	g_assert_no_error(error);
	return changed;
}

/* git's "mode id path" of each file, as found on the disk: nothing of bisectbox in between. */
static void list_folder(const char *folder, const char *prefix, GPtrArray *lines)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;
	guint n = 0;

	g_assert_nonnull(dir);
	for (; (name = g_dir_read_name(dir)); n++) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *shown = g_strconcat(prefix, name, NULL);
		g_autofree char *data = NULL;
		g_autofree char *head = NULL;
		g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
		struct stat st;
		gsize len = 0;

		g_assert_cmpint(lstat(path, &st), ==, 0);
		if (S_ISDIR(st.st_mode)) {
			g_autofree char *inner = g_strconcat(shown, "/", NULL);

			list_folder(path, inner, lines);
			continue;
		}
		if (S_ISLNK(st.st_mode)) {
			data = g_file_read_link(path, NULL);
			len = strlen(data);
		} else {
			g_assert_true(S_ISREG(st.st_mode));
			g_assert_true(g_file_get_contents(path, &data, &len, NULL));
		}
		head = g_strdup_printf("blob %zu", len);
		g_checksum_update(sum, (guchar *)head, (gssize)strlen(head) + 1);
		g_checksum_update(sum, (guchar *)data, (gssize)len);
		g_ptr_array_add(lines, g_strdup_printf("%s %s %s",
						       S_ISLNK(st.st_mode)    ? "120000"
						       : st.st_mode & S_IXUSR ? "100755"
									      : "100644",
						       g_checksum_get_string(sum), shown));
	}
	if (n == 0)
		g_ptr_array_add(lines, g_strconcat("empty folder ", prefix, NULL));
}

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void assert_tree(const Bench *bench, const char *name)
{
	RepoId id = id_of(bench, name);
	g_autofree char *script =
		g_strdup_printf("git ls-tree -rz --full-tree %s | tr '\\000\\t' '\\001 '", id.hex);
	g_autofree char *out = sh(bench->path, script);
	g_auto(GStrv) entries = g_strsplit(out, "\001", -1);
	g_autoptr(GPtrArray) want = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) have = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; entries[i]; i++) {
		if (entries[i][0] == '\0' || g_str_has_prefix(entries[i], "160000"))
			continue;
		/* "100644 blob ID path" */
		g_ptr_array_add(want, g_strdup_printf("%.6s %s", entries[i], entries[i] + 12));
	}
	list_folder(worktree_path(bench->tree), "", have);
	g_ptr_array_sort(want, by_text);
	g_ptr_array_sort(have, by_text);
	for (guint i = 0; i < MIN(want->len, have->len); i++)
		g_assert_cmpstr(want->pdata[i], ==, have->pdata[i]);
	g_assert_cmpuint(want->len, ==, have->len);
}

static char *in_tree(const Bench *bench, const char *name)
{
	return g_build_filename(worktree_path(bench->tree), name, NULL);
}

static struct stat stat_of(const Bench *bench, const char *name)
{
	g_autofree char *path = in_tree(bench, name);
	struct stat st;

	g_assert_cmpint(lstat(path, &st), ==, 0);
	return st;
}

static bool newer(struct stat a, struct stat b)
{
	return a.st_mtim.tv_sec > b.st_mtim.tv_sec ||
	       (a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec > b.st_mtim.tv_nsec);
}

/* Run a shell script in the work tree. */
static void meddle(const Bench *bench, const char *script)
{
	g_autofree char *out = sh(worktree_path(bench->tree), script);

	(void)out;
}

#define C "git add -A; git commit -qm x;"

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
	status = g_test_run();
	scratch_free(home);
	return status;
}
