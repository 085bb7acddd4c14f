/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kconfig fragments: reading them, asking for them, and checking what came of it. */
#include "kernel/kconfig.h"

#include "kernel/configfile.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <string.h>

#define FILE_MAX ((gsize)8 << 20)

typedef struct {
	char *symbol;
	char *value;
	bool if_known;
	GPtrArray *fragments; /* names of those that have the wish */
} Wish;

typedef struct {
	char **symbols;
	const char *fragment;
} AnyOf;

struct Kconfig {
	GPtrArray
		*wishes; /* Wish, by symbol: the same ones are the same kernel, whoever has them */
	GHashTable *by_name; /* symbol -> Wish */
	GPtrArray *any_of;   /* AnyOf, by symbols; likewise */
	GPtrArray *modules;  /* char **, of `module` lines */
	GPtrArray *names;    /* of the fragments, as given */
	const char *reading; /* the one being read */
};

static void wish_free(Wish *wish)
{
	g_free(wish->symbol);
	g_free(wish->value);
	g_ptr_array_unref(wish->fragments);
	g_free(wish);
}

static void any_of_free(AnyOf *any_of)
{
	g_strfreev(any_of->symbols);
	g_free(any_of);
}

void kconfig_free(Kconfig *kconfig)
{
	if (!kconfig)
		return;
	g_hash_table_unref(kconfig->by_name);
	g_ptr_array_unref(kconfig->wishes);
	g_ptr_array_unref(kconfig->any_of);
	g_ptr_array_unref(kconfig->modules);
	g_ptr_array_unref(kconfig->names);
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
		wish->if_known = if_known;
		wish->fragments = g_ptr_array_new();
		g_ptr_array_add(kconfig->wishes, wish);
		g_hash_table_insert(kconfig->by_name, wish->symbol, wish);
	} else if (!g_str_equal(wish->value, value)) {
		g_ptr_array_set_size(wish->fragments, 0);
		wish->if_known = if_known;
	}
	g_free(wish->value);
	wish->value = g_strdup(value);
	wish->if_known &= if_known;
	g_ptr_array_add(wish->fragments, (gpointer)kconfig->reading);
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
	AnyOf *any_of;
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
	any_of = g_new0(AnyOf, 1);
	any_of->symbols = g_strv_builder_end(list);
	any_of->fragment = kconfig->reading;
	g_ptr_array_add(kconfig->any_of, any_of);
	return true;
}

static bool is_module_name(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_-")];
}

static bool add_module(Kconfig *kconfig, const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	guint n = 0;

	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		if (!is_module_name(*word))
			return false;
		g_strv_builder_add(list, *word);
		n++;
	}
	if (!n)
		return false;
	g_ptr_array_add(kconfig->modules, g_strv_builder_end(list));
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
	if (g_str_has_prefix(line, "module "))
		return add_module(kconfig, line + strlen("module "));
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
	kconfig->reading = g_strdup(name);
	g_ptr_array_add(kconfig->names, (gpointer)kconfig->reading);
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++)
		if (!add_line(kconfig, lines[i]))
			return error_usage(error,
					   "%s:%u: \"%s\" is none of SYMBOL=VALUE, if-known "
					   "SYMBOL[=VALUE], any-of A B, module A, # comment",
					   path, i + 1, lines[i]);
	return true;
}

static gint by_symbol(gconstpointer a, gconstpointer b)
{
	return strcmp((*(const Wish *const *)a)->symbol, (*(const Wish *const *)b)->symbol);
}

static gint by_symbols(gconstpointer a, gconstpointer b)
{
	char *const *one = (*(const AnyOf *const *)a)->symbols;
	char *const *other = (*(const AnyOf *const *)b)->symbols;
	int way = 0;

	for (guint i = 0; !way && (one[i] || other[i]); i++)
		way = g_strcmp0(one[i], other[i]);
	return way;
}

