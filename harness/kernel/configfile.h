/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A .config: symbols and their values, in the order of the file. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct ConfigSymbol
 * @name:  without CONFIG_
 * @value: y, m, a number, or a string in its quotes; "n" where it "is not set"
 */
typedef struct {
	char *name;
	char *value;
} ConfigSymbol;

typedef struct ConfigFile ConfigFile;

/** config_file_parse() - of text; lines that are no symbol's say nothing; of two about one symbol
 * the last one counts. config_file_free() */
ConfigFile *config_file_parse(const char *text);

/** config_file_read() - of a file; @error: it cannot be read */
bool config_file_read(const char *path, ConfigFile **ret_file, GError **error);
void config_file_free(ConfigFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfigFile, config_file_free)

/** config_file_symbols() - const ConfigSymbol, each once; borrowed */
const GPtrArray *config_file_symbols(const ConfigFile *file);

/** config_file_value() - of a symbol; "n" also for one that it does not name; borrowed */
const char *config_file_value(const ConfigFile *file, const char *name);

/** config_file_version() - of the kernel that its first lines say it is for ("6.1.187"); borrowed;
 * NULL where they do not */
const char *config_file_version(const ConfigFile *file);

/** config_line() - as a .config has it, with its newline; g_free() */
char *config_line(const char *name, const char *value);
