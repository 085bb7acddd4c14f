/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between two .configs. */
#include "kernel/configdiff.h"

static const ConfigSymbol *symbol_at(const ConfigFile *file, guint i)
{
	return config_file_symbols(file)->pdata[i];
}

static guint count(const ConfigFile *file)
{
	return config_file_symbols(file)->len;
}

static void add_diff(GArray *diffs, const char *name, const char *from, const char *to)
{
	const ConfigDiff diff = { name, from, to };

	if (!g_str_equal(from, to))
		g_array_append_val(diffs, diff);
}

GArray *config_diff(const ConfigFile *from, const ConfigFile *to)
{
	GArray *diffs = g_array_new(FALSE, FALSE, sizeof(ConfigDiff));
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < count(to); i++) {
		const ConfigSymbol *symbol = symbol_at(to, i);

		g_hash_table_add(seen, symbol->name);
		add_diff(diffs, symbol->name, config_file_value(from, symbol->name), symbol->value);
	}
	for (guint i = 0; i < count(from); i++) {
		const ConfigSymbol *symbol = symbol_at(from, i);

		if (!g_hash_table_contains(seen, symbol->name))
			add_diff(diffs, symbol->name, symbol->value, "n");
	}
	return diffs;
}

static void add_line(GString *text, const char *name, const char *value)
{
	g_autofree char *line = config_line(name, value);

	g_string_append(text, line);
}

char *config_change(const ConfigFile *base, const GArray *diffs, const bool *set)
{
	g_autoptr(GHashTable) changed = g_hash_table_new(g_str_hash, g_str_equal);
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < diffs->len; i++)
		if (set[i])
			g_hash_table_add(changed,
					 (gpointer)g_array_index(diffs, ConfigDiff, i).name);
	for (guint i = 0; base && i < count(base); i++) {
		const ConfigSymbol *symbol = symbol_at(base, i);

		if (!g_hash_table_contains(changed, symbol->name))
			add_line(text, symbol->name, symbol->value);
	}
	for (guint i = 0; i < diffs->len; i++) {
		const ConfigDiff *diff = &g_array_index(diffs, ConfigDiff, i);

		if (set[i])
			add_line(text, diff->name, diff->to);
	}
	return g_string_free(text, FALSE);
}

GHashTable *config_delta(const ConfigFile *base, const ConfigFile *file)
{
	GHashTable *delta = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GArray) diffs = config_diff(base, file);

	for (guint i = 0; i < diffs->len; i++) {
		const ConfigDiff *diff = &g_array_index(diffs, ConfigDiff, i);

		g_hash_table_add(delta, g_strconcat(diff->name, "=", diff->to, NULL));
	}
	return delta;
}

bool config_delta_within(GHashTable *a, GHashTable *b)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, a);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (!g_hash_table_contains(b, key))
			return false;
	return true;
}