bool kconfig_load(const char *const *fragments, Kconfig **ret_kconfig, GError **error)
{
	g_autoptr(Kconfig) kconfig = g_new0(Kconfig, 1);

	kconfig->wishes = g_ptr_array_new_with_free_func((GDestroyNotify)wish_free);
	kconfig->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	kconfig->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)any_of_free);
	kconfig->modules = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	kconfig->names = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; fragments[i]; i++) {
		bool again = false;

		for (guint j = 0; j < i; j++)
			again |= g_str_equal(fragments[i], fragments[j]);
		if (!again && !add_fragment(kconfig, fragments[i], error))
			return false;
	}
	g_ptr_array_sort(kconfig->wishes, by_symbol);
	g_ptr_array_sort(kconfig->any_of, by_symbols);
	*ret_kconfig = g_steal_pointer(&kconfig);
	return true;
}

char *kconfig_allconfig(const Kconfig *kconfig)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < kconfig->any_of->len; i++)
		for (char **symbol = ((AnyOf *)kconfig->any_of->pdata[i])->symbols; *symbol;
		     symbol++)
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

char *kconfig_describe(const Kconfig *kconfig)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < kconfig->any_of->len; i++) {
		g_autofree char *symbols =
			g_strjoinv(" ", ((AnyOf *)kconfig->any_of->pdata[i])->symbols);

		g_string_append_printf(text, "any-of %s\n", symbols);
	}
	for (guint i = 0; i < kconfig->wishes->len; i++) {
		const Wish *wish = kconfig->wishes->pdata[i];

		g_string_append_printf(text, "%s%s=%s\n", wish->if_known ? "if-known " : "",
				       wish->symbol, wish->value);
	}
	return g_string_free(text, FALSE);
}

GPtrArray *kconfig_modules(const Kconfig *kconfig)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

	for (guint i = 0; i < kconfig->modules->len; i++) {
		char **words = kconfig->modules->pdata[i];
		bool again = false;

		for (guint j = 0; j < list->len; j++)
			again |= g_strv_equal((const char *const *)list->pdata[j],
					      (const char *const *)words);
		if (!again)
			g_ptr_array_add(list, g_strdupv(words));
	}
	return list;
}

bool kconfig_reproducible(const char *path)
{
	static const char *const symbols[] = { "MODULE_SIG",
					       "IMA_APPRAISE_MODSIG",
					       "DEBUG_INFO",
					       "LOCALVERSION_AUTO",
					       "RANDSTRUCT",
					       "GCC_PLUGIN_RANDSTRUCT",
					       "GCC_PLUGIN_LATENT_ENTROPY" };
	g_autoptr(ConfigFile) config = NULL;

	if (!config_file_read(path, &config, NULL))
		return false;
	for (guint i = 0; i < G_N_ELEMENTS(symbols); i++)
		if (!g_str_equal(config_file_value(config, symbols[i]), "n"))
			return false;
	return true;
}

/* The path in `source "arch/$(SRCARCH)/Kconfig"`, its variables filled in; NULL for other lines. */
static char *sourced_path(const char *line, const char *arch)
{
	const char *start = strchr(line, '"');
	const char *end = start ? strchr(start + 1, '"') : NULL;
	g_autoptr(GString) path = NULL;

	if (!end || !(g_str_has_prefix(line, "source ") || g_str_has_prefix(line, "source\t")))
		return NULL;
	path = g_string_new_len(start + 1, end - start - 1);
	g_string_replace(path, "$(SRCARCH)", arch, 0);
	g_string_replace(path, "$SRCARCH", arch, 0);
	g_string_replace(path, "$(HEADER_ARCH)", arch, 0);
	g_string_replace(path, "$ARCH", arch, 0);
	return g_string_free(g_steal_pointer(&path), FALSE);
}

