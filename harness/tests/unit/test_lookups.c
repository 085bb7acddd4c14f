/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which changes of a tree can have a look-up end elsewhere, and which cannot. */
#include "repofixture.h"

#include "revision/direct.h"

/* A change, and whether a header may be found elsewhere after it. */
typedef struct {
	const char *name;
	const char *script;
	bool other;
} Change;

static const Change changes[] = {
	{ "nothing", ":", false },
	{ "content", "echo 2 > include/a.h; echo 2 > a.c", false },
	{ "documents", "mkdir -p Documentation; echo 1 > Documentation/a.h; echo 1 > a.rst",
	  false },
	{ "device-tree", "echo 1 > a.dts", false },
	{ "kconfig", "echo 2 > Kconfig", false },
	{ "header-added", "mkdir first; echo 1 > first/a.h", true },
	{ "header-removed", "git rm -q include/b.h", true },
	{ "header-renamed", "git mv include/b.h include/c.h", true },
	{ "source-added", "echo 1 > b.c", true },
	{ "makefile", "echo '#' >> Makefile", true },
	{ "kbuild", "echo 'generic-y += a.h' > include/Kbuild", true },
	{ "kbuild-changed", "echo 'generic-y += a.h' > lib/Kbuild", true },
	{ "link", "ln -sfn ../include lib/link", true },
	{ "file-for-link", "rm lib/link; echo 1 > lib/link", true },
};

static void test_change(gconstpointer data)
{
	const Change *change = data;
	g_autofree char *dir = scratch_new();
	g_autofree char *script = g_strconcat(
		"git init -q . && mkdir include lib && echo 1 > include/a.h && echo 1 > "
		"include/b.h "
		"&& echo 1 > a.c && echo 1 > Kconfig && echo : > Makefile && echo : > lib/Kbuild "
		"&& ln -s .. lib/link && git add -A . && git commit -qm 1 && ",
		change->script, " && git add -A . && git commit -qm 2 --allow-empty", NULL);
	g_autofree char *out = sh(dir, script);
	g_autoptr(Repo) repo = open_at(dir);
	RepoId before = resolve(repo, "HEAD~1"), after = resolve(repo, "HEAD");
	g_autofree char *first = NULL;
	g_autofree char *second = NULL;
	g_autoptr(GError) error = NULL;

	direct_key(repo, &before, &first, &error);
	g_assert_no_error(error);
	direct_key(repo, &after, &second, &error);
	g_assert_no_error(error);
	g_assert_cmpint(g_str_equal(first, second), !=, change->other);
	g_clear_pointer(&repo, repo_close);
	scratch_free(g_steal_pointer(&dir));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autofree char *name = g_strconcat("/lookups/", changes[i].name, NULL);

		g_test_add_data_func(name, &changes[i], test_change);
	}
	return g_test_run();
}
