/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reuse: when a build folder may be built in again. */
#include "relevancefixture.h"
#include "revision/reuse.h"

#define COMPILER "0000000000000000000000000000000000000000000000000000000000000000"
#define OTHER "1111111111111111111111111111111111111111111111111111111111111111"

/* A build of base, noted; then another revision is checked out, and @script is run. */
static ReuseSpec after_base(Fixture *f, const char *build, RepoId *id, const char *name,
			    const char *script)
{
	RepoId base = resolve(f->repo, "base");
	ReuseSpec spec = { f->repo, f->tree, build, &base, COMPILER };
	g_autofree char *checkout = g_strdup_printf("sleep 0.02; git -C tree checkout -q -f %s; %s",
						    name, script ? script : "");
	g_autofree char *first = sh(f->dir, "git -C tree checkout -q -f base");
	g_autoptr(Footprint) footprint = NULL;
	g_autofree char *second = NULL;

	g_assert_true(fs_remove_tree(build, NULL));
	make_build(f);
	footprint = footprint_of_base(f);
	g_assert_true(reuse_end(&spec, footprint, NULL));
	second = sh(f->dir, checkout);
	*id = resolve(f->repo, name);
	spec.revision = id;
	return spec;
}

/* Why a build folder that has base in it is emptied for another revision; NULL where it is kept. */
static const char *why_emptied(Fixture *f, const char *name, const char *script,
			       const char *compiler)
{
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	g_autofree char *object = g_build_filename(build, "kernel/.fork.o.cmd", NULL);
	g_autoptr(GError) error = NULL;
	RepoId id;
	ReuseSpec spec = after_base(f, build, &id, name, script);
	const char *why = "";
	bool empty;

	spec.compiler = compiler;
	reuse_begin(&spec, &empty, &why, &error);
	g_assert_no_error(error);
	g_assert_cmpint(empty, ==, !g_file_test(object, G_FILE_TEST_EXISTS));
	g_assert_cmpint(empty, ==, why != NULL);
	return why;
}

static void assert_why(Fixture *f, const char *name, const char *script, const char *compiler,
		       const char *expected)
{
	const char *why = why_emptied(f, name, script, compiler);

	g_assert_cmpstr(why, ==, expected);
}

/* What make does not see empties a build folder, and nothing of a killed build is sure. */
static void test_reuse(Fixture *f, gconstpointer data)
{
	static const char *const kept[] = { "t2", "t3", "t5", "t6", "t11", "t17", "t20", "t23" };
	static const char *const emptied[] = { "t1", "t4", "t15", "t16", "t18", "t19" };
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	g_autofree char *fresh = g_build_filename(f->dir, "fresh", NULL);
	RepoId base = resolve(f->repo, "base");
	ReuseSpec spec = { f->repo, f->tree, build, &base, COMPILER };
	const char *why;
	bool empty;

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
		g_test_message("%s", kept[i]);
		assert_why(f, kept[i], NULL, COMPILER, NULL);
	}
	for (guint i = 0; i < G_N_ELEMENTS(emptied); i++) {
		g_test_message("%s", emptied[i]);
		why = why_emptied(f, emptied[i], NULL, COMPILER);
		g_assert_nonnull(why);
	}
	assert_why(f, "base", NULL, COMPILER, NULL);
	/* The build that was begun there has not ended. */
	g_assert_true(reuse_begin(&spec, &empty, &why, NULL));
	g_assert_true(empty);
	g_assert_cmpstr(why, ==, "a build did not end there");
	spec.build = fresh;
	g_assert_true(reuse_begin(&spec, &empty, &why, NULL));
	g_assert_true(empty && !why);
	assert_why(f, "base", NULL, OTHER, "the compiler has changed");
}

/* What is newer is told by the clock; where that went back, make would be fooled. */
static void test_clock(Fixture *f, gconstpointer data)
{
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	RepoId base = resolve(f->repo, "base");
	ReuseSpec spec = { f->repo, f->tree, build, &base, COMPILER };
	g_autoptr(Footprint) footprint = NULL;
	g_autofree char *out = NULL;
	const char *why;
	bool empty;

	(void)data;
	assert_why(f, "t17", NULL, COMPILER, NULL);
	assert_why(f, "t17", "touch -d '1 hour ago' tree/kernel/fork.c", COMPILER,
		   "the clock was set back");
	/* what no object is made from may be as old as it likes */
	assert_why(f, "e1", "touch -d '1 hour ago' tree/drivers/net/e100.c", COMPILER, NULL);
	/* set back while it was built: there is an object from the future */
	make_build(f);
	out = sh(f->dir, "touch -d '1 hour' build/kernel/.fork.o.cmd");
	footprint = footprint_of_base(f);
	g_assert_true(reuse_end(&spec, footprint, NULL));
	g_assert_true(reuse_begin(&spec, &empty, &why, NULL));
	g_assert_cmpstr(why, ==, "a build did not end there");
}

/* A makefile that changes may no longer make what it made: that is made again, or is gone. */
static void test_generated(Fixture *f, gconstpointer data)
{
	static const char *const files[] = { "gen.h", "gen.c", "gen.o" };
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	static const struct {
		const char *name, *folder;
		bool kept;
	} changes[] = {
		{ "t3", "drivers/net", false },
		{ "t3", "kernel", true },
		{ "t17", "kernel", true },
	};

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autofree char *make =
			g_strdup_printf("mkdir -p build/%s; cd build/%s; touch gen.h gen.c gen.o",
					changes[i].folder, changes[i].folder);

		assert_why(f, changes[i].name, make, COMPILER, NULL);
		for (guint j = 0; j < G_N_ELEMENTS(files); j++) {
			g_autofree char *path =
				g_build_filename(build, changes[i].folder, files[j], NULL);
			bool expected = changes[i].kept || g_str_has_suffix(files[j], ".o");

			g_assert_cmpint(g_file_test(path, G_FILE_TEST_EXISTS), ==, expected);
		}
	}
}

/* Each configuration has a folder; of the others two stay. */
static void test_folders(Fixture *f, gconstpointer data)
{
	static const char *const setups[] = { "1111", "2222", "3333", "4444", "1111" };

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(setups); i++) {
		g_autofree char *path = reuse_folder(f->dir, setups[i]);
		g_autofree char *leaf = g_path_get_basename(path);

		g_assert_cmpstr(leaf + strlen("build-"), ==, setups[i]);
		g_assert_true(fs_mkdir(path, NULL));
		g_usleep(20000);
	}
	g_autofree char *left = sh(f->dir, "ls -d build-* | tr '\\n' ' '");
	g_assert_cmpstr(left, ==, "build-1111 build-3333 build-4444");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/reuse/emptied", Fixture, TREE TRAPS, set_up, test_reuse, tear_down);
	g_test_add("/reuse/clock", Fixture, TREE TRAPS "; b e1; c e1 drivers/net/e100.c", set_up,
		   test_clock, tear_down);
	g_test_add("/reuse/generated", Fixture, TREE TRAPS, set_up, test_generated, tear_down);
	g_test_add("/reuse/folders", Fixture, TREE, set_up, test_folders, tear_down);
	return g_test_run();
}
