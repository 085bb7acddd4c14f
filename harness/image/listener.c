/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making sense of the lines of a root's build. */
#include "image/listener.h"

#include "image/finish.h"
#include "util/text.h"

#include <string.h>

#define WORDS_MAX 300 /* characters of a line */

void listener_clear(Listener *listener)
{
	g_free(listener->error);
	g_free(listener->before);
}

void listener_line(const char *line, void *user)
{
	Listener *listener = user;
	bool begins = g_str_has_prefix(line, "I: ");

	if (begins && g_str_has_suffix(line, "...") && !g_str_has_prefix(line, "I: removing") &&
	    listener->progress)
		listener->progress("root", line + strlen("I: "), listener->user);
	if (listener->error || begins || !line[strspn(line, " \t")])
		return;
	if (g_str_has_prefix(line, "E: ")) {
		g_autofree char *clean = text_clean(line + strlen("E: "), WORDS_MAX);

		listener->error = g_strdup(g_strstrip(clean));
		return;
	}
	g_free(listener->before);
	listener->before = text_clean(line, WORDS_MAX);
}

bool listener_blames_recipe(const Listener *listener)
{
	return listener->error && (g_str_has_prefix(listener->error, FINISH_COMMAND) ||
				   g_str_has_suffix(listener->error, FINISH_OUTSIDE));
}

char *listener_why(const Listener *listener)
{
	if (!listener->error)
		return g_strdup(listener->before ? listener->before : "it does not say why");
	/* what a command has to say is said before it fails */
	if (g_str_has_prefix(listener->error, FINISH_COMMAND) && listener->before)
		return g_strdup_printf("%s: %s", listener->error, listener->before);
	return g_strdup(listener->error);
}
