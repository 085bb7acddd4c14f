/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repofixture.h"

#include <unistd.h>

/* $HOME of this process, set before libgit2 wakes up. */
static char *home;

static void test_open(void)
{
	static const char *const names[] = { "plain", "with space", "qu'o\"te", "new\nline",
					     "\"q" };
	char *dir = scratch_new();

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);
		g_autofree char *sub = g_build_filename(path, "a/b", NULL);
		g_autofree char *git = g_build_filename(path, ".git", NULL);
		g_autofree char *made = NULL;
		g_autofree char *head = NULL;
		g_autoptr(Repo) repo = NULL;

		g_assert_cmpint(g_mkdir_with_parents(sub, 0755), ==, 0);
		made = sh(path, HISTORY);
		head = sh(path, "git rev-parse HEAD");
		repo = open_at(sub);
		g_assert_cmpstr(repo_path(repo), ==, git);
		g_assert_cmpstr(repo_workdir(repo), ==, path);
		g_assert_cmpstr(resolve(repo, "HEAD").hex, ==, head);
	}
	scratch_free(dir);
}

static void test_open_bare_and_linked(void)
{
	char *dir = scratch_new();
	g_autofree char *made =
		sh(dir, "mkdir r; cd r;" HISTORY "cd ..; git clone -q --bare r bare;"
			"git -C r config extensions.worktreeConfig true;"
			"git -C r config core.repositoryformatversion 1;"
			"git -C r worktree add -q ../linked v1");
	g_autofree char *v1 = sh(dir, "git -C r rev-parse v1");
	g_autofree char *bare_path = g_build_filename(dir, "bare", NULL);
	g_autofree char *linked_path = g_build_filename(dir, "linked", NULL);
	g_autofree char *common = g_build_filename(dir, "r/.git", NULL);
	g_autoptr(Repo) bare = open_at(bare_path);
	g_autoptr(Repo) linked = open_at(linked_path);

	g_assert_cmpstr(repo_path(bare), ==, bare_path);
	g_assert_null(repo_workdir(bare));
	g_assert_cmpstr(repo_path(linked), ==, common);
	g_assert_cmpstr(repo_workdir(linked), ==, linked_path);
	g_assert_cmpstr(resolve(linked, "HEAD").hex, ==, v1);
	scratch_free(dir);
}

static void test_open_errors(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, "git init -q --object-format=sha256 new; mkdir none;"
					"git init -q odd; git -C odd config extensions.odd true;"
					"git -C odd config core.repositoryformatversion 1");
	static const struct {
		const char *name, *part;
	} cases[] = { { "none", "--repo" },
		      { "absent", "no such folder" },
		      { "new", "SHA-1" },
		      { "odd", "odd" } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_build_filename(dir, cases[i].name, NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(Repo) repo = NULL;

		g_assert_false(repo_open(path, &repo, &error));
		assert_usage(error, path, cases[i].part);
	}
	scratch_free(dir);
}

/* Needs root to give a repository away; an ordinary user has the other tests. */
static void test_open_foreign(void)
{
	static const char *const names[] = { "checkout", "bare it", "linked" };
	char *dir = scratch_new();
	g_autofree char *config = g_build_filename(home, ".gitconfig", NULL);
	g_autofree char *made = NULL;

	if (geteuid() != 0) {
		g_test_skip("only root can give a repository to another user");
		scratch_free(dir);
		return;
	}
	made = sh(dir, "mkdir checkout; cd checkout;" HISTORY "cd ..;"
		       "git clone -q --bare checkout 'bare it';"
		       "git -C checkout worktree add -q ../linked v1; chown -R 12345 .");
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);
		g_autofree char *env = g_strdup_printf("HOME='%s'; export HOME;", home);
		g_autofree char *script = NULL;
		g_autofree char *out = NULL;
		g_autoptr(GError) error = NULL;
		g_autoptr(Repo) repo = NULL;
		const char *command;

		g_assert_false(repo_open(path, &repo, &error));
		assert_usage(error, "another user", "safe.directory", names[i]);
		/* What the message says to type works. */
		command = strstr(error->message, "git config");
		script = g_strconcat(env, command, NULL);
		out = sh(home, script);
		g_assert_true(g_file_test(config, G_FILE_TEST_EXISTS));
		repo = open_at(path);
		g_assert_true(g_file_set_contents(config, "[safe]\n\tdirectory = *\n", -1, NULL));
		repo_close(repo);
		repo = open_at(path);
		g_assert_true(g_file_set_contents(
			config, "[safe]\n\tdirectory = *\n\tdirectory =\n", -1, NULL));
		repo_close(repo);
		repo = NULL;
		g_clear_error(&error);
		g_assert_false(repo_open(path, &repo, &error));
		assert_usage(error, "another user", "safe.directory", names[i]);
		g_assert_cmpint(unlink(config), ==, 0);
	}
	scratch_free(dir);
}

