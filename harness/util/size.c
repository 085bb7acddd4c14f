/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes as people write them. */
#include "util/size.h"

#include <math.h>
#include <string.h>

bool size_parse(const char *text, guint64 *ret_bytes)
{
	static const char letters[] = "kMGT";
	char *end = NULL;
	double number;
	const char *letter;
	double base;

	if (!g_ascii_isdigit(text[0]))
		return false;
	number = g_ascii_strtod(text, &end);
	if (number == 0 && !*end) {
		*ret_bytes = 0;
		return true;
	}
	letter = *end == 'K' ? letters : *end ? strchr(letters, *end) : NULL;
	if (!letter || !isfinite(number))
		return false;
	end++;
	base = g_str_equal(end, "i") || g_str_equal(end, "iB") ? 1024 : 1000;
	if (base == 1000 && *end && !g_str_equal(end, "B"))
		return false;
	number *= pow(base, (double)(letter - letters) + 1);
	if (number < 1 || number > 1e18)
		return false;
	*ret_bytes = (guint64)number;
	return true;
}

char *size_text(guint64 bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double value = (double)bytes / 1000;
	guint unit = 0;

	while (value >= 1000 && unit + 1 < G_N_ELEMENTS(units)) {
		value /= 1000;
		unit++;
	}
	return g_strdup_printf(value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}
