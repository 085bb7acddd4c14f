/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox image: which of its actions is meant. */
#include "cmd/cmd.h"
#include "cmd/image_job.h"
#include "util/error.h"

#include <string.h>

enum { KEY_JSON = 512, KEY_REBUILD, KEY_NAME, KEY_PASSWORD, KEY_NO_CRUN };

static const struct argp_option table[] = {
	{ "rebuild", KEY_REBUILD, NULL, 0,
	  "build: make it anew, with what the sources have today, and say what changed", 1 },
	{ "name", KEY_NAME, "N", 0, "import: what to call it (default: as the file)", 2 },
	{ "root-password", KEY_PASSWORD, "FILE", 0,
	  "import: root's password is FILE's first line (default: as it is, locked in most)", 2 },
	{ "no-crun", KEY_NO_CRUN, NULL, 0,
	  "import: a system without crun stays so, for cases without a container", 2 },
	{ "json", KEY_JSON, NULL, 0, "list, show: print one JSON object", 3 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	ImageJob *job = state->input;

	switch (key) {
	case KEY_JSON:
		job->json = true;
		return 0;
	case KEY_REBUILD:
		job->rebuild = true;
		return 0;
	case KEY_NAME:
		job->name = value;
		return 0;
	case KEY_PASSWORD:
		job->password = value;
		return 0;
	case KEY_NO_CRUN:
		job->no_crun = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!job->action)
			job->action = value;
		else
			g_ptr_array_add(job->words, value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Options that another action than theirs would leave unheard. */
static const char *stray_option(const ImageJob *job)
{
	bool is_import = g_str_equal(job->action, "import");
	bool shows = g_str_equal(job->action, "list") || g_str_equal(job->action, "show");

	if (job->rebuild && !g_str_equal(job->action, "build"))
		return "--rebuild goes with `bisectbox image build`";
	if ((job->name || job->password || job->no_crun) && !is_import)
		return "--name, --root-password and --no-crun go with `bisectbox image import`";
	if (job->json && !shows)
		return "--json goes with `bisectbox image list` and `show`";
	return NULL;
}

static int run(const ImageJob *job)
{
	static const struct {
		const char *action;
		int (*run)(const ImageJob *job, const char *word);
	} one_word[] = {
		{ "build", image_job_build },
		{ "import", image_job_import },
		{ "show", image_job_show },
		{ "check", image_job_check },
	};
	const char *first = job->words->pdata[0];
	guint n = job->words->len - 1;

	for (guint i = 0; i < G_N_ELEMENTS(one_word); i++)
		if (n == 1 && g_str_equal(job->action, one_word[i].action))
			return one_word[i].run(job, first);
	if (g_str_equal(job->action, "list") && n <= 1)
		return image_job_list(job, first);
	if (g_str_equal(job->action, "remove") && n >= 1)
		return image_job_remove(job);
	if (g_str_equal(job->action, "shell") && n >= 1)
		return image_job_shell(job, first);
	return -1;
}

int cmd_image(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "build IMAGE\nimport DISK\nlist [IMAGE]\nshow IMAGE\ncheck IMAGE\n"
			    "remove IMAGE...\nshell IMAGE [WORD...]",
		.doc = "The disks that guests boot. `build` makes one from its recipe (a name in "
		       "images/, or a file). `import` takes a distribution's disk image (qcow2, "
		       "raw "
		       "or vmdk), of which a copy is changed so that it runs cases once its own "
		       "init has started all else. `list` shows the recipes, what is built of "
		       "them, "
		       "what was imported, and the roots that cases brought along; `show` all "
		       "about "
		       "one; `check` whether it still is what was made; `remove` makes room; "
		       "`shell` "
		       "looks inside, by guestfish, WORD... being a command of it.\v"
		       "`bisectbox run` builds the image that it needs by itself; images/README.md "
		       "describes recipes, and what an import changes.",
	};
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	ImageJob job = { .words = words, .cancel = cancel };
	const char *stray;
	int code = -1;

	cmd_parse(&argp, PARSE_USUAL, argc, argv, &job, NULL);
	g_ptr_array_add(words, NULL);
	stray = job.action ? stray_option(&job) : NULL;
	if (stray)
		return cmd_usage_error("%s", stray);
	if (job.action)
		code = run(&job);
	return code >= 0
		       ? code
		       : cmd_usage_error("`bisectbox image build IMAGE`, `import DISK`, `list`, "
					 "`show`, `check`, `remove` or `shell IMAGE` is expected");
}
