/* SPDX-License-Identifier: GPL-2.0-or-later */
/* repo/diff: the paths that differ between trees, against git itself. */
#include "repo/diff.h"
#include "repofixture.h"

typedef struct {
	char *dir;
	Repo *repo;
	RepoDiff *diff;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
	g_autofree char *out = NULL;

	f->dir = scratch_new();
	out = sh(f->dir, data);
	f->repo = open_at(f->dir);
	f->diff = repo_diff_new(f->repo);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	repo_diff_free(f->diff);
	repo_close(f->repo);
	scratch_free(f->dir);
}

static RepoId tree_of(Fixture *f, const char *name)
{
	g_autoptr(GError) error = NULL;
	RepoId id = resolve(f->repo, name);
	RepoId tree = { "" };

	repo_tree_id(f->repo, &id, &tree, &error);
	g_assert_no_error(error);
	return tree;
}

static bool on_file(const char *path, guint change, void *user)
{
	static const char letters[] = "MAD";

	g_string_append_printf(user, "%c%s %s\n", letters[change & 3], change & REPO_ODD ? "*" : "",
			       path);
	return true;
}

/* "M PATH" lines, in the order of the walk. */
static char *differences(Fixture *f, const char *from, const char *to)
{
	g_autoptr(GError) error = NULL;
	GString *out = g_string_new(NULL);
	const RepoDiffEvents events = { .file = on_file, .user = out };
	RepoId old = tree_of(f, from);
	RepoId new = tree_of(f, to);
	bool stopped = true;

	repo_diff_trees(f->diff, &old, &new, &events, &stopped, &error);
	g_assert_no_error(error);
	g_assert_false(stopped);
	return g_string_free(out, FALSE);
}

#define KINDS                                                                                      \
	"git init -q -b main .; mkdir -p a/b a.d z; echo 1 > a/b/one; echo 2 > a/two; echo 3 > "   \
	"a.d/x;"                                                                                   \
	"echo 4 > a-b; echo 5 > kind; echo 6 > mode; ln -s kind link; echo 7 > old; echo 8 > "     \
	"z/Case;"                                                                                  \
	"mkdir folder; echo 9 > folder/in; git add .;"                                             \
	"git update-index --add --cacheinfo 160000,$(printf %040d 1),module; git commit -qm one;"  \
	"git tag one; echo 11 > a/b/one; rm kind; ln -s old kind; chmod +x mode; ln -sf two link;" \
	"git mv old new; git mv z/Case z/case; rm -r folder; echo 9 > folder; rm a-b; mkdir a-b;"  \
	"echo 4 > a-b/c; git add -A .;"                                                            \
	"git update-index --add --cacheinfo 160000,$(printf %040d 2),module; git commit -qm two;"  \
	"git tag two"

static void test_kinds(Fixture *f, gconstpointer data)
{
	g_autofree char *there = differences(f, "one", "two");
	g_autofree char *same = differences(f, "one", "one");

	(void)data;
	g_assert_cmpstr(
		there, ==,
		"D a-b\nA a-b/c\nM a/b/one\nA folder\nD folder/in\nM* kind\nM* link\nM mode\n"
		"M* module\nA new\nD old\nD z/Case\nA z/case\n");
	g_assert_cmpstr(same, ==, "");
}

static bool on_file_stop(const char *path, guint change, void *user)
{
	on_file(path, change, user);
	return false;
}

static RepoDiffStep on_enter(const char *path, const guint8 *id, void *user)
{
	g_assert_true(id || g_str_equal(path, "folder"));
	g_string_append_printf(user, "enter %s\n", path);
	return g_str_equal(path, "a-b") ? REPO_DIFF_SKIP : REPO_DIFF_GO;
}

static void on_leave(const char *path, const guint8 *id, bool stopped, void *user)
{
	(void)id;
	g_string_append_printf(user, "leave %s %d\n", path, stopped);
}

