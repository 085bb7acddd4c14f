/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kconfig fragments: reading them, asking for them, and checking what came of it. */
#include "kernel/kconfig.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <string.h>

#define FILE_MAX ((gsize)8 << 20)

typedef struct {
	char *symbol;
	char *value;
	bool if_known;
} Wish;

struct Kconfig {
	GPtrArray *wishes;   /* Wish, in the order of the fragments */
	GHashTable *by_name; /* symbol -> Wish */
	GPtrArray *any_of;   /* char **: alternatives */
};

static void wish_free(Wish *wish)
{
	g_free(wish->symbol);
	g_free(wish->value);
	g_free(wish);
}

void kconfig_free(Kconfig *kconfig)
{
	if (!kconfig)
		return;
	g_hash_table_unref(kconfig->by_name);
	g_ptr_array_unref(kconfig->wishes);
	g_ptr_array_unref(kconfig->any_of);
	g_free(kconfig);
}

static bool is_symbol(const char *text)
{
	gsize n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && text[n] == '\0';
}

static void add_wish(Kconfig *kconfig, const char *symbol, const char *value, bool if_known)
{
	Wish *wish = g_hash_table_lookup(kconfig->by_name, symbol);

	if (!wish) {
		wish = g_new0(Wish, 1);
		wish->symbol = g_strdup(symbol);
		g_ptr_array_add(kconfig->wishes, wish);
		g_hash_table_insert(kconfig->by_name, wish->symbol, wish);
	}
	g_free(wish->value);
	wish->value = g_strdup(value);
	wish->if_known = if_known;
}

static bool add_assignment(Kconfig *kconfig, const char *text, bool if_known)
{
	g_auto(GStrv) parts = g_strsplit(text, "=", 2);
	const char *symbol;

	if (!parts[0] || (!parts[1] && !if_known))
		return false;
	symbol = g_str_has_prefix(parts[0], "CONFIG_") ? parts[0] + strlen("CONFIG_") : parts[0];
	if (!is_symbol(symbol) || (parts[1] && !*parts[1]))
		return false;
	add_wish(kconfig, symbol, parts[1] ? parts[1] : "y", if_known);
	return true;
}

static bool add_any_of(Kconfig *kconfig, const char *text)
{
	g_auto(GStrv) symbols = g_strsplit_set(text, " \t", -1);
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	guint n = 0;

	for (guint i = 0; symbols[i]; i++) {
		if (!*symbols[i])
			continue;
		if (!is_symbol(symbols[i]))
			return false;
		g_strv_builder_add(list, symbols[i]);
		n++;
	}
	if (n < 2)
		return false;
	g_ptr_array_add(kconfig->any_of, g_strv_builder_end(list));
	return true;
}

/* "# CONFIG_X is not set" is how .config says n; users paste from there. */
static bool add_unset(Kconfig *kconfig, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	if (g_strv_length(words) != 5 || !g_str_has_prefix(words[1], "CONFIG_") ||
	    !g_str_has_suffix(line, " is not set"))
		return false;
	add_wish(kconfig, words[1] + strlen("CONFIG_"), "n", false);
	return true;
}

static bool add_line(Kconfig *kconfig, char *line)
{
	g_strstrip(line);
	if (*line == '#') {
		add_unset(kconfig, line);
		return true;
	}
	if (!*line)
		return true;
	if (g_str_has_prefix(line, "any-of "))
		return add_any_of(kconfig, line + strlen("any-of "));
	if (g_str_has_prefix(line, "if-known "))
		return add_assignment(kconfig, g_strstrip(line + strlen("if-known ")), true);
	return add_assignment(kconfig, line, false);
}

static char *fragment_path(const char *name)
{
	g_autofree char *file = g_strconcat(name, ".config", NULL);
	g_autofree char *path = g_build_filename("kconfigs", file, NULL);

	return strchr(name, '/') ? g_strdup(name) : paths_data(path);
}

static bool add_fragment(Kconfig *kconfig, const char *name, GError **error)
{
	g_autofree char *path = fragment_path(name);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return error_usage(error, "no kconfig fragment \"%s\": %s does not exist", name,
				   path);
	if (!fs_read(path, FILE_MAX, &text, NULL, error))
		return false;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++)
		if (!add_line(kconfig, lines[i]))
			return error_usage(error,
					   "%s:%u: \"%s\" is none of SYMBOL=VALUE, if-known "
					   "SYMBOL[=VALUE], any-of A B, # comment",
					   path, i + 1, lines[i]);
	return true;
}

bool kconfig_load(const char *const *fragments, Kconfig **ret_kconfig, GError **error)
{
	g_autoptr(Kconfig) kconfig = g_new0(Kconfig, 1);

	kconfig->wishes = g_ptr_array_new_with_free_func((GDestroyNotify)wish_free);
	kconfig->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	kconfig->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	for (guint i = 0; fragments[i]; i++) {
		bool again = false;

		for (guint j = 0; j < i; j++)
			again |= g_str_equal(fragments[i], fragments[j]);
		if (!again && !add_fragment(kconfig, fragments[i], error))
			return false;
	}
	*ret_kconfig = g_steal_pointer(&kconfig);
	return true;
}

