/* SPDX-License-Identifier: GPL-2.0-or-later */
/* configured: revisions that differ in Kconfig files, and what was configured for them. */
#include "revision/configured.h"
#include "repofixture.h"
#include "util/fs.h"

typedef struct {
	char *dir;
	char *tree;
	Repo *repo;
	Configured *configured;
} Fixture;

#define TREE                                                                                       \
	"git init -q -b main .; mkdir -p kernel net Documentation;"                                \
	"for f in Makefile Kconfig net/Kconfig net/Kconfig.debug kernel/fork.c kernel/panic.c"     \
	" Documentation/Kconfig; do echo 1 > $f; done; git add .; git commit -qm base; git tag "   \
	"base;"                                                                                    \
	"b() { git checkout -q base; git checkout -qb $1; mkdir -p $(dirname $2); echo $1 >> $2; " \
	"git add .;"                                                                               \
	" git commit -qm $1; };"                                                                   \
	"b top Kconfig; b debug net/Kconfig.debug; b docs Documentation/Kconfig; b new "           \
	"mm/Kconfig;"                                                                              \
	"b unread kernel/panic.c; b both net/Kconfig; echo 2 >> kernel/panic.c;"                   \
	"git commit -qam both; b make Makefile; b source kernel/fork.c; b mixed Kconfig;"          \
	"echo 2 >> kernel/fork.c; git commit -qam mixed; b named net/notKconfig;"                  \
	"git checkout -q base; git checkout -qb link; ln -sf ../Kconfig net/Kconfig;"              \
	"git add .; git commit -qm link; git checkout -q base"

static void put(Fixture *f, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);

	g_assert_true(fs_mkdir(folder, NULL));
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* A configured build folder. */
static void configure(Fixture *f, const char *name, const char *config, const char *autoconf)
{
	g_autofree char *dot = g_strconcat(name, "/.config", NULL);
	g_autofree char *conf = g_strconcat(name, "/include/config/auto.conf", NULL);
	g_autofree char *header = g_strconcat(name, "/include/generated/autoconf.h", NULL);

	put(f, dot, config);
	put(f, conf, config);
	put(f, header, autoconf);
}

static void note(Fixture *f, const char *revision, const char *build, const char *hash)
{
	g_autofree char *path = g_build_filename(f->dir, build, NULL);
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(GError) error = NULL;
	RepoId id = resolve(f->repo, revision);

	put(f, "footprint/kernel/.fork.o.cmd", "cmd_x := gcc -c ../tree/kernel/fork.c\n");
	{
		g_autofree char *cmd = g_build_filename(f->dir, "footprint", NULL);

		footprint_read(f->tree, cmd, "x86", &footprint, &error);
		g_assert_no_error(error);
	}
	configured_note(f->configured, &id, path, footprint, hash, &error);
	g_assert_no_error(error);
}

static void set_up(Fixture *f, gconstpointer data)
{
	g_autofree char *out = NULL;

	(void)data;
	f->dir = scratch_new();
	f->tree = g_build_filename(f->dir, "tree", NULL);
	g_assert_true(fs_mkdir(f->tree, NULL));
	out = sh(f->tree, TREE);
	f->repo = open_at(f->tree);
	f->configured = configured_new(f->repo);
	configure(f, "base", "CONFIG_A=y\n", "#define CONFIG_A 1\n");
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	configured_free(f->configured);
	repo_close(f->repo);
	scratch_free(f->dir);
	g_free(f->tree);
}

static void test_near(Fixture *f, gconstpointer data)
{
	static const char *const near[] = {
		"base", "top", "debug", "docs", "new", "unread", "both"
	};
	static const char *const far[] = { "make", "source", "mixed", "named", "link" };

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(near); i++) {
		RepoId id = resolve(f->repo, near[i]);

		g_assert_false(configured_near(f->configured, &id));
	}
	note(f, "base", "base", "k1");
	for (guint i = 0; i < G_N_ELEMENTS(near); i++) {
		RepoId id = resolve(f->repo, near[i]);

		g_test_message("%s", near[i]);
		g_assert_true(configured_near(f->configured, &id));
	}
	for (guint i = 0; i < G_N_ELEMENTS(far); i++) {
		RepoId id = resolve(f->repo, far[i]);

		g_test_message("%s", far[i]);
		g_assert_false(configured_near(f->configured, &id));
	}
}

static char *find(Fixture *f, const char *revision, const char *build)
{
	g_autofree char *path = g_build_filename(f->dir, build, NULL);
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(GError) error = NULL;
	RepoId id = resolve(f->repo, revision);
	char *hash = NULL;

	configured_find(f->configured, &id, path, &hash, &footprint, &error);
	g_assert_no_error(error);
	g_assert_cmpint(hash != NULL, ==, footprint != NULL);
	if (footprint) /* it holds for this revision too */
		g_assert_cmpint(footprint_judge(footprint, "kernel/fork.c", 0), ==, FOOTPRINT_READ);
	return hash;
}

/* Each file that the build reads of the configuration has a say. */
static void test_find(Fixture *f, gconstpointer data)
{
	g_autofree char *same = NULL, *config = NULL, *header = NULL, *far = NULL, *rust = NULL;

	(void)data;
	note(f, "base", "base", "k1");
	configure(f, "same", "CONFIG_A=y\n", "#define CONFIG_A 1\n");
	same = find(f, "top", "same");
	g_assert_cmpstr(same, ==, "k1");
	far = find(f, "mixed", "same");
	g_assert_null(far);
	configure(f, "config", "CONFIG_A=y\nCONFIG_B=y\n", "#define CONFIG_A 1\n");
	config = find(f, "top", "config");
	g_assert_null(config);
	configure(f, "header", "CONFIG_A=y\n", "#define CONFIG_A 2\n");
	header = find(f, "top", "header");
	g_assert_null(header);
	put(f, "same/include/generated/rustc_cfg", "--cfg=CONFIG_A\n");
	rust = find(f, "top", "same");
	g_assert_null(rust);
}

/* Of several builds the one that was configured so. */
static void test_several(Fixture *f, gconstpointer data)
{
	g_autofree char *first = NULL, *second = NULL;

	(void)data;
	configure(f, "other", "CONFIG_B=y\n", "#define CONFIG_B 1\n");
	note(f, "base", "base", "k1");
	note(f, "top", "other", "k2");
	first = find(f, "docs", "base");
	g_assert_cmpstr(first, ==, "k1");
	second = find(f, "docs", "other");
	g_assert_cmpstr(second, ==, "k2");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/configured/near", Fixture, NULL, set_up, test_near, tear_down);
	g_test_add("/configured/find", Fixture, NULL, set_up, test_find, tear_down);
	g_test_add("/configured/several", Fixture, NULL, set_up, test_several, tear_down);
	return g_test_run();
}
