/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a .config. */
#include "kernel/configfile.h"

#include "util/fs.h"

#include <string.h>

#define FILE_MAX ((gsize)8 << 20)
#define PREFIX "CONFIG_"
#define UNSET " is not set"
#define HEAD_LINES 8

struct ConfigFile {
	GPtrArray *symbols;
	GHashTable *index; /* name -> ConfigSymbol; borrowed */
	char *version;
};

static void symbol_free(ConfigSymbol *symbol)
{
	g_free(symbol->name);
	g_free(symbol->value);
	g_free(symbol);
}

void config_file_free(ConfigFile *file)
{
	if (!file)
		return;
	g_hash_table_unref(file->index);
	g_ptr_array_unref(file->symbols);
	g_free(file->version);
	g_free(file);
}

/* Takes over @name. */
static void set(ConfigFile *file, char *name, const char *value)
{
	ConfigSymbol *symbol = g_hash_table_lookup(file->index, name);

	if (symbol) {
		g_free(name);
		g_free(symbol->value);
	} else {
		symbol = g_new0(ConfigSymbol, 1);
		symbol->name = name;
		g_ptr_array_add(file->symbols, symbol);
		g_hash_table_insert(file->index, name, symbol);
	}
	symbol->value = g_strdup(value);
}

static gsize name_length(const char *text)
{
	gsize n = 0;

	while (g_ascii_isalnum(text[n]) || text[n] == '_')
		n++;
	return n;
}

static void take_line(ConfigFile *file, char *line)
{
	bool comment = g_str_has_prefix(line, "# " PREFIX);
	const char *name = line + (comment ? strlen("# " PREFIX) : strlen(PREFIX));
	gsize n;

	g_strchomp(line);
	if (!comment && !g_str_has_prefix(line, PREFIX))
		return;
	n = name_length(name);
	if (n && comment && g_str_equal(name + n, UNSET))
		set(file, g_strndup(name, n), "n");
	else if (n && !comment && name[n] == '=' && name[n + 1])
		set(file, g_strndup(name, n), name + n + 1);
}

/* "# Linux/x86 6.1.187 Kernel Configuration"; before 3.10 the architecture stood elsewhere:
 * "# Linux/x86_64 2.6.39 Kernel Configuration". */
static char *version_in(const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	if (g_strv_length(words) < 4 || !g_str_equal(words[0], "#") ||
	    !g_str_has_prefix(words[1], "Linux") || !g_str_equal(words[3], "Kernel"))
		return NULL;
	return g_strdup(words[2]);
}

ConfigFile *config_file_parse(const char *text)
{
	ConfigFile *file = g_new0(ConfigFile, 1);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	file->symbols = g_ptr_array_new_with_free_func((GDestroyNotify)symbol_free);
	file->index = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; lines[i]; i++) {
		if (i < HEAD_LINES && !file->version)
			file->version = version_in(lines[i]);
		take_line(file, lines[i]);
	}
	return file;
}

bool config_file_read(const char *path, ConfigFile **ret_file, GError **error)
{
	g_autofree char *text = NULL;

	if (!fs_read(path, FILE_MAX, &text, NULL, error))
		return false;
	*ret_file = config_file_parse(text);
	return true;
}

const GPtrArray *config_file_symbols(const ConfigFile *file)
{
	return file->symbols;
}

const char *config_file_value(const ConfigFile *file, const char *name)
{
	const ConfigSymbol *symbol = g_hash_table_lookup(file->index, name);

	return symbol ? symbol->value : "n";
}

const char *config_file_version(const ConfigFile *file)
{
	return file->version;
}

char *config_line(const char *name, const char *value)
{
	return g_str_equal(value, "n") ? g_strdup_printf("# " PREFIX "%s" UNSET "\n", name)
				       : g_strdup_printf(PREFIX "%s=%s\n", name, value);
}
