/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel versions, for comparing. */
#include "util/version.h"

#include <glib.h>

#define PART_MAX 100000

bool version_parse(const char *text, Version *ret_version)
{
	Version version = { .parts = 0 };

	while (version.parts < G_N_ELEMENTS(version.part) && g_ascii_isdigit(*text)) {
		char *end;
		guint64 part = g_ascii_strtoull(text, &end, 10);

		if (part > PART_MAX)
			return false;
		version.part[version.parts++] = (unsigned)part;
		text = end;
		if (*text != '.')
			break;
		text++;
	}
	if (version.parts < 2)
		return false;
	*ret_version = version;
	return true;
}

int version_compare(const Version *a, const Version *b)
{
	for (unsigned i = 0; i < MIN(a->parts, b->parts); i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}
