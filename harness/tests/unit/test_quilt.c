/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A quilt series: the file, the patches' heads, what patch(1) says, and the commits it becomes. */
#include "repofixture.h"

#include "kernel/patchtext.h"
#include "kernel/quilt.h"
#include "repo/worktree.h"
#include "revision/quilt.h"

/* ---- the series file ---- */

static void test_series(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) patches = NULL;
	const QuiltPatch *patch;

	quilt_series("# all\n\nbugfix/a.patch\n  b#1.patch -p0 -R # why\nc.patch\t-p2\r\n",
		     "series", &patches, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(patches->len, ==, 3);
	patch = &g_array_index(patches, QuiltPatch, 0);
	g_assert_cmpstr(patch->name, ==, "bugfix/a.patch");
	g_assert_cmpuint(patch->strip, ==, 1);
	g_assert_false(patch->reverse);
	g_assert_cmpuint(patch->line, ==, 3);
	patch = &g_array_index(patches, QuiltPatch, 1);
	g_assert_cmpstr(patch->name, ==, "b#1.patch");
	g_assert_cmpuint(patch->strip, ==, 0);
	g_assert_true(patch->reverse);
	g_assert_cmpuint(g_array_index(patches, QuiltPatch, 2).strip, ==, 2);
}

static void test_series_wrong(void)
{
	static const struct {
		const char *text;
		const char *words;
	} wrong[] = {
		{ "", "series names no patch" },
		{ "# nothing\n\n", "names no patch" },
		{ "a.patch\na.patch\n", "series:2: a.patch is named a second time" },
		{ "../a.patch\n", "series:1: ../a.patch is outside" },
		{ "/etc/a.patch\n", "outside" },
		{ "a.patch -p\n", "\"-p\" is no option" },
		{ "a.patch -x\n", "\"-x\" is no option" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;
		GArray *patches = NULL;

		g_assert_false(quilt_series(wrong[i].text, "series", &patches, &error));
		assert_usage(error, wrong[i].words);
	}
}

/* ---- heads ---- */

static void test_head_dep3(void)
{
	g_auto(QuiltHead) head = { 0 };
	g_autofree char *message = NULL;

	quilt_head("Description: audit: take messages\n of all namespaces\n .\n and more\n"
		   "Author: Ben Hutchings <ben@example.org>\n"
		   "Origin: https://example.org/1\nBug-Debian: https://bugs.example.org/42\n"
		   "Forwarded: not-needed\nLast-Update: 2014-03-02\n\n"
		   "--- a/kernel/audit.c\n+++ b/kernel/audit.c\nSubject: no\n",
		   &head);
	g_assert_cmpstr(head.subject, ==, "audit: take messages");
	g_assert_cmpstr(head.author, ==, "Ben Hutchings");
	g_assert_cmpstr(head.email, ==, "ben@example.org");
	g_assert_cmpint(head.time, ==, 1393718400);
	g_assert_cmpstr(head.body, ==, "of all namespaces\n\nand more");
	message = quilt_message(&head, "bugfix/a.patch");
	g_assert_cmpstr(message, ==,
			"audit: take messages\n\nof all namespaces\n\nand more\n\n"
			"Patch: bugfix/a.patch\nOrigin: https://example.org/1\n"
			"Bug-Debian: https://bugs.example.org/42\nForwarded: not-needed\n");
}

static void test_head_mail(void)
{
	g_auto(QuiltHead) head = { 0 };

	quilt_head("From 0123456789 Mon Sep 17 00:00:00 2001\n"
		   "From: =?UTF-8?q?Andr=C3=A9_X?= <a@example.org>\n"
		   "Date: Tue, 21 Jul 2015 10:00:00 +0200\n"
		   "Subject: [PATCH 2/3] fuse: a long\n line =?utf-8?b?w6TDtg==?=\n\n"
		   "commit 0123 upstream.\n\nFixes: things\nWhy: so\n\nSigned-off-by: A "
		   "<a@example.org>\n"
		   "---\n fs/fuse/file.c | 2 +-\n\ndiff --git a/x b/x\n",
		   &head);
	g_assert_cmpstr(head.author, ==, "André X");
	g_assert_cmpint(head.time, ==, 1437465600);
	g_assert_cmpint(head.offset, ==, 120);
	g_assert_cmpstr(head.subject, ==, "fuse: a long line äö");
	g_assert_cmpstr(head.body, ==,
			"commit 0123 upstream.\n\nFixes: things\nWhy: so\n\n"
			"Signed-off-by: A <a@example.org>");
}

/* Nothing at all, plain words, and letters of another time. */
static void test_head_bare(void)
{
	g_auto(QuiltHead) none = { 0 }, words = { 0 }, latin = { 0 };
	g_autofree char *message = NULL;

	quilt_head("--- a/x\n+++ b/x\n", &none);
	g_assert_null(none.subject);
	g_assert_null(none.author);
	message = quilt_message(&none, "x.patch");
	g_assert_cmpstr(message, ==, "x.patch\n\nPatch: x.patch\n");
	quilt_head("This makes it work.\nNote: also there\nIndex: x\n", &words);
	g_assert_cmpstr(words.body, ==, "This makes it work.\nNote: also there");
	quilt_head("From: Andr\xe9 <a@example.org>\n\nx\n--- a/x\n", &latin);
	g_assert_cmpstr(latin.author, ==, "André");
}

/* git's signatures have no angle brackets and no further lines. */
static void test_head_damaged(void)
{
	g_auto(QuiltHead) half = { 0 }, inner = { 0 }, coded = { 0 };

	quilt_head("From: A B <a@example.org\n\nx\n--- a/x\n", &half);
	g_assert_cmpstr(half.author, ==, "A B  a@example.org");
	g_assert_null(strpbrk(half.email, "<>"));
	quilt_head("From: A <B> <a@example.org>\n\nx\n--- a/x\n", &inner);
	g_assert_cmpstr(inner.author, ==, "A  B");
	g_assert_cmpstr(inner.email, ==, "a@example.org");
	quilt_head("Subject: =?UTF-8?q?a=0Ab?= =?UTF-8?q?=FF?=\n\nx\n--- a/x\n", &coded);
	g_assert_cmpstr(coded.subject, ==, "=?UTF-8?q?a=0Ab?==?UTF-8?q?=FF?=");
}

static void test_date(void)
{
	gint64 seconds = 0;
	int offset = 0;

	g_assert_true(quilt_date("Thu, 1 Jan 1970 00:00:10 -0100", &seconds, &offset));
	g_assert_cmpint(seconds, ==, 3610);
	g_assert_cmpint(offset, ==, -60);
	g_assert_true(quilt_date("3 Feb 2020 04:05", &seconds, &offset));
	g_assert_cmpint(seconds, ==, 1580702700);
	g_assert_false(quilt_date("yesterday", &seconds, &offset));
	g_assert_false(quilt_date("31 Feb 2020 04:05:06 +0000", &seconds, &offset));
}

/* ---- patches ---- */

#define PATCH                                                                                      \
	"diff --git a/old name b/new name\nrename from old name\nrename to new name\n"             \
	"--- linux.orig/kernel/a.c\t2020-01-01\n+++ linux/kernel/a.c\n@@ -1,2 +1,3 @@\n a\n"       \
	"--- b/not/a/file\n+++ b/not/either\n+c\n"                                                 \
	"@@ -9 +9 @@\n-x\n+y\n"                                                                    \
	"--- /dev/null\n+++ b/made.c\n@@ -0,0 +1 @@\n+z\n"

static void test_paths(void)
{
	g_autofree char *outside = NULL;
	g_auto(GStrv) paths = patchtext_paths(PATCH, 1, &outside);
	g_autofree char *all = g_strjoinv(" | ", paths);
	g_auto(GStrv) bad = NULL;

	g_assert_cmpstr(all, ==, "old name | new name | kernel/a.c | made.c");
	g_assert_null(outside);
	bad = patchtext_paths("--- a/x\n+++ b/../../etc/passwd\n", 1, &outside);
	g_assert_cmpstr(outside, ==, "../../etc/passwd");
}

static void test_hunk(void)
{
	g_autofree char *hunk = patchtext_hunk(PATCH, 1, "kernel/a.c", 2, 10);
	g_autofree char *cut = patchtext_hunk(PATCH, 1, "kernel/a.c", 1, 2);

	g_assert_cmpstr(hunk, ==, "@@ -9 +9 @@\n-x\n+y");
	g_assert_cmpstr(cut, ==, "@@ -1,2 +1,3 @@\n a");
	g_assert_null(patchtext_hunk(PATCH, 1, "kernel/a.c", 3, 10));
}

static void test_said(void)
{
	static const char said[] =
		"patching file 'a b.c'\nHunk #1 succeeded at 9 (offset 2 lines).\n"
		"checking file kernel/audit.c\nHunk #1 succeeded at 3.\n"
		"Hunk #2 FAILED at 120.\n1 out of 2 hunks FAILED\n";
	g_auto(PatchFailure) failure = { 0 };
	g_auto(PatchFailure) gone = { 0 };
	guint line = 0, fuzz = 0;

	patchsaid_failure(said, &failure);
	g_assert_cmpstr(failure.file, ==, "kernel/audit.c");
	g_assert_cmpuint(failure.hunk, ==, 2);
	g_assert_cmpuint(failure.line, ==, 120);
	patchsaid_failure("can't find file to patch at input line 3\n", &gone);
	g_assert_true(gone.no_file);
	g_assert_true(patchsaid_fuzz("checking file x\nHunk #2 succeeded at 7 with fuzz 1 (offset "
				     "-3 lines).\n",
				     "x", 2, &line, &fuzz));
	g_assert_cmpuint(line, ==, 7);
	g_assert_cmpuint(fuzz, ==, 1);
	g_assert_false(patchsaid_fuzz(said, "kernel/audit.c", 2, &line, &fuzz));
}

/* ---- commits ---- */

typedef struct {
	char *dir;
	char *cache;
} Place;

static void place_start(Place *place, gconstpointer script)
{
	g_autofree char *out = NULL;

	place->dir = scratch_new();
	place->cache = g_build_filename(place->dir, "cache", NULL);
	g_setenv("BISECTBOX_CACHE", place->cache, TRUE);
	out = sh(
		place->dir,
		"mkdir -p repo q; cd repo; git init -q -b main .;"
		"for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done > f; echo x > gone;"
		"echo '#!/bin/sh' > tool; chmod +x tool; git add .; git commit -qm v1; git tag v1");
	g_free(out);
	out = sh(place->dir, script ? script : "true");
}

static void place_end(Place *place, gconstpointer script)
{
	(void)script;
	g_free(place->cache);
	scratch_free(place->dir);
}

static bool plant(const Place *place, const char *base, bool of_repo, QuiltCommits *ret_commits,
		  char **ret_hunk, GError **error)
{
	g_autofree char *repo = g_build_filename(place->dir, "repo", NULL);
	g_autofree char *folder = g_build_filename(place->dir, "q", NULL);
	const QuiltSource source = { folder, base, of_repo ? repo : NULL };

	return quilt_plant(&source, NULL, ret_commits, ret_hunk, error);
}

/* By git itself: three commits, one of which only moves, one that adds, removes and changes modes.
 */
#define THREE                                                                                      \
	"cd repo; sed -i 's/line 5/LINE 5/' f;"                                                    \
	"{ printf 'From: B <b@example.org>\\nDate: Tue, 21 Jul 2015 10:00:00 +0200\\n'"            \
	" && printf 'Subject: five\\n\\nwhy\\n\\n'; git diff; } > ../q/one.patch;"                 \
	"git commit -qam one; { echo new; echo new; cat f; } > f2; mv f2 f; git commit -qam move;" \
	"sed -i 's/line 9/LINE 9/' f; git diff > ../q/two.patch; git commit -qam two;"             \
	"git rm -q gone; chmod -x tool; echo '#!/bin/sh' > run; chmod +x run; mkdir d;"            \
	"echo deep > d/deep; git add -A .; git commit -qm three; git format-patch -1 --stdout > "  \
	"../q/three.patch;"                                                                        \
	"git checkout -q v1; printf 'one.patch\\ntwo.patch\\nthree.patch\\n' > ../q/series;"

static void test_plant(Place *place, gconstpointer script)
{
	g_auto(QuiltCommits) commits = { 0 }, again = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	g_autofree char *hunk = NULL;
	g_autofree char *log = NULL;
	g_autofree char *diff = NULL;
	g_autoptr(Repo) repo = NULL;
	RepoId tip;

	(void)script;
	/* the user has equal files and trees already: not even their times change */
	g_free(sh(place->dir, "find repo -exec touch -d 2001-01-01 {} +"));
	before = sh(place->dir, "find repo -printf '%p %T@ %s\\n' | sort");
	plant(place, "v1", true, &commits, &hunk, &error);
	g_assert_no_error(error);
	after = sh(place->dir, "find repo -printf '%p %T@ %s\\n' | sort");
	g_assert_cmpstr(before, ==, after);
	g_assert_cmpuint(commits.count, ==, 3);
	g_assert_cmpuint(commits.offsets, ==, 1);
	log = sh(commits.path, "git log --reverse --format='%an %ae %at %s' base..series");
	g_assert_cmpstr(log, ==,
			"B b@example.org 1437465600 five\n"
			"nobody nobody@localhost 1700000002 two.patch\n"
			"A U Thor author@example.com 1700000000 three");
	diff = sh(commits.path, "git diff --summary base series; git show series:f | sed -n 5,9p");
	g_assert_cmpstr(diff, ==,
			" create mode 100644 d/deep\n delete mode 100644 gone\n"
			" create mode 100755 run\n mode change 100755 => 100644 tool\n"
			"LINE 5\nline 6\nline 7\nline 8\nLINE 9");
	/* the same ones every time, and readable as the user's */
	plant(place, "v1", true, &again, &hunk, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(commits.tip.hex, ==, again.tip.hex);
	g_assert_cmpstr(commits.path, ==, again.path);
	repo = open_at(commits.path);
	tip = resolve(repo, "series");
	g_assert_cmpstr(tip.hex, ==, commits.tip.hex);
}

/* The same out of a folder that is no repository, .gitignore or not. */
static void test_folder(Place *place, gconstpointer script)
{
	g_auto(QuiltCommits) commits = { 0 }, of_repo = { 0 };
	g_autofree char *base = g_build_filename(place->dir, "plain", NULL);
	g_autofree char *hunk = NULL;
	g_autofree char *trees = NULL;
	g_autoptr(GError) error = NULL;

	(void)script;
	g_free(sh(place->dir, "cp -r repo plain; rm -rf plain/.git; echo '*' > plain/.gitignore"));
	plant(place, base, false, &commits, &hunk, &error);
	g_assert_no_error(error);
	trees = sh(commits.path, "git ls-tree -r --name-only series");
	g_assert_cmpstr(trees, ==, ".gitignore\nd/deep\nf\nrun\ntool");
	g_free(sh(place->dir, "mkdir plain/.pc; echo one.patch > plain/.pc/applied-patches"));
	g_assert_false(plant(place, base, false, &of_repo, &hunk, &error));
	assert_usage(error, "has patches applied already");
}

static void assert_refused(const Place *place, const char *script, const char *words,
			   const char *shown)
{
	g_auto(QuiltCommits) commits = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *hunk = NULL;

	g_free(sh(place->dir, script));
	g_assert_false(plant(place, "v1", true, &commits, &hunk, &error));
	assert_usage(error, words);
	g_assert_null(strchr(error->message, '\n'));
	if (shown)
		g_assert_nonnull(strstr(hunk, shown));
	else
		g_assert_null(hunk);
}

static void test_refused(Place *place, gconstpointer script)
{
	(void)script;
	assert_refused(place, "echo three.patch > q/series; sed -i s/x/y/ q/three.patch",
		       "three.patch: hunk 1 of gone, for line 1, does not apply anywhere", "@@ -1");
	assert_refused(
		place, "echo two.patch > q/series; sed -i 's/^ line 6/ line six/' q/two.patch",
		"two.patch: hunk 1 of f does not apply: at line 6 it nearly would, with 1 line "
		"of context ignored (fuzz)",
		"+LINE 9");
	assert_refused(place, "echo none.patch > q/series",
		       "series:1: there is no patch none.patch", NULL);
	assert_refused(place,
		       "cp q/one.patch q/twin.patch; printf 'one.patch\\ntwin.patch\\n' > q/series",
		       "twin.patch: the tree has it already", NULL);
	assert_refused(place,
		       "printf -- '--- a/none\\n+++ b/none\\n@@ -1 +1 @@\\n-a\\n+b\\n' > q/x.patch;"
		       "echo x.patch > q/series",
		       "x.patch: a file that it changes is not in the tree", NULL);
	assert_refused(place, "printf -- '--- a/f\\n+++ b/f\\n@@ -1,9 +1,2 @@\\n-a\\n' > q/x.patch",
		       "x.patch: it is no patch that patch(1) can read", NULL);
	assert_refused(place, "rm q/series", "there is no file `series` in it", NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/quilt/series", test_series);
	g_test_add_func("/quilt/series/wrong", test_series_wrong);
	g_test_add_func("/quilt/head/dep3", test_head_dep3);
	g_test_add_func("/quilt/head/mail", test_head_mail);
	g_test_add_func("/quilt/head/bare", test_head_bare);
	g_test_add_func("/quilt/head/damaged", test_head_damaged);
	g_test_add_func("/quilt/date", test_date);
	g_test_add_func("/quilt/patch/paths", test_paths);
	g_test_add_func("/quilt/patch/hunk", test_hunk);
	g_test_add_func("/quilt/patch/said", test_said);
	g_test_add("/quilt/plant", Place, THREE, place_start, test_plant, place_end);
	g_test_add("/quilt/plant/folder", Place, THREE, place_start, test_folder, place_end);
	g_test_add("/quilt/plant/refused", Place, THREE, place_start, test_refused, place_end);
	return g_test_run();
}
