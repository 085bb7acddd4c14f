/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real git for tests: a scratch folder, git commands in it, and shell lines to make histories. */
#pragma once

#include "util/fs.h"
#include "util/process.h"

/* libgit2 1.5 leaks in its own look at extensions, through a library without frame pointers. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2\n";
}

/** scratch_new() - an empty folder below $TMPDIR, its symlinks resolved; scratch_free() removes it
 */
static inline char *scratch_new(void)
{
	g_autofree char *made = g_dir_make_tmp("bisectbox-test-XXXXXX", NULL);
	char *real;

	g_assert_nonnull(made);
	real = realpath(made, NULL);
	g_assert_nonnull(real);
	return real;
}

static inline void scratch_free(char *path)
{
	g_autoptr(GError) error = NULL;

	fs_remove_tree(path, &error);
	g_assert_no_error(error);
	free(path);
}

/** git_env() - no configuration but the repository's, fixed names and dates; free with g_strfreev()
 */
static inline char **git_env(const char *home)
{
	char **env = g_get_environ();
	const char *const pairs[][2] = {
		{ "HOME", home },
		{ "XDG_CONFIG_HOME", home },
		{ "GIT_CONFIG_NOSYSTEM", "1" },
		{ "GIT_AUTHOR_NAME", "A U Thor" },
		{ "GIT_AUTHOR_EMAIL", "author@example.com" },
		{ "GIT_COMMITTER_NAME", "C O Mitter" },
		{ "GIT_COMMITTER_EMAIL", "committer@example.com" },
		{ "GIT_AUTHOR_DATE", "1700000000 +0200" },
		{ "GIT_COMMITTER_DATE", "1700000000 +0200" },
		{ "LC_ALL", "C" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(pairs); i++)
		env = g_environ_setenv(env, pairs[i][0], pairs[i][1], TRUE);
	env = g_environ_unsetenv(env, "GIT_DIR");
	env = g_environ_unsetenv(env, "GIT_WORK_TREE");
	return env;
}

/** run_in() - run a program in a folder, which must end with one of two statuses; its stdout,
 * g_free() */
static inline char *run_in(const char *cwd, const char *input, int status, int or_status,
			   const char *const *argv)
{
	g_auto(GStrv) env = git_env(cwd);
	g_auto(ProcessEnd) end = { 0 };
	g_autoptr(GError) error = NULL;
	ProcessSpec spec = { .argv = argv,
			     .cwd = cwd,
			     .env = (const char *const *)env,
			     .input = input,
			     .timeout_s = 120 };

	process_run(&spec, NULL, &end, &error);
	g_assert_no_error(error);
	if (end.status != status && end.status != or_status)
		g_test_message("%s %s: status %d: %s", argv[0], argv[1], end.status, end.err);
	g_assert_true(end.status == status || end.status == or_status);
	return g_steal_pointer(&end.out);
}

/** sh() - run a shell script (set -e) in a folder; it must succeed; its stdout without the last
 * newline, g_free() */
static inline char *sh(const char *cwd, const char *script)
{
	g_autofree char *whole = g_strconcat("set -e\n", script, NULL);
	const char *argv[] = { "sh", "-c", whole, NULL };
	char *out = run_in(cwd, NULL, 0, 0, argv);

	return g_strchomp(out);
}
