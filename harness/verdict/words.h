/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why, in a case's own words. Pure. */
#pragma once

#include "verdict/outcome.h"

/**
 * words_of_case() - the line of a case's output that says why it is bad or untestable
 * @codes: whose conventions it follows: the first line on stdout ("bad: " before it left out);
 *         of kselftest the first "not ok" or "# SKIP" of its TAP
 * (Documentation/dev-tools/ktap.rst); of LTP the first TFAIL, TBROK or TCONF, on stderr
 * @out, @err: what it wrote; either may be NULL
 *
 * Return: one line, or NULL where there is none; free with g_free().
 */
char *words_of_case(ExitCodes codes, const char *out, const char *err);