static void test_events(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	RepoDiffEvents events = { on_file, on_enter, on_leave, out };
	RepoId old = tree_of(f, "one");
	RepoId new = tree_of(f, "two");
	bool stopped = false;

	(void)data;
	events.file = on_file_stop;
	repo_diff_trees(f->diff, &old, &new, &events, &stopped, &error);
	g_assert_no_error(error);
	g_assert_true(stopped);
	g_assert_cmpstr(out->str, ==, "enter \nD a-b\nleave  1\n");
	g_string_truncate(out, 0);
	events.file = on_file;
	repo_diff_trees(f->diff, &old, &new, &events, &stopped, &error);
	g_assert_no_error(error);
	g_assert_false(stopped);
	g_assert_true(g_str_has_prefix(out->str, "enter \nD a-b\nenter a-b\nenter a\nenter a/b\n"
						 "M a/b/one\nleave a/b 0\nleave a 0\n"));
	g_string_truncate(out, 0);
	repo_diff_trees(f->diff, NULL, &old, &events, &stopped, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(out->str, "A* module\n"));
	g_assert_null(strstr(out->str, "M "));
}

/* Random changes, far apart and near, against what git says. */
#define RANDOM                                                                                     \
	"git init -q -b main .; n=0; seed=7;"                                                      \
	"next() { seed=$(((seed * 1103515245 + 12345) % 2147483648)); r=$((seed / 65536 % $1)); "  \
	"};"                                                                                       \
	"while [ $n -lt 30 ]; do i=0; while [ $i -lt 6 ]; do next 5; d=d$r; next 4; e=e$r; next "  \
	"6;"                                                                                       \
	"mkdir -p $d.x/$e $d/$e 2>/dev/null || true; f=$r; next 4; case $r in"                     \
	" 0) rm -rf $d/$e;; 1) echo $seed > $d.x/$e/$f;; *) rm -rf $d/$e/$f; next 2;"              \
	" if [ $r = 0 ]; then echo $seed > $d/$e/$f; else mkdir -p $d/$e/$f; echo > $d/$e/$f/in; " \
	"fi;;"                                                                                     \
	"esac || true; i=$((i + 1)); done; git add -A .; git commit -q --allow-empty -m $n;"       \
	"git tag t$n; n=$((n + 1)); done"

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *sorted(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	qsort(lines, g_strv_length(lines), sizeof(*lines), compare_lines);
	return g_strstrip(g_strjoinv("\n", lines));
}

static void test_random(Fixture *f, gconstpointer data)
{
	guint lines = 0;

	(void)data;
	for (guint i = 1; i < 30; i++) {
		g_autofree char *from = g_strdup_printf("t%u", i * 7 % 30);
		g_autofree char *to = g_strdup_printf("t%u", i);
		g_autofree char *script = g_strdup_printf("git diff-tree -r --no-renames "
							  "--name-status %s %s | tr '\\t' ' '",
							  from, to);
		g_autofree char *theirs = sh(f->dir, script);
		g_autofree char *ours = differences(f, from, to);
		g_autofree char *a = sorted(theirs);
		g_autofree char *b = sorted(ours);

		g_assert_cmpstr(b, ==, a);
		lines += *b != '\0';
	}
	g_assert_cmpuint(lines, >, 20);
}

static void test_missing(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	const RepoDiffEvents events = { .file = on_file, .user = out };
	RepoId old = tree_of(f, "one");
	RepoId none = { "1234567890123456789012345678901234567890" };

	(void)data;
	g_assert_false(repo_diff_trees(f->diff, &old, &none, &events, NULL, &error));
	g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/diff/kinds", Fixture, KINDS, set_up, test_kinds, tear_down);
	g_test_add("/diff/events", Fixture, KINDS, set_up, test_events, tear_down);
	g_test_add("/diff/random", Fixture, RANDOM, set_up, test_random, tear_down);
	g_test_add("/diff/missing", Fixture, KINDS, set_up, test_missing, tear_down);
	return g_test_run();
}
