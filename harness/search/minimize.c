/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smallest part of a set of changes that turns the verdict. */
#include "search/minimize.h"

#include <string.h>

typedef struct {
	guint n;
	MinimizeTest test;
	void *user;
	bool *needed; /* the result as it grows */
	bool *set;    /* what is asked about */
} Search;

/* What is needed, and the first changes up to @prefix. */
static bool ask(const Search *search, guint prefix, bool *ret_bad, GError **error)
{
	for (guint i = 0; i < search->n; i++)
		search->set[i] = search->needed[i] || i < prefix;
	return search->test(search->set, false, ret_bad, search->user, error);
}

/* The shortest prefix that is bad with what is needed; the one of *@bad is, the empty one is not.
 */
static bool shorten(const Search *search, guint *bad, GError **error)
{
	guint fine = 0;

	while (*bad - fine > 1) {
		guint middle = fine + (*bad - fine) / 2;
		bool is_bad;

		if (!ask(search, middle, &is_bad, error))
			return false;
		if (is_bad)
			*bad = middle;
		else
			fine = middle;
	}
	return true;
}

/* The last change of the shortest bad prefix is needed; the others of it may be. */
static bool collect(const Search *search, GError **error)
{
	guint prefix = search->n;
	bool is_bad = false;

	while (!is_bad && prefix > 0) {
		if (!shorten(search, &prefix, error))
			return false;
		search->needed[--prefix] = true;
		if (prefix > 0 && !ask(search, 0, &is_bad, error))
			return false;
	}
	return true;
}

/* Leaves out one after the other, as long as it stays bad. */
static bool settle(const Search *search, GError **error)
{
	bool again = true;

	while (again) {
		again = false;
		for (guint i = 0; i < search->n; i++) {
			bool is_bad;

			if (!search->needed[i])
				continue;
			search->needed[i] = false;
			if (!search->test(search->needed, true, &is_bad, search->user, error))
				return false;
			search->needed[i] = !is_bad;
			again |= is_bad;
		}
	}
	return true;
}

bool minimize(guint n, MinimizeTest test, void *user, bool *ret_set, GError **error)
{
	g_autofree bool *set = g_new0(bool, n + 1);
	const Search search = { n, test, user, ret_set, set };

	memset(ret_set, 0, n * sizeof(*ret_set));
	return collect(&search, error) && settle(&search, error);
}
