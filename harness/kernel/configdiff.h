/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which symbols two .configs differ, and what lies between them. */
#pragma once

#include "kernel/configfile.h"

/** struct ConfigDiff - one symbol; all borrowed from the two */
typedef struct {
	const char *name;
	const char *from;
	const char *to;
} ConfigDiff;

/** config_diff() - ConfigDiff, in the order of @to, then those that only @from names; where Kconfig
 * files wrote both, what a symbol needs tends to come before it; g_array_unref() */
GArray *config_diff(const ConfigFile *from, const ConfigFile *to);

/**
 * config_change() - text of a .config with some symbols changed
 * @base:  what is not changed; NULL: nothing is said of it
 * @diffs: ConfigDiff
 * @set:   one a diff: whether it is changed, to its @to
 *
 * The changed ones come last: of a choice's symbols kconfig takes the last that is y. g_free()
 */
char *config_change(const ConfigFile *base, const GArray *diffs, const bool *set);

/** config_delta() - "NAME=VALUE" of each symbol that is not as in @base, as a set; keys are freed
 * with it; g_hash_table_unref() */
GHashTable *config_delta(const ConfigFile *base, const ConfigFile *file);

/** config_delta_within() - whether all of @a is in @b */
bool config_delta_within(GHashTable *a, GHashTable *b);
