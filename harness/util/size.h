/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes as people write them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * size_parse() - "500M", "2G", "1.5Gi": a number, then k, M, G, T (powers of 1000) or Ki, Mi, Gi,
 * Ti (of 1024), as ccache takes them; of bare numbers only 0
 */
bool size_parse(const char *text, guint64 *ret_bytes);

/** size_text() - as a person reads it, such as "1.2 GB"; g_free() */
char *size_text(guint64 bytes);
