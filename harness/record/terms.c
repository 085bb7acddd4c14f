/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the two states, by the rules of git bisect (builtin/bisect--helper.c). */
#include "record/terms.h"

#include "util/error.h"

#include <string.h>

/* What git-check-ref-format(1) has against one: refs/bisect/TERM is a ref. */
static bool is_ref(const char *name)
{
	gsize len = strlen(name);

	if (len == 0 || name[0] == '.' || name[0] == '/' || name[0] == '-' ||
	    name[len - 1] == '/' || name[len - 1] == '.' || strstr(name, "..") ||
	    strstr(name, "//") || strstr(name, "/.") || strstr(name, "@{") ||
	    strstr(name, ".lock/") || g_str_has_suffix(name, ".lock"))
		return false;
	for (const char *c = name; *c; c++)
		if ((guchar)*c <= ' ' || *c == 0x7f || strchr("~^:?*[\\", *c))
			return false;
	return true;
}

static bool check(const char *name, const char *const *reserved, GError **error)
{
	static const char *const commands[] = { "help",  "start",     "skip",  "next",
						"reset", "visualize", "view",  "replay",
						"log",   "run",       "terms", NULL };

	if (!is_ref(name))
		return error_usage(error, "\"%s\" cannot be a term: git has no such ref name",
				   name);
	if (g_strv_contains(commands, name))
		return error_usage(error, "\"%s\" cannot be a term: it is a command", name);
	if (g_strv_contains(reserved, name))
		return error_usage(error, "cannot change the meaning of the term \"%s\"", name);
	return true;
}

bool terms_init(Terms *terms, const char *old_name, const char *new_name, bool find_fix,
		GError **error)
{
	static const char *const means_old[] = { "good", "old", NULL };
	static const char *const means_new[] = { "bad", "new", NULL };

	if (!old_name)
		old_name = find_fix ? "broken" : "good";
	if (!new_name)
		new_name = find_fix ? "fixed" : "bad";
	if (!check(old_name, means_new, error) || !check(new_name, means_old, error))
		return false;
	if (g_str_equal(old_name, new_name))
		return error_usage(error, "\"%s\" is both terms: use two different ones", old_name);
	terms->old_name = g_strdup(old_name);
	terms->new_name = g_strdup(new_name);
	terms->find_fix = find_fix;
	return true;
}

void terms_clear(Terms *terms)
{
	g_clear_pointer(&terms->old_name, g_free);
	g_clear_pointer(&terms->new_name, g_free);
}

Terms terms_copy(const Terms *terms)
{
	return (Terms){ g_strdup(terms->old_name), g_strdup(terms->new_name), terms->find_fix };
}

Verdict terms_state(const Terms *terms, Verdict verdict)
{
	if (!terms->find_fix || verdict == VERDICT_SKIP || verdict == VERDICT_NONE)
		return verdict;
	return verdict == VERDICT_GOOD ? VERDICT_BAD : VERDICT_GOOD;
}

const char *terms_word(const Terms *terms, Verdict verdict)
{
	switch (terms_state(terms, verdict)) {
	case VERDICT_GOOD:
		return terms->old_name;
	case VERDICT_BAD:
		return terms->new_name;
	default:
		return verdict_name(verdict);
	}
}

bool terms_are_default(const Terms *terms)
{
	return g_str_equal(terms->old_name, "good") && g_str_equal(terms->new_name, "bad");
}
