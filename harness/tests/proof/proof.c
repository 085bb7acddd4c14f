/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of bisectbox by themselves, for run.sh:
 *   build TREE BUILD CCACHE [FRAGMENT...]  make bzImage; prints its hash
 *   footprint TREE BUILD                   prints the footprint of what was built there
 *   judge FOOTPRINT                        lines "A|D|M PATH" come back as "yes|no WHY TAB PATH"
 *   same FOOTPRINT REPO BUILT              revisions come back as "same|other REVISION"
 */
#include "kernel/build.h"
#include "kernel/footprint.h"
#include "kernel/version.h"
#include "revision/relevance.h"
#include "util/error.h"
#include "util/fs.h"

#include <stdio.h>
#include <string.h>

#define LINE_SIZE 8192

static bool build(char **argv, GError **error)
{
	g_autofree char *log = g_strconcat(argv[1], ".log", NULL);
	g_autoptr(GPtrArray) misses = NULL;
	g_autoptr(Kconfig) kconfig = NULL;
	g_auto(Kernel) kernel = { 0 };
	static char *words[] = { NULL };
	const Toolchain gcc = { .cc = (char *)"gcc", .words = words };
	KernelSpec spec = {
		.tree = argv[0],
		.build = argv[1],
		.jobs = g_get_num_processors(),
		.log = log,
		.ccache = argv[2],
		.chain = &gcc,
		.arch = KERNEL_SRCARCH,
	};

	if (!kconfig_load((const char *const *)argv + 3, &kconfig, error))
		return false;
	spec.kconfig = kconfig;
	if (!kernel_configure(&spec, NULL, &kernel, &misses, error) ||
	    (misses && !kernel_make(&spec, NULL, &kernel, error)))
		return false;
	if (!kernel.hash)
		return error_host(error, "%s: %s; see %s", argv[0], kernel.reason, log);
	puts(kernel.hash);
	return true;
}

static bool footprint(char **argv, GError **error)
{
	g_autoptr(Footprint) found = NULL;
	g_autofree char *text = NULL;

	if (!footprint_read(argv[0], argv[1], "x86", &found, error))
		return false;
	text = footprint_text(found);
	fputs(text, stdout);
	return true;
}

static bool load(const char *path, Footprint **ret_footprint, GError **error)
{
	g_autofree char *text = NULL;

	return fs_read(path, (gsize)32 << 20, &text, NULL, error) &&
	       footprint_parse(text, ret_footprint, error);
}

static bool judge(char **argv, GError **error)
{
	g_autoptr(Footprint) known = NULL;
	char line[LINE_SIZE];

	if (!load(argv[0], &known, error))
		return false;
	while (fgets(line, sizeof(line), stdin)) {
		FootprintWhy why;

		g_strchomp(line);
		why = footprint_judge(known, line + 2,
				      line[0] == 'A'   ? FOOTPRINT_ADDED
				      : line[0] == 'D' ? FOOTPRINT_REMOVED
						       : FOOTPRINT_CHANGED);
		printf("%s %s\t%s\n", footprint_ignores(why) ? "yes" : "no",
		       footprint_why(why, line + 2), line + 2);
	}
	return true;
}

static bool same(char **argv, GError **error)
{
	g_autoptr(Repo) repo = NULL;
	g_autoptr(Relevance) relevance = NULL;
	g_autoptr(Footprint) known = NULL;
	char line[LINE_SIZE];
	RepoId built;

	if (!load(argv[0], &known, error) || !repo_open(argv[1], &repo, error) ||
	    !repo_resolve(repo, argv[2], &built, error))
		return false;
	relevance = relevance_new(repo);
	if (!relevance_add(relevance, &built, g_steal_pointer(&known), error))
		return false;
	while (fgets(line, sizeof(line), stdin)) {
		RepoId id;

		if (!repo_resolve(repo, g_strchomp(line), &id, error))
			return false;
		printf("%s %s\n", relevance_same(relevance, &built, &id) ? "same" : "other", line);
	}
	return true;
}

static const struct {
	const char *name;
	int words;
	bool (*run)(char **argv, GError **error);
} parts[] = {
	{ "build", 3, build },
	{ "footprint", 2, footprint },
	{ "judge", 1, judge },
	{ "same", 3, same },
};

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(parts) && argc > 1; i++) {
		if (!g_str_equal(argv[1], parts[i].name) || argc - 2 < parts[i].words)
			continue;
		if (parts[i].run(argv + 2, &error))
			return 0;
		break;
	}
	fprintf(stderr, "proof: %s\n",
		error ? error->message : "usage: see the head of its source file");
	return 1;
}
