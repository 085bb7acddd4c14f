/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which look-ups of two trees end at the same place. */
#include "kernel/lookups.h"

#include <string.h>

struct Lookups {
	GChecksum *sum;
};

Lookups *lookups_new(void)
{
	Lookups *lookups = g_new0(Lookups, 1);

	lookups->sum = g_checksum_new(G_CHECKSUM_SHA256);
	return lookups;
}

void lookups_free(Lookups *lookups)
{
	if (!lookups)
		return;
	g_checksum_free(lookups->sum);
	g_free(lookups);
}

bool lookups_enters(const char *folder)
{
	static const char *const apart[] = { "Documentation", "LICENSES", "tools/perf",
					     "tools/testing" };

	for (guint i = 0; i < G_N_ELEMENTS(apart); i++)
		if (g_str_equal(folder, apart[i]))
			return false;
	return true;
}

/* Files that come and go often, and that no C or assembler source includes. */
static bool is_never_included(const char *base)
{
	static const char *const kinds[] = { ".dts",  ".dtsi", ".dtso", ".rst", ".txt",
					     ".yaml", ".json", ".py",   ".pl",  ".sh" };

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_has_suffix(base, kinds[i]))
			return true;
	return false;
}

void lookups_add(Lookups *lookups, const char *path, const char *id, bool odd)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	/* Headers are also generated, and makefiles say which. */
	bool told = odd || g_str_has_prefix(base, "Makefile") || g_str_has_prefix(base, "Kbuild");

	if (!told && is_never_included(base))
		return;
	g_checksum_update(lookups->sum, (const guchar *)path, (gssize)strlen(path) + 1);
	if (told)
		g_checksum_update(lookups->sum, (const guchar *)id, (gssize)strlen(id) + 1);
}

char *lookups_key(Lookups *lookups)
{
	return g_strdup(g_checksum_get_string(lookups->sum));
}