static void test_resolve(void)
{
	static const char *const names[] = {
		"HEAD",    "main", "v1",      "v2",    "HEAD~2",
		"m^{/s2}", "side", "HEAD^^2", "v2^{}", "refs/tags/v2"
	};
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY "git branch m");
	g_autoptr(Repo) repo = open_at(dir);
	g_autofree char *blob = sh(dir, "git rev-parse HEAD:f1");
	g_autofree char *cut = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *argv[] = { "git", "rev-parse", NULL, NULL };
		g_autofree char *peeled = g_strconcat(names[i], "^{commit}", NULL);
		g_autofree char *id = NULL;

		argv[2] = peeled;
		id = g_strchomp(run_in(dir, NULL, 0, 0, argv));
		g_assert_cmpstr(resolve(repo, names[i]).hex, ==, id);
		if (i == 0) {
			cut = g_strndup(id, 8);
			g_assert_cmpstr(resolve(repo, cut).hex, ==, id);
		}
	}
	for (guint i = 0; i < 4; i++) {
		const char *name =
			(const char *[]){ "v9", blob, "0123456789012345678901234567890123456789",
					  "HEAD~77" }[i];
		g_autoptr(GError) error = NULL;
		RepoId id;

		g_assert_false(repo_resolve(repo, name, &id, &error));
		assert_usage(error, name, dir);
	}
	scratch_free(dir);
}

static void test_resolve_unborn(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, "git init -q .");
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	RepoId id;

	g_assert_false(repo_resolve(repo, "HEAD", &id, &error));
	assert_usage(error, "no commit yet");
	scratch_free(dir);
}

