/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the line that says why. */
#include "verdict/words.h"

#include <string.h>

/* The first line that holds one of @marks, or the first of all where there are none. */
static char *find_line(const char *text, const char *const *marks)
{
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_strstrip(*line);
		for (const char *const *mark = marks; *mark; mark++)
			if (strstr(*line, *mark))
				return g_strdup(*line);
	}
	return NULL;
}

static char *first_line(const char *text)
{
	static const char *const openings[] = { "bad: ", "untestable: " };
	g_autofree char *copy = g_strndup(text ? text : "", strcspn(text ? text : "", "\n"));
	const char *line = g_strstrip(copy);

	for (guint i = 0; i < G_N_ELEMENTS(openings); i++)
		if (g_str_has_prefix(line, openings[i]))
			line += strlen(openings[i]);
	return *line ? g_strdup(line) : NULL;
}

char *words_of_case(ExitCodes codes, const char *out, const char *err)
{
	static const char *const tap[] = { "not ok ", "# SKIP", NULL };
	static const char *const ltp[] = { "TFAIL", "TBROK", "TCONF", NULL };

	switch (codes) {
	case CODES_KSELFTEST:
		return find_line(out, tap);
	case CODES_LTP:
		return find_line(err, ltp);
	case CODES_BISECT:
		break;
	}
	return first_line(out);
}
