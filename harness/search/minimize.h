/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest part of a set of changes that turns the verdict (Zeller's delta debugging; the
 * order of tests is Junker's QuickXplain in its linear form).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * MinimizeTest - whether these changes together are bad; what cannot be tested is not
 * @set:    one a change: whether it is made
 * @settle: the answer may not rest on those for other sets: it is for the end result
 * @error:  no answer: the search ends
 */
typedef bool (*MinimizeTest)(const bool *set, bool settle, bool *ret_bad, void *user,
			     GError **error);

/**
 * minimize() - find changes that are bad together, of which none can be left out
 * @n:       number of changes, in an order in which what a change needs tends to come before it;
 *           none of them together is known not to be bad, all of them to be bad
 * @ret_set: @n of them
 *
 * About m * log2(n / m) + m tests for m changes that are left, where more changes are never better
 * than fewer. Where that does not hold the result is one that cannot be made smaller by leaving out
 * a single change; a smaller one may exist.
 */
bool minimize(guint n, MinimizeTest test, void *user, bool *ret_set, GError **error);
