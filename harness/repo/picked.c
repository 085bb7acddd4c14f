/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading messages of backports, reverts and fixes. */
#include "repo/picked.h"

#include <string.h>

#define FLAGS (G_REGEX_CASELESS | G_REGEX_MULTILINE | G_REGEX_RAW)
#define ID "([0-9a-f]{12,40})\\b"

static char **all(const char *message, const char *pattern)
{
	g_autoptr(GRegex) regex = g_regex_new(pattern, FLAGS, 0, NULL);
	g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, message, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *id = g_match_info_fetch(match, 1);
		g_autofree char *lower = g_ascii_strdown(id, -1);

		g_strv_builder_add(ids, lower);
	}
	return g_strv_builder_end(ids);
}

/* At the start of a line only: a revert says of what it takes back "which is commit X upstream". */
char **picked_ids(const char *message)
{
	return all(message,
		   "^[ \\t]*[\\[(]?[ \\t]*(?|commit " ID " upstream|upstream commit " ID
		   "|(?:cherry[- ]?picked|back-?ported) from (?:upstream )?commit " ID ")");
}

char **picked_reverts(const char *message)
{
	return all(message,
		   "(?|reverts (?:upstream )?commit " ID "|which is (?:upstream )?commit " ID
		   "|^[ \\t]*which[ \\t\\n]+is[ \\t\\n]+commit[ \\t\\n]+" ID ")");
}

char **picked_fixes(const char *message)
{
	return all(message, "^[ \\t]*fixes:[ \\t]*(?:commit[ \\t]+)?([0-9a-f]{8,40})\\b");
}

gboolean picked_match(const char *a, const char *b)
{
	gsize n = MIN(strlen(a), strlen(b));

	return n >= 8 && strncmp(a, b, n) == 0;
}