char *kconfig_allconfig(const Kconfig *kconfig)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < kconfig->any_of->len; i++)
		for (char **symbol = kconfig->any_of->pdata[i]; *symbol; symbol++)
			if (!g_hash_table_contains(kconfig->by_name, *symbol))
				g_string_append_printf(text, "CONFIG_%s=y\n", *symbol);
	for (guint i = 0; i < kconfig->wishes->len; i++) {
		const Wish *wish = kconfig->wishes->pdata[i];

		if (g_str_equal(wish->value, "n"))
			g_string_append_printf(text, "# CONFIG_%s is not set\n", wish->symbol);
		else
			g_string_append_printf(text, "CONFIG_%s=%s\n", wish->symbol, wish->value);
	}
	return g_string_free(text, FALSE);
}

/* symbol -> value of a .config; what is not set is absent. */
static GHashTable *read_config(const char *path, GError **error)
{
	g_autoptr(GHashTable) values =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!fs_read(path, FILE_MAX, &text, NULL, error))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		g_auto(GStrv) parts = g_strsplit(lines[i], "=", 2);

		if (g_str_has_prefix(lines[i], "CONFIG_") && parts[1])
			g_hash_table_insert(values, g_strdup(parts[0] + strlen("CONFIG_")),
					    g_strdup(parts[1]));
	}
	return g_steal_pointer(&values);
}

/* The path in `source "arch/$(SRCARCH)/Kconfig"`, its variables filled in; NULL for other lines. */
static char *sourced_path(const char *line)
{
	const char *start = strchr(line, '"');
	const char *end = start ? strchr(start + 1, '"') : NULL;
	g_autoptr(GString) path = NULL;

	if (!end || !(g_str_has_prefix(line, "source ") || g_str_has_prefix(line, "source\t")))
		return NULL;
	path = g_string_new_len(start + 1, end - start - 1);
	g_string_replace(path, "$(SRCARCH)", "x86", 0);
	g_string_replace(path, "$SRCARCH", "x86", 0);
	g_string_replace(path, "$(HEADER_ARCH)", "x86", 0);
	g_string_replace(path, "$ARCH", "x86", 0);
	return g_string_free(g_steal_pointer(&path), FALSE);
}

/* Adds the symbols that a Kconfig file and those that it sources declare. */
static void add_declared(GHashTable *known, GHashTable *seen, const char *tree, const char *name)
{
	g_autofree char *path = g_build_filename(tree, name, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_hash_table_add(seen, g_strdup(name)) || !fs_read(path, FILE_MAX, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		char *line = g_strstrip(lines[i]);
		g_autofree char *sourced = sourced_path(line);

		if (sourced)
			add_declared(known, seen, tree, sourced);
		else if (g_str_has_prefix(line, "config "))
			g_hash_table_add(known, g_strdup(g_strchug(line + strlen("config "))));
		else if (g_str_has_prefix(line, "menuconfig "))
			g_hash_table_add(known, g_strdup(g_strchug(line + strlen("menuconfig "))));
	}
}

/* All symbols that the tree's Kconfig files declare for x86. */
static GHashTable *read_known(const char *tree)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	add_declared(known, seen, tree, "Kconfig");
	add_declared(known, seen, tree, "arch/x86/Kconfig"); /* the start of it on old trees */
	return known;
}

static void complain(GString *missing, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void complain(GString *missing, const char *format, ...)
{
	va_list args;

	if (missing->len)
		g_string_append(missing, "; ");
	va_start(args, format);
	g_string_append_vprintf(missing, format, args);
	va_end(args);
}

static void check_wish(const Wish *wish, const char *value, const char *tree, GHashTable **known,
		       GString *missing)
{
	if (g_strcmp0(value, wish->value) == 0 || (!value && g_str_equal(wish->value, "n")))
		return;
	if (wish->if_known && !*known)
		*known = read_known(tree);
	if (wish->if_known && !g_hash_table_contains(*known, wish->symbol))
		return;
	complain(missing, "CONFIG_%s=%s came out as %s", wish->symbol, wish->value,
		 value ? value : "n");
}

bool kconfig_check(const Kconfig *kconfig, const char *tree, const char *build, char **ret_missing,
		   GError **error)
{
	g_autofree char *path = g_build_filename(build, ".config", NULL);
	g_autoptr(GHashTable) values = read_config(path, error);
	g_autoptr(GHashTable) known = NULL;
	g_autoptr(GString) missing = g_string_new(NULL);

	if (!values)
		return false;
	for (guint i = 0; i < kconfig->wishes->len; i++) {
		const Wish *wish = kconfig->wishes->pdata[i];

		check_wish(wish, g_hash_table_lookup(values, wish->symbol), tree, &known, missing);
	}
	for (guint i = 0; i < kconfig->any_of->len; i++) {
		char **symbols = kconfig->any_of->pdata[i];
		g_autofree char *list = g_strjoinv(", ", symbols);
		bool found = false;

		for (guint j = 0; symbols[j]; j++)
			found |= g_strcmp0(g_hash_table_lookup(values, symbols[j]), "y") == 0;
		if (!found)
			complain(missing, "none of %s came out as y", list);
	}
	*ret_missing = missing->len ? g_string_free(g_steal_pointer(&missing), FALSE) : NULL;
	return true;
}
