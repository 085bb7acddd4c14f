/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options about a quilt series. */
#include "cmd/quilt_options.h"

#include "cmd/cmd.h"
#include "util/error.h"
#include "util/text.h"

#include <stdio.h>

enum { KEY_QUILT = 1536, KEY_BASE };

static const struct argp_option table[] = {
	{ "quilt", KEY_QUILT, "DIR", 0,
	  "in place of commits: the patches that DIR/series names, such as debian/patches", 2 },
	{ "base", KEY_BASE, "TREE", 0,
	  "with --quilt: what they are for: a folder of sources, or a revision of --repo", 2 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	QuiltOptions *options = state->input;

	switch (key) {
	case KEY_QUILT:
		options->folder = value;
		break;
	case KEY_BASE:
		options->base = value;
		break;
	case ARGP_KEY_END:
		if (!options->folder != !options->base)
			argp_failure(state, EXIT_USAGE, 0,
				     "--quilt DIR and --base TREE go together");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp quilt_options_argp = { .options = table, .parser = parse };

void quilt_options_clear(QuiltOptions *options)
{
	quilt_commits_clear(&options->commits);
}

bool quilt_options_plant(QuiltOptions *options, const char *repo, Live *live, GCancellable *cancel,
			 GError **error)
{
	const QuiltSource source = { options->folder, options->base, repo };
	g_autofree char *hunk = NULL;

	if (!quilt_plant(&source, cancel, &options->commits, &hunk, error)) {
		live_pause(live);
		if (hunk) {
			g_auto(GStrv) lines = g_strsplit(hunk, "\n", -1);

			for (char **line = lines; *line; line++) {
				g_autofree char *shown = text_clean(*line, 0);

				fprintf(stderr, "    %s\n", shown);
			}
		}
		return false;
	}
	live_event(live, "%u patch%s, %u of them with lines moved: branches base and series of %s",
		   options->commits.count, options->commits.count == 1 ? "" : "es",
		   options->commits.offsets, options->commits.path);
	return true;
}