/* Adds the symbols that a Kconfig file and those that it sources declare. */
static void add_declared(GHashTable *known, GHashTable *seen, const char *tree, const char *arch,
			 const char *name)
{
	g_autofree char *path = g_build_filename(tree, name, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_hash_table_add(seen, g_strdup(name)) || !fs_read(path, FILE_MAX, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		char *line = g_strstrip(lines[i]);
		g_autofree char *sourced = sourced_path(line, arch);

		if (sourced)
			add_declared(known, seen, tree, arch, sourced);
		else if (g_str_has_prefix(line, "config "))
			g_hash_table_add(known, g_strdup(g_strchug(line + strlen("config "))));
		else if (g_str_has_prefix(line, "menuconfig "))
			g_hash_table_add(known, g_strdup(g_strchug(line + strlen("menuconfig "))));
	}
}

/* All symbols that the tree's Kconfig files declare for an architecture. */
static GHashTable *read_known(const char *tree, const char *arch)
{
	g_autofree char *start = g_build_filename("arch", arch, "Kconfig", NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	add_declared(known, seen, tree, arch, "Kconfig");
	add_declared(known, seen, tree, arch, start); /* the start of it on old trees */
	return known;
}

void kconfig_miss_free(KconfigMiss *miss)
{
	g_strfreev(miss->fragments);
	g_free(miss->text);
	g_free(miss);
}

static void add_miss(GPtrArray *misses, const GPtrArray *fragments, char *text)
{
	KconfigMiss *miss = g_new0(KconfigMiss, 1);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	for (guint i = 0; i < fragments->len; i++)
		g_strv_builder_add(names, fragments->pdata[i]);
	miss->fragments = g_strv_builder_end(names);
	miss->text = text;
	g_ptr_array_add(misses, miss);
}

/* A .config against the wishes; the tree's symbols are read once they are asked for. */
typedef struct {
	const char *tree;
	const char *arch;
	const ConfigFile *config;
	GHashTable *known;
	GPtrArray *misses;
} Check;

static bool is_known(Check *check, const char *symbol)
{
	if (!check->known)
		check->known = read_known(check->tree, check->arch);
	return g_hash_table_contains(check->known, symbol);
}

static void check_wish(Check *check, const Wish *wish)
{
	const char *value = config_file_value(check->config, wish->symbol);

	if (g_str_equal(value, wish->value))
		return;
	if (is_known(check, wish->symbol))
		add_miss(check->misses, wish->fragments,
			 g_strdup_printf("CONFIG_%s=%s came out as %s", wish->symbol, wish->value,
					 value));
	else if (!wish->if_known)
		add_miss(check->misses, wish->fragments,
			 g_strdup_printf("CONFIG_%s=%s came out as %s: no Kconfig file of this "
					 "tree knows it",
					 wish->symbol, wish->value, value));
}

static void check_any_of(const Check *check, const AnyOf *any_of)
{
	g_autofree char *list = g_strjoinv(", ", any_of->symbols);
	g_autoptr(GPtrArray) fragments = g_ptr_array_new();

	for (char **symbol = any_of->symbols; *symbol; symbol++)
		if (g_str_equal(config_file_value(check->config, *symbol), "y"))
			return;
	g_ptr_array_add(fragments, (gpointer)any_of->fragment);
	add_miss(check->misses, fragments, g_strdup_printf("none of %s came out as y", list));
}

bool kconfig_check(const Kconfig *kconfig, const char *tree, const char *build, const char *arch,
		   GPtrArray **ret_misses, GError **error)
{
	g_autofree char *path = g_build_filename(build, ".config", NULL);
	g_autoptr(ConfigFile) config = NULL;
	g_autoptr(GPtrArray) misses =
		g_ptr_array_new_with_free_func((GDestroyNotify)kconfig_miss_free);
	Check check = { .tree = tree, .arch = arch, .misses = misses };

	if (!config_file_read(path, &config, error))
		return false;
	check.config = config;
	for (guint i = 0; i < kconfig->wishes->len; i++)
		check_wish(&check, kconfig->wishes->pdata[i]);
	for (guint i = 0; i < kconfig->any_of->len; i++)
		check_any_of(&check, kconfig->any_of->pdata[i]);
	g_clear_pointer(&check.known, g_hash_table_unref);
	*ret_misses = g_steal_pointer(&misses);
	return true;
}

static bool concerns(const KconfigMiss *miss, const char *const *fragments)
{
	for (char **name = miss->fragments; *name; name++)
		if (g_strv_contains(fragments, *name))
			return true;
	return false;
}

char *kconfig_misses_text(const GPtrArray *misses, const char *const *fragments)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < misses->len; i++) {
		const KconfigMiss *miss = misses->pdata[i];

		if (concerns(miss, fragments))
			g_string_append_printf(text, "%s%s", text->len ? "; " : "", miss->text);
	}
	return text->len ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}
