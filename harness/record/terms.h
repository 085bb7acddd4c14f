/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run calls its two sides: git's terms. */
#pragma once

#include "verdict/outcome.h"

/**
 * struct Terms - names of the old and the new state; release with terms_clear()
 * @old_name, @new_name: "good" and "bad" where nothing else was asked for
 * @find_fix: the old state is the case's bad, the new one its good: the first good commit is
 *            looked for
 */
typedef struct {
	char *old_name;
	char *new_name;
	bool find_fix;
} Terms;

/**
 * terms_init() - check and take names
 * @old_name, @new_name: NULL for the default: good and bad, or broken and fixed with @find_fix
 * @error: BOX_ERROR_USAGE by git's rules: no name of a ref, a subcommand of git bisect, good or
 *         bad the wrong way round, twice the same
 */
bool terms_init(Terms *terms, const char *old_name, const char *new_name, bool find_fix,
		GError **error);
void terms_clear(Terms *terms);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Terms, terms_clear)
/** terms_copy() - a deep copy */
Terms terms_copy(const Terms *terms);

/** terms_state() - VERDICT_GOOD for the old state, VERDICT_BAD for the new one, of what the case
 * says; and the other way round */
Verdict terms_state(const Terms *terms, Verdict verdict);
/** terms_word() - what a verdict of the case is called: a term, or "skip"; borrowed from @terms */
const char *terms_word(const Terms *terms, Verdict verdict);
/** terms_are_default() - whether they are good and bad */
bool terms_are_default(const Terms *terms);