static void test_commit(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(
		dir, HISTORY "git rm -q f1; printf 'x\\n' > 'a b'; chmod +x f2; git add .;"
			     "git config i18n.commitEncoding ISO-8859-1;"
			     "GIT_AUTHOR_NAME=$(printf 'J\\366rg') GIT_AUTHOR_EMAIL=j@example.com "
			     "GIT_AUTHOR_DATE='1500000000 -0330' "
			     "git commit -qm \"$(printf 'Gr\\374n\\n\\nmore\\nlines')\"");
	g_autoptr(Repo) repo = open_at(dir);
	g_autofree char *expect = sh(dir, "git diff --name-only HEAD~1 HEAD");
	g_autofree char *files = NULL;
	g_autofree char *tree = sh(dir, "git rev-parse HEAD^{tree}");
	g_autoptr(GError) error = NULL;
	RepoId head = resolve(repo, "HEAD");
	RepoId root = resolve(repo, "v1~1");
	RepoId merge = resolve(repo, "v2");
	RepoId second = resolve(repo, "side");
	RepoId tree_id;

	{
		g_auto(RepoCommit) commit = { 0 };

		repo_commit(repo, &head, &commit, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(commit.id.hex, ==, head.hex);
		g_assert_cmpstr(commit.subject, ==, "Grün");
		g_assert_cmpstr(commit.message, ==, "Grün\n\nmore\nlines\n");
		g_assert_cmpstr(commit.author, ==, "Jörg <j@example.com>");
		g_assert_cmpstr(commit.date, ==, "2017-07-13T23:10:00-03:30");
		g_assert_cmpuint(commit.parents->len, ==, 1);
		files = g_strjoinv("\n", commit.files);
		g_assert_cmpstr(files, ==, expect);
	}
	{
		g_auto(RepoCommit) commit = { 0 };

		repo_commit(repo, &merge, &commit, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(commit.parents->len, ==, 2);
		g_assert_cmpstr(g_array_index(commit.parents, RepoId, 1).hex, ==, second.hex);
		g_assert_cmpuint(g_strv_length(commit.files), ==, 2);
	}
	{
		g_auto(RepoCommit) commit = { 0 };

		repo_commit(repo, &root, &commit, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(commit.parents->len, ==, 0);
		g_assert_cmpuint(g_strv_length(commit.files), ==, 1);
		g_assert_cmpstr(commit.files[0], ==, "f1");
	}
	repo_tree_id(repo, &head, &tree_id, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(tree_id.hex, ==, tree);
	scratch_free(dir);
}

/* A clone without blobs has all commits; one without trees too, but nothing can be said of files.
 */
static void test_partial(void)
{
	char *dir = scratch_new();
	g_autofree char *made =
		sh(dir, "mkdir r; cd r;" HISTORY "git config uploadpack.allowFilter true; cd ..;"
			"git clone -q -n --filter=tree:0 file://$PWD/r p");
	g_autofree char *path = g_build_filename(dir, "p", NULL);
	g_autofree char *tree = sh(dir, "git -C r rev-parse main^{tree}");
	g_autofree char *out = NULL;
	g_autoptr(Repo) repo = open_at(path);
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) range = range_of(repo, "HEAD", "v1", NULL, NULL, &error);
	g_auto(RepoCommit) commit = { 0 };
	RepoId head = resolve(repo, "HEAD");
	const char *command;

	g_assert_no_error(error);
	g_assert_cmpuint(range->commits, ==, 5);
	g_assert_false(repo_commit(repo, &head, &commit, &error));
	assert_usage(error, tree, "partial clone", path);
	command = strstr(error->message, "git -C");
	out = sh(dir, command);
	g_clear_error(&error);
	repo_commit(repo, &head, &commit, &error);
	g_assert_no_error(error);
	scratch_free(dir);
}

/* The user runs git gc while we have the repository open. */
static void test_gc(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY "git repack -qad; c 6; c 7; git repack -qd");
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) before = range_of(repo, "HEAD", "v1", NULL, NULL, &error);
	g_autoptr(RepoRange) after = NULL;
	g_autofree char *more = NULL;

	g_assert_no_error(error);
	more = sh(dir, "c() { echo $1 > f$1; git add .; git commit -qm \"$1\"; }; c 8;"
		       "git repack -qadf --depth=1; git prune-packed");
	after = range_of(repo, "HEAD", "v1", NULL, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(after->commits, ==, before->commits + 1);
	scratch_free(dir);
}

/* The same with packs that were listed when we opened it, and gone before the first read. */
static void test_gc_unread(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY "git repack -qad; c 6; c 7; git repack -qd");
	g_autofree char *head = sh(dir, "git rev-parse HEAD");
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	g_autofree char *out = NULL;
	RepoId id;
	RepoId tree;

	g_strlcpy(id.hex, head, sizeof(id.hex));
	repo_tree_id(repo, &id, &tree, &error);
	g_assert_no_error(error);
	out = sh(dir, "git repack -qadf --depth=1; git prune-packed; ls .git/objects/pack");
	g_strlcpy(id.hex, resolve(repo, "v1").hex, sizeof(id.hex));
	repo_tree_id(repo, &id, &tree, &error);
	g_assert_no_error(error);
	scratch_free(dir);
}

/* Objects borrowed over three levels, with names that the file's syntax has to quote. */
static void test_alternates(void)
{
	char *dir = scratch_new();
	g_autofree char *made =
		sh(dir, "mkdir 'a \"x'; cd 'a \"x';" HISTORY "cd ..;"
			"git init -q --bare b; printf '\"%s/a \\\\\"x/.git/objects\"\\n' \"$PWD\" "
			"> b/objects/info/alternates; git init -q --bare c;"
			"echo ../../b/objects > c/objects/info/alternates;"
			"git init -q d; printf '# no path\\n%s/c/objects\\n' \"$PWD\" > "
			"d/.git/objects/info/alternates;"
			"git -C 'a \"x' rev-parse main > d/.git/refs/heads/main;"
			"git -C d log -1 --format=%s main");
	g_autofree char *path = g_build_filename(dir, "d", NULL);
	g_autoptr(Repo) repo = open_at(path);
	g_autoptr(GError) error = NULL;
	g_autoptr(RepoRange) range = range_of(repo, "main", "main~2", NULL, NULL, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(range->commits, ==, 4);
	scratch_free(dir);
}

static void test_tags(void)
{
	char *dir = scratch_new();
	g_autofree char *made =
		sh(dir, "git init -q -b main .; n=1700000000;"
			"c() { n=$((n + 100)); export GIT_COMMITTER_DATE=\"$n +0000\";"
			"git commit -q --allow-empty -m $1; git tag $1; };"
			"c a1; c a2; git tag -am x a2x; git checkout -qb side; c s1;"
			"git checkout -q main; c a3; c a4; git tag blob $(echo x | git hash-object "
			"-w --stdin);"
			"git tag tree HEAD^{tree}; git branch tip a4");
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) tags = NULL;
	RepoId tip = resolve(repo, "tip");

	repo_tags_behind(repo, &tip, &tags, &error);
	g_assert_no_error(error);
	/* Not the tip's own, not the side branch's, one for each commit. */
	g_assert_cmpuint(tags->len, ==, 3);
	for (guint i = 0; i < 3; i++) {
		RepoTag *tag = &g_array_index(tags, RepoTag, i);

		g_assert_cmpstr(tag->name, ==, ((const char *[]){ "a3", "a2", "a1" })[i]);
		g_assert_cmpstr(tag->id.hex, ==, resolve(repo, tag->name).hex);
	}
	scratch_free(dir);
}

/* After all that can be asked of a repository, not a byte of it has changed. */
static void test_untouched(void)
{
	char *dir = scratch_new();
	g_autofree char *made = sh(dir, HISTORY "git pack-refs --all");
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Repo) repo = open_at(dir);
	g_autoptr(RepoRange) range = NULL;
	g_autoptr(GArray) tags = NULL;
	g_auto(RepoCommit) commit = { 0 };
	RepoId head = resolve(repo, "HEAD");

	fs_sha256_tree(dir, &before, &error);
	g_assert_no_error(error);
	range = range_of(repo, "HEAD", "v1", NULL, NULL, &error);
	repo_tags_behind(repo, &head, &tags, &error);
	repo_commit(repo, &head, &commit, &error);
	g_assert_no_error(error);
	fs_sha256_tree(dir, &after, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(before, ==, after);
	scratch_free(dir);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	home = scratch_new();
	g_setenv("HOME", home, TRUE);
	g_setenv("XDG_CONFIG_HOME", home, TRUE);
	g_test_add_func("/repo/open", test_open);
	g_test_add_func("/repo/open-bare-and-linked", test_open_bare_and_linked);
	g_test_add_func("/repo/open-errors", test_open_errors);
	g_test_add_func("/repo/open-foreign", test_open_foreign);
	g_test_add_func("/repo/resolve", test_resolve);
	g_test_add_func("/repo/resolve-unborn", test_resolve_unborn);
	g_test_add_func("/repo/commit", test_commit);
	g_test_add_func("/repo/partial", test_partial);
	g_test_add_func("/repo/gc", test_gc);
	g_test_add_func("/repo/gc-unread", test_gc_unread);
	g_test_add_func("/repo/alternates", test_alternates);
	g_test_add_func("/repo/tags", test_tags);
	g_test_add_func("/repo/untouched", test_untouched);
	status = g_test_run();
	scratch_free(home);
	return status;
}
